import { err, ok, type Result } from 'neverthrow'
import type { Clock } from '../../../application/clock.ts'
import type { GatewayError, Receipt, TradeState } from '../../../application/payments/payment-gateway.ts'
import { parseYuan } from '../../../domain/money.ts'
import type { GatewayIdentity } from '../../../domain/payment.ts'
import { parseBeijingTime } from './beijing-time.ts'
import type { AlipayCall } from './client.ts'
import { isRefusal, unavailable } from './gateway-code.ts'
import { textOf, type VerifiedAnswer } from './verified-answer.ts'

type StateParts = { readonly call: AlipayCall; readonly clock: Clock; readonly identity: GatewayIdentity }
type Asked = Result<TradeState, GatewayError>

/** Asks Alipay for a trade. */
export const queryTrade = async (outTradeNo: string, { call, clock, identity }: StateParts): Promise<Asked> => {
  const answer = await call('alipay.trade.query', { out_trade_no: outTradeNo })
  if (answer.isOk()) return toTradeState(answer.value, { outTradeNo, identity, askedAt: clock.now() })
  // Nobody has scanned the code or confirmed on the cashier page yet; the payer still can.
  return isRefusal(answer.error, 'TRADE_NOT_EXIST') ? ok({ state: 'not_found' }) : err(answer.error)
}

type Asking = { readonly outTradeNo: string; readonly identity: GatewayIdentity; readonly askedAt: Date }

export const toTradeState = (answer: VerifiedAnswer, asking: Asking): Asked => {
  if (textOf(answer, 'out_trade_no') !== asking.outTradeNo) return err(unavailable('query answer without this trade'))
  const status = textOf(answer, 'trade_status') ?? ''
  switch (status) {
    case 'WAIT_BUYER_PAY':
      return ok({ state: 'pending' })
    case 'TRADE_SUCCESS': // A partial refund does not show here.
    case 'TRADE_FINISHED':
      return toReceipt(answer, asking).map((receipt) => ({ state: 'paid', receipt, refunded: 'none' }))
    case 'TRADE_CLOSED': // Also follows a full refund; only a paid trade has a time of payment.
      return textOf(answer, 'send_pay_date') === undefined
        ? ok({ state: 'closed' })
        : toReceipt(answer, asking).map((receipt) => ({ state: 'paid', receipt, refunded: 'all' }))
    default:
      return err(unavailable(`query answer with trade_status '${status}'`))
  }
}

/** The signature is by the Alipay key of our own application, which is what proves the identity here. */
const toReceipt = (
  answer: VerifiedAnswer,
  { outTradeNo, identity, askedAt }: Asking,
): Result<Receipt, GatewayError> => {
  const transactionId = textOf(answer, 'trade_no')
  const amount = parseYuan(textOf(answer, 'total_amount') ?? '')
  const paidText = textOf(answer, 'send_pay_date')
  // Optional in Alipay's list of fields: a payment is not held up for the want of its minute.
  const paidAt = paidText === undefined ? askedAt : parseBeijingTime(paidText)
  if (transactionId === undefined || amount.isErr() || paidAt === undefined)
    return err(unavailable('query answer without a readable number, amount or time'))
  const payer = textOf(answer, 'buyer_user_id') ?? textOf(answer, 'buyer_open_id')
  return ok({ outTradeNo, transactionId, identity, amount: amount.value, currency: 'CNY', paidAt, payer })
}
