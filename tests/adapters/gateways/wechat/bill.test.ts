import { createHash } from 'node:crypto'
import { gunzipSync, gzipSync } from 'node:zlib'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readWechatBill } from '../../../../src/adapters/gateways/wechat/bill.ts'
import type { BillContent, BillRow, ReadableRow } from '../../../../src/application/reconciliation/bill.ts'
import { fen } from '../../../../src/domain/money.ts'
import {
  contentOf,
  WECHAT_COLUMNS,
  wechatBill,
  wechatCells,
  type WechatLine,
  wholeBill,
} from '../../../support/bill-files.ts'
import { data } from './stand-in.ts'

const example = data.vectors.find(({ id }) => id === 'trade-bill-all-example')
if (example?.text === undefined || example.gzip_base64 === undefined) throw new Error('the example is gone')
const EXAMPLE = Buffer.from(example.text)
const PACKED = Buffer.from(example.gzip_base64, 'base64')

const read = (bytes: Uint8Array | string, ...sizes: number[]) =>
  wholeBill(readWechatBill, contentOf(Buffer.from(bytes), ...sizes))
const broken = (reason: string) => ({ type: 'broken', reason })
const at = (text: string): number => Date.parse(`${text.replace(' ', 'T')}+08:00`)

const line = (overrides: Partial<WechatLine> = {}): WechatLine => ({
  time: '2024-06-10 12:05:00',
  transactionId: '4200002264202406108888888801',
  outTradeNo: 'SY1',
  price: 100,
  ...overrides,
})
/** The text of a bill of these rows, after a change. */
const changed = (lines: readonly WechatLine[], change: (text: string) => string): string =>
  change(wechatBill(lines).toString())

describe('the example of a WeChat Pay bill', () => {
  const payment = { kind: 'payment', status: 'success', statusText: 'SUCCESS' } as const
  const refund = { kind: 'refund' } as const
  const rows: BillRow[] = [
    {
      ...payment,
      line: 2,
      transactionId: '4200002264202406108888888801',
      outTradeNo: 'SY202406101204000001',
      amount: fen(10_000),
      feeFen: 59,
      netFen: 9841, // 99.00 came, since the merchant's coupon paid 1.00, less the fee.
      at: at('2024-06-10 12:05:00'),
    },
    {
      ...payment,
      line: 3,
      transactionId: '4200002264202406108888888802',
      outTradeNo: 'SY202406101204000002',
      amount: fen(1),
      feeFen: 0,
      netFen: 1,
      at: at('2024-06-10 12:05:00'),
    },
    {
      ...payment,
      line: 4,
      transactionId: '4200002264202406108888888803',
      outTradeNo: 'SY202406102359000003',
      amount: fen(5990),
      feeFen: 36,
      netFen: 5954,
      at: at('2024-06-10 23:59:58'),
    },
    {
      ...refund,
      line: 5,
      transactionId: '4200002264202406108888888801',
      outTradeNo: 'SY202406101204000001',
      refundNo: 'SYR202406101830000001',
      refundId: '50302108942024061088888888801',
      amount: fen(3000),
      feeFen: -18,
      netFen: -2952,
      at: at('2024-06-10 18:30:11'),
      status: 'success',
      statusText: 'SUCCESS',
    },
    {
      ...refund,
      line: 6,
      transactionId: '4200002264202406098888888777',
      outTradeNo: 'SY202406091000000777',
      refundNo: 'SYR202406102001000002',
      refundId: '50302108942024061088888888802',
      amount: fen(1200),
      feeFen: -7,
      netFen: -1193,
      at: at('2024-06-10 20:01:02'),
      status: 'processing',
      statusText: 'PROCESSING',
    },
  ]
  const whole = { rows, end: { type: 'end', head: { merchantId: '1234567891', day: '2024-06-10' } } }

  it('is the one that was published', () => {
    expect([EXAMPLE.length, createHash('sha1').update(EXAMPLE).digest('hex')]).toEqual([
      example.size_bytes,
      example.hash_value,
    ])
    expect(gunzipSync(PACKED).equals(EXAMPLE)).toBe(true)
  })

  it('is read to the last column, plain and packed', async () => {
    expect(await read(EXAMPLE)).toEqual(whole)
    expect(await read(PACKED)).toEqual(whole)
  })

  it('is the same without its mark, with bare line feeds, without the last line end and in any chunks', async () => {
    const text = EXAMPLE.toString()
    expect(await read(text.slice(1))).toEqual(whole)
    expect(await read(text.replaceAll('\r\n', '\n'))).toEqual(whole)
    expect(await read(text.trimEnd())).toEqual(whole)
    expect(await read(`${text}\r\n`)).toEqual(whole)
    for (const size of [1, 2, 3, 7, 251]) {
      expect(await read(EXAMPLE, size)).toEqual(whole)
      expect(await read(PACKED, size)).toEqual(whole)
    }
  })

  it('is not whole at any shorter length', async () => {
    const last = EXAMPLE.lastIndexOf('42.00')
    for (let length = 0; length < last + 2; length += 1)
      expect((await read(EXAMPLE.subarray(0, length))).end.type, `${length} bytes`).toBe('broken')
    for (let length = 2; length < PACKED.length; length += 1)
      expect((await read(PACKED.subarray(0, length))).end.type, `${length} packed bytes`).toBe('broken')
  })

  it('tells how much of the file has been used up', async () => {
    for (const bytes of [EXAMPLE, PACKED]) {
      const read: number[] = []
      for await (const part of readWechatBill('wechat_csv', contentOf(bytes, 100)))
        if (part.type === 'rows') read.push(part.bytesRead)
      expect(read).toEqual([bytes.length])
    }
  })
})

