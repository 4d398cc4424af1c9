import { z } from 'zod'
import { parseYuan } from '../../../domain/money.ts'
import { parseBeijingTime } from '../gateway-time.ts'

/** Yuan as decimal text from 0.01 to 100 million; a JSON number is refused. */
const yuan = z.string().transform((text, context) => {
  const amount = parseYuan(text).unwrapOr(undefined)
  if (amount !== undefined && amount >= 1 && amount <= 10_000_000_000) return amount
  context.addIssue('not an amount in yuan')
  return z.NEVER
})

const text = (max: number) => z.string().max(max)
const number64 = z.string().regex(/^[0-9A-Za-z_]{1,64}$/)
const relative = z.string().regex(/^(?:\d{1,5}[mhd]|1c)$/)

const goods = z.object({
  goods_id: text(64),
  goods_name: text(256),
  quantity: z.union([z.number(), z.string()]),
  price: z.string(),
})

const create = {
  out_trade_no: number64,
  total_amount: yuan,
  subject: text(256)
    .min(1)
    .regex(/^[^/=&]*$/),
  body: text(128).optional(),
  seller_id: text(28).optional(),
  timeout_express: relative.optional(),
  time_expire: z
    .string()
    .refine((value) => parseBeijingTime(value) !== undefined)
    .optional(),
  passback_params: text(512).optional(),
  goods_detail: z.array(goods).max(150).optional(),
}

const page = { ...create, quit_url: text(400).optional() }

/** One schema per channel; members that are not listed are ignored, as the gateway does. */
export const createSchemas = {
  precreate: z.object({
    ...create,
    product_code: z.enum(['FACE_TO_FACE_PAYMENT', 'QR_CODE_OFFLINE']).optional(),
    qr_code_timeout_express: relative.optional(),
  }),
  page: z.object({ ...page, product_code: z.literal('FAST_INSTANT_TRADE_PAY') }),
  wap: z.object({ ...page, product_code: z.literal('QUICK_WAP_WAY') }),
  app: z.object({ ...page, product_code: z.literal('QUICK_MSECURITY_PAY').optional() }),
} as const

export type Channel = keyof typeof createSchemas
export type CreateRequest = z.infer<(typeof createSchemas)['page' | 'wap' | 'app' | 'precreate']>

const which = { out_trade_no: number64.optional(), trade_no: number64.optional() }
const queryOptions = z.array(z.string()).optional()
const named = (request: { readonly out_trade_no?: string | undefined; readonly trade_no?: string | undefined }) =>
  request.out_trade_no !== undefined || request.trade_no !== undefined

export const tradeSchema = z.object({ ...which, query_options: queryOptions }).refine(named)

// Members that are not documented can make a refund fail, so none is let through.
export const refundSchema = z
  .strictObject({
    ...which,
    refund_amount: yuan,
    out_request_no: number64.optional(),
    refund_reason: text(256).optional(),
    refund_currency: z.literal('CNY').optional(),
    refund_goods_detail: z.array(z.unknown()).optional(),
    refund_royalty_parameters: z.array(z.unknown()).optional(),
    operator_id: text(30).optional(),
    store_id: text(32).optional(),
    terminal_id: text(32).optional(),
    query_options: queryOptions,
  })
  .refine(named)

export const refundQuerySchema = z
  .object({ ...which, out_request_no: number64, query_options: queryOptions })
  .refine(named)

// Another merchant's number and a wish for https change nothing here.
export const billSchema = z.object({
  bill_type: text(32),
  bill_date: text(32),
  smid: text(32).optional(),
  secure: z.union([z.boolean(), text(8)]).optional(),
})

export type TradeRequest = z.infer<typeof tradeSchema>
export type BillRequest = z.infer<typeof billSchema>
export type RefundRequest = z.infer<typeof refundSchema>
export type RefundQuery = z.infer<typeof refundQuerySchema>
