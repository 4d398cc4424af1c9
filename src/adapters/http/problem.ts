import type { RateDecision } from '../../application/rate-limiter.ts'
import type { RequestState } from './context.ts'
import { type Language, type Text, text } from './language.ts'

export type FieldError = { readonly path: string; readonly message: string | Text }

type Plain<C extends string> = { readonly code: C }

/** Everything a caller can be told "no" with. */
export type ApiError =
  | { readonly code: 'VALIDATION_FAILED'; readonly errors: readonly FieldError[] }
  | { readonly code: 'RATE_LIMITED'; readonly decision: RateDecision }
  | { readonly code: 'GATEWAY_REJECTED'; readonly gatewayCode: string }
  | (Plain<'UNAUTHENTICATED' | 'FORBIDDEN'> & { readonly detail?: Text })
  | Plain<'NOT_FOUND'>
  | Plain<'ORDER_NOT_FOUND'>
  | Plain<'PAYMENT_NOT_FOUND'>
  | Plain<'REFUND_NOT_FOUND'>
  | Plain<'PRODUCT_NOT_FOUND'>
  | Plain<'PROVIDER_NOT_FOUND'>
  | Plain<'ACCESS_CODE_INVALID'>
  | Plain<'METHOD_NOT_ALLOWED'>
  | Plain<'PAYLOAD_TOO_LARGE'>
  | Plain<'UNSUPPORTED_MEDIA_TYPE'>
  | Plain<'ORDER_NOT_PAYABLE'>
  | Plain<'ORDER_NOT_CANCELLABLE'>
  | Plain<'ORDER_NOT_REFUNDABLE'>
  | Plain<'REFUND_EXCEEDS_PAYMENT'>
  | Plain<'REFUND_WINDOW_CLOSED'>
  | Plain<'POINTS_ALREADY_SPENT'>
  | Plain<'DUPLICATE_PAYMENT'>
  | Plain<'PAYMENT_TIMEOUT'>
  | Plain<'AMOUNT_MISMATCH'>
  | Plain<'OUT_OF_STOCK'>
  | Plain<'INSUFFICIENT_POINTS'>
  | Plain<'PROVIDER_NOT_CONFIGURED'>
  | Plain<'RISK_DENIED'>
  | Plain<'IDEMPOTENCY_KEY_IN_USE'>
  | Plain<'IDEMPOTENCY_KEY_REUSED'>
  | Plain<'GATEWAY_UNAVAILABLE'>
  | Plain<'SERVICE_UNAVAILABLE'>
  | Plain<'INTERNAL_ERROR'>

export type ProblemCode = ApiError['code']

type ProblemKind = { readonly status: number; readonly title: Text; readonly detail: Text | undefined }

const kind = (status: number, title: Text, detail?: Text): ProblemKind => ({ status, title, detail })

