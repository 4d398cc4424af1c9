import { createWriteStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { Readable, Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { crc32, createDeflateRaw, createGzip } from 'node:zlib'
import {
  type AlipayBilled,
  type AlipayBillHead,
  alipayDetailLines,
  alipaySummary,
  noSums,
} from '../../src/adapters/sandbox/alipay/alipay-bill-file.ts'
import { encodeGbk } from '../../src/adapters/sandbox/alipay/gbk.ts'
import type { Billed } from '../../src/adapters/sandbox/bills/billed.ts'
import { type ZipEntry, zipDirectory, zipMemberHeader } from '../../src/adapters/sandbox/bills/zip-file.ts'
import { wechatBillLines, type WechatBilled } from '../../src/adapters/sandbox/wechat/wechat-bill-file.ts'
import { ZERO_FEN } from '../../src/domain/money.ts'
import { addDays, type ShanghaiDay, startOfDay } from '../../src/domain/shanghai-day.ts'

/** What a benchmark knows of a row; the rest of it is invented. */
export type BenchRow = Pick<Billed, 'kind' | 'at' | 'outTradeNo' | 'transactionId' | 'amount'> & {
  /** On a refund. */
  readonly refundNo?: string
}

export type WechatBillGiven = { readonly appId?: string; readonly mchId?: string }
export type AlipayBillGiven = { readonly day: ShanghaiDay; readonly sellerId?: string }

const CHARACTERS_AT_ONCE = 1 << 18

/** Writes a WeChat Pay trade bill of all rows, packed where the path ends in `.gz`. */
export const writeWechatBill = async (
  path: string,
  rows: Iterable<BenchRow>,
  given: WechatBillGiven = {},
): Promise<void> => {
  const lines = wechatBillLines('ALL', wechatRows(rows, given))
  const bytes = encoded(lines, (text) => Buffer.from(text))
  await (path.endsWith('.gz')
    ? pipeline(bytes, createGzip(), createWriteStream(path))
    : pipeline(bytes, createWriteStream(path)))
}

/** Writes an Alipay trade bill: the ZIP with both members, or, where the path ends in `.csv`, the details alone. */
export const writeAlipayBill = async (
  path: string,
  rows: Iterable<BenchRow>,
  { day, sellerId = '2088123456789012' }: AlipayBillGiven,
): Promise<void> => {
  const exportedAt = new Date(startOfDay(addDays(day, 1)).getTime() + 6 * 3_600_000)
  const head: AlipayBillHead = { account: `${sellerId}0156`, day, exportedAt }
  const sums = noSums()
  const details = encoded(alipayDetailLines(head, alipayRows(rows), sums), encodeGbk)
  if (path.endsWith('.csv')) return pipeline(details, createWriteStream(path))
  const name = `${head.account}_${day.replaceAll('-', '')}_业务明细`
  const first = await writeMember(path, 0, encodeGbk(`${name}.csv`), details, exportedAt)
  const summary = Readable.from([encodeGbk(alipaySummary(head, sums))])
  const second = await writeMember(path, endOf(first), encodeGbk(`${name}(汇总).csv`), summary, exportedAt)
  await pipeline(
    Readable.from([zipDirectory([first, second], endOf(second))]),
    createWriteStream(path, { flags: 'r+', start: endOf(second) }),
  )
}

/** Writes one member behind what is there; its header, which tells the sizes, comes last. */
const writeMember = async (
  path: string,
  offset: number,
  name: Buffer,
  content: Readable,
  at: Date,
): Promise<ZipEntry> => {
  const counted = { crc: 0, size: 0, packedSize: 0 }
  const start = offset + zipMemberHeader({ name, offset, at, ...counted }).length
  await pipeline(
    content,
    passing((chunk) => {
      counted.crc = crc32(chunk, counted.crc)
      counted.size += chunk.length
    }),
    createDeflateRaw(),
    passing((chunk) => {
      counted.packedSize += chunk.length
    }),
    createWriteStream(path, { flags: offset === 0 ? 'w' : 'r+', start }),
  )
  const entry = { name, offset, at, ...counted }
  const file = await open(path, 'r+')
  await file.write(zipMemberHeader(entry), 0, undefined, offset)
  await file.close()
  return entry
}

const endOf = (entry: ZipEntry): number => entry.offset + zipMemberHeader(entry).length + entry.packedSize

const passing = (seen: (chunk: Buffer) => void): Transform =>
  new Transform({
    transform: (chunk: Buffer, _, pass) => {
      seen(chunk)
      pass(null, chunk)
    },
  })

const encoded = (lines: Iterable<string>, encode: (text: string) => Buffer): Readable =>
  Readable.from(chunks(lines, encode), { objectMode: true, highWaterMark: 2 })

const chunks = function* (lines: Iterable<string>, encode: (text: string) => Buffer): Generator<Buffer> {
  let text = ''
  for (const line of lines) {
    text += line
    if (text.length < CHARACTERS_AT_ONCE) continue
    yield encode(text)
    text = ''
  }
  yield encode(text)
}

const wechatRows = function* (
  rows: Iterable<BenchRow>,
  { appId = 'wx2421b1c4370ec43b', mchId = '1234567891' }: WechatBillGiven,
): Generator<WechatBilled> {
  for (const row of rows)
    yield {
      ...billed(row, 'SUCCESS'),
      appId,
      mchId,
      openId: 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o',
      tradeType: 'NATIVE',
      attach: '',
      coupon: ZERO_FEN,
      refundId: row.kind === 'refund' ? `50${row.transactionId.slice(1)}` : '',
      paidAt: row.at,
      arrivedAt: row.at,
    }
}

const alipayRows = function* (rows: Iterable<BenchRow>): Generator<AlipayBilled> {
  for (const row of rows)
    yield {
      ...billed(row, row.kind === 'payment' ? '交易' : '退款'),
      openedAt: row.at,
      buyer: '*小明(138****1234)',
      redPacket: ZERO_FEN,
    }
}

const billed = ({ refundNo = '', ...row }: BenchRow, state: string): Billed => ({
  ...row,
  refundNo,
  discount: ZERO_FEN,
  title: '会员月卡',
  state,
})
