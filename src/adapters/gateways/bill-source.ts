import { pipeline, Readable, type Transform } from 'node:stream'
import { createGunzip, createInflateRaw } from 'node:zlib'
import type { BillContent } from '../../application/reconciliation/bill.ts'
import { BillBroken } from './bill-broken.ts'

/** More than the largest bill of a day unpacks to; a packed file of some kilobytes can unpack to anything. */
const MAX_UNPACKED_BYTES = 2 * 1024 ** 3

export type ByteRange = { readonly start: number; readonly end: number }

/** A bill's file while it is read: where the reading has come to. */
export class BillSource {
  readonly content: BillContent
  #bytesRead = 0

  constructor(content: BillContent) {
    this.content = content
  }

  /** How far into the file the last chunk of `read` reached. */
  get bytesRead(): number {
    return this.#bytesRead
  }

  async *read(range: ByteRange = { start: 0, end: this.content.size }): AsyncGenerator<Uint8Array> {
    this.#bytesRead = range.start
    for await (const chunk of this.content.read(range)) {
      this.#bytesRead += chunk.length
      yield chunk
    }
  }

  /** A few bytes of it; fewer than asked for where the file ends before. */
  async bytes(start: number, end: number): Promise<Buffer> {
    const chunks: Uint8Array[] = []
    const range = { start, end: Math.min(end, this.content.size) }
    if (range.start < range.end) for await (const chunk of this.content.read(range)) chunks.push(chunk)
    return Buffer.concat(chunks)
  }
}

/** The bytes in a gzip file; nothing may follow them. */
export async function* gunzipped(source: BillSource): AsyncGenerator<Uint8Array> {
  const engine = createGunzip(ENGINE)
  yield* unpacked(source.read(), engine)
  // Node passes over what follows the end where that does not look like a further gzip member.
  if (engine.bytesWritten !== source.content.size)
    throw new BillBroken('压缩文件末尾之后还有内容 (bytes behind the end of the packed bill)')
}

/** The bytes that an archive holds deflated between these two places. */
export const inflated = (source: BillSource, range: ByteRange): AsyncGenerator<Uint8Array> =>
  unpacked(source.read(range), createInflateRaw(ENGINE))

const ENGINE = { chunkSize: 65_536 }

async function* unpacked(packed: AsyncIterable<Uint8Array>, engine: Transform): AsyncGenerator<Uint8Array> {
  let bytes = 0
  // It destroys the one where the other fails or is left; the failure itself comes out of the loop.
  pipeline(Readable.from(packed), engine, () => undefined)
  try {
    for await (const chunk of engine as AsyncIterable<Buffer>) {
      // Without an encoding there are only bytes.
      bytes += chunk.length
      if (bytes > MAX_UNPACKED_BYTES)
        throw new BillBroken('解压后超出账单可能的大小 (unpacks to more than a bill can hold)')
      yield chunk
    }
  } catch (error) {
    throw isZlibError(error) ? new BillBroken('压缩内容中断或已损坏 (broken off or damaged where it is packed)') : error
  }
}

/** Anything else is a file that could not be read, which says nothing about the bill. */
const isZlibError = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code.startsWith('Z_')
