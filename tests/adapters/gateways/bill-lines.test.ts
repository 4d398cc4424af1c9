import { gzipSync } from 'node:zlib'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readAlipayBill } from '../../../src/adapters/gateways/alipay/bill.ts'
import { readWechatBill } from '../../../src/adapters/gateways/wechat/bill.ts'
import type { Place, ReadableRow, ReadBill, RowGlance } from '../../../src/application/reconciliation/bill.ts'
import { refundNumberOf } from '../../../src/application/reconciliation/classify.ts'
import { alipayArchive, alipayDetails, contentOf, wechatBill, wholeBill } from '../../support/bill-files.ts'

const ROWS = 12
/** One that nobody understands lies among them. */
const SPOILT = 5

const wechat = wechatBill(
  Array.from({ length: ROWS }, (_, n) => ({
    time: n === SPOILT ? 'at noon' : '2024-06-10 12:05:00',
    transactionId: `4200002264202406108888888${n}`,
    outTradeNo: `SY2024061012040000${n}`,
    price: 100 + n,
  })),
)
const alipay = alipayDetails(
  Array.from({ length: ROWS }, (_, n) => ({
    transactionId: `202610032200141234561000000${n}`,
    outTradeNo: `P2026100310000000${n}`,
    createdAt: '2026-10-03 10:00:05',
    completedAt: n === SPOILT ? 'at noon' : '2026-10-03 10:00:20',
    price: 100 + n,
  })),
)

const FILES: Readonly<Record<string, readonly [ReadBill, Buffer]>> = {
  'WeChat Pay': [readWechatBill, wechat],
  'WeChat Pay, packed': [readWechatBill, gzipSync(wechat)],
  Alipay: [readAlipayBill, alipay],
  'Alipay, archived': [readAlipayBill, alipayArchive(alipay)],
}

describe.each(Object.entries(FILES))('a bill of %s of which no rows are made', (_, [read, bytes]) => {
  it('shows each row where it lies, as it would have been made', async () => {
    const { rows, end } = await wholeBill(read, contentOf(bytes, 97))
    const seen: (ReturnType<typeof seenOf> & { readonly numbers: readonly string[] })[] = []
    const onRow = (row: RowGlance): void => {
      const textIn = ({ start, end: stop }: Place): string => Buffer.from(row.bytes).toString('latin1', start, stop)
      seen.push({ ...seenOf(row), numbers: [textIn(row.outTradeNo), textIn(row.ownNumber)] })
    }
    const whole = await wholeBill((format, content) => read(format, content, { onRow }), contentOf(bytes, 97))
    expect(whole).toEqual({ rows: rows.filter(({ kind }) => kind === 'unreadable'), end })
    const readable = rows.filter((row) => row.kind !== 'unreadable')
    expect(seen).toEqual(
      readable.map((row) => ({
        ...seenOf(row),
        numbers: [row.outTradeNo, row.kind === 'payment' ? row.transactionId : refundNumberOf(row)],
      })),
    )
  })
})

const seenOf = ({ kind, line, amount, feeFen, netFen, status }: ReadableRow | RowGlance) => {
  return { kind, line, amount, feeFen, netFen, status }
}

describe.each(Object.entries(FILES))('a bill of %s that is read once more', (_, [read, bytes]) => {
  it('gives the rows of the wanted lines as they were, and nothing of the others', async () => {
    const { rows } = await wholeBill(read, contentOf(bytes, 97))
    expect(rows).toHaveLength(ROWS)
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.nat(ROWS + 8)), async (lines) => {
        const wanted = new Set(lines)
        const again = await wholeBill(
          (format, content) => read(format, content, { wanted: (line) => wanted.has(line) }),
          contentOf(bytes, 97),
        )
        expect(again.end.type).toBe('end')
        expect(again.rows).toEqual(rows.filter(({ line }) => wanted.has(line)))
      }),
      { numRuns: 60 },
    )
  })
})
