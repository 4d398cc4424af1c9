import type { BillContent, BillPart, BillRow, ReadBill } from '../../src/application/reconciliation/bill.ts'
import { encodeGbk } from '../../src/adapters/sandbox/alipay/gbk.ts'
import { zipOf } from './zip-file.ts'

/** A file that comes in chunks of these sizes, over and over. */
export const contentOf = (bytes: Uint8Array, ...sizes: readonly number[]): BillContent => ({
  size: bytes.length,
  async *read({ start, end } = { start: 0, end: bytes.length }) {
    const asked = bytes.subarray(start, end)
    for (let at = 0, n = 0; at < asked.length; n += 1) {
      const size = Math.max(1, sizes[n % sizes.length] ?? 65_536)
      // A copy: what the reader keeps of a chunk must not hang on the file.
      yield Buffer.from(asked.subarray(at, at + size))
      at += size
    }
  },
})

/** All that comes. */
export const bytesOf = async (chunks: AsyncIterable<Uint8Array>): Promise<Buffer> => {
  const all: Uint8Array[] = []
  for await (const chunk of chunks) all.push(chunk)
  return Buffer.concat(all)
}

export type WholeBill = { readonly rows: readonly BillRow[]; readonly end: Exclude<BillPart, { type: 'rows' }> }

/** All of a bill at once. */
export const wholeBill = async (read: ReadBill, content: BillContent): Promise<WholeBill> => {
  const rows: BillRow[] = []
  let end: WholeBill['end'] | undefined
  for await (const part of read('wechat_csv', content)) {
    if (end !== undefined) throw new Error('a part behind the end')
    if (part.type === 'rows') rows.push(...part.rows)
    else end = part
  }
  if (end === undefined) throw new Error('a bill without an end')
  return { rows, end }
}

/** Fen as the bills write it, also negative. */
export const yuan = (fen: number, decimals = 2): string => {
  const digits = String(Math.abs(fen)).padStart(3, '0')
  return `${fen < 0 ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}${'0'.repeat(decimals - 2)}`
}

export const WECHAT_COLUMNS =
  '交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注'
const WECHAT_SUMMARY = '总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额'

export type WechatLine = {
  readonly time: string
  readonly transactionId: string
  readonly outTradeNo: string
  readonly state?: string
  readonly refundId?: string
  readonly refundNo?: string
  readonly refundState?: string
  readonly merchantId?: string
  readonly subject?: string
  readonly attach?: string
  /** In fen. */
  readonly price?: number
  readonly coupon?: number
  readonly refund?: number
  readonly refundCoupon?: number
  readonly fee?: number
}

/** The cells of a row of an ALL file. */
export const wechatCells = (line: WechatLine): string[] => {
  const { price = 0, coupon = 0, refund = 0, refundCoupon = 0, fee = 0 } = line
  const isRefund = line.refundId !== undefined
  return [
    [line.time, 'wx2421b1c4370ec43b', line.merchantId ?? '1234567891', '0', '', line.transactionId, line.outTradeNo],
    ['oUpF8uMuAJO_M2pxb1Q9zNjWeS6o', 'NATIVE', line.state ?? (isRefund ? 'REFUND' : 'SUCCESS'), 'OTHERS', 'CNY'],
    [yuan(price - coupon), yuan(coupon), line.refundId ?? '0', line.refundNo ?? '0', yuan(refund - refundCoupon)],
    ['0.00', isRefund ? 'ORIGINAL' : '', line.refundState ?? (isRefund ? 'SUCCESS' : '')],
    [line.subject ?? '会员月卡', line.attach ?? '', yuan(fee, 5), '0.60%', yuan(price), yuan(refund), ''],
  ].flat()
}

const backticked = (cells: readonly string[]): string => cells.map((cell) => `\`${cell}`).join(',')

type WechatOptions = { readonly end?: string; readonly mark?: boolean; readonly lastEnd?: boolean }

