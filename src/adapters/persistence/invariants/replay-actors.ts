import type { Result } from 'neverthrow'
import { type AccessCodeDomainEvent, type AccessCodeEvent, transitionAccessCode } from '../../../domain/access-code.ts'
import type { DomainEvent } from '../../../domain/event.ts'
import { type OrderDomainEvent, type OrderEvent, transitionOrder } from '../../../domain/order.ts'
import { type PaymentDomainEvent, type PaymentEvent, transitionPayment } from '../../../domain/payment.ts'
import { type RefundDomainEvent, type RefundEvent, transitionRefund } from '../../../domain/refund.ts'
import { toAccessCode, toAccessCodeState } from '../access-code-row.ts'
import { toOrder, toOrderState } from '../order-row.ts'
import { toPayment, toPaymentState } from '../payment-row.ts'
import { toRefund, toRefundState } from '../refund-row.ts'
import type { Row, Value } from '../schema.ts'

/** Whose events these are; the others tell of no machine. */
export type Part = { readonly kind: 'order' | 'payment' | 'refund' | 'code'; readonly id: string }

/** One thing with a machine, walked along its events. */
export type Actor = Part & {
  /** Takes one step; gives the reason where there is no such arrow, and stays where it is. */
  walk(event: DomainEvent): string | undefined
  /** Where the row is not what the events made. */
  difference(): string | undefined
}

/** What an event happened to. */
export const partOf = (event: DomainEvent): Part | undefined => {
  if (isOf(event, 'order')) return { kind: 'order', id: event.orderId }
  if (isOf(event, 'payment')) return { kind: 'payment', id: event.paymentId }
  if (isOf(event, 'refund')) return { kind: 'refund', id: event.refundNo }
  if (isOf(event, 'access_code')) return { kind: 'code', id: event.codeId }
  return undefined
}

type About<P extends string> = Extract<DomainEvent, { readonly type: `${P}.${string}` }>

const isOf = <P extends 'order' | 'payment' | 'refund' | 'access_code'>(
  event: DomainEvent,
  prefix: P,
): event is About<P> => event.type.startsWith(`${prefix}.`)

export const orderActor = (row: Row<'orders'>): Actor => {
  const unpaid = { refunded_fen: 0, payment_id: null, paid_at: null, cancelled_at: null, expired_at: null }
  const item = { line: null, product_id: null, product_name: null, unit_price_fen: null, quantity: null }
  const born = toOrder({ ...row, ...unpaid, status: 'pending', ...item, fulfilment: null }, []).value
  const { amount } = born
  const commands = (event: OrderDomainEvent): readonly OrderEvent[] | 'birth' => {
    switch (event.type) {
      case 'order.created':
        return 'birth'
      case 'order.paid': {
        const { paymentId, at } = event
        return [
          { type: 'paid', paymentId, amount, at },
          { type: 'honoured', paymentId, amount, at },
        ]
      }
      case 'order.cancelled':
        return [{ type: 'cancelled', at: event.at }]
      case 'order.expired':
        return [{ type: 'expired', at: event.at }]
      case 'order.refunded':
        return [{ type: 'refunded', paymentId: row.payment_id ?? '', total: event.refunded, at: event.at }]
    }
  }
  return actor({ kind: 'order', id: row.id }, row, {
    births: [born],
    commands: (event) => (isOf(event, 'order') ? commands(event) : []),
    transition: transitionOrder,
    columns: toOrderState,
  })
}

export const paymentActor = (row: Row<'payments'>): Actor => {
  const unpaid = { refunded_fen: 0, transaction_id: null, paid_at: null, failure_reason: null, openid: null }
  const born = toPayment({ ...row, ...unpaid, status: 'pending' }, NOTHING_SEALED).value
  const { amount } = born
  const commands = (event: PaymentDomainEvent): readonly PaymentEvent[] | 'birth' => {
    switch (event.type) {
      case 'payment.created':
        return 'birth'
      case 'payment.succeeded':
        return [{ type: 'succeeded', amount, transactionId: event.transactionId, at: event.at }]
      case 'payment.failed':
        return [{ type: 'failed', reason: event.reason, at: event.at }]
      case 'payment.closed':
        return [{ type: 'closed', at: event.at }]
      case 'payment.refunded':
        return [{ type: 'refunded', total: event.refunded, at: event.at }]
    }
  }
  return actor({ kind: 'payment', id: row.id }, row, {
    births: [born],
    commands: (event) => (isOf(event, 'payment') ? commands(event) : []),
    transition: transitionPayment,
    columns: toPaymentState,
  })
}

const NOTHING_SEALED = {
  open: (): never => {
    throw new Error('no sealed value is read here')
  },
}