describe('the first rows of a genuine bill', () => {
  const fixture = data.vectors.find(({ id }) => id === 'trade-bill-all-fixture')
  const rows = fixture?.first_rows ?? []
  it('are read under the names it has, with its way of counting', async () => {
    const sums = '`2.0,`0.03,`0.01,`0.0,`0.01,`0.03,`0.01'
    const names = [fixture?.header_columns?.join(','), fixture?.summary_header_columns?.join(',')]
    const bill = await read([names[0], ...rows, names[1], sums].join('\r\n'))
    expect(names[0]).toBe(WECHAT_COLUMNS)
    expect(bill.end).toEqual({ type: 'end', head: { merchantId: '1921000401', day: '2019-02-19' } })
    expect(bill.rows).toMatchObject([
      {
        kind: 'refund',
        outTradeNo: 'autotest_20190216081946_82335',
        amount: 1,
        refundNo: 'REF4200000263201902167700963919',
      },
      { kind: 'payment', outTradeNo: 'autotest_20190219015232_89201', amount: 3, feeFen: 1, netFen: 2 },
    ])
  })
})

describe('the other files of WeChat Pay', () => {
  it('of successes only have no columns for refunds', async () => {
    const file = [
      '交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,商品名称,商户数据包,手续费,费率,订单金额,费率备注',
      '`2024-06-10 12:05:00,`wx1,`1234567891,`0,`,`42001,`SY1,`o1,`NATIVE,`SUCCESS,`OTHERS,`CNY,`99.00,`0.00,`会员月卡,`,`0.59000,`0.60%,`100.00,`',
      '总交易单数,应结订单总金额,手续费总金额,订单总金额',
      '`1,`99.00,`0.59000,`100.00',
    ]
    const bill = await read(file.join('\n'))
    expect(bill.rows).toMatchObject([{ kind: 'payment', amount: 10_000, netFen: 9841 }])
    expect(bill.end.type).toBe('end')
    const refund = file.map((one) => one.replace('`SUCCESS', '`REFUND'))
    expect((await read(refund.join('\n'))).rows).toMatchObject([{ kind: 'unreadable' }])
  })

  it('of refunds only tell when the refund was asked for', async () => {
    const file = [
      '交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,退款申请时间,退款成功时间,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注',
      '`2024-06-01 12:05:00,`wx1,`1234567891,`0,`,`42001,`SY1,`o1,`NATIVE,`REFUND,`OTHERS,`CNY,`0.00,`0.00,`2024-06-10 08:00:00,`2024-06-10 08:00:09,`501,`SYR1,`29.70,`0.00,`ORIGINAL,`SUCCESS,`会员月卡,`,`-0.18000,`0.60%,`0.00,`30.00,`',
      '总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额',
      '`1,`0.00,`29.70,`0.00,`-0.18000,`0.00,`30.00',
    ]
    const bill = await read(file.join('\r\n'))
    expect(bill.rows).toMatchObject([{ kind: 'refund', amount: 3000, at: at('2024-06-10 08:00:00') }])
    expect(bill.end).toEqual({ type: 'end', head: { merchantId: '1234567891', day: '2024-06-10' } })
  })

  it('of older merchants have other names and fewer columns', async () => {
    const file = [
      '交易时间,公众账号ID,商户号,子商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,总金额,企业红包金额,微信退款单号,商户退款单号,退款金额,企业红包退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率',
      '`2014-11-10 16:33:45,`wx1,`10000100,`0,`1000,`1001690740201411100005734289,`1415640626,`o1,`MICROPAY,`SUCCESS,`CFT,`CNY,`0.02,`0.0,`0,`0,`0,`0,`,`,`被扫支付测试,`订单额外描述,`0,`0.60%',
      '`2014-11-10 16:46:14,`wx1,`10000100,`0,`1000,`1002780740201411100005729794,`1415635270,`o1,`MICROPAY,`REFUND,`CFT,`CNY,`0,`0.0,`2000,`R1,`0.01,`0,`ORIGINAL,`FAIL,`被扫支付测试,`,`0,`0.60%',
      '总交易单数,总交易额,总退款金额,总企业红包退款金额,手续费总金额',
      '`2,`0.02,`0.01,`0.0,`0.0',
    ]
    const bill = await read(file.join('\n'))
    expect(bill.rows).toMatchObject([
      { kind: 'payment', amount: 2, netFen: 2 },
      { kind: 'refund', amount: 1, netFen: -1, status: 'failed', statusText: 'FAIL' },
    ])
    expect(bill.end.type).toBe('end')
    expect((await read(file.join('\n').replace('`2,`0.02,`0.01', '`2,`0.02,`0.02'))).end.type).toBe('broken')
  })
})

