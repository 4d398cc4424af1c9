import { z } from 'zod'
import { parseRfc3339 } from '../gateway-time.ts'
import { refusal, type WechatRefusal } from './wechat-refusal.ts'

// Characters of four UTF-8 bytes (emoji) are refused everywhere.
const text = (max: number, min = 1) =>
  z
    .string()
    .min(min)
    .max(max)
    .regex(/^[^\u{10000}-\u{10FFFF}]*$/u, 'characters of four bytes are not allowed')

const outTradeNo = z.string().regex(/^[0-9A-Za-z_\-|*]{6,32}$/)
const outRefundNo = z.string().regex(/^[0-9A-Za-z_\-|*@]{1,64}$/)
const fen = z.int().min(1).max(10_000_000_000)

const notifyUrl = (max: number) => z.string().max(max).refine(isPlainUrl, 'an http(s) address without query')

const isPlainUrl = (value: string): boolean => {
  const url = URL.parse(value)
  if (url === null || !['http:', 'https:'].includes(url.protocol)) return false
  return !/[?#]/.test(value) && url.username === '' && url.password === ''
}

const goodsDetail = z.strictObject({
  merchant_goods_id: text(32),
  wechatpay_goods_id: text(32).optional(),
  goods_name: text(256).optional(),
  quantity: z.int().min(1),
  unit_price: z.int().min(0),
})

const storeInfo = z.strictObject({
  id: text(32),
  name: text(256).optional(),
  area_code: text(32).optional(),
  address: text(512).optional(),
})

const h5Info = z.strictObject({
  type: text(32),
  app_name: text(64).optional(),
  app_url: text(128).optional(),
  bundle_id: text(128).optional(),
  package_name: text(128).optional(),
})

const scene = { payer_client_ip: text(45), device_id: text(32).optional(), store_info: storeInfo.optional() }

const prepay = {
  appid: text(32),
  mchid: text(32),
  description: text(127),
  out_trade_no: outTradeNo,
  time_expire: z
    .string()
    .max(64)
    .refine((value) => parseRfc3339(value) !== undefined, 'not an RFC 3339 time')
    .optional(),
  attach: text(128, 0).optional(),
  notify_url: notifyUrl(255),
  goods_tag: text(32).optional(),
  limit_pay: z.array(z.enum(['no_credit', 'no_debit', 'no_balance', 'balance_only'])).optional(),
  support_fapiao: z.boolean().optional(),
  amount: z.strictObject({ total: fen, currency: z.literal('CNY').optional() }),
  detail: z
    .strictObject({
      cost_price: z.int().min(0).optional(),
      invoice_id: text(32).optional(),
      goods_detail: z.array(goodsDetail).min(1).optional(),
    })
    .optional(),
  settle_info: z.strictObject({ profit_sharing: z.boolean().optional() }).optional(),
}

const plain = z.strictObject({ ...prepay, scene_info: z.strictObject(scene).optional() })

/** One schema per way to pay: only JSAPI names the payer, only H5 must describe the scene. */
export const prepaySchemas = {
  native: plain,
  app: plain,
  jsapi: plain.extend({ payer: z.strictObject({ openid: text(128) }) }),
  h5: plain.extend({ scene_info: z.strictObject({ ...scene, h5_info: h5Info }) }),
} as const

export type PrepayType = keyof typeof prepaySchemas
export type PrepayRequest = z.infer<typeof plain> & { readonly payer?: { readonly openid: string } | undefined }

export const closeSchema = z.strictObject({ mchid: text(32) })

export const refundSchema = z
  .strictObject({
    transaction_id: text(32).optional(),
    out_trade_no: outTradeNo.optional(),
    out_refund_no: outRefundNo,
    reason: text(80).optional(),
    notify_url: notifyUrl(256).optional(),
    funds_account: z.enum(['AVAILABLE', 'UNSETTLED']).optional(),
    amount: z.strictObject({
      refund: fen,
      total: fen,
      currency: z.literal('CNY'),
      from: z.array(z.strictObject({ account: z.enum(['AVAILABLE', 'UNAVAILABLE']), amount: fen })).optional(),
    }),
    goods_detail: z
      .array(
        z.strictObject({
          merchant_goods_id: text(32),
          wechatpay_goods_id: text(32).optional(),
          goods_name: text(256).optional(),
          unit_price: z.int().min(0),
          refund_amount: z.int().min(0),
          refund_quantity: z.int().min(1),
        }),
      )
      .optional(),
  })
  .refine(({ transaction_id: id, out_trade_no: no }) => id !== undefined || no !== undefined, {
    path: ['out_trade_no'],
    message: 'one of transaction_id and out_trade_no is needed',
  })

export type RefundRequest = z.infer<typeof refundSchema>

/** The first thing wrong with a body, as WeChat Pay points at it. */
export const paramError = (error: z.ZodError): WechatRefusal => {
  const [issue] = error.issues
  const unknown = issue?.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : []
  const field = [...(issue?.path ?? []), ...unknown].map((part) => `/${String(part)}`).join('')
  const numeric = unknown.length > 0 ? 270924358 : 268435461
  const detail = { field: field === '' ? '/' : field, issue: issue?.message ?? 'invalid', location: 'body' }
  return refusal(400, 'PARAM_ERROR', '参数错误', numeric, detail)
}
