import { createHash } from 'node:crypto'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readAlipayBill } from '../../../../src/adapters/gateways/alipay/bill.ts'
import { encodeGbk } from '../../../../src/adapters/sandbox/alipay/gbk.ts'
import type { BillRow, ReadableRow } from '../../../../src/application/reconciliation/bill.ts'
import { fen } from '../../../../src/domain/money.ts'
import vectors from '../../../vectors/alipay.json' with { type: 'json' }
import {
  ALIPAY_COLUMNS,
  alipayArchive,
  alipayCells,
  alipayDetails,
  type AlipayLine,
  contentOf,
  wholeBill,
} from '../../../support/bill-files.ts'

const { detail } = vectors.bill_examples.files
const EXAMPLE = encodeGbk(detail.text)

const read = (bytes: Uint8Array, ...sizes: number[]) => wholeBill(readAlipayBill, contentOf(bytes, ...sizes))
const readText = (text: string) => read(encodeGbk(text))
const broken = (reason: string) => ({ type: 'broken', reason })
const at = (text: string): number => Date.parse(`${text.replace(' ', 'T')}+08:00`)

const line = (overrides: Partial<AlipayLine> = {}): AlipayLine => ({
  transactionId: '2026100322001412345610000001',
  outTradeNo: 'P1',
  createdAt: '2026-10-03 10:00:05',
  completedAt: '2026-10-03 10:00:21',
  price: 100,
  ...overrides,
})
const textOf = (lines: readonly AlipayLine[]): string => new TextDecoder('gbk').decode(alipayDetails(lines))

const HEAD = { merchantId: '2088123456789012', day: '2026-10-03' }

describe('the example of an Alipay bill', () => {
  const numbered = (number: number) => `202610032200141234561000000${number}`
  const payment = { kind: 'payment', status: 'success', statusText: '交易' } as const
  const refund = { kind: 'refund', status: 'success', statusText: '退款', refundId: undefined } as const
  const rows: BillRow[] = [
    {
      ...payment,
      line: 6,
      outTradeNo: 'P20261003100000001',
      transactionId: numbered(1),
      amount: fen(8888),
      feeFen: 53,
      netFen: 8835,
      at: at('2026-10-03 10:00:21'),
    },
    {
      ...payment,
      line: 7,
      outTradeNo: 'P20261003103000002',
      transactionId: numbered(2),
      amount: fen(1200),
      feeFen: 7,
      netFen: 1193,
      at: at('2026-10-03 10:30:19'),
    },
    {
      ...payment,
      line: 8,
      outTradeNo: 'P20261003110000003',
      transactionId: numbered(3),
      amount: fen(3000),
      feeFen: 18,
      netFen: 2982,
      at: at('2026-10-03 11:00:40'),
    },
    {
      ...refund,
      line: 9,
      outTradeNo: 'P20261003100000001',
      transactionId: numbered(1),
      refundNo: 'R20261003142000001',
      amount: fen(2000),
      feeFen: -12,
      netFen: -1988,
      at: at('2026-10-03 14:20:31'),
    },
    {
      ...refund,
      line: 10,
      outTradeNo: 'P20261003103000002',
      transactionId: numbered(2),
      refundNo: 'R20261003150500002',
      amount: fen(1200),
      feeFen: -7,
      netFen: -1193,
      at: at('2026-10-03 15:05:07'),
    },
  ]
  const whole = { rows, end: { type: 'end', head: HEAD } }

  it('is the one that was published', () => {
    expect([EXAMPLE.length, createHash('sha256').update(EXAMPLE).digest('hex')]).toEqual([
      detail.gbk_bytes,
      detail.gbk_sha256,
    ])
  })

  it('is read to the last column, in its archive and out of it', async () => {
    expect(await read(EXAMPLE)).toEqual(whole)
    expect(await read(alipayArchive(EXAMPLE))).toEqual(whole)
  })

  it('is the same saved as UTF-8, with bare line feeds, without the last line end and in any chunks', async () => {
    expect(await read(Buffer.from(`\uFEFF${detail.text}`))).toEqual(whole)
    expect(await readText(detail.text.replaceAll('\r\n', '\n'))).toEqual(whole)
    expect(await readText(detail.text.trimEnd())).toEqual(whole)
    expect(await readText(`${detail.text}\r\n`)).toEqual(whole)
    for (const size of [1, 2, 3, 7, 251]) {
      expect(await read(EXAMPLE, size)).toEqual(whole)
      expect(await read(alipayArchive(EXAMPLE), size)).toEqual(whole)
    }
  })

  it('adds up to what the summary beside it says came to the merchant', () => {
    expect(rows.reduce((all, row) => (row.kind === 'unreadable' ? all : all + row.netFen), 0)).toBe(9829)
  })

  it('is not whole at any shorter length, down to the totals', async () => {
    const totals = EXAMPLE.indexOf(encodeGbk('商家优惠退款共'))
    for (let length = 0; length < totals - 4; length += 1)
      expect((await read(EXAMPLE.subarray(0, length))).end.type, `${length} bytes`).toBe('broken')
  })

  it('tells how much of the file has been used up', async () => {
    const archive = alipayArchive(EXAMPLE)
    for (const bytes of [EXAMPLE, archive])
      for await (const part of readAlipayBill('alipay_zip', contentOf(bytes, 100)))
        if (part.type === 'rows') {
          expect(part.bytesRead).toBeGreaterThan(bytes.length / 2)
          expect(part.bytesRead).toBeLessThanOrEqual(bytes.length)
        }
  })
})

