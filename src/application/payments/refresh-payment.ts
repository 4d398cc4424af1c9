import { err, ok, type Result } from 'neverthrow'
import type { Payment } from '../../domain/payment.ts'
import type { Clock } from '../clock.ts'
import type { Transaction } from '../transaction.ts'
import { endPayment } from './end-payment.ts'
import type { Gateways, TradeState } from './payment-gateway.ts'
import { type SettleDeps, settlePayment } from './settle-payment.ts'

export type RefreshError = { readonly code: 'GATEWAY_UNAVAILABLE' } | { readonly code: 'PROVIDER_NOT_CONFIGURED' }

/** Brings an open payment up to what the gateway says now, and tells whether anything changed. */
export type RefreshPayment = (payment: Payment) => Promise<Result<{ readonly changed: boolean }, RefreshError>>

type Deps = SettleDeps & { readonly transaction: Transaction; readonly clock: Clock; readonly gateways: Gateways }
type Changed = Result<{ readonly changed: boolean }, never>

/** Asks the gateway and books its verified answer; an answer that is none leaves everything as it is. */
export const refreshPayment =
  (deps: Deps): RefreshPayment =>
  async (payment) => {
    const gateway = deps.gateways.find(payment.provider)
    if (gateway === undefined) return err({ code: 'PROVIDER_NOT_CONFIGURED' })
    const state = await gateway.query(payment.outTradeNo)
    // Whatever a query is refused with, the trade's state stays unknown.
    return state.isErr() ? err({ code: 'GATEWAY_UNAVAILABLE' }) : apply(deps, payment, state.value)
  }

const apply = async (deps: Deps, payment: Payment, state: TradeState): Promise<Changed> => {
  const at = deps.clock.now()
  const cause = { kind: 'query', actor: payment.provider } as const
  switch (state.state) {
    case 'not_found':
    case 'pending':
      return ok({ changed: false })
    case 'closed':
      return deps.transaction.run((all) => endPayment(all, payment.id, { type: 'closed', at }, cause))
    case 'failed': {
      const { reason } = state
      return deps.transaction.run((all) => endPayment(all, payment.id, { type: 'failed', reason, at }, cause))
    }
    case 'paid': {
      const input = { provider: payment.provider, receipt: state.receipt, source: 'query', cause, at } as const
      const settled = await deps.transaction.run((all) => settlePayment(deps)(all, input))
      return settled.map(({ verdict }) => ({ changed: verdict !== 'repeated' }))
    }
  }
}
