import type { Reply } from '../http-exchange.ts'
import { randomHex } from '../random.ts'

/** A "no" of WeChat Pay; `numeric` is the tail of Request-ID. */
export type WechatRefusal = {
  readonly status: number
  readonly code: string
  readonly message: string
  readonly numeric: number
  readonly detail?: Readonly<Record<string, unknown>>
}

export const refusal = (
  status: number,
  code: string,
  message: string,
  numeric = 268435461,
  detail?: Readonly<Record<string, unknown>>,
): WechatRefusal => ({ status, code, message, numeric, ...(detail === undefined ? {} : { detail }) })

export const orderNotExist = refusal(404, 'ORDER_NOT_EXIST', '订单不存在', 268512771)
export const orderPaid = refusal(400, 'ORDERPAID', '该订单已支付', 268449538)
export const orderClosed = refusal(400, 'ORDER_CLOSED', '订单已关闭', 268447914)
export const reentryDiffers = refusal(
  400,
  'INVALID_REQUEST',
  '请求重入时，参数与首次请求时不一致，请核对后再试',
  268498688,
)
export const systemError = refusal(500, 'SYSTEM_ERROR', '系统异常，请稍后重试', 268435457)
export const tooFrequent = refusal(429, 'FREQUENCY_LIMITED', '频率超限，请稍后重试', 268447840)
export const notFound = refusal(404, 'RESOURCE_NOT_EXISTS', '请求的资源不存在')

/** The headers of every answer; the numeric code ends the Request-ID. */
export const commonHeaders = (at: Date, numeric: number): Record<string, string> => ({
  Server: 'nginx',
  Date: at.toUTCString(),
  'Cache-Control': 'no-cache, must-revalidate',
  'X-Content-Type-Options': 'nosniff',
  'Request-ID': `08${randomHex(42).toUpperCase()}-${numeric}`,
  'Content-Language': 'zh-CN',
})

export const jsonType = { 'Content-Type': 'application/json; charset=utf-8' } as const

/** Errors are not signed. */
export const refusalReply = ({ status, code, message, detail, numeric }: WechatRefusal, at: Date): Reply => ({
  status,
  headers: { ...commonHeaders(at, numeric), ...jsonType },
  body: Buffer.from(JSON.stringify({ code, ...(detail === undefined ? {} : { detail }), message })),
})
