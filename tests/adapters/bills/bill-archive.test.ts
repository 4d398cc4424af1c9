import { createHash, randomBytes } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createBillArchive } from '../../../src/adapters/bills/bill-archive.ts'
import type { Store } from '../../../src/adapters/persistence/store.ts'
import type { BillArchive } from '../../../src/application/reconciliation/bill-archive.ts'
import type { BillDraft, KeptBill } from '../../../src/application/reconciliation/bill-repository.ts'
import type { BillFormat } from '../../../src/application/reconciliation/bill.ts'
import { addDays } from '../../../src/domain/shanghai-day.ts'
import { billDay, entityId, minute } from '../../support/builders.ts'
import { sqliteDatabase } from '../../support/database.ts'
import { encryption, openStore } from '../persistence/support.ts'

const PIECE = 262_144

const database = sqliteDatabase()
let store: Store
let archive: BillArchive

beforeAll(async () => {
  store = await openStore({ path: database.path })
  archive = createBillArchive({ transaction: store.transaction, bills: store.readers.bills, encryption })
})
afterAll(async () => {
  await store.close()
  await database.remove()
})

let made = 0
const draft = (given: Partial<BillDraft> = {}): BillDraft => {
  made += 1
  return {
    id: entityId(made),
    provider: 'wechat',
    day: addDays(billDay(), -made), // Each its own, unless a test says otherwise.
    kind: 'trade',
    format: 'wechat_csv_gzip',
    source: 'gateway',
    createdAt: minute(made),
    ...given,
  }
}

/** The bytes as they come in, so many at a time. */
const coming = async function* (bytes: Uint8Array, atOnce = 65_536): AsyncIterable<Uint8Array> {
  for (let start = 0; start < bytes.length; start += atOnce) yield bytes.subarray(start, start + atOnce)
}

const sha = (algorithm: 'sha1' | 'sha256', bytes: Uint8Array) => createHash(algorithm).update(bytes).digest('hex')

type Given = { readonly sha1?: string; readonly format?: BillFormat; readonly atOnce?: number; readonly to?: BillDraft }

const keep = (bytes: Uint8Array, { sha1, format = 'wechat_csv_gzip', atOnce, to }: Given = {}) =>
  archive.keep(to ?? draft({ format }), { content: coming(bytes, atOnce), format, sha1 })

const kept = async (bytes: Uint8Array, given: Given = {}): Promise<KeptBill> =>
  (await keep(bytes, given))._unsafeUnwrap()

const readAll = async (bill: KeptBill, range?: { readonly start: number; readonly end: number }): Promise<Buffer> => {
  const chunks: Uint8Array[] = []
  for await (const chunk of archive.open(bill).read(range)) chunks.push(chunk)
  return Buffer.concat(chunks)
}

const piecesOf = (id: string) => database.rows('select content from bill_pieces where bill_id = ? order by piece', id)
const billsLike = (id: string) => database.rows('select id from bills where id = ?', id)

describe('a bill that is kept', () => {
  it.each([0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 3 * PIECE + 17])(
    'comes back whole: %i bytes',
    async (size) => {
      const bytes = randomBytes(size)
      const bill = await kept(bytes)
      expect(bill).toMatchObject({ size, sha256: sha('sha256', bytes), fundFlow: undefined })
      expect(await store.readers.bills.find(bill.id)).toEqual(bill)
      expect((await readAll(bill)).equals(bytes)).toBe(true)
      expect(archive.open(bill).size).toBe(size)
      expect(await piecesOf(bill.id)).toHaveLength(Math.ceil(size / PIECE))
    },
  )

  it('comes back whole however it came', async () => {
    const anySize = fc.oneof(fc.integer({ min: 0, max: 3 * PIECE }), fc.integer({ min: PIECE - 3, max: PIECE + 3 }))
    await fc.assert(
      fc.asyncProperty(anySize, fc.integer({ min: 1000, max: 2 * PIECE }), async (size, atOnce) => {
        const bytes = randomBytes(size)
        expect((await readAll(await kept(bytes, { atOnce }))).equals(bytes)).toBe(true)
      }),
      { numRuns: 15 },
    )
  })

  it('is read from any place to any other', async () => {
    const bytes = randomBytes(2 * PIECE + 100)
    const bill = await kept(bytes)
    const anyPlace = fc.oneof(
      fc.integer({ min: 0, max: bytes.length + 10 }),
      fc.constantFrom(0, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, bytes.length - 1, bytes.length),
    )
    await fc.assert(
      fc.asyncProperty(anyPlace, anyPlace, async (start, end) => {
        expect((await readAll(bill, { start, end })).equals(bytes.subarray(start, Math.max(start, end)))).toBe(true)
      }),
      { numRuns: 60 },
    )
  })

  it('reads no more pieces than the range lies in', async () => {
    const bill = await kept(randomBytes(3 * PIECE))
    const read: number[] = []
    const bills = {
      readPiece: (id: string, piece: number) => {
        read.push(piece)
        return store.readers.bills.readPiece(id, piece)
      },
    }
    const counting = createBillArchive({ transaction: store.transaction, bills, encryption }).open(bill)
    for await (const _ of counting.read({ start: PIECE + 5, end: 2 * PIECE })) expect(read).toEqual([1])
    expect(read).toEqual([1])
  })

  it('tells how much of it has come', async () => {
    const told: number[] = []
    const bytes = randomBytes(2 * PIECE + 5)
    const bill = { content: coming(bytes), format: 'wechat_csv', sha1: undefined } as const
    await archive.keep(draft(), bill, (count) => told.push(count))
    expect(told).toEqual([PIECE, 2 * PIECE, 2 * PIECE + 5])
  })

  it('is encrypted where it lies, and packed where that makes it smaller', async () => {
    const line = '`2026-02-28 10:00:00,`wxd678efh567hg6787,`1900000109\r\n'
    const text = Buffer.from(line.repeat(10_000))
    const bill = await kept(text, { format: 'wechat_csv' })
    const pieces = await piecesOf(bill.id)
    expect(pieces.reduce((sum, { content }) => sum + String(content).length, 0)).toBeLessThan(text.length / 10)
    const noise = Buffer.concat([Buffer.from(line), randomBytes(PIECE)])
    await kept(noise, { format: 'wechat_csv' })
    const contents = await database.contents()
    for (const written of ['latin1', 'base64url', 'hex'] as const)
      expect(contents).not.toContain(Buffer.from(line).subarray(0, 30).toString(written))
  })

  it('is no longer readable where its pieces were exchanged, taken away or spoilt', async () => {
    const bill = await kept(randomBytes(2 * PIECE))
    const other = await kept(randomBytes(2 * PIECE))
    const [first] = await piecesOf(bill.id)
    await database.execute(`update bill_pieces set content = '${String(first?.['content'])}'
      where bill_id = '${bill.id}' and piece = 1`)
    await expect(readAll(bill)).rejects.toThrow('cannot open')
    await database.execute(`delete from bill_pieces where bill_id = '${other.id}' and piece = 1`)
    await expect(readAll(other)).rejects.toThrow(`piece 1 of bill ${other.id} is gone`)
  })
})

