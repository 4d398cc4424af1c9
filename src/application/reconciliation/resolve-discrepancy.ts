import { err, ok, type Result } from 'neverthrow'
import {
  type Discrepancy,
  type DiscrepancyError,
  type DiscrepancyEvent,
  transitionDiscrepancy,
} from '../../domain/discrepancy.ts'
import type { Fen } from '../../domain/money.ts'
import type { Payment } from '../../domain/payment.ts'
import { refundableOf } from '../../domain/refund.ts'
import type { Operator } from '../catalogue/maintain-catalogue.ts'
import type { Clock } from '../clock.ts'
import type { Ids } from '../ids.ts'
import type { SecondPersonNeeded } from '../refunds/decide-refund.ts'
import type { RefundRequest, RequestRefundError } from '../refunds/request-refund.ts'
import type { Refund } from '../../domain/refund.ts'
import { type Readers, type Transaction, WRITE_CONFLICT, type WriteConflict } from '../transaction.ts'
import type { Versioned } from '../versioned.ts'
import type { AskGateway } from './ask-gateway.ts'
import { judgeRest } from './judge-run.ts'
import type { SendReturn } from './send-return.ts'

export type DiscrepancyAction = 'sync' | 'refund' | 'ignore'

export type ResolveDiscrepancyError =
  | RequestRefundError
  | Extract<DiscrepancyError, { code: 'RETURN_UNDER_WAY' }>
  | { readonly code: 'NOT_FOUND' }
  | { readonly code: 'GATEWAY_UNAVAILABLE' }
  | SecondPersonNeeded

type Deps = {
  readonly transaction: Transaction
  readonly readers: Pick<Readers, 'discrepancies' | 'orders' | 'payments' | 'refunds' | 'transactions'>
  readonly clock: Clock
  readonly ids: Ids
  readonly askGateway: AskGateway
  readonly sendReturn: SendReturn
  readonly requestRefund: (request: RefundRequest) => Promise<Result<Versioned<Refund>, RequestRefundError>>
  readonly fourEyesAbove: Fen | undefined
}

type Resolved = Result<Discrepancy, ResolveDiscrepancyError>

/**
 * What an operator has done about a discrepancy. `sync` asks the gateway and goes by its answer, `refund` gives the money
 * back, `ignore` lets it be. One that has ended keeps its first word.
 */
export const resolveDiscrepancy =
  (deps: Deps) =>
  async (
    id: string,
    { action, note }: { readonly action: DiscrepancyAction; readonly note: string },
    operator: Operator,
  ): Promise<Resolved> => {
    const discrepancy = (await deps.readers.discrepancies.find(id))?.value
    if (discrepancy === undefined) return err({ code: 'NOT_FOUND' })
    if (discrepancy.status !== 'open') return ok(discrepancy)
    const { returning } = discrepancy
    if (returning !== undefined) return err({ code: 'RETURN_UNDER_WAY', refundNo: returning.refundNo })
    switch (action) {
      case 'ignore':
        return write(deps, id, { type: 'ignored', ...word(deps, note, operator) }, note, operator)
      case 'sync':
        return sync(deps, discrepancy, note, operator)
      case 'refund':
        return refund(deps, discrepancy, note, operator)
    }
  }

const word = ({ clock }: Deps, note: string, { actor: by }: Operator) => ({ note, by, at: clock.now() })

const sync = async (
  deps: Deps,
  { id, ...discrepancy }: Discrepancy,
  note: string,
  operator: Operator,
): Promise<Resolved> => {
  const asked = await deps.askGateway({ id, ...discrepancy })
  switch (asked.outcome) {
    case 'unknown':
      return err({ code: 'GATEWAY_UNAVAILABLE' })
    case 'differs':
      return write(deps, id, { type: 'asked', note: asked.note }, note, operator)
    case 'agrees': {
      const words = word(deps, `${note}（${asked.note}）`, operator)
      return write(deps, id, { type: 'resolved', resolution: 'sync', ...words }, note, operator)
    }
  }
}

