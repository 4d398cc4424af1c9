import { err, ok, type Result } from 'neverthrow'
import type { WebhookEventType } from './webhook-endpoint.ts'

/** One event on its way to one endpoint; the body is fixed, whatever becomes of the thing it tells about. */
export type WebhookDeliveryFacts = {
  readonly id: string
  readonly endpointId: string
  readonly eventId: string
  readonly type: WebhookEventType
  /** Deliveries of one stream go out one after another, by `seq`. */
  readonly stream: string
  readonly seq: number
  readonly body: string
  readonly createdAt: Date
}

/** How the last attempt ended; no status code where no answer came. */
export type DeliveryAttempt = {
  readonly at: Date
  readonly statusCode: number | undefined
  readonly error: string | undefined
}

export type WebhookDelivery = WebhookDeliveryFacts & {
  /** All there have been. */
  readonly attempts: number
} & (
    | {
        readonly status: 'due'
        readonly dueAt: Date
        /** In a row, since it was made or sent again by hand. */
        readonly failures: number
        readonly lastAttempt: DeliveryAttempt | undefined
      }
    | { readonly status: 'delivered'; readonly lastAttempt: DeliveryAttempt }
    /** Nobody tries any more, unless a person wants it. */
    | { readonly status: 'parked'; readonly lastAttempt: DeliveryAttempt | undefined }
  )

export type WebhookDeliveryStatus = WebhookDelivery['status']
export type DueDelivery = Extract<WebhookDelivery, { status: 'due' }>

/** `attempt` numbers the attempts of one delivery from 1, so that an outcome told twice counts once. */
type Ended<T> = { readonly type: T; readonly attempt: number; readonly at: Date }
export type WebhookDeliveryEvent =
  | (Ended<'accepted'> & { readonly statusCode: number })
  /** `jitter` is a random byte; `final` where trying again would be wrong. */
  | (Ended<'refused'> & {
      readonly statusCode: number | undefined
      readonly error: string
      readonly jitter: number
      readonly final: boolean
    })
  /** Its endpoint is no more. */
  | { readonly type: 'abandoned'; readonly at: Date }
  | { readonly type: 'redelivered'; readonly at: Date }

type Named<T> = { readonly type: T; readonly deliveryId: string; readonly at: Date }
/** These stay out of the outbox: webhooks about webhooks would never end. */
export type WebhookDeliveryDomainEvent =
  | Named<'webhook.delivered'>
  | Named<'webhook.postponed'>
  | Named<'webhook.parked'>
  | Named<'webhook.redelivered'>

export type WebhookDeliveryError =
  | { readonly code: 'DELIVERY_NOT_DUE'; readonly status: WebhookDeliveryStatus }
  | { readonly code: 'ATTEMPT_UNKNOWN'; readonly attempt: number }

export type WebhookDeliveryTransition = readonly [WebhookDelivery, readonly WebhookDeliveryDomainEvent[]]
type On<T extends WebhookDeliveryEvent['type']> = Extract<WebhookDeliveryEvent, { type: T }>
type Outcome = Result<WebhookDeliveryTransition, WebhookDeliveryError>

const SECOND_MS = 1000
const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000

/** The waits between the attempts: three days and a little, then it is parked. */
export const RETRY_GAPS_MS: readonly number[] = [
  5 * SECOND_MS,
  30 * SECOND_MS,
  2 * MINUTE_MS,
  10 * MINUTE_MS,
  30 * MINUTE_MS,
  1 * HOUR_MS,
  2 * HOUR_MS,
  4 * HOUR_MS,
  6 * HOUR_MS,
  12 * HOUR_MS,
  12 * HOUR_MS,
  12 * HOUR_MS,
  12 * HOUR_MS,
  12 * HOUR_MS,
]

/** The delivery's machine: total, silent on repeats. */
export const transitionWebhookDelivery = (delivery: WebhookDelivery, event: WebhookDeliveryEvent): Outcome => {
  switch (event.type) {
    case 'accepted':
    case 'refused':
      return attempted(delivery, event)
    case 'abandoned':
      return abandoned(delivery, event)
    case 'redelivered':
      return redelivered(delivery, event)
  }
}