describe('a row of an Alipay bill', () => {
  it('has its columns found by name, in either kind of brackets', async () => {
    const cells = alipayCells(line({ share: -10, fee: -1 }))
    const text = textOf([line({ share: -10, fee: -1 })])
    const turned = text
      .replace(
        ALIPAY_COLUMNS,
        ALIPAY_COLUMNS.split(',').toReversed().join(',').replaceAll('（', '(').replaceAll('）', ')'),
      )
      .replace(cells.join(','), cells.toReversed().join(','))
    const row = { kind: 'payment', amount: 100, feeFen: 1, netFen: 89, outTradeNo: 'P1' }
    expect((await readText(text)).rows).toMatchObject([row])
    expect((await readText(turned)).rows).toMatchObject([row])
  })

  it('of a refund without a number of the merchant has an empty one', async () => {
    expect((await read(alipayDetails([line({ refundNo: '', price: -100 })]))).rows).toMatchObject([
      { kind: 'refund', refundNo: '', amount: 100 },
    ])
  })

  it('counts what is not there as no fee', async () => {
    const text = textOf([line()]).replace(',0.00,0.00,测试', ',\t,,测试')
    expect((await readText(text)).rows).toMatchObject([{ feeFen: 0, netFen: 100 }])
  })

  it.each<[string, Partial<AlipayLine>]>([
    ['no number of Alipay', { transactionId: '' }],
    ['no number of ours', { outTradeNo: ' ' }],
    ['a number that is none', { outTradeNo: '订单' }],
    ['no such day', { completedAt: '2026-02-29 10:00:00' }],
    ['a kind that is new', { kind: '转账' }],
    ['a negative payment', { price: -100 }],
    ['a positive refund', { refundNo: 'R1', price: 100 }],
    ['a refund with a number that is none', { refundNo: '退款', price: -100 }],
    ['more than an order can cost', { price: 10_000_000_001 }],
  ])('with %s is unreadable, with its text and line', async (_, change) => {
    const bill = await read(alipayDetails([line(), line(change)]))
    expect(bill.rows.map(({ kind }) => kind)).toEqual(['payment', 'unreadable'])
    expect(bill.rows[1]).toMatchObject({ line: 7, text: alipayCells(line(change)).join(',') })
    expect(bill.end.type).toBe('end')
  })

  it.each([
    ['too few cells', (row: string) => row.slice(0, row.lastIndexOf(','))],
    ['a price that is none', (row: string) => row.replace('1.00', '1.O0')],
    ['a fee that is none', (row: string) => row.replace('0.00,0.00,测试商品', 'x,0.00,测试商品')],
    ['nothing', () => ''],
    ['an endless text', () => '长'.repeat(900)],
  ])('with %s is unreadable', async (_, spoil) => {
    const text = textOf([line(), line()])
    const row = alipayCells(line()).join(',')
    const bill = await readText(text.replace(`${row}\r\n#`, `${spoil(row)}\r\n#`))
    expect(bill.rows).toMatchObject([{ kind: 'payment' }, { kind: 'unreadable', line: 7 }])
    expect(bill.rows.every((one) => one.kind !== 'unreadable' || one.text.length <= 500)).toBe(true)
    expect(bill.end.type).toBe('end')
  })

  describe('with commas in its texts', () => {
    const one = async (change: Partial<AlipayLine>): Promise<BillRow | undefined> =>
      (await read(alipayDetails([line({ fee: -1, ...change })]))).rows[0]

    it.each<Partial<AlipayLine>>([
      { subject: 'a,b' },
      { subject: ',,"x",' },
      { note: 'a,b,0.00' },
      { subject: '红,黄', note: ',' },
      { subject: '2026-10-03 10:00:05,x' },
      { note: '2026-10-03 10:00:05,x' },
    ])('is mended by its times: %j', async (change) => {
      expect(await one(change)).toMatchObject({
        kind: 'payment',
        amount: 100,
        feeFen: 1,
        netFen: 99,
        at: at('2026-10-03 10:00:21'),
      })
      expect(await one({ ...change, refundNo: 'R1', price: -100 })).toMatchObject({
        kind: 'refund',
        refundNo: 'R1',
        amount: 100,
      })
    })

    it.each<Partial<AlipayLine>>([
      { buyer: '小,明' },
      { coupon: '满10减1,全场' },
      { coupon: '满10减1,' },
      { coupon: '满,1.00' },
      { coupon: '满,1.00', refundNo: '12345', price: -100 },
      { subject: '2026-10-03 10:00:05,2026-10-03 10:00:21' },
      { note: '2026-10-03 10:00:05,2026-10-03 10:00:21' },
      { subject: 'x'.padEnd(200, ',') },
    ])('is unreadable where they could be anywhere: %j', async (change) => {
      const row = await one(change)
      if (change.note === undefined) expect(row).toMatchObject({ kind: 'unreadable' })
      // Too far behind to be taken for the columns of the times.
      else expect(row).toMatchObject({ kind: 'payment', at: at('2026-10-03 10:00:21') })
    })
  })
})