describe('the same bill again', () => {
  it('is the one that is there, and leaves nothing else', async () => {
    const bytes = randomBytes(PIECE + 1)
    const first = draft()
    const second = draft({ day: first.day, source: 'import' })
    const bill = await kept(bytes, { to: first })
    expect(await kept(bytes, { to: second, atOnce: 999 })).toEqual(bill)
    expect([await billsLike(second.id), await piecesOf(second.id)]).toEqual([[], []])
    expect((await readAll(bill)).equals(bytes)).toBe(true)
  })

  it('is another where a byte differs', async () => {
    const bytes = randomBytes(1000)
    const first = draft()
    const second = draft({ day: first.day })
    await kept(bytes, { to: first })
    bytes[999] = (bytes[999] ?? 0) ^ 1
    expect((await kept(bytes, { to: second })).id).toBe(second.id)
  })

  it('is kept once where it comes from two sides at one time', async () => {
    const bytes = randomBytes(PIECE + 1)
    const first = draft()
    const bills = await Promise.all(
      [first, draft({ day: first.day }), draft({ day: first.day })].map((to) => kept(bytes, { to })),
    )
    expect(new Set(bills.map(({ id }) => id)).size).toBe(1)
    expect(await store.readers.bills.listByDay('wechat', first.day)).toHaveLength(1)
  })
})

describe('the hash that the gateway has signed for', () => {
  const text = Buffer.from('交易时间,公众账号ID\r\n'.repeat(50_000))

  it('is that of the unpacked file', async () => {
    const packed = gzipSync(text)
    expect(await kept(packed, { sha1: sha('sha1', text) })).toMatchObject({ size: packed.length })
    expect(await kept(text, { sha1: sha('sha1', text), format: 'wechat_csv' })).toMatchObject({ size: text.length })
  })

  it.each([
    ['is of another file', gzipSync(text), sha('sha1', Buffer.from('another'))],
    ['is of the packed file', gzipSync(text), sha('sha1', gzipSync(text))],
    ['is of a file that can’t be unpacked', Buffer.from('{"code":"NO_AUTH"}'), sha('sha1', text)],
    ['is of a file that was cut off', gzipSync(text).subarray(0, 300), sha('sha1', text)],
    ['is of a file that is not there', Buffer.alloc(0), sha('sha1', text)],
    ['is of a file with more behind it', Buffer.concat([gzipSync(text), randomBytes(70_000)]), sha('sha1', text)],
  ])('refuses a file where it %s, and leaves nothing of it', async (_, bytes, sha1) => {
    const to = draft()
    expect((await keep(bytes, { sha1, to }))._unsafeUnwrapErr()).toEqual({ code: 'BILL_HASH_DIFFERS' })
    expect([await billsLike(to.id), await piecesOf(to.id)]).toEqual([[], []])
  })
})

describe('a bill that breaks off', () => {
  it.each([undefined, sha('sha1', Buffer.from('x'))])('leaves nothing, with the hash %s', async (sha1) => {
    const content = async function* () {
      yield gzipSync(randomBytes(2 * PIECE))
      throw new Error('aborted')
    }
    const to = draft()
    const broken = await archive.keep(to, { content: content(), format: 'wechat_csv_gzip', sha1 })
    expect(broken._unsafeUnwrapErr()).toEqual({ code: 'BILL_BROKEN_OFF', reason: 'aborted' })
    expect([await billsLike(to.id), await piecesOf(to.id)]).toEqual([[], []])
  })

  it('is not there while it comes', async () => {
    const to = draft()
    const seen: unknown[] = []
    const content = async function* () {
      yield randomBytes(2 * PIECE)
      seen.push(await store.readers.bills.find(to.id), await store.readers.bills.listByDay('wechat', to.day))
    }
    await archive.keep(to, { content: content(), format: 'wechat_csv', sha1: undefined })
    expect(seen).toEqual([undefined, []])
    expect(await store.readers.bills.find(to.id)).toBeDefined()
  })
})