/** The parts of a delivery that no event changes. */
export const webhookDeliveryFacts = (delivery: WebhookDelivery): WebhookDeliveryFacts => ({
  id: delivery.id,
  endpointId: delivery.endpointId,
  eventId: delivery.eventId,
  type: delivery.type,
  stream: delivery.stream,
  seq: delivery.seq,
  body: delivery.body,
  createdAt: delivery.createdAt,
})

/** A delivery as it begins: due at once. */
export const newDelivery = (facts: WebhookDeliveryFacts): DueDelivery => ({
  ...facts,
  status: 'due',
  attempts: 0,
  failures: 0,
  dueAt: facts.createdAt,
  lastAttempt: undefined,
})

const named = <T extends WebhookDeliveryDomainEvent['type']>(type: T, { id }: WebhookDelivery, at: Date) =>
  ({ type, deliveryId: id, at }) as const

const attempted = (delivery: WebhookDelivery, event: On<'accepted'> | On<'refused'>): Outcome => {
  if (event.attempt <= delivery.attempts) return ok([delivery, []])
  if (event.attempt !== delivery.attempts + 1) return err({ code: 'ATTEMPT_UNKNOWN', attempt: event.attempt })
  switch (delivery.status) {
    case 'due':
      return ok(event.type === 'accepted' ? accepted(delivery, event) : refused(delivery, event))
    case 'delivered':
    case 'parked':
      return err({ code: 'DELIVERY_NOT_DUE', status: delivery.status })
  }
}

const accepted = (
  delivery: DueDelivery,
  { attempt: attempts, statusCode, at }: On<'accepted'>,
): WebhookDeliveryTransition => [
  {
    ...webhookDeliveryFacts(delivery),
    attempts,
    status: 'delivered',
    lastAttempt: { at, statusCode, error: undefined },
  },
  [named('webhook.delivered', delivery, at)],
]

const refused = (delivery: DueDelivery, event: On<'refused'>): WebhookDeliveryTransition => {
  const { attempt: attempts, statusCode, error, at } = event
  const gap = event.final ? undefined : RETRY_GAPS_MS[delivery.failures]
  const tried = { ...webhookDeliveryFacts(delivery), attempts, lastAttempt: { at, statusCode, error } }
  if (gap === undefined) return [{ ...tried, status: 'parked' }, [named('webhook.parked', delivery, at)]]
  const dueAt = new Date(at.getTime() + gap + jitterOf(gap, event.jitter))
  return [
    { ...tried, status: 'due', failures: delivery.failures + 1, dueAt },
    [named('webhook.postponed', delivery, at)],
  ]
}

/** Up to a tenth more, so that the many that failed together do not come back together. */
const jitterOf = (gapMs: number, jitter: number): number => Math.floor((gapMs * jitter) / 2560)

const abandoned = (delivery: WebhookDelivery, { at }: On<'abandoned'>): Outcome => {
  const { attempts, lastAttempt } = delivery
  switch (delivery.status) {
    case 'due':
      return ok([
        { ...webhookDeliveryFacts(delivery), attempts, status: 'parked', lastAttempt },
        [named('webhook.parked', delivery, at)],
      ])
    case 'parked':
      return ok([delivery, []])
    case 'delivered':
      return err({ code: 'DELIVERY_NOT_DUE', status: delivery.status })
  }
}

const redelivered = (delivery: WebhookDelivery, { at }: On<'redelivered'>): Outcome => {
  switch (delivery.status) {
    case 'due':
      return ok(delivery.dueAt <= at ? [delivery, []] : dueAgain(delivery, at))
    case 'delivered':
    case 'parked':
      return ok(dueAgain(delivery, at))
  }
}

const dueAgain = (delivery: WebhookDelivery, at: Date): WebhookDeliveryTransition => {
  const { attempts, lastAttempt } = delivery
  return [
    { ...webhookDeliveryFacts(delivery), attempts, status: 'due', failures: 0, dueAt: at, lastAttempt },
    [named('webhook.redelivered', delivery, at)],
  ]
}