/** An ALL file of these rows. */
export const wechatBill = (
  lines: readonly WechatLine[],
  { end = '\r\n', mark = true, lastEnd = true }: WechatOptions = {},
): Buffer => {
  const sum = (of: (line: WechatLine) => number | undefined): number =>
    lines.reduce((all, one) => all + (of(one) ?? 0), 0)
  const [coupons, refundCoupons] = [sum(({ coupon }) => coupon), sum(({ refundCoupon }) => refundCoupon)]
  const [prices, refunds, fees] = [sum(({ price }) => price), sum(({ refund }) => refund), sum(({ fee }) => fee)]
  const summary = [
    [String(lines.length), yuan(prices - coupons), yuan(refunds - refundCoupons), '0.00'],
    [yuan(fees, 5), yuan(prices), yuan(refunds)],
  ].flat()
  const rows = lines.map((line) => backticked(wechatCells(line)))
  const text = [WECHAT_COLUMNS, ...rows, WECHAT_SUMMARY, backticked(summary)].join(end)
  return Buffer.from(`${mark ? '\uFEFF' : ''}${text}${lastEnd ? end : ''}`)
}

export const ALIPAY_COLUMNS =
  '支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,操作员,终端号,对方账户,订单金额（元）,商家实收（元）,支付宝红包（元）,集分宝（元）,支付宝优惠（元）,商家优惠（元）,券核销金额（元）,券名称,商家红包消费金额（元）,卡消费金额（元）,退款批次号/请求号,服务费（元）,分润（元）,备注'

export type AlipayLine = {
  readonly transactionId: string
  readonly outTradeNo: string
  readonly kind?: string
  readonly createdAt: string
  readonly completedAt: string
  readonly subject?: string
  readonly buyer?: string
  readonly note?: string
  readonly coupon?: string
  /** In fen, negative on refunds, as the file has them. */
  readonly price: number
  readonly received?: number
  readonly refundNo?: string
  readonly fee?: number
  readonly share?: number
}

/** The cells of a row of the details, with their tabs. */
export const alipayCells = (line: AlipayLine): string[] =>
  [
    [
      `${line.transactionId}\t`,
      `${line.outTradeNo}\t`,
      `${line.kind ?? (line.refundNo === undefined ? '交易' : '退款')}\t`,
    ],
    [line.subject ?? '测试商品', line.createdAt, line.completedAt, '\t', '\t', '\t', '\t'],
    [`${line.buyer ?? '*小明(138****1234)'}\t`, yuan(line.price), yuan(line.received ?? line.price)],
    ['0.00', '0.00', '0.00', '0.00', '0.00', line.coupon ?? '', '0.00\t', '0.00', `${line.refundNo ?? ''}\t`],
    [yuan(line.fee ?? 0), yuan(line.share ?? 0), line.note ?? '测试商品'],
  ].flat()

export type AlipayOptions = { readonly end?: string; readonly encoding?: 'gbk' | 'utf8'; readonly lastEnd?: boolean }

/** The details of a day with these rows. */
export const alipayDetails = (
  lines: readonly AlipayLine[],
  { end = '\r\n', encoding = 'gbk', lastEnd = true }: AlipayOptions = {},
): Buffer => {
  const payments = lines.filter(({ refundNo }) => refundNo === undefined)
  const refunds = lines.filter(({ refundNo }) => refundNo !== undefined)
  const sum = (of: readonly AlipayLine[]) => yuan(of.reduce((all, { price, received }) => all + (received ?? price), 0))
  const text = [
    '#支付宝业务明细查询',
    '#账号：[20881234567890120156]',
    '#起始日期：[2026年10月03日 00:00:00]   终止日期：[2026年10月04日 00:00:00]',
    '#-----------------------------------------业务明细列表----------------------------------------',
    ALIPAY_COLUMNS,
    ...lines.map((line) => alipayCells(line).join(',')),
    '#-----------------------------------------业务明细列表结束------------------------------------',
    `#交易合计：${payments.length}笔，商家实收共${sum(payments)}元，商家优惠共0.00元`,
    `#退款合计：${refunds.length}笔，商家实收退款共${sum(refunds)}元，商家优惠退款共0.00元`,
    '#导出时间：[2026年10月04日 06:12:45]',
  ].join(end)
  const all = `${text}${lastEnd ? end : ''}`
  return encoding === 'gbk' ? encodeGbk(all) : Buffer.from(`\uFEFF${all}`)
}

/** Details in their archive, beside a summary as Alipay packs it. */
export const alipayArchive = (details: Uint8Array): Buffer =>
  zipOf(
    {
      name: encodeGbk('20881234567890120156_20261003_业务明细(汇总).csv'),
      content: encodeGbk('#支付宝业务汇总查询\r\n'),
    },
    { name: encodeGbk('20881234567890120156_20261003_业务明细.csv'), content: details },
  )