describe('a row of a WeChat Pay bill', () => {
  const only = async (change: Partial<WechatLine>): Promise<BillRow | undefined> =>
    (await read(wechatBill([line(change)]))).rows[0]

  it.each([
    ['SUCCESS', 'success'],
    ['PROCESSING', 'processing'],
    ['FAIL', 'failed'],
    ['CHANGE', 'failed'],
    ['CLOSED', 'other'],
    ['', 'other'],
  ])('of a refund that is %j is %s', async (refundState, status) => {
    expect(await only({ price: 0, refund: 5, refundId: '501', refundNo: 'R1', refundState })).toMatchObject({
      kind: 'refund',
      status,
      statusText: refundState,
    })
  })

  it('of a refund without a number of the merchant keeps that of WeChat Pay', async () => {
    for (const refundNo of ['0', ''])
      expect(await only({ price: 0, refund: 5, refundId: '501', refundNo })).toMatchObject({
        refundNo: '',
        refundId: '501',
      })
  })

  it('of a payment in a state that none on a bill has is shown with it', async () => {
    expect(await only({ state: 'NOTPAY' })).toMatchObject({ kind: 'payment', status: 'other', statusText: 'NOTPAY' })
    expect(await only({ state: 'REVOKED' })).toMatchObject({ kind: 'payment', status: 'other' })
    expect(await only({ state: 'REVOKED', refundId: '501', price: 0, refund: 100 })).toMatchObject({ kind: 'refund' })
  })

  it.each<[string, Partial<WechatLine>]>([
    ['no time', { time: '2024-06-31 12:05:00' }],
    ['no number of WeChat Pay', { transactionId: '0' }],
    ['no number of ours', { outTradeNo: '' }],
    ['a number with a blank', { outTradeNo: 'SY 1' }],
    ['a state that is no word', { state: 'SÜCCESS' }],
    ['a refund without any number', { refundId: '0', state: 'REFUND' }],
    ['a refund with a number that is none', { refundId: '501', refundNo: '退款', price: 0, refund: 1 }],
    ['more than an order can cost', { price: 10_000_000_001 }],
    ['less than nothing', { price: -1 }],
  ])('with %s is unreadable, with its text and line', async (_, change) => {
    const bill = await read(wechatBill([line(), line(change), line()]))
    expect(bill.rows.map(({ kind }) => kind)).toEqual(['payment', 'unreadable', 'payment'])
    const text = wechatCells(line(change))
      .map((cell) => `\`${cell}`)
      .join(',')
    expect(bill.rows[1]).toMatchObject({ line: 3, text: text.slice(0, 500) })
    expect(bill.end.type).toBe('end')
  })

  it.each([
    ['too few cells', (row: string) => row.slice(0, row.lastIndexOf(',`'))],
    ['an amount that is none', (row: string) => row.replace('`1.00', '`1.0O')],
    ['a fee that is none', (row: string) => row.replace('0.00000', '0,00000')],
    ['no backticks', (row: string) => row.replaceAll('`', '')],
    ['nothing', () => ''],
    ['an endless text', () => `\`${'长'.repeat(900)}`],
  ])('with %s is unreadable', async (_, spoil) => {
    const text = changed([line(), line()], (all) =>
      all
        .split('\r\n')
        .map((row, index) => (index === 2 ? spoil(row) : row))
        .join('\r\n'),
    )
    const bill = await read(text)
    expect(bill.rows).toMatchObject([{ kind: 'payment' }, { kind: 'unreadable', line: 3 }])
    expect(bill.rows.every((row) => row.kind !== 'unreadable' || row.text.length <= 500)).toBe(true)
    expect(bill.end.type).toBe('end')
  })

  it('is mended where a text of the merchant holds what looks like the border of two cells', async () => {
    const subject = 'a,`b,`0.00,`1.00,`'
    const bill = await read(wechatBill([line({ subject, attach: ',`', coupon: 1, fee: 3 })]))
    expect(bill.rows).toMatchObject([{ kind: 'payment', amount: 100, feeFen: 3, netFen: 96 }])
  })
})

