import { err, ok, type Result } from 'neverthrow'
import { fen } from '../../../domain/money.ts'
import { canonicalJson } from '../canonical-json.ts'
import { parseRfc3339, rfc3339Time } from '../gateway-time.ts'
import { randomHex, randomText } from '../random.ts'
import { orderClosed, orderPaid, reentryDiffers, refusal, type WechatRefusal } from './wechat-refusal.ts'
import type { PrepayRequest, PrepayType } from './wechat-requests.ts'
import type { PaymentCode, Trade } from './wechat-trade.ts'

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000
const CODE_LIFETIME_MS = 2 * 60 * MINUTE_MS
const H5_LIFETIME_MS = 5 * MINUTE_MS
const LONGEST_ORDER_MS = 15 * DAY_MS
const DEFAULT_ORDER_MS = 7 * DAY_MS

const TRADE_TYPES = { native: 'NATIVE', jsapi: 'JSAPI', app: 'APP', h5: 'MWEB' } as const

/** A new order. */
export const opened = (
  type: PrepayType,
  request: PrepayRequest,
  callbackKey: 'certificate' | 'public_key',
  now: Date,
): Result<Trade, WechatRefusal> => {
  const wanted = request.time_expire === undefined ? undefined : parseRfc3339(request.time_expire)
  const ends = wanted ?? now.getTime() + DEFAULT_ORDER_MS
  const detail = { field: '/time_expire', value: request.time_expire, location: 'body' }
  if (ends <= now.getTime() || ends > now.getTime() + LONGEST_ORDER_MS)
    return err(refusal(400, 'PARAM_ERROR', '订单失效时间不合法', 268435464, detail))
  return ok({
    state: 'NOTPAY',
    outTradeNo: request.out_trade_no,
    tradeType: TRADE_TYPES[type],
    total: fen(request.amount.total),
    description: request.description,
    attach: request.attach ?? '',
    appId: request.appid,
    notifyUrl: request.notify_url,
    request,
    openId: request.payer?.openid,
    createdAt: now.getTime(),
    expiresAt: Math.max(ends, now.getTime() + MINUTE_MS),
    codes: [],
    callbackKey,
  })
}

/** The same number once more: the same order stays, anything else is refused. */
export const reentered = (trade: Trade, type: PrepayType, request: PrepayRequest): Result<Trade, WechatRefusal> => {
  switch (trade.state) {
    case 'SUCCESS':
    case 'REFUND':
      return err(orderPaid)
    case 'CLOSED':
      return err(orderClosed)
    case 'NOTPAY': {
      const same = trade.tradeType === TRADE_TYPES[type] && canonicalJson(trade.request) === canonicalJson(request)
      return same ? ok(trade) : err(reentryDiffers)
    }
  }
}

/** Something for the payer's phone; each prepay call gives a fresh one. */
export const newCode = (type: PrepayType, now: Date): PaymentCode => {
  const lifetime = type === 'h5' ? H5_LIFETIME_MS : CODE_LIFETIME_MS
  const digits = rfc3339Time(now).slice(2, 19).replace(/\D/g, '')
  const code = type === 'native' ? `weixin://wxpay/bizpayurl?pr=${randomText(9)}` : `wx${digits}${randomHex(18)}0000`
  return { code, expiresAt: now.getTime() + lifetime }
}
