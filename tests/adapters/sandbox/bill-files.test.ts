import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import {
  type AlipayBilled,
  alipayDetailLines,
  alipaySummary,
  noSums,
} from '../../../src/adapters/sandbox/alipay/alipay-bill-file.ts'
import { encodeGbk } from '../../../src/adapters/sandbox/alipay/gbk.ts'
import { wechatBillLines, type WechatBilled } from '../../../src/adapters/sandbox/wechat/wechat-bill-file.ts'
import { fen, ZERO_FEN } from '../../../src/domain/money.ts'
import { shanghaiDayOf } from '../../../src/domain/shanghai-day.ts'
import { type BenchRow, writeAlipayBill, writeWechatBill } from '../../bench/bill-files.ts'
import { temporaryDirectory } from '../../support/temporary-directory.ts'
import { zipMembers } from './zip-members.ts'

const vectors = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../vectors/${name}.json`, import.meta.url), 'utf8'))
const hash = (algorithm: 'sha1' | 'sha256', bytes: Buffer): string => createHash(algorithm).update(bytes).digest('hex')

const at = (text: string): number => Date.parse(`${text.replace(' ', 'T')}+08:00`)

const wechatPayment = (changes: Partial<WechatBilled>): WechatBilled => ({
  kind: 'payment',
  at: at('2024-06-10 12:05:00'),
  outTradeNo: 'SY202406101204000001',
  transactionId: '4200002264202406108888888801',
  refundNo: '',
  amount: fen(10_000),
  discount: ZERO_FEN,
  title: '会员月卡',
  state: 'SUCCESS',
  appId: 'wx2421b1c4370ec43b',
  mchId: '1234567891',
  openId: 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o',
  tradeType: 'NATIVE',
  attach: '',
  coupon: ZERO_FEN,
  refundId: '',
  paidAt: at('2024-06-10 12:05:00'),
  arrivedAt: undefined,
  ...changes,
})
const wechatExample: readonly WechatBilled[] = [
  wechatPayment({ discount: fen(100) }),
  wechatPayment({
    outTradeNo: 'SY202406101204000002',
    transactionId: '4200002264202406108888888802',
    tradeType: 'JSAPI',
    title: '测试商品',
    amount: fen(1),
  }),
  wechatPayment({
    at: at('2024-06-10 23:59:58'),
    outTradeNo: 'SY202406102359000003',
    transactionId: '4200002264202406108888888803',
    openId: 'oUpF8uKkZ0q3yB8aVnW1TtExample',
    tradeType: 'APP',
    title: '积分包 500',
    amount: fen(5990),
  }),
  wechatPayment({
    kind: 'refund',
    at: at('2024-06-10 18:30:11'),
    refundId: '50302108942024061088888888801',
    refundNo: 'SYR202406101830000001',
    amount: fen(3000),
    discount: fen(30),
    arrivedAt: at('2024-06-10 18:30:15'),
  }),
  wechatPayment({
    kind: 'refund',
    at: at('2024-06-10 20:01:02'),
    outTradeNo: 'SY202406091000000777',
    transactionId: '4200002264202406098888888777',
    openId: 'oUpF8uKkZ0q3yB8aVnW1TtExample',
    tradeType: 'MWEB',
    title: '周边贴纸',
    refundId: '50302108942024061088888888802',
    refundNo: 'SYR202406102001000002',
    amount: fen(1200),
    state: 'PROCESSING',
    paidAt: at('2024-06-09 10:00:07'),
  }),
]

const alipayPayment = (last: string, changes: Partial<AlipayBilled>): AlipayBilled => ({
  kind: 'payment',
  transactionId: `202610032200141234561000000${last}`,
  outTradeNo: 'P20261003100000001',
  refundNo: '',
  title: '测试商品A',
  openedAt: at('2026-10-03 10:00:05'),
  at: at('2026-10-03 10:00:21'),
  amount: fen(8888),
  discount: ZERO_FEN,
  state: '交易',
  buyer: '*小明(138****1234)',
  redPacket: ZERO_FEN,
  ...changes,
})
const second = {
  outTradeNo: 'P20261003103000002',
  title: '测试商品B',
  openedAt: at('2026-10-03 10:30:11'),
  at: at('2026-10-03 10:30:19'),
  buyer: '*小红(xia***@example.com)',
  amount: fen(1200),
}
const refund = { kind: 'refund', state: '退款' } as const
const alipayExample: readonly AlipayBilled[] = [
  alipayPayment('1', {}),
  alipayPayment('2', second),
  alipayPayment('3', {
    outTradeNo: 'P20261003110000003',
    title: '测试商品C',
    openedAt: at('2026-10-03 11:00:02'),
    at: at('2026-10-03 11:00:40'),
    amount: fen(3000),
    redPacket: fen(500),
  }),
  alipayPayment('1', {
    ...refund,
    at: at('2026-10-03 14:20:31'),
    refundNo: 'R20261003142000001',
    amount: fen(2000),
  }),
  alipayPayment('2', { ...second, ...refund, at: at('2026-10-03 15:05:07'), refundNo: 'R20261003150500002' }),
]

describe('the file of a WeChat Pay bill', () => {
  it('is the published example byte for byte', () => {
    const example = z
      .object({ vectors: z.array(z.looseObject({ id: z.string() })) })
      .parse(vectors('wechatpay'))
      .vectors.find(({ id }) => id === 'trade-bill-all-example')
    const written = [...wechatBillLines('ALL', wechatExample)].join('')
    expect(written).toBe(example?.['text'])
    expect(hash('sha1', Buffer.from(written))).toBe('0b045d0e4210479773093d9f511582bf07dc8e13')
  })

  it('has 20 columns where only payments are asked for, and 29 for refunds', () => {
    const payments = [...wechatBillLines('SUCCESS', wechatExample.slice(0, 3))]
    const refunds = [...wechatBillLines('REFUND', wechatExample.slice(3))]
    const cells = (line: string | undefined): number => (line ?? '').split(',`').length
    expect(payments[0]?.split(',')).toHaveLength(20)
    expect(cells(payments[1])).toBe(20)
    expect(payments.at(-1)).toBe('总交易单数,应结订单总金额,手续费总金额,订单总金额\r\n`3,`158.91,`0.95000,`159.91\r\n')
    expect(refunds[0]?.split(',')).toHaveLength(29)
    expect(cells(refunds[1])).toBe(29)
    expect(refunds[2]).toContain('`2024-06-09 10:00:07,')
    expect(refunds[1]).toContain(',`2024-06-10 18:30:11,`2024-06-10 18:30:15,`5030')
    expect(refunds.at(-1)).toContain('`2,`0.00,`41.70,`0.00,`-0.25000,`0.00,`42.00\r\n')
  })

  it('can look as it did in former years', () => {
    const [header, first, ...rest] = [
      ...wechatBillLines('ALL', wechatExample, new Set(['old_columns', 'no_bom', 'lf_only', 'decimal_counts'])),
    ]
    expect(header).toMatch(/^交易时间,公众账号ID,商户号,子商户号,.*,总金额,企业红包金额,.*,手续费,费率\n$/)
    expect(first?.split(',`')).toHaveLength(24)
    expect(first).toContain('`CNY,`100.00,`0.00,')
    expect(rest.at(-1)).toBe(
      '总交易单数,总交易额,总退款金额,总企业红包退款金额,手续费总金额\n`5.0,`159.91,`42.00,`0.00,`0.70000\n',
    )
  })
})