describe('an Alipay bill as a whole', () => {
  const empty = textOf([])

  it('may be of a day without business', async () => {
    const end = { type: 'end', head: HEAD }
    expect(await readText(empty)).toEqual({ rows: [], end })
    const withoutTotals = empty.split('\r\n').filter((one) => !one.includes('合计'))
    expect(await readText(withoutTotals.join('\r\n'))).toEqual({ rows: [], end })
  })

  it('may be of nothing but names where the archive vouches that they are all', async () => {
    const names = encodeGbk(ALIPAY_COLUMNS)
    expect((await read(names)).end).toEqual(broken('文件被截断：明细不完整 (cut off: it ends before its rows do)'))
    expect(await read(alipayArchive(names))).toEqual({
      rows: [],
      end: { type: 'end', head: { merchantId: undefined, day: undefined } },
    })
  })

  it('names no day where it is of a month', async () => {
    const text = empty.replace('终止日期：[2026年10月04日', '终止日期：[2026年11月01日')
    expect((await readText(text)).end).toEqual({ type: 'end', head: { ...HEAD, day: undefined } })
  })

  const two = textOf([line(), line({ refundNo: 'R1', price: -30 })])
  it.each([
    [
      'a payment too many',
      (all: string) => all.replace('交易合计：1笔', '交易合计：2笔'),
      '合计笔数与 2 行明细不符 (its totals count other rows than its 2)',
    ],
    [
      'a payment for a refund',
      (all: string) => all.replace('易合计：1笔', '易合计：0笔').replace('款合计：1笔', '款合计：2笔'),
      '明细之和与交易合计不符 (its rows do not add up to its 交易合计)',
    ],
    [
      'another sum of payments',
      (all: string) => all.replace('实收共1.00元', '实收共1.01元'),
      '明细之和与交易合计不符 (its rows do not add up to its 交易合计)',
    ],
    [
      'another sum of refunds',
      (all: string) => all.replace('共-0.30元', '共0.30元'),
      '明细之和与退款合计不符 (its rows do not add up to its 退款合计)',
    ],
    [
      'no totals',
      (all: string) => all.replaceAll('合计', '总计'),
      '文件被截断：没有合计 (cut off: it ends before its totals)',
    ],
    [
      'one total',
      (all: string) => all.replace('退款合计', '退款总计'),
      '文件被截断：没有合计 (cut off: it ends before its totals)',
    ],
    ['a row behind its totals', (all: string) => `${all}x`, '明细之后还有其他内容 (text behind the list of rows)'],
    [
      'no such column',
      (all: string) => all.replace('商户订单号', '订单号'),
      '不是账单明细：缺少“商户订单号”列 (not the details of a bill: it has no column 商户订单号)',
    ],
    [
      'comments alone',
      (all: string) => all.replaceAll(/^[^#].*$/gm, ''),
      '不是账单明细，或在明细之前被截断 (not the details of a bill, or cut off before its rows)',
    ],
    [
      'a page instead of it',
      () => '<html>',
      '不是账单明细：缺少“支付宝交易号”列 (not the details of a bill: it has no column 支付宝交易号)',
    ],
    [
      'nothing in it',
      () => '',
      '不是账单明细，或在明细之前被截断 (not the details of a bill, or cut off before its rows)',
    ],
  ])('is not believed with %s', async (_, spoil, reason) => {
    expect((await readText(spoil(two))).end).toEqual(broken(reason))
  })

  it('is counted, but not added up, where rows are unreadable', async () => {
    const spoilt = textOf([line(), line({ outTradeNo: '', price: 300 })])
    expect((await readText(spoilt)).end.type).toBe('end')
    const fewer = spoilt.replace('易合计：2笔', '易合计：0笔').replace('款合计：0笔', '款合计：2笔')
    expect((await readText(fewer)).end).toEqual(
      broken('合计笔数少于明细笔数 (its totals count fewer payments or refunds than can be read)'),
    )
  })
})

const anyText = fc.string({
  unit: fc.constantFrom(',', '"', '`', '镕', '裏', '丂', '会', 'a', '0', '.', '#', ' ', '|', '~'),
  maxLength: 20,
})
const anyNumber = fc.string({ unit: fc.constantFrom(...Array.from('0123456789ABCxyz_-')), minLength: 6, maxLength: 64 })
const anyTime = fc
  .integer({ min: 0, max: 86_399 })
  .map((second) => new Date(Date.UTC(2026, 9, 3) + second * 1000).toISOString().slice(0, 19).replace('T', ' '))
const anyLine: fc.Arbitrary<AlipayLine> = fc
  .record({
    transactionId: anyNumber,
    outTradeNo: anyNumber,
    createdAt: anyTime,
    completedAt: anyTime,
    subject: anyText,
    note: anyText,
    amount: fc.integer({ min: 1, max: 1_000_000 }),
    fee: fc.integer({ min: 0, max: 999 }),
    discount: fc.integer({ min: 0, max: 1 }),
    refundNo: fc.option(fc.oneof(anyNumber, fc.constant(''))),
  })
  .map(({ amount, fee, discount, refundNo, ...facts }) =>
    refundNo === null
      ? { ...facts, price: amount, received: amount - discount, fee: 0 - fee }
      : { ...facts, refundNo, price: -amount, received: discount - amount, fee },
  )

const expected = (given: AlipayLine, index: number): ReadableRow => {
  const { transactionId, outTradeNo, price, received = price, fee = 0, refundNo } = given
  const facts = {
    line: index + 6,
    transactionId,
    outTradeNo,
    feeFen: 0 - fee,
    netFen: received + fee,
    at: at(given.completedAt),
  }
  return refundNo === undefined
    ? { ...facts, kind: 'payment', amount: fen(price), status: 'success', statusText: '交易' }
    : {
        ...facts,
        kind: 'refund',
        amount: fen(-price),
        refundNo,
        refundId: undefined,
        status: 'success',
        statusText: '退款',
      }
}

describe('any Alipay bill', () => {
  it('gives back the rows it was made of', async () => {
    const form = fc.record({
      end: fc.constantFrom('\r\n', '\n'),
      encoding: fc.constantFrom('gbk', 'utf8'),
      lastEnd: fc.boolean(),
    })
    const sizes = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 5 })
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyLine, { maxLength: 12 }),
        form,
        sizes,
        fc.boolean(),
        async (lines, how, chunks, packed) => {
          const bytes = alipayDetails(lines, how)
          const bill = await read(packed ? alipayArchive(bytes) : bytes, ...chunks)
          expect(bill.rows).toEqual(lines.map(expected))
          expect(bill.end.type).toBe('end')
        },
      ),
      { numRuns: 200 },
    )
  })
})
