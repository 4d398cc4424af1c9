import { fen, formatYuan, sumFen, ZERO_FEN } from '../../../domain/money.ts'
import { beijingDay } from '../gateway-time.ts'
import { randomDigits } from '../random.ts'
import type { AlipayKeys } from './alipay-keys.ts'
import { closeFields, paymentFields, refundFields } from './alipay-notification.ts'
import type { Params } from './alipay-signature.ts'
import { isPaid, type PaidTrade, type Trade } from './alipay-trade.ts'

/** What a notification is to say; everything absent is as in the ledger, or invented. */
export type AlipayNotificationFields = {
  readonly about?: 'payment' | 'refund' | 'close'
  readonly outTradeNo?: string
  readonly transactionId?: string
  readonly tradeStatus?: string
  readonly total?: number
  readonly appId?: string
  readonly sellerId?: string
  readonly buyerId?: string
  readonly subject?: string
  readonly notifyId?: string
  /** For a refund: its number, and the money gone back in all. */
  readonly outRequestNo?: string
  readonly refundFee?: number
  /** Laid over everything, in the gateway's names; `undefined` takes a field away. Signed with the rest. */
  readonly fields?: Readonly<Record<string, string | undefined>>
}

export const notificationFields = (
  wanted: AlipayNotificationFields,
  trade: Trade | undefined,
  keys: AlipayKeys,
  now: Date,
): Params => {
  const known = asPaid(trade, wanted, now)
  const base = baseFields(wanted, known, keys, now)
  const total = wanted.total === undefined ? undefined : formatYuan(fen(wanted.total))
  return filled({
    ...base,
    ...filled({
      out_trade_no: wanted.outTradeNo,
      trade_no: wanted.transactionId,
      trade_status: wanted.tradeStatus,
      total_amount: total,
      app_id: wanted.appId,
      auth_app_id: wanted.appId,
      seller_id: wanted.sellerId,
      buyer_id: wanted.buyerId,
      subject: wanted.subject,
      notify_id: wanted.notifyId,
    }),
    ...wanted.fields,
  })
}

const baseFields = (wanted: AlipayNotificationFields, trade: PaidTrade, keys: AlipayKeys, now: Date): Params => {
  switch (wanted.about ?? 'payment') {
    case 'payment':
      return paymentFields({ ...trade, state: 'TRADE_SUCCESS' }, keys, now)
    case 'refund':
      return asRefund(wanted, trade, keys, now)
    case 'close':
      return closeFields({ ...trade, state: 'TRADE_CLOSED', closedAt: now.getTime() }, keys, now)
  }
}

const asRefund = (wanted: AlipayNotificationFields, trade: PaidTrade, keys: AlipayKeys, now: Date): Params => {
  const before = sumFen(trade.refunds.map(({ amount }) => amount))
  const fee = fen(wanted.refundFee ?? (before === 0 ? trade.total : before))
  const refunds = [{ outRequestNo: '', amount: fee, at: now.getTime(), status: 'done' }] as const
  const number = wanted.outRequestNo ?? trade.refunds.at(-1)?.outRequestNo ?? `SANDBOXREFUND${randomDigits(12)}`
  const whole: PaidTrade =
    fee < trade.total
      ? { ...trade, state: 'TRADE_SUCCESS', refunds }
      : { ...trade, state: 'TRADE_CLOSED', closedAt: now.getTime(), refunds }
  return refundFields(whole, number, keys, now)
}

const asPaid = (trade: Trade | undefined, wanted: AlipayNotificationFields, now: Date): PaidTrade => {
  const base = trade ?? invented(wanted, now)
  if (isPaid(base)) return wanted.total === undefined ? base : { ...base, total: fen(wanted.total), coupon: ZERO_FEN }
  const total = fen(wanted.total ?? base.total)
  const transactionId = base.transactionId ?? `${beijingDay(now)}22001${randomDigits(15)}`
  const at = now.getTime()
  return {
    ...base,
    total,
    state: 'TRADE_SUCCESS',
    transactionId,
    openedAt: at,
    paidAt: at,
    coupon: ZERO_FEN,
    refunds: [],
  }
}

const invented = (wanted: AlipayNotificationFields, now: Date): Trade => ({
  state: 'UNSCANNED',
  outTradeNo: wanted.outTradeNo ?? `SANDBOX${randomDigits(12)}`,
  channel: 'precreate',
  total: fen(100),
  subject: '测试商品',
  body: undefined,
  passbackParams: undefined,
  notifyUrl: undefined,
  returnUrl: undefined,
  quitUrl: undefined,
  request: {},
  createdAt: now.getTime(),
  expiresAt: now.getTime(),
  lifetimeMs: undefined,
  codes: [],
  refunds: [],
})

const filled = (fields: Readonly<Record<string, string | undefined>>): Record<string, string> =>
  Object.fromEntries(Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])))
