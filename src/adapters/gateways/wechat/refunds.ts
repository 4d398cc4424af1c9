import { err, ok, type Result } from 'neverthrow'
import { z } from 'zod'
import type { GatewayError, RefundOrder, RefundState } from '../../../application/payments/payment-gateway.ts'
import type { Fen } from '../../../domain/money.ts'
import { isRefusedWith, type Refusal, rejected, unavailable, type Wire } from './client.ts'
import { amountField, numberField, read, refundIdField, textField, timeField } from './fields.ts'
import {
  inPath,
  notOurNumber,
  outTradeNoPattern,
  plainText,
  refundNoPattern,
  transactionIdPattern,
} from './request-values.ts'

type RefundName = Pick<RefundOrder, 'refundNo' | 'outTradeNo'>

const REASON_MAX = 80
const ANOTHER_REFUND = 'answer about another refund'

const refundSchema = z.object({
  out_refund_no: numberField,
  out_trade_no: numberField,
  refund_id: refundIdField,
  status: textField(32),
  success_time: timeField.optional(),
  amount: z.object({ refund: amountField }),
})

/** Asks for a refund (申请退款). A refusal counts only once a query has shown that nothing exists under the number. */
export const requestRefund = async (wire: Wire, order: RefundOrder): Promise<Result<RefundState, GatewayError>> => {
  if (!isOurs(order) || !transactionIdPattern.test(order.transactionId)) return notOurNumber
  const answer = await wire.client('refund', (sdk) => sdk.refunds(refundBody(order, wire.merchant.refundNotifyUrl)))
  if (answer.isOk()) return toRefundState(answer.value, order, order.amount).orElse((reason) => unavailable(reason))
  if (answer.error.code === 'GATEWAY_UNAVAILABLE') return err(answer.error)
  return settleRefusal(wire, order, answer.error)
}

export const queryRefund = async (wire: Wire, name: RefundName): Promise<Result<RefundState, GatewayError>> => {
  if (!isOurs(name)) return notOurNumber
  const answer = await wire.client('query_refund', (sdk) => sdk.find_refunds(inPath(name.refundNo)))
  if (answer.isOk()) return toRefundState(answer.value, name).orElse((reason) => unavailable(reason))
  const { error } = answer
  if (error.code === 'GATEWAY_UNAVAILABLE') return err(error)
  return isRefusedWith(error, 'RESOURCENOTEXISTS') ? ok({ state: 'not_found' }) : rejected(error)
}

/** An error says why the answer tells nothing about this refund: then it stays unknown. */
export const toRefundState = (
  body: unknown,
  { refundNo, outTradeNo }: RefundName,
  amount?: Fen,
): Result<RefundState, string> => {
  const answer = read(refundSchema, body)
  if (answer.isErr()) return err(`answer ${answer.error}`)
  const refund = answer.value
  const isAnother = refund.out_refund_no !== refundNo || refund.out_trade_no !== outTradeNo
  if (isAnother || (amount !== undefined && refund.amount.refund !== amount)) return err(ANOTHER_REFUND)
  const { refund_id: refundId, success_time: at } = refund
  switch (refund.status) {
    case 'SUCCESS':
      return at === undefined
        ? err('answer success_time')
        : ok({ state: 'success', refundId, amount: refund.amount.refund, at })
    case 'PROCESSING':
      return ok({ state: 'processing', refundId })
    case 'ABNORMAL':
      return ok({ state: 'abnormal', refundId })
    case 'CLOSED':
      return ok({ state: 'closed', refundId, reason: 'closed by WeChat Pay' })
    default: // A status newer than this code: nothing may be concluded from it.
      return err('answer with an unknown refund status')
  }
}

const isOurs = ({ refundNo, outTradeNo }: RefundName): boolean =>
  refundNoPattern.test(refundNo) && outTradeNoPattern.test(outTradeNo)

/** The same at each attempt: the number names these parameters for ever. */
const refundBody = (order: RefundOrder, notifyUrl: string) => {
  const reason = plainText(order.reason, REASON_MAX)
  return {
    transaction_id: order.transactionId,
    out_refund_no: order.refundNo,
    ...(reason === '' ? {} : { reason }),
    notify_url: notifyUrl,
    amount: { refund: order.amount, total: order.paid, currency: order.currency },
  }
}

/** INVALID_REQUEST has been seen for refunds an earlier attempt had made, so the number is looked up first. */
const settleRefusal = async (
  wire: Wire,
  order: RefundOrder,
  refusal: Refusal,
): Promise<Result<RefundState, GatewayError>> => {
  const known = await wire.client('query_refund', (sdk) => sdk.find_refunds(inPath(order.refundNo)))
  if (known.isOk())
    return toRefundState(known.value, order, order.amount).orElse((reason) =>
      reason === ANOTHER_REFUND ? rejected(refusal) : unavailable(reason),
    )
  if (known.error.code === 'GATEWAY_UNAVAILABLE') return err(known.error)
  if (!isRefusedWith(known.error, 'RESOURCENOTEXISTS')) return unavailable(`${refusal.gatewayCode}, and no query`)
  // The merchant's balance is short, for now: the same number may succeed after topping up.
  return isRefusedWith(refusal, 'NOTENOUGH') ? unavailable(refusal.gatewayCode) : rejected(refusal)
}