/** Asks first: only money that the gateway says it has taken can go back, and asking may book it. */
const refund = async (deps: Deps, discrepancy: Discrepancy, note: string, operator: Operator): Promise<Resolved> => {
  const { about, outTradeNo, transactionId } = discrepancy
  if (about !== 'payment' || outTradeNo === undefined || transactionId === undefined)
    return err({ code: 'ORDER_NOT_REFUNDABLE' })
  if ((await deps.askGateway(discrepancy)).outcome === 'unknown') return err({ code: 'GATEWAY_UNAVAILABLE' })
  const payment = (await deps.readers.payments.findByOutTradeNo(outTradeNo))?.value
  return payment !== undefined && 'transactionId' in payment && payment.transactionId === transactionId
    ? refundBooked(deps, discrepancy, payment, note, operator)
    : giveBack(deps, discrepancy, transactionId, note, operator)
}

/** It is in the books as paid: it goes back like any other, as far as it has not. */
const refundBooked = async (
  deps: Deps,
  { id, provider }: Discrepancy,
  payment: Payment,
  note: string,
  operator: Operator,
): Promise<Resolved> => {
  const refunds = (await deps.readers.refunds.listByPayment(payment.id)).map(({ value }) => value)
  const amount = refundableOf(payment, refunds)
  let went = '此前已全部退回'
  if (amount > 0) {
    const { orderId } = payment
    const order = (await deps.readers.orders.find(orderId))?.value
    // A refund is asked for by the order, whose own payment must not go back in place of this one.
    if (order === undefined || !('paymentId' in order) || order.paymentId !== payment.id)
      return err({ code: 'ORDER_NOT_REFUNDABLE' })
    const requester = { kind: 'operator', operator } as const
    const request = { requester, provider, orderId, amount, reason: note, refundNo: undefined, resourceId: id }
    const requested = await deps.requestRefund(request)
    if (requested.isErr()) return err(requested.error)
    went = `退款单号 ${requested.value.value.refundNo}`
  }
  const words = word(deps, `${note}（${went}）`, operator)
  return write(deps, id, { type: 'resolved', resolution: 'refund', ...words }, note, operator)
}

/** It is held and funds nothing: its number is committed, and then it is sent back. */
const giveBack = async (
  deps: Deps,
  { id, provider }: Discrepancy,
  transactionId: string,
  note: string,
  operator: Operator,
): Promise<Resolved> => {
  const receipt = await deps.readers.transactions.find(provider, transactionId)
  if (receipt === undefined) return err({ code: 'ORDER_NOT_REFUNDABLE' })
  // Nothing here waits for approval, so what two people have to decide goes back by the gateway's own console.
  if (deps.fourEyesAbove !== undefined && receipt.amount > deps.fourEyesAbove)
    return err({ code: 'SECOND_PERSON_NEEDED' })
  const returning = { refundNo: deps.ids.refundNo(deps.clock.now()), amount: receipt.amount }
  const intended = await write(deps, id, { type: 'returning', returning }, note, operator)
  if (intended.isErr()) return intended
  await deps.sendReturn(id, 1)
  const sent = await deps.readers.discrepancies.find(id)
  return sent === undefined ? err({ code: 'NOT_FOUND' }) : ok(sent.value)
}

const write = (
  { transaction, clock, ids }: Deps,
  id: string,
  event: DiscrepancyEvent,
  reason: string,
  operator: Operator,
): Promise<Resolved> =>
  transaction.run(async (repositories): Promise<Result<Discrepancy, ResolveDiscrepancyError | WriteConflict>> => {
    const { discrepancies, audit } = repositories
    const before = await discrepancies.find(id)
    if (before === undefined) return err({ code: 'NOT_FOUND' })
    const after = transitionDiscrepancy(before.value, event)
    if (after.isErr()) return after.error.code === 'RETURN_UNDER_WAY' ? err(after.error) : ok(before.value)
    const at = clock.now()
    if (after.value !== before.value && !(await discrepancies.replace(before, after.value, at)))
      return err(WRITE_CONFLICT)
    if (event.type === 'returning') await discrepancies.postpone(id, new Date(at.getTime() + RETURN_LEASE_MS))
    if (after.value.status !== 'open') await judgeRest(repositories, after.value, at)
    const words = { before: withoutText(before.value), after: withoutText(after.value) }
    const entry = { action: `discrepancy.${event.type}`, subject: id, ...words }
    await audit.append({ ...operator, ...entry, reason, id: ids.entity(), at })
    return ok(after.value)
  })

/** The row of a bill may hold personal data, which stays where it is encrypted. */
const withoutText = (discrepancy: Discrepancy): unknown => ({ ...discrepancy, rowText: undefined })

/** When the jobs take over money whose sender never came back from the gateway. */
const RETURN_LEASE_MS = 60_000