describe('a WeChat Pay bill as a whole', () => {
  it('may be of a day without business', async () => {
    const end = { type: 'end', head: { merchantId: undefined, day: undefined } }
    expect(await read(wechatBill([]))).toEqual({ rows: [], end })
    expect(await read(gzipSync(wechatBill([])))).toEqual({ rows: [], end })
  })

  it('names neither merchant nor day where its rows differ in it', async () => {
    const bill = await read(wechatBill([line(), line({ time: '2024-06-11 00:00:00', merchantId: '1234567892' })]))
    expect(bill.end).toEqual({ type: 'end', head: { merchantId: undefined, day: undefined } })
  })

  it.each([
    ['订单总金额', '`1,`1.00,`0.00,`0.00,`0.00000,`1.01,`0.00'],
    ['应结订单总金额', '`1,`1.01,`0.00,`0.00,`0.00000,`1.00,`0.00'],
    ['申请退款总金额', '`1,`1.00,`0.00,`0.00,`0.00000,`1.00,`0.01'],
    ['退款总金额', '`1,`1.00,`0.01,`0.00,`0.00000,`1.00,`0.00'],
  ])('is not believed where its rows do not add up to %s', async (name, values) => {
    const text = changed([line()], (all) => [...all.split('\r\n').slice(0, 3), values].join('\r\n'))
    expect((await read(text)).end).toEqual(broken(`明细之和与${name}不符 (its rows do not add up to its ${name})`))
  })

  it('is not believed where its summary counts other rows, readable or not', async () => {
    const rows = changed([line(), line({ outTradeNo: '' })], (all) => all.replace('\r\n`2,', '\r\n`3,'))
    expect((await read(rows)).end).toEqual(broken('汇总笔数与 2 行明细不符 (its summary counts other rows than its 2)'))
  })

  it('is counted, but not added up, where rows are unreadable', async () => {
    const text = changed([line(), line({ price: 300, outTradeNo: '' })], (all) => all)
    expect((await read(text)).end.type).toBe('end')
  })

  it.each([
    ['text behind its summary', (all: string) => `${all}x`, '汇总之后还有其他内容 (text behind the summary)'],
    ['a row behind its summary', (all: string) => `${all}\`2024`, '汇总之后还有其他内容 (text behind the summary)'],
    [
      'no values in its summary',
      (all: string) => all.replace('\r\n`1,', '\r\n1,'),
      '汇总没有数值 (no values under the names of the summary)',
    ],
    [
      'a value too few',
      (all: string) => all.replace(/,`1\.00\r\n$/, ''),
      '汇总的数值与列名不符 (not one value for each name of the summary)',
    ],
    [
      'no such column',
      (all: string) => all.replace('商户订单号', '订单号'),
      '不是交易账单：缺少“商户订单号”列 (not a trade bill: it has no column 商户订单号)',
    ],
    [
      'a page instead of it',
      () => '<html><body>502</body></html>',
      '不是交易账单：缺少“退款申请时间/交易时间”列 (not a trade bill: it has no column 退款申请时间 or 交易时间)',
    ],
    ['nothing in it', () => '', '文件被截断：没有汇总 (cut off: it ends before its summary)'],
    [
      'an endless line',
      (all: string) => all.replace('会员', '长'.repeat(100_000)),
      '有一行超出账单可能的长度 (a line longer than any of a bill)',
    ],
  ])('is not believed with %s', async (_, spoil, reason) => {
    const text = changed([line({ price: 0, refund: 100, refundId: '1' })], spoil)
    expect((await read(text)).end).toEqual(broken(reason))
  })

  it('is not believed with bytes behind the packed ones, or damaged ones', async () => {
    expect((await read(Buffer.concat([PACKED, Buffer.from('x'.repeat(50))]))).end.type).toBe('broken')
    expect((await read(Buffer.concat([PACKED, Buffer.alloc(50)]))).end.type).toBe('broken')
    const damaged = Buffer.from(PACKED)
    damaged[200] = (damaged[200] ?? 0) ^ 1
    expect((await read(damaged)).end.type).toBe('broken')
  })

  it('is not held against itself where it could not be read at all', async () => {
    const failing = (bytes: Buffer): BillContent => ({
      size: bytes.length,
      async *read(range) {
        if (range?.end === 2) yield bytes.subarray(0, 2)
        else {
          yield bytes.subarray(0, 300)
          throw new Error('disk gone')
        }
      },
    })
    for (const bytes of [EXAMPLE, PACKED])
      await expect(wholeBill(readWechatBill, failing(bytes))).rejects.toThrow('disk gone')
  })
})

const anyText = fc.oneof(
  fc.string({
    unit: fc.constantFrom(',', '`', '"', "'", '会', '员', '😀', 'a', ' ', '0', '.', '总', '\t'),
    maxLength: 40,
  }),
  fc.string({ unit: 'grapheme', maxLength: 20 }).map((text) => text.replaceAll(/[\r\n]/g, ' ')),
)
const anyNumber = fc.string({
  unit: fc.constantFrom(...Array.from('0123456789ABCxyz_-|*@')),
  minLength: 6,
  maxLength: 32,
})
const anyAmount = fc.integer({ min: 1, max: 1_000_000 })
const anySecond = fc
  .integer({ min: 0, max: 86_399 })
  .map((second) => new Date(Date.UTC(2024, 5, 10) + second * 1000).toISOString().slice(0, 19).replace('T', ' '))
const anyLine: fc.Arbitrary<WechatLine> = fc
  .record({
    time: anySecond,
    transactionId: anyNumber,
    outTradeNo: anyNumber,
    subject: anyText,
    attach: anyText,
    amount: anyAmount,
    coupon: fc.integer({ min: 0, max: 1 }),
    fee: fc.integer({ min: 0, max: 999 }),
    refund: fc.option(fc.record({ refundId: anyNumber, refundNo: anyNumber })),
  })
  .map(({ amount, coupon, fee, refund, ...facts }) =>
    refund === null
      ? { ...facts, price: amount, coupon, fee }
      : { ...facts, ...refund, refund: amount, refundCoupon: coupon, fee: 0 - fee },
  )

/** What the reader has to make of it. */
const expected = (given: WechatLine, index: number): ReadableRow => {
  const { transactionId, outTradeNo, fee: feeFen = 0, coupon = 0, refundCoupon = 0 } = given
  const facts = { line: index + 2, transactionId, outTradeNo, feeFen, at: at(given.time), statusText: 'SUCCESS' }
  const { price = 0, refund = 0, refundNo = '', refundId } = given
  return refundId === undefined
    ? { ...facts, kind: 'payment', status: 'success', amount: fen(price), netFen: price - coupon - feeFen }
    : {
        ...facts,
        kind: 'refund',
        status: 'success',
        refundNo,
        refundId,
        amount: fen(refund),
        netFen: refundCoupon - refund - feeFen,
      }
}

describe('any WeChat Pay bill', () => {
  it('gives back the rows it was made of', async () => {
    const form = fc.record({ end: fc.constantFrom('\r\n', '\n'), mark: fc.boolean(), lastEnd: fc.boolean() })
    const sizes = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 5 })
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyLine, { maxLength: 12 }),
        form,
        sizes,
        fc.boolean(),
        async (lines, how, chunks, packed) => {
          const bytes = wechatBill(lines, how)
          const bill = await read(packed ? gzipSync(bytes) : bytes, ...chunks)
          expect(bill.rows).toEqual(lines.map(expected))
          expect(bill.end.type).toBe('end')
        },
      ),
      { numRuns: 200 },
    )
  })

  it('comes in batches of some thousand rows', async () => {
    const lines = Array.from({ length: 5000 }, (_, n) => line({ outTradeNo: `SY${n}` }))
    const batches: number[] = []
    for await (const part of readWechatBill('wechat_csv', contentOf(wechatBill(lines))))
      if (part.type === 'rows') batches.push(part.rows.length)
    expect(batches.reduce((all, one) => all + one, 0)).toBe(5000)
    expect(Math.max(...batches)).toBeLessThan(2000)
  })
})
