import { err, ok, type Result } from 'neverthrow'
import type { Clock } from '../../application/clock.ts'
import type {
  CreateTrade,
  GatewayError,
  Receipt,
  RefundOrder,
  RefundState,
  TradeState,
} from '../../application/payments/payment-gateway.ts'
import { sumFen } from '../../domain/money.ts'
import type { GatewayIdentity } from '../../domain/payment.ts'

export type FakeRefund = Extract<RefundState, { state: 'success' }>

type Trade = {
  readonly request: CreateTrade
  readonly closed: boolean
  readonly receipt: Receipt | undefined
  readonly refunds: ReadonlyMap<string, FakeRefund>
}

export type FakeMovements = {
  readonly receipts: readonly Receipt[]
  readonly refunds: readonly { readonly receipt: Receipt; readonly refundNo: string; readonly refund: FakeRefund }[]
}

export type FakeBooks = ReturnType<typeof fakeBooks>

/** A gateway's own books: one trade for one number, one refund for one refund number, no more back than was paid. */
export const fakeBooks = (clock: Clock, identity: GatewayIdentity) => {
  const trades = new Map<string, Trade>()
  let numbered = 0
  const number = (prefix: string): string => {
    numbered += 1
    return prefix + String(numbered).padStart(20, '0')
  }
  const isOver = (trade: Trade): boolean => trade.closed || clock.now() >= trade.request.expiresAt
  return {
    open(request: CreateTrade): Result<void, GatewayError> {
      const known = trades.get(request.outTradeNo)
      if (known?.receipt !== undefined) return err({ code: 'TRADE_ALREADY_PAID' })
      if (known !== undefined && isOver(known)) return err({ code: 'TRADE_CLOSED' })
      if (known !== undefined && !isSame(known.request, request)) return err(rejection('TRADE_CHANGED'))
      trades.set(request.outTradeNo, { request, closed: false, receipt: undefined, refunds: new Map() })
      return ok()
    },
    stateOf(outTradeNo: string): TradeState {
      const trade = trades.get(outTradeNo)
      if (trade === undefined) return { state: 'not_found' }
      if (trade.receipt === undefined) return { state: isOver(trade) ? 'closed' : 'pending' }
      return { state: 'paid', receipt: trade.receipt, refunded: refundedOf(trade.receipt, trade.refunds) }
    },
    close(outTradeNo: string): Result<'closed' | 'not_found', GatewayError> {
      const trade = trades.get(outTradeNo)
      if (trade === undefined) return ok('not_found')
      if (trade.receipt !== undefined) return err({ code: 'TRADE_ALREADY_PAID' })
      trades.set(outTradeNo, { ...trade, closed: true })
      return ok('closed')
    },
    /** The payer pays; throws where nobody could. */
    pay(outTradeNo: string): Receipt {
      const trade = trades.get(outTradeNo)
      if (trade === undefined || trade.receipt !== undefined || isOver(trade))
        throw new Error(`nobody can pay ${outTradeNo}`)
      const { amount, currency } = trade.request
      const facts = { transactionId: number('42'), identity, amount, currency, paidAt: clock.now() }
      const receipt: Receipt = { outTradeNo, ...facts, payer: 'fake-payer' }
      trades.set(outTradeNo, { ...trade, receipt })
      return receipt
    },
    refund(order: RefundOrder): Result<FakeRefund, GatewayError> {
      const trade = trades.get(order.outTradeNo)
      if (trade?.receipt === undefined) return err(rejection('TRADE_NOT_PAID'))
      const before = trade.refunds.get(order.refundNo)
      if (before !== undefined) return before.amount === order.amount ? ok(before) : err(rejection('REFUND_CHANGED'))
      const refusal = refusalOf(order, trade.receipt, [...trade.refunds.values()])
      if (refusal !== undefined) return err(rejection(refusal))
      const refund: FakeRefund = { state: 'success', refundId: number('50'), amount: order.amount, at: clock.now() }
      trades.set(order.outTradeNo, { ...trade, refunds: new Map([...trade.refunds, [order.refundNo, refund]]) })
      return ok(refund)
    },
    /** What was paid and given back in this time. */
    movements: (from: Date, until: Date): FakeMovements => {
      const isWithin = (at: Date): boolean => at >= from && at < until
      const paid = [...trades.values()].flatMap(({ receipt, refunds }) => (receipt ? [{ receipt, refunds }] : []))
      return {
        receipts: paid.flatMap(({ receipt }) => (isWithin(receipt.paidAt) ? [receipt] : [])),
        refunds: paid.flatMap(({ receipt, refunds }) =>
          [...refunds].flatMap(([refundNo, refund]) => (isWithin(refund.at) ? [{ receipt, refundNo, refund }] : [])),
        ),
      }
    },
    refundOf: (outTradeNo: string, refundNo: string): FakeRefund | undefined =>
      trades.get(outTradeNo)?.refunds.get(refundNo),
  }
}

const refundedOf = ({ amount }: Receipt, refunds: Trade['refunds']): 'none' | 'some' | 'all' => {
  if (refunds.size === 0) return 'none'
  return sumFen([...refunds.values()].map((refund) => refund.amount)) === amount ? 'all' : 'some'
}

const rejection = (gatewayCode: string) =>
  ({ code: 'GATEWAY_REJECTED', gatewayCode, message: 'refused by the fake gateway' }) as const

const isSame = (a: CreateTrade, b: CreateTrade): boolean => JSON.stringify(a) === JSON.stringify(b)

const refusalOf = (order: RefundOrder, receipt: Receipt, refunds: readonly FakeRefund[]): string | undefined => {
  if (order.transactionId !== receipt.transactionId || order.paid !== receipt.amount) return 'REFUND_CHANGED'
  const refunded = sumFen(refunds.map(({ amount }) => amount))
  return order.amount === 0 || refunded + order.amount > receipt.amount ? 'REFUND_EXCEEDS_PAYMENT' : undefined
}