/** What each code means on the wire; a server's own fault (5xx) is never explained. */
export const PROBLEMS = {
  VALIDATION_FAILED: kind(
    400,
    text('请求无效', 'Invalid request'),
    text('请求不符合接口约定，原因见 errors。', 'The request does not fit the contract; see errors.'),
  ),
  UNAUTHENTICATED: kind(
    401,
    text('未登录', 'Not authenticated'),
    text('需要有效的访问令牌。', 'A valid access token is needed.'),
  ),
  FORBIDDEN: kind(
    403,
    text('没有权限', 'Forbidden'),
    text('当前身份不能使用此接口。', 'This identity may not use this route.'),
  ),
  NOT_FOUND: kind(404, text('不存在', 'Not found'), text('没有这个资源。', 'There is nothing here.')),
  ORDER_NOT_FOUND: kind(404, text('订单不存在', 'Order not found'), text('没有这个订单。', 'There is no such order.')),
  PAYMENT_NOT_FOUND: kind(
    404,
    text('支付不存在', 'Payment not found'),
    text('没有这笔支付。', 'There is no such payment.'),
  ),
  REFUND_NOT_FOUND: kind(
    404,
    text('退款不存在', 'Refund not found'),
    text('没有这笔退款。', 'There is no such refund.'),
  ),
  PRODUCT_NOT_FOUND: kind(
    404,
    text('商品不存在', 'Product not found'),
    text('没有这个商品，或已下架。', 'There is no such product, or it is no longer on sale.'),
  ),
  PROVIDER_NOT_FOUND: kind(
    404,
    text('支付渠道不存在', 'Provider not found'),
    text('没有这个支付渠道。', 'There is no such payment provider.'),
  ),
  ACCESS_CODE_INVALID: kind(
    404,
    text('兑换码无效', 'Invalid access code'),
    text('兑换码不存在、已被使用、已过期或已作废。', 'The code does not exist, or is used, expired or revoked.'),
  ),
  METHOD_NOT_ALLOWED: kind(
    405,
    text('方法不允许', 'Method not allowed'),
    text('此地址不支持该方法，可用方法见 Allow。', 'This address does not take that method; see Allow.'),
  ),
  PAYLOAD_TOO_LARGE: kind(
    413,
    text('请求体过大', 'Payload too large'),
    text('请求体超过了上限。', 'The body is larger than allowed.'),
  ),
  UNSUPPORTED_MEDIA_TYPE: kind(
    415,
    text('不支持的内容类型', 'Unsupported media type'),
    text('请发送未压缩的 application/json（UTF-8）。', 'Send uncompressed application/json in UTF-8.'),
  ),
  ORDER_NOT_PAYABLE: kind(
    409,
    text('订单不可支付', 'Order not payable'),
    text('订单不能以此方式支付，或已结束。', 'The order can not be paid this way, or has ended.'),
  ),
  ORDER_NOT_CANCELLABLE: kind(
    409,
    text('订单不可取消', 'Order not cancellable'),
    text('订单已支付或已结束，不能取消。', 'The order is paid or has ended and can no longer be cancelled.'),
  ),
  ORDER_NOT_REFUNDABLE: kind(
    409,
    text('不可退款', 'Not refundable'),
    text(
      '订单未经此渠道支付、部分退款次数已达渠道上限，或退款当前状态不允许此操作。',
      'The order was not paid through this provider, has as many refunds as the provider allows, or the refund is in another state.',
    ),
  ),
  REFUND_EXCEEDS_PAYMENT: kind(
    409,
    text('超过可退金额', 'Refund exceeds payment'),
    text(
      '金额超过已支付且未退、未占用的部分。',
      'The amount is more than what was paid and neither refunded nor held by other refunds.',
    ),
  ),
  REFUND_WINDOW_CLOSED: kind(
    409,
    text('已过退款期限', 'Refund window closed'),
    text('订单已超过可退款期限。', 'The time in which this order could be refunded is over.'),
  ),
  POINTS_ALREADY_SPENT: kind(
    409,
    text('积分已被使用', 'Points already spent'),
    text(
      '该订单购买的积分已被使用，不能全额退款。',
      'Points bought with this order are spent; it can not be refunded in full.',
    ),
  ),
  DUPLICATE_PAYMENT: kind(
    409,
    text('订单已支付', 'Already paid'),
    text('订单已经支付，请勿重复支付。', 'The order is paid already.'),
  ),
  PAYMENT_TIMEOUT: kind(
    409,
    text('订单已过期', 'Order expired'),
    text('订单已超过支付时限，请重新下单。', 'The time to pay this order is over; place a new one.'),
  ),
  AMOUNT_MISMATCH: kind(
    409,
    text('金额不符', 'Amount mismatch'),
    text('金额与订单不一致。', "The amount is not the order's."),
  ),
  INSUFFICIENT_POINTS: kind(
    409,
    text('积分不足', 'Not enough points'),
    text('积分余额不足以支付该订单。', 'The balance does not cover this order.'),
  ),
  OUT_OF_STOCK: kind(
    409,
    text('库存不足', 'Out of stock'),
    text('库存不足，没有任何改动。', 'There is not enough in stock; nothing was changed.'),
  ),
  PROVIDER_NOT_CONFIGURED: kind(
    409,
    text('支付渠道未配置', 'Provider not configured'),
    text('此支付渠道尚未配置。', 'This payment provider is not configured here.'),
  ),
  IDEMPOTENCY_KEY_IN_USE: kind(
    409,
    text('请求处理中', 'Request in progress'),
    text('使用同一 Idempotency-Key 的请求尚未完成。', 'The first request with this Idempotency-Key has not finished.'),
  ),
  IDEMPOTENCY_KEY_REUSED: kind(
    422,
    text('幂等键重复使用', 'Idempotency key reused'),
    text(
      '该 Idempotency-Key 或退款单号已用于另一个请求。',
      'This Idempotency-Key or refund number was used with another request.',
    ),
  ),
  RISK_DENIED: kind(
    403,
    text('请求被拒绝', 'Refused'),
    text(
      '未通过安全检查，没有任何改动；请联系商家。',
      'A security check refused this and nothing was changed; contact the merchant.',
    ),
  ),
  RATE_LIMITED: kind(
    429,
    text('请求过于频繁', 'Too many requests'),
    text('请求过于频繁，请按 Retry-After 稍后再试。', 'Too many requests; try again after Retry-After.'),
  ),
  GATEWAY_REJECTED: kind(502, text('支付渠道拒绝了请求', 'Refused by the gateway')),
  GATEWAY_UNAVAILABLE: kind(503, text('支付渠道暂时不可用', 'Gateway unavailable')),
  SERVICE_UNAVAILABLE: kind(503, text('服务暂时不可用', 'Service unavailable')),
  INTERNAL_ERROR: kind(500, text('内部错误', 'Internal error')),
} as const satisfies Record<ProblemCode, ProblemKind>