describe('the files of an Alipay bill', () => {
  it('are the example byte for byte', () => {
    const file = z.object({ text: z.string(), gbk_bytes: z.number(), gbk_sha256: z.string() })
    const { detail, summary } = z
      .object({ bill_examples: z.object({ files: z.object({ detail: file, summary: file }) }) })
      .parse(vectors('alipay')).bill_examples.files
    const exportedAt = new Date(at('2026-10-04 06:12:45'))
    const day = shanghaiDayOf(new Date(at('2026-10-03 12:00:00')))
    const head = { account: '20881234567890120156', day, exportedAt }
    const sums = noSums()
    const details = [...alipayDetailLines(head, alipayExample, sums)].join('')
    expect(details).toBe(detail.text)
    expect(hash('sha256', encodeGbk(details))).toBe(detail.gbk_sha256)
    expect(encodeGbk(details)).toHaveLength(detail.gbk_bytes)
    const total = alipaySummary(head, sums)
    expect(total).toBe(summary.text)
    expect(hash('sha256', encodeGbk(total))).toBe(summary.gbk_sha256)
  })
})

describe('the bills that a benchmark writes', () => {
  const folder = temporaryDirectory()
  afterAll(folder.remove)
  const rows: readonly BenchRow[] = [
    { kind: 'payment', at: at('2026-10-03 10:00:00'), outTradeNo: 'P1', transactionId: '42001', amount: fen(9900) },
    {
      kind: 'refund',
      at: at('2026-10-03 11:00:00'),
      outTradeNo: 'P1',
      transactionId: '42001',
      refundNo: 'R1',
      amount: fen(100),
    },
  ]

  it("are WeChat Pay's, plain or packed", async () => {
    const [plain, packed] = [join(folder.path, 'bill.csv'), join(folder.path, 'bill.csv.gz')]
    await writeWechatBill(plain, rows)
    await writeWechatBill(packed, rows)
    const text = readFileSync(plain, 'utf8')
    expect(text).toMatch(/\r\n`2,`99\.00,`1\.00,`0\.00,`0\.58000,`99\.00,`1\.00\r\n$/)
    expect(gunzipSync(readFileSync(packed)).toString('utf8')).toBe(text)
  })

  it("are Alipay's, as a ZIP or the details alone", async () => {
    const day = shanghaiDayOf(new Date(at('2026-10-03 12:00:00')))
    const [plain, packed] = [join(folder.path, 'details.csv'), join(folder.path, 'bill.csv.zip')]
    await writeAlipayBill(plain, rows, { day })
    await writeAlipayBill(packed, rows, { day })
    const [details, summary] = zipMembers(readFileSync(packed))
    expect(details?.text).toBe(new TextDecoder('gbk').decode(readFileSync(plain)))
    expect(details?.text).toContain('\r\n#退款合计：1笔，商家实收退款共-1.00元')
    expect(details?.name.toString('hex')).toMatch(/5fd2b5cef1c3f7cfb82e637376$/)
    expect(summary?.text).toContain('\r\n合计,,1,1,98.00,')
  })
})
