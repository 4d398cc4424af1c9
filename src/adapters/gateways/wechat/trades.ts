import { err, ok, type Result } from 'neverthrow'
import { z } from 'zod'
import type { GatewayError, Receipt, TradeState } from '../../../application/payments/payment-gateway.ts'
import { isRefusedWith, rejected, unavailable, type Wire } from './client.ts'
import { amountField, numberField, read, textField, timeField, transactionIdField } from './fields.ts'
import { inPath, notOurNumber, outTradeNoPattern } from './request-values.ts'

/** What every trade tells, paid or not. An unpaid one has neither currency nor transaction id. */
const tradeSchema = z.object({
  mchid: textField(32),
  out_trade_no: numberField,
  trade_state: textField(32),
  trade_state_desc: z.string().catch(''),
})

const receiptSchema = z
  .object({
    mchid: textField(32),
    appid: textField(32),
    out_trade_no: numberField,
    transaction_id: transactionIdField,
    success_time: timeField,
    amount: z.object({ total: amountField, currency: z.literal('CNY') }),
    payer: z.object({ openid: textField(128).optional() }).optional(),
  })
  .transform(
    (trade): Receipt => ({
      outTradeNo: trade.out_trade_no,
      transactionId: trade.transaction_id,
      identity: { merchantId: trade.mchid, appId: trade.appid },
      amount: trade.amount.total, // Never payer_total: that is what was left to pay after coupons.
      currency: trade.amount.currency,
      paidAt: trade.success_time,
      payer: trade.payer?.openid,
    }),
  )

/** Reads a paid trade, as query and notification tell it alike. */
export const readReceipt = (trade: unknown): Result<Receipt, string> => read(receiptSchema, trade)

export const queryTrade = async (wire: Wire, outTradeNo: string): Promise<Result<TradeState, GatewayError>> => {
  if (!outTradeNoPattern.test(outTradeNo)) return notOurNumber
  const answer = await wire.client('query', (sdk) => sdk.query({ out_trade_no: inPath(outTradeNo) }))
  if (answer.isOk())
    return toTradeState(answer.value, outTradeNo, wire.merchant.mchId).orElse((reason) => unavailable(reason))
  const { error } = answer
  if (error.code === 'GATEWAY_UNAVAILABLE') return err(error)
  return isRefusedWith(error, 'ORDERNOTEXIST') ? ok({ state: 'not_found' }) : rejected(error)
}

export const closeTrade = async (
  wire: Wire,
  outTradeNo: string,
): Promise<Result<'closed' | 'not_found', GatewayError>> => {
  if (!outTradeNoPattern.test(outTradeNo)) return notOurNumber
  const answer = await wire.client('close', (sdk) => sdk.close(inPath(outTradeNo)))
  // Signed and empty is the only documented "yes"; anything else is left to the next query.
  if (answer.isOk()) return answer.value === undefined ? ok('closed') : unavailable('answer not empty')
  const { error } = answer
  if (error.code === 'GATEWAY_UNAVAILABLE') return err(error)
  if (isRefusedWith(error, 'ORDERPAID')) return err({ code: 'TRADE_ALREADY_PAID' })
  if (isRefusedWith(error, 'ORDERCLOSED')) return ok('closed')
  return isRefusedWith(error, 'ORDERNOTEXIST') ? ok('not_found') : rejected(error)
}

/** An error says why the answer tells nothing about this trade: then it stays unknown. */
export const toTradeState = (body: unknown, outTradeNo: string, mchId: string): Result<TradeState, string> => {
  const trade = read(tradeSchema, body)
  if (trade.isErr()) return err(`answer ${trade.error}`)
  const { trade_state: state, trade_state_desc: reason } = trade.value
  if (trade.value.out_trade_no !== outTradeNo || trade.value.mchid !== mchId) return err('answer about another trade')
  switch (state) {
    case 'SUCCESS':
    case 'REFUND': // It was paid, and since then some refund was begun, by us or by hand.
      return readReceipt(body)
        .map((receipt): TradeState => ({ state: 'paid', receipt, refunded: state === 'REFUND' ? 'some' : 'none' }))
        .mapErr((field) => `answer ${field}`)
    case 'NOTPAY':
    case 'USERPAYING':
      return ok({ state: 'pending' })
    case 'CLOSED':
    case 'REVOKED':
      return ok({ state: 'closed' })
    case 'PAYERROR':
      return ok({ state: 'failed', reason: reason.slice(0, 256) })
    default: // A state newer than this code: nothing may be concluded from it.
      return err('answer with an unknown trade_state')
  }
}
