import { createHash } from 'node:crypto'
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { setImmediate as turn } from 'node:timers/promises'
import { err, ok, type Result } from 'neverthrow'
import type { Encryption } from '../../application/encryption.ts'
import type { Bill } from '../../application/payments/payment-gateway.ts'
import type { BillArchive, BillNotKept } from '../../application/reconciliation/bill-archive.ts'
import {
  type BillDraft,
  type BillReader,
  type KeptBill,
  placeOfPiece,
} from '../../application/reconciliation/bill-repository.ts'
import type { Transaction } from '../../application/transaction.ts'
import { type PlainHash, plainHash } from './plain-hash.ts'

type Deps = {
  readonly transaction: Transaction
  readonly bills: Pick<BillReader, 'readPiece'>
  readonly encryption: Encryption
}

/** Each is packed and encrypted on its own, so that the file can be read from any place. */
const PIECE_BYTES = 262_144
/** A commit of each would take longer than all else that is done with it. */
const PIECES_AT_ONCE = 16
/** What does not shrink, such as a file that is packed already, is kept as it is. */
const [AS_IT_IS, PACKED] = [0, 1] as const
/** Bills are alike from line to line, so that more effort gains little. */
const FAST = { params: { [constants.ZSTD_c_compressionLevel]: 1 }, chunkSize: PIECE_BYTES }

/** Keeps bills in the store, piece by piece. */
export const createBillArchive = (deps: Deps): BillArchive => {
  const receive: BillArchive['receive'] = async (draft, bill, onBytes = () => undefined) => {
    await run(deps, ({ bills }) => bills.begin(draft))
    const drop = (): Promise<void> => run(deps, ({ bills }) => bills.discard(draft.id))
    const written = await writePieces(deps, draft, bill, onBytes)
    if (written.isOk())
      return ok({ sha256: written.value.sha256, keep: () => finish(deps, draft, written.value), drop })
    await drop()
    return err(written.error)
  }
  return {
    receive,
    async keep(...given) {
      const received = await receive(...given)
      return received.isErr() ? err(received.error) : ok(await received.value.keep())
    },
    open: billOpener(deps),
  }
}

const finish = async (deps: Deps, draft: BillDraft, written: Written): Promise<KeptBill> => {
  const same = await run(deps, ({ bills }) => bills.finish(draft.id, written))
  if (same === undefined) return { ...draft, ...written, fundFlow: undefined }
  const known = await run(deps, async ({ bills }) => {
    await bills.discard(draft.id)
    return bills.find(same)
  })
  if (known === undefined) throw new Error(`bill ${same} is gone`)
  return known
}

const run = async <T>(
  { transaction }: Deps,
  work: (repositories: Parameters<Parameters<Transaction['run']>[0]>[0]) => Promise<T>,
): Promise<T> => {
  const result = await transaction.run(async (repositories): Promise<Result<T, never>> => ok(await work(repositories)))
  return result.match(
    (value) => value,
    (impossible: never) => impossible,
  )
}

type Written = Pick<KeptBill, 'sha256' | 'size'>

const writePieces = async (
  deps: Deps,
  { id }: BillDraft,
  { content, format, sha1 }: Bill,
  onBytes: (bytes: number) => void,
): Promise<Result<Written, BillNotKept>> => {
  const hash = createHash('sha256')
  const plain = sha1 === undefined ? undefined : plainHash('sha1', format === 'wechat_csv_gzip')
  let size = 0
  let pieces = 0
  let sealed: string[] = []
  const write = async (): Promise<void> => {
    const [first, batch] = [pieces - sealed.length, sealed]
    sealed = []
    await run(deps, async ({ bills }) => {
      for (const [n, piece] of batch.entries()) await bills.addPiece(id, first + n, piece)
    })
  }
  for await (const piece of inPieces(content, plain)) {
    if (!(piece instanceof Uint8Array)) {
      plain?.drop()
      return err({ code: 'BILL_BROKEN_OFF', reason: piece.reason })
    }
    hash.update(piece)
    size += piece.length
    sealed.push(deps.encryption.sealBytes(packed(piece), placeOfPiece(id, pieces)))
    pieces += 1
    if (sealed.length === PIECES_AT_ONCE) await write()
    onBytes(size)
  }
  await write()
  if (plain !== undefined && (await plain.digest()) !== sha1) return err({ code: 'BILL_HASH_DIFFERS' })
  return ok({ sha256: hash.digest('hex'), size })
}

type BrokenOff = { readonly reason: string }

/** The file in pieces of one size; what goes wrong with its coming is told in place of the rest. */
const inPieces = async function* (
  content: AsyncIterable<Uint8Array>,
  plain: PlainHash | undefined,
): AsyncIterable<Uint8Array | BrokenOff> {
  const piece = Buffer.allocUnsafe(PIECE_BYTES)
  let filled = 0
  const chunks = content[Symbol.asyncIterator]()
  for (;;) {
    const next = await nextOf(chunks)
    if ('reason' in next) {
      yield next
      return
    }
    if (next.done === true) break
    const chunk: Uint8Array = next.value
    await plain?.update(chunk)
    for (let at = 0; at < chunk.length; ) {
      const taken = Math.min(PIECE_BYTES - filled, chunk.length - at)
      piece.set(chunk.subarray(at, at + taken), filled)
      filled += taken
      at += taken
      if (filled < PIECE_BYTES) continue
      yield piece
      filled = 0
    }
  }
  if (filled > 0) yield piece.subarray(0, filled)
}

const nextOf = async (chunks: AsyncIterator<Uint8Array>): Promise<IteratorResult<Uint8Array> | BrokenOff> => {
  try {
    return await chunks.next()
  } catch (error) {
    // Whatever it was, the file did not come whole.
    return { reason: error instanceof Error ? error.message.slice(0, 200) : 'broken off' }
  }
}

const packed = (piece: Uint8Array): Uint8Array => {
  const small = zstdCompressSync(piece, FAST)
  return small.length < piece.length
    ? Buffer.concat([Uint8Array.of(PACKED), small])
    : Buffer.concat([Uint8Array.of(AS_IT_IS), piece])
}

/** Reads what is kept, whoever writes it. */
export const billOpener =
  ({ bills, encryption }: Omit<Deps, 'transaction'>): BillArchive['open'] =>
  ({ id, size }) => ({
    size,
    async *read(range = { start: 0, end: size }) {
      const end = Math.min(range.end, size)
      for (let at = range.start; at < end; ) {
        const piece = Math.floor(at / PIECE_BYTES)
        await turn() // Only then does Node let go of what was used for the pieces before.
        const sealed = await bills.readPiece(id, piece)
        if (sealed === undefined) throw new Error(`piece ${piece} of bill ${id} is gone`)
        const bytes = unpacked(encryption.openBytes(sealed, placeOfPiece(id, piece)))
        const start = piece * PIECE_BYTES
        yield bytes.subarray(at - start, Math.min(bytes.length, end - start))
        at = start + bytes.length
      }
    },
  })

const unpacked = (bytes: Uint8Array): Uint8Array => {
  const content = bytes.subarray(1)
  return bytes[0] === PACKED
    ? zstdDecompressSync(content, { maxOutputLength: PIECE_BYTES, chunkSize: PIECE_BYTES })
    : content
}
