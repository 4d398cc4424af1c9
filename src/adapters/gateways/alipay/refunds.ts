import { err, ok, type Result } from 'neverthrow'
import type { Clock } from '../../../application/clock.ts'
import type { GatewayError, RefundOrder, RefundState } from '../../../application/payments/payment-gateway.ts'
import { type Fen, formatYuan, parseYuan } from '../../../domain/money.ts'
import { parseBeijingTime } from './beijing-time.ts'
import type { AlipayCall } from './client.ts'
import { type CallError, isRefusal, unavailable } from './gateway-code.ts'
import { toOrderText } from './order-text.ts'
import { textOf, type VerifiedAnswer } from './verified-answer.ts'

type RefundParts = { readonly call: AlipayCall; readonly clock: Clock }
type RefundKey = Pick<RefundOrder, 'refundNo' | 'outTradeNo'>
type Refunded = Result<RefundState, GatewayError>

/** Gives money back under `refundNo`; repeating the same order is safe and moves the money once. */
export const refundTrade = async (order: RefundOrder, parts: RefundParts): Promise<Refunded> => {
  const reason = toOrderText(order.reason)
  const answer = await parts.call('alipay.trade.refund', {
    out_trade_no: order.outTradeNo,
    refund_amount: formatYuan(order.amount),
    out_request_no: order.refundNo,
    ...(reason !== '' && { refund_reason: reason }),
  })
  if (answer.isErr())
    return answer.error.code === 'GATEWAY_REJECTED' ? settleRefusal(order, answer.error, parts) : err(answer.error)
  if (textOf(answer.value, 'out_trade_no') !== order.outTradeNo)
    return err(unavailable('refund answer without this trade'))
  // N says that this call moved nothing, which is also the answer to the repeat of a finished refund.
  return textOf(answer.value, 'fund_change') === 'Y'
    ? ok(succeeded(order.amount, answer.value, parts.clock.now()))
    : settleUnmoved(order, parts)
}

/** Asks Alipay for one refund. */
export const queryRefund = async (key: RefundKey, { call, clock }: RefundParts): Promise<Refunded> => {
  const answer = await call('alipay.trade.fastpay.refund.query', {
    out_trade_no: key.outTradeNo,
    out_request_no: key.refundNo,
    query_options: ['gmt_refund_pay'],
  })
  if (answer.isOk()) return toRefundState(answer.value, key, clock.now())
  return isRefusal(answer.error, 'TRADE_NOT_EXIST') ? ok({ state: 'not_found' }) : err(answer.error)
}

/** Without a status the refund is unknown, unfinished or failed: a repeat of the same order is safe in each case. */
export const toRefundState = (answer: VerifiedAnswer, key: RefundKey, askedAt: Date): Refunded => {
  const status = textOf(answer, 'refund_status')
  if (status === undefined) return ok({ state: 'not_found' })
  if (textOf(answer, 'out_trade_no') !== key.outTradeNo || textOf(answer, 'out_request_no') !== key.refundNo)
    return err(unavailable('refund query answer about another refund'))
  if (status === 'REFUND_PROCESSING') return ok({ state: 'processing', refundId: undefined })
  if (status !== 'REFUND_SUCCESS') return err(unavailable(`refund query answer with refund_status ${status}`))
  // This refund alone, unlike `refund_fee`, which is the total of the trade and is never read.
  const amount = parseYuan(textOf(answer, 'refund_amount') ?? '')
  if (amount.isErr()) return err(unavailable('refund query answer without a readable amount'))
  return ok(succeeded(amount.value, answer, askedAt))
}

/** An accepted call that moved no money: done earlier, or still to be done. */
const settleUnmoved = async (order: RefundOrder, parts: RefundParts): Promise<Refunded> => {
  const state = await queryRefund(order, parts)
  return state.isOk() && state.value.state === 'success' ? state : ok({ state: 'processing', refundId: undefined })
}

/**
 * A refusal tells of this call only: an earlier one under the same number may have moved the money and been lost, and
 * TRADE_HAS_CLOSE even follows from that. So it stands only where Alipay knows no such refund.
 */
const settleRefusal = async (order: RefundOrder, refusal: CallError, parts: RefundParts): Promise<Refunded> => {
  const state = await queryRefund(order, parts)
  if (state.isErr()) return err(unavailable(`refund refused, and its query does not tell: ${state.error.code}`))
  switch (state.value.state) {
    case 'success':
      return state.value.amount === order.amount ? state : err(refusal)
    case 'processing':
      return state
    case 'not_found':
    case 'closed':
    case 'abnormal':
      return err(refusal)
  }
}

const succeeded = (amount: Fen, answer: VerifiedAnswer, now: Date): RefundState => ({
  state: 'success',
  refundId: undefined, // Alipay gives refunds no number of its own.
  amount,
  at: parseBeijingTime(textOf(answer, 'gmt_refund_pay') ?? '') ?? now,
})
