import { err, ok, type Result } from 'neverthrow'
import type { Payment, PaymentEvent } from '../../domain/payment.ts'
import type { Clock } from '../clock.ts'
import { adoptRefund } from '../refunds/adopt-refund.ts'
import { noteReturned } from '../refunds/note-returned.ts'
import type { Repositories, Transaction, WriteConflict } from '../transaction.ts'
import { endPayment } from './end-payment.ts'
import type { Gateways, TradeState } from './payment-gateway.ts'
import { type SettleDeps, type SettleOutcome, settlePayment } from './settle-payment.ts'

export type RefreshError = { readonly code: 'GATEWAY_UNAVAILABLE' } | { readonly code: 'PROVIDER_NOT_CONFIGURED' }

/** Brings a payment up to what the gateway says now, and tells whether anything changed. */
export type RefreshPayment = (payment: Payment) => Promise<Result<{ readonly changed: boolean }, RefreshError>>

type Deps = SettleDeps & { readonly transaction: Transaction; readonly clock: Clock; readonly gateways: Gateways }
type Changed<E> = Promise<Result<{ readonly changed: boolean }, E>>

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

const apply = async (deps: Deps, payment: Payment, state: TradeState): Changed<never> => {
  const at = deps.clock.now()
  switch (state.state) {
    case 'not_found':
    case 'pending':
      return ok({ changed: false })
    case 'closed':
      return end(deps, payment, { type: 'closed', at })
    case 'failed':
      return end(deps, payment, { type: 'failed', reason: state.reason, at })
    case 'paid':
      return deps.transaction.run((all) => settle(deps, all, payment, state, at))
  }
}

type EndEvent = Extract<PaymentEvent, { type: 'failed' | 'closed' }>

/** A verified "unpaid" about a payment that a verified message has settled can't be true as well: a person has to look. */
const end = (deps: Deps, { id, provider }: Payment, event: EndEvent): Changed<never> =>
  deps.transaction.run(async (all): Promise<Result<{ readonly changed: boolean }, WriteConflict>> => {
    const before = (await all.payments.find(id))?.value
    if (before !== undefined && 'transactionId' in before) {
      await reportContradiction(deps, all, before, event)
      return ok({ changed: false })
    }
    return endPayment(all, id, event, { kind: 'query', actor: provider })
  })

const reportContradiction = (
  { ids }: Deps,
  { incidents }: Repositories,
  { provider, outTradeNo, orderId, transactionId, status, amount }: Extract<Payment, { transactionId: string }>,
  { type, at }: EndEvent,
): Promise<void> => {
  const evidence = { status, answer: type, transactionId, amountFen: amount }
  const facts = { id: ids.entity(), kind: 'contradiction', provider, outTradeNo, orderId } as const
  return incidents.report({ ...facts, evidence, subject: transactionId, at })
}

/** The payment is a fact first; what has gone back of it since is asked about on its own. */
const settle = async (
  deps: Deps,
  repositories: Repositories,
  { id, provider }: Payment,
  { receipt, refunded }: Extract<TradeState, { state: 'paid' }>,
  at: Date,
): Changed<WriteConflict> => {
  const cause = { kind: 'query', actor: provider } as const
  const input = { provider, receipt, source: 'query', isReturned: refunded === 'all', cause, at } as const
  const settled = await settlePayment(deps)(repositories, input)
  if (settled.isErr()) return err(settled.error)
  const { verdict } = settled.value
  const payment = await repositories.payments.find(id)
  if (payment === undefined || !('transactionId' in payment.value)) return ok({ changed: verdict !== 'repeated' })
  if (refunded === 'all' && verdict !== 'repeated' && (await isUnnamed(repositories, payment.value, verdict))) {
    const { amount } = payment.value
    const event = { type: 'succeeded', refundId: undefined, amount, at } as const
    const adopted = await adoptRefund(deps)(repositories, { payment, number: undefined, amount, event, cause, at })
    return adopted.map(() => ({ changed: true }))
  }
  const isNoted = await noteReturned(repositories, payment.value, refunded, at)
  return ok({ changed: verdict !== 'repeated' || isNoted })
}

/** Whether all of it is booked as gone back at once. Refunds we have heard of by their numbers are asked about first. */
const isUnnamed = async (
  { refundClues }: Repositories,
  { id }: Payment,
  verdict: SettleOutcome['verdict'],
): Promise<boolean> => verdict === 'surplus' || verdict === 'late' || (await refundClues.listOpen(id)).length === 0
