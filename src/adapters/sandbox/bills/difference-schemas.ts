import { z } from 'zod'

const day = z.string().regex(/^\d{4}-\d\d-\d\d$/)
const row = {
  day,
  /** One of either kind, where no number says which row is meant. */
  of: z.enum(['payment', 'refund']).optional(),
  /** With a refund number it says whose refund, else which payment. */
  outTradeNo: z.string().optional(),
  refundNo: z.string().optional(),
}
const byFen = z.int().refine((value) => value !== 0, 'not 0')
const amountFen = z.int().min(1).max(10_000_000_000).optional()

const onRows = [
  z.strictObject({ ...row, kind: z.enum(['missing_row', 'awkward_name']) }),
  z.strictObject({ ...row, kind: z.literal('amount_off'), byFen: byFen.default(1) }),
  z.strictObject({
    ...row,
    kind: z.literal('unreadable_row'),
    cell: z.enum(['amount', 'time', 'columns']).default('amount'),
  }),
  z.strictObject({
    day,
    kind: z.literal('extra_row'),
    of: z.enum(['payment', 'refund']).default('payment'),
    /** Whose refund it is. */
    outTradeNo: z.string().optional(),
    amountFen,
  }),
] as const

const wechatOddity = z.enum(['decimal_counts', 'no_bom', 'lf_only', 'old_columns', 'wrong_count', 'wrong_sum'])
const alipayOddity = z.enum(['lf_only', 'wrong_count', 'wrong_sum'])

export const wechatDifferenceSchema = z.union([
  ...onRows,
  z.strictObject({ ...row, kind: z.literal('status_off'), status: z.string().min(1).max(32).optional() }),
  z.strictObject({ day, kind: z.literal('format'), oddity: wechatOddity }),
])

// No column of Alipay's bill tells a state, so there none can be off.
export const alipayDifferenceSchema = z.union([
  ...onRows,
  z.strictObject({ day, kind: z.literal('format'), oddity: alipayOddity }),
])

/** How the bill of a day at WeChat Pay is to differ from its ledger. */
export type WechatDifference = z.input<typeof wechatDifferenceSchema>
/** The same at Alipay. */
export type AlipayDifference = z.input<typeof alipayDifferenceSchema>

/** One of either, with what was left out filled in. */
export type BillDifference = z.output<typeof wechatDifferenceSchema>