const RETRY_AFTER_S = 5

/** The RFC 9457 document for an error. */
export const problemJson = (
  error: ApiError,
  language: Language,
  { requestId, traceId }: Pick<RequestState, 'requestId' | 'traceId'>,
): Readonly<Record<string, unknown>> => {
  const { status, title, ...kindOf }: ProblemKind = PROBLEMS[error.code]
  // Some reasons are worth to be told apart.
  const detail = ('detail' in error ? error.detail : undefined) ?? kindOf.detail
  return {
    type: `urn:shouyin:problem:${error.code.toLowerCase().replaceAll('_', '-')}`,
    title: title[language],
    status,
    ...(detail === undefined ? {} : { detail: detail[language] }),
    code: error.code,
    requestId,
    ...(traceId === undefined ? {} : { traceId }),
    ...(error.code === 'VALIDATION_FAILED' ? { errors: error.errors.map((one) => inLanguage(one, language)) } : {}),
    ...(error.code === 'GATEWAY_REJECTED' ? { gatewayCode: error.gatewayCode } : {}),
  }
}

/** The headers an error brings along. */
export const problemHeaders = (error: ApiError): Readonly<Record<string, string>> => {
  if (error.code === 'RATE_LIMITED') return limitHeaders(error.decision)
  if (error.code === 'UNAUTHENTICATED') return { 'WWW-Authenticate': 'Bearer' }
  return error.code === 'SERVICE_UNAVAILABLE' ? { 'Retry-After': String(RETRY_AFTER_S) } : {}
}

const limitHeaders = ({ limit, remaining, retryAfterMs }: RateDecision): Readonly<Record<string, string>> => {
  const seconds = String(Math.max(1, Math.ceil(retryAfterMs / 1000)))
  return {
    'Retry-After': seconds,
    'RateLimit-Limit': String(limit),
    'RateLimit-Remaining': String(remaining),
    'RateLimit-Reset': seconds,
  }
}

/** A request refused for one field. */
export const invalidField = (path: string, message: Text): ApiError => ({
  code: 'VALIDATION_FAILED',
  errors: [{ path, message }],
})

const inLanguage = ({ path, message }: FieldError, language: Language) => ({
  path,
  message: typeof message === 'string' ? message : message[language],
})
