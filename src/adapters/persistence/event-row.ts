import type { StoredEvent } from '../../application/outbox.ts'
import type { Cause, DomainEvent } from '../../domain/event.ts'
import { type Fen, fen } from '../../domain/money.ts'
import { parseObject } from './json.ts'
import { invariant, toDate, wordOf, wordsOf } from './row-values.ts'
import type { Row } from './schema.ts'

type EventType = DomainEvent['type']
type FieldKind<V> = undefined extends V
  ? 'text?'
  : V extends string
    ? 'text'
    : V extends Fen
      ? 'fen'
      : V extends number
        ? 'integer'
        : never
/** The fields an event has beside `type` and `at`. */
type Fields<T extends EventType> = {
  readonly [F in Exclude<keyof Extract<DomainEvent, { type: T }>, 'type' | 'at'>]: FieldKind<
    Extract<DomainEvent, { type: T }>[F]
  >
}

const order = { orderId: 'text' } as const
const payment = { paymentId: 'text', orderId: 'text' } as const
const refund = { refundNo: 'text', orderId: 'text', paymentId: 'text' } as const
const code = { codeId: 'text' } as const
const access = { entitlementId: 'text' } as const
const alert = { alertId: 'text' } as const
const points = { userId: 'text', points: 'integer' } as const

const FIELDS: { readonly [T in EventType]: Fields<T> } = {
  'order.created': order,
  'order.paid': { ...order, paymentId: 'text' },
  'order.cancelled': order,
  'order.expired': order,
  'order.refunded': { ...order, refunded: 'fen' },
  'payment.created': payment,
  'payment.succeeded': { ...payment, transactionId: 'text' },
  'payment.failed': { ...payment, reason: 'text' },
  'payment.closed': payment,
  'payment.refunded': { ...payment, refunded: 'fen' },
  'refund.requested': refund,
  'refund.approved': refund,
  'refund.cancelled': { ...refund, reason: 'text' },
  'refund.accepted': refund,
  'refund.abnormal': refund,
  'refund.succeeded': { ...refund, refundId: 'text?' },
  'refund.failed': { ...refund, reason: 'text' },
  'refund.retried': refund,
  'access_code.issued': code,
  'access_code.activated': { ...code, userId: 'text' },
  'access_code.frozen': code,
  'access_code.unfrozen': code,
  'access_code.expired': code,
  'access_code.revoked': code,
  'access.granted': access,
  'access.revoked': access,
  'access.moved': access,
  'points.credited': points,
  'points.debited': points,
  'reconciliation.completed': { runId: 'text' },
  'reconciliation.failed': { runId: 'text', reason: 'text' },
  'alert.raised': alert,
  'alert.resolved': alert,
}

const TYPES = Object.keys(FIELDS) as EventType[] // `FIELDS` has exactly these keys.
const CAUSES = wordsOf<Cause['kind']>({ notification: true, query: true, request: true, timer: true, admin: true })

export const toEventRow = ({ event, cause, ...stored }: StoredEvent): Row<'events'> => {
  const { type, at, ...fields } = event
  return {
    id: stored.id,
    stream: stored.stream,
    seq: stored.seq,
    type,
    data: JSON.stringify({ ...fields, at: at.getTime() }),
    cause_kind: cause.kind,
    cause_actor: cause.actor,
    created_at: stored.createdAt.getTime(),
    published_at: null,
  }
}

export const toStoredEvent = (row: Row<'events'>): StoredEvent => ({
  id: row.id,
  stream: row.stream,
  seq: row.seq,
  event: toEvent(wordOf(TYPES, row.type), row.data),
  cause: { kind: wordOf(CAUSES, row.cause_kind), actor: row.cause_actor },
  createdAt: toDate(row.created_at),
})

const toEvent = (type: EventType, json: string): DomainEvent => {
  const object = parseObject(json)
  const kinds = Object.entries<'text' | 'text?' | 'fen' | 'integer'>(FIELDS[type])
  const absent = kinds.filter(([name, kind]) => kind === 'text?' && !object.keys.includes(name))
  invariant(object.keys.length + absent.length === kinds.length + 1, `an event ${type} with other fields`)
  const fields = kinds.map(([name, kind]) => {
    switch (kind) {
      case 'text?':
        return [name, object.keys.includes(name) ? object.text(name) : undefined]
      case 'text':
        return [name, object.text(name)]
      case 'integer':
        return [name, object.integer(name)]
      case 'fen':
        return [name, fen(object.integer(name))]
    }
  })
  // `FIELDS` is checked against the events above: each has exactly these fields, of these kinds.
  return { type, ...Object.fromEntries(fields), at: toDate(object.integer('at')) } as DomainEvent
}
