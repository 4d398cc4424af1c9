import { err, ok, type Result } from 'neverthrow'
import type { Payment, Provider } from '../../domain/payment.ts'
import type { Clock } from '../clock.ts'
import type { Ids } from '../ids.ts'
import type { GatewayNotification, RefundFact } from '../payments/payment-gateway.ts'
import { bookRefundFact, findNamed } from '../refunds/book-refund-fact.ts'
import type { SettleRefundInput } from '../refunds/settle-refund.ts'
import type { Repositories, WriteConflict } from '../transaction.ts'
import type { Versioned } from '../versioned.ts'

export type BookedRefund = {
  readonly verdict: 'refund_settled' | 'recorded' | 'repeated' | 'unknown_order' | 'amount_mismatch'
  readonly orderId: string | undefined
  /** One of ours that its job should ask about now, because the message does not tell enough. */
  readonly ask?: string
}

type Deps = { readonly ids: Ids; readonly clock: Clock }
type Booked = Result<BookedRefund, WriteConflict>
type RefundChanged = Extract<GatewayNotification, { kind: 'refund_changed' }>

/** Books a gateway's message about a refund, ours or one made elsewhere; what it does not tell is noted, to be asked about. */
export const bookRefund = async (
  deps: Deps,
  repositories: Repositories,
  provider: Provider,
  { refund: fact }: RefundChanged,
): Promise<Booked> => {
  const payment = await repositories.payments.findByOutTradeNo(fact.outTradeNo)
  if (payment === undefined || payment.value.provider !== provider) {
    await report(deps, repositories, 'unknown_order', provider, fact, undefined, { status: fact.status })
    return ok({ verdict: 'unknown_order', orderId: undefined })
  }
  const { id, orderId } = payment.value
  if (!('transactionId' in payment.value)) return note(deps, repositories, payment.value, fact)
  const { transactionId } = payment.value
  if (fact.transactionId !== undefined && fact.transactionId !== transactionId) {
    const evidence = { transactionId, otherTransactionId: fact.transactionId }
    await report(deps, repositories, 'contradiction', provider, fact, orderId, evidence)
    return ok({ verdict: 'recorded', orderId })
  }
  const known = await findNamed(repositories, id, fact.refundNo)
  if (known !== undefined && fact.amount !== undefined && fact.amount !== known.value.amount) {
    await report(deps, repositories, 'amount_mismatch', provider, fact, orderId, { expectedFen: known.value.amount })
    return ok({ verdict: 'amount_mismatch', orderId })
  }
  const event = refundEvent(fact, deps.clock.now())
  if (event !== undefined) return bookFact(deps, repositories, payment, fact, event)
  if (known?.value.status === 'success') return ok({ verdict: 'repeated', orderId })
  if (known?.value.status !== 'processing') return note(deps, repositories, payment.value, fact)
  return ok({ verdict: 'recorded', orderId, ask: known.value.refundNo })
}

const bookFact = async (
  deps: Deps,
  repositories: Repositories,
  payment: Versioned<Payment>,
  { refundNo: number, amount }: RefundFact,
  event: SettleRefundInput['event'],
): Promise<Booked> => {
  const { orderId, provider } = payment.value
  const cause = { kind: 'notification', actor: provider } as const
  const at = deps.clock.now()
  const booked = await bookRefundFact(deps)(repositories, { payment, number, amount, event, cause, at })
  if (booked.isErr()) return err(booked.error)
  switch (booked.value) {
    case 'changed':
      return ok({ verdict: 'refund_settled', orderId })
    case 'repeated':
      return ok({ verdict: 'repeated', orderId })
    case 'contradiction':
    case 'held':
    case 'untold':
    case 'nothing':
      return ok({ verdict: 'recorded', orderId })
  }
}

/** A refund that can't be booked yet: its payment is not, or its amount was not told. */
const note = async (
  { clock }: Deps,
  { refundClues }: Repositories,
  { id: paymentId, orderId }: Payment,
  { refundNo: number, amount }: RefundFact,
): Promise<Booked> => {
  const clue = { paymentId, number, amount, refundNo: undefined, createdAt: clock.now() }
  return ok({ verdict: (await refundClues.insert(clue)) ? 'recorded' : 'repeated', orderId })
}

const report = (
  { ids, clock }: Deps,
  { incidents }: Repositories,
  kind: 'unknown_order' | 'amount_mismatch' | 'contradiction',
  provider: Provider,
  { outTradeNo, refundNo, amount }: RefundFact,
  orderId: string | undefined,
  seen: Readonly<Record<string, string | number>>,
): Promise<void> => {
  const told = {
    ...(refundNo === undefined ? {} : { refundNo }),
    ...(amount === undefined ? {} : { amountFen: amount }),
  }
  const facts = { id: ids.entity(), kind, provider, outTradeNo, orderId, at: clock.now() }
  return incidents.report({ ...facts, evidence: { ...told, ...seen }, subject: refundNo ?? outTradeNo })
}

/** The message as an event of the refund; undefined where it does not tell enough to be one. */
const refundEvent = (
  { status, amount, refundId, at: happenedAt }: RefundFact,
  at: Date,
): SettleRefundInput['event'] | undefined => {
  switch (status) {
    case 'success':
      return amount === undefined ? undefined : { type: 'succeeded', refundId, amount, at: happenedAt }
    case 'closed':
      return { type: 'failed', reason: 'CLOSED', at }
    case 'abnormal':
      return { type: 'turned_abnormal', refundId, at }
    case 'unknown':
      return undefined
  }
}