export const refundActor = (row: Row<'refunds'>): Actor => {
  const open = { refund_id: null, abnormal: 0, reason_given: null, failure_reason: null, processed_at: null }
  const births = ['pending', 'processing'].map((status) => toRefund({ ...row, ...open, status }).value)
  const refundId = row.refund_id ?? undefined
  const commands = (event: RefundDomainEvent): readonly RefundEvent[] | 'birth' => {
    const { at } = event
    switch (event.type) {
      case 'refund.requested': // It says not whether an approval is waited for; what follows does.
        return 'birth'
      case 'refund.approved':
        return [{ type: 'approved', at }]
      case 'refund.cancelled':
        return [{ type: 'rejected', reason: event.reason, at }]
      case 'refund.accepted':
        return [{ type: 'accepted', refundId, at }]
      case 'refund.abnormal':
        return [{ type: 'turned_abnormal', refundId, at }]
      case 'refund.succeeded':
        return births.map(({ amount }) => ({ type: 'succeeded', refundId, amount, at }))
      case 'refund.failed':
        return [{ type: 'failed', reason: event.reason, at }]
      case 'refund.retried':
        return [{ type: 'retried', at }]
    }
  }
  return actor({ kind: 'refund', id: row.refund_no }, row, {
    births,
    commands: (event) => (isOf(event, 'refund') ? commands(event) : []),
    transition: transitionRefund,
    columns(refund) {
      const { refund_id: _, ...state } = toRefundState(refund) // No event tells the gateway's number.
      return state
    },
  })
}

export const codeActor = (row: Row<'access_codes'>): Actor => {
  const born = toAccessCode({ ...row, status: 'available', frozen: 0, activated_by: null, activated_at: null }).value
  const commands = (event: AccessCodeDomainEvent): readonly AccessCodeEvent[] | 'birth' => {
    const { at } = event
    switch (event.type) {
      case 'access_code.issued':
        return 'birth'
      case 'access_code.activated':
        return [{ type: 'activated', userId: event.userId, at }]
      case 'access_code.frozen':
        return [{ type: 'frozen', at }]
      case 'access_code.unfrozen':
        return [{ type: 'unfrozen', at }]
      case 'access_code.expired':
        return [{ type: 'expired', at }]
      case 'access_code.revoked':
        return [{ type: 'revoked', at }]
    }
  }
  return actor({ kind: 'code', id: row.id }, row, {
    births: [born],
    commands: (event) => (isOf(event, 'access_code') ? commands(event) : []),
    transition: transitionAccessCode,
    columns: toAccessCodeState,
    isBorn: row.batch_id !== null, // A batch is one act of an operator; its codes have no events of their own making.
  })
}

type Columns = Readonly<Record<string, Value>>

type Machine<S, C> = {
  /** The states it may begin in. */
  readonly births: readonly S[]
  /** What may have made this event; one of them has to be an arrow from where it stands. */
  readonly commands: (event: DomainEvent) => readonly C[] | 'birth'
  readonly transition: (
    state: S,
    command: C,
  ) => Result<readonly [S, readonly { readonly type: string }[]], { readonly code: string }>
  readonly columns: (state: S) => Columns
  readonly isBorn?: boolean
}

const actor = <S, C>(part: Part, row: Columns, { births, isBorn, ...machine }: Machine<S, C>): Actor => {
  let standing: readonly S[] = isBorn === true ? births : [] // All states that fit the events so far.
  return {
    ...part,
    walk(event) {
      const commands = machine.commands(event)
      if (commands === 'birth') {
        if (standing.length > 0) return 'it exists'
        standing = births
        return undefined
      }
      if (standing.length === 0) return 'it was not made yet'
      const steps = standing.flatMap((state) => commands.map((command) => machine.transition(state, command)))
      const next = steps.flatMap((step) => (step.isOk() && step.value[1].some(isLike(event)) ? [step.value[0]] : []))
      if (next.length === 0) return steps.find((step) => step.isErr())?.error.code ?? 'nothing changes'
      standing = next
      return undefined
    },
    difference() {
      const [first] = standing
      if (first === undefined) return `${part.kind}: no event says that it was made`
      const ends = standing.map(machine.columns)
      if (ends.some((end) => namesOf(end).every((name) => end[name] === row[name]))) return undefined
      const end = machine.columns(first)
      const facts = namesOf(end)
        .filter((name) => end[name] !== row[name])
        .map((name) => `${name} is ${row[name]}, but ${end[name]} by the events`)
      return `${part.kind}: ${facts.join('; ')}`
    },
  }
}

const isLike =
  ({ type }: DomainEvent) =>
  (made: { readonly type: string }): boolean =>
    made.type === type

const namesOf = (columns: Columns): readonly string[] => Object.keys(columns)
