import { err, ok, type Result } from 'neverthrow'
import { canonicalJson } from '../canonical-json.ts'
import { beijingTime, parseBeijingTime } from '../gateway-time.ts'
import { randomText } from '../random.ts'
import { type AlipayRefusal, failed, tradeHasClosed } from './alipay-refusal.ts'
import type { Channel, CreateRequest } from './alipay-schemas.ts'
import type { PaymentCode, Trade } from './alipay-trade.ts'

/** An order as the merchant states it. */
export type NewOrder = {
  readonly channel: Channel
  readonly request: CreateRequest
  readonly bizContent: Readonly<Record<string, unknown>>
  readonly notifyUrl: string | undefined
  readonly returnUrl: string | undefined
}

export type TakenOrder = { readonly trade: Trade; readonly code: PaymentCode }

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS
const LONGEST_MS = 15 * DAY_MS
const CODE_LIFETIME_MS = 2 * HOUR_MS
const DEFAULT_LIFETIME_MS = { precreate: 3 * HOUR_MS, page: LONGEST_MS, wap: LONGEST_MS, app: LONGEST_MS } as const
const UNIT_MS: Readonly<Record<string, number>> = { m: MINUTE_MS, h: HOUR_MS, d: DAY_MS }

/** A new order: no trade yet, only something a buyer can open. */
export const opened = (order: NewOrder, now: Date): Result<TakenOrder, AlipayRefusal> => {
  const { channel, request } = order
  const absolute = request.time_expire === undefined ? undefined : parseBeijingTime(request.time_expire)
  if (absolute !== undefined && absolute <= now.getTime())
    return err(failed('NOW_TIME_AFTER_EXPIRE_TIME_ERROR', '当前时间已超过允许支付的时间'))
  const lifetimeMs = lifetime(request.timeout_express, now) ?? DEFAULT_LIFETIME_MS[channel]
  if (lifetimeMs < MINUTE_MS || lifetimeMs > LONGEST_MS) return err(failed('INVALID_PARAMETER', 'timeout_express'))
  const fromConfirmation = absolute === undefined && (channel === 'wap' || channel === 'app')
  const trade: Trade = {
    state: 'UNSCANNED',
    outTradeNo: request.out_trade_no,
    channel,
    total: request.total_amount,
    subject: request.subject,
    body: request.body,
    passbackParams: request.passback_params,
    notifyUrl: order.notifyUrl,
    returnUrl: order.returnUrl,
    quitUrl: 'quit_url' in request ? request.quit_url : undefined,
    request: order.bizContent,
    createdAt: now.getTime(),
    expiresAt: absolute ?? now.getTime() + (fromConfirmation ? LONGEST_MS : lifetimeMs),
    lifetimeMs: fromConfirmation ? lifetimeMs : undefined,
    codes: [],
    refunds: [],
  }
  return ok({ trade, code: newCode(order, trade, now) })
}

/** The same number once more: the same order gets a code, anything else is refused. */
export const reentered = (trade: Trade, order: NewOrder, now: Date): Result<TakenOrder, AlipayRefusal> => {
  switch (trade.state) {
    case 'TRADE_SUCCESS':
    case 'TRADE_FINISHED':
      return err(failed('TRADE_HAS_SUCCESS', '交易已被支付'))
    case 'TRADE_CLOSED':
      return err(tradeHasClosed)
    case 'UNSCANNED':
    case 'WAIT_BUYER_PAY': {
      const same = trade.channel === order.channel && canonicalJson(trade.request) === canonicalJson(order.bizContent)
      if (!same) return err(failed('CONTEXT_INCONSISTENT', '交易信息被篡改'))
      if (now.getTime() >= trade.expiresAt) return err(tradeHasClosed)
      const { notifyUrl, returnUrl } = order
      return ok({ trade: { ...trade, notifyUrl, returnUrl }, code: newCode(order, trade, now) })
    }
  }
}

const newCode = ({ channel, request }: NewOrder, trade: Trade, now: Date): PaymentCode => {
  if (channel !== 'precreate') return { code: `cashier_${randomText(24)}`, expiresAt: trade.expiresAt }
  const wanted = 'qr_code_timeout_express' in request ? lifetime(request.qr_code_timeout_express, now) : undefined
  const code = `https://qr.alipay.com/bax${randomText(15, 'abcdefghijklmnopqrstuvwxyz0123456789')}`
  const expiresAt = now.getTime() + Math.min(wanted ?? CODE_LIFETIME_MS, CODE_LIFETIME_MS)
  return { code, expiresAt: Math.min(expiresAt, trade.expiresAt) }
}

/** `90m`, `2h`, `1d`, or `1c`: until the end of the day in Beijing. */
const lifetime = (text: string | undefined, now: Date): number | undefined => {
  if (text === undefined) return undefined
  if (text !== '1c') return Number(text.slice(0, -1)) * (UNIT_MS[text.slice(-1)] ?? 0)
  const midnight = parseBeijingTime(`${beijingTime(now).slice(0, 10)} 00:00:00`) ?? now.getTime()
  return midnight + DAY_MS - now.getTime()
}
