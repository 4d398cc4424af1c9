import { err, ok, type Result } from 'neverthrow'
import type { GatewayError, TradeState } from '../../../application/payments/payment-gateway.ts'
import type { AlipayCall } from './client.ts'
import { isRefusal, unavailable } from './gateway-code.ts'
import { textOf } from './verified-answer.ts'

type ClosingParts = {
  readonly call: AlipayCall
  readonly query: (outTradeNo: string) => Promise<Result<TradeState, GatewayError>>
}

type Closed = Result<'closed' | 'not_found', GatewayError>

// Not waiting for its buyer any more: paid, or closed already.
const OTHER_STATE = [
  'TRADE_STATUS_ERROR',
  'REASON_TRADE_STATUS_INVALID',
  'REASON_ILLEGAL_STATUS',
  'TRADE_HAS_SUCCESS',
  'TRADE_HAS_CLOSE',
  'TRADE_HAS_FINISHED',
]

/** Ends an unpaid trade. `not_found` protects from nothing: the code can still be scanned until it expires. */
export const closeTrade = async (outTradeNo: string, { call, query }: ClosingParts): Promise<Closed> => {
  const answer = await call('alipay.trade.close', { out_trade_no: outTradeNo })
  if (answer.isOk())
    return textOf(answer.value, 'out_trade_no') === outTradeNo
      ? ok('closed')
      : err(unavailable('close answer without this trade'))
  if (isRefusal(answer.error, 'TRADE_NOT_EXIST')) return ok('not_found')
  if (!isRefusal(answer.error, ...OTHER_STATE)) return err(answer.error)
  const state = await query(outTradeNo)
  return state.isErr() ? err(state.error) : fromState(state.value)
}

const fromState = (state: TradeState): Closed => {
  switch (state.state) {
    case 'paid':
      return err({ code: 'TRADE_ALREADY_PAID' })
    case 'closed':
      return ok('closed')
    case 'pending':
    case 'not_found':
    case 'failed':
      return err(unavailable('refused to close a trade that looks open'))
  }
}
