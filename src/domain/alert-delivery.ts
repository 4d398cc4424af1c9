/** News of an alert on its way through one channel. */
export type AlertDeliveryFacts = {
  readonly id: string
  readonly channel: string
  readonly alertId: string
  readonly eventId: string
  readonly news: 'raised' | 'resolved'
  readonly createdAt: Date
}

export type AlertDelivery = AlertDeliveryFacts & {
  readonly attempts: number
  /** Why the last attempt failed. */
  readonly error: string | undefined
} & (
    | { readonly status: 'due'; readonly dueAt: Date }
    /** `dropped`: it had nothing to say any more, or nobody to say it to. `parked`: nobody tries any more. */
    | { readonly status: 'sent' | 'dropped' | 'parked'; readonly endedAt: Date }
  )

export type AlertDeliveryStatus = AlertDelivery['status']
export type DueAlertDelivery = Extract<AlertDelivery, { status: 'due' }>

export type AlertDeliveryEvent =
  | { readonly type: 'sent'; readonly at: Date }
  /** `jitter` is a random byte. */
  | { readonly type: 'refused'; readonly error: string; readonly jitter: number; readonly at: Date }
  | { readonly type: 'dropped'; readonly at: Date }
  /** The hours are quiet until then. */
  | { readonly type: 'held'; readonly until: Date }

const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000

/** The waits between the attempts: a day altogether, then it is parked. */
export const ALERT_RETRY_GAPS_MS: readonly number[] = [
  10_000,
  30_000,
  1 * MINUTE_MS,
  5 * MINUTE_MS,
  10 * MINUTE_MS,
  30 * MINUTE_MS,
  1 * HOUR_MS,
  1 * HOUR_MS,
  2 * HOUR_MS,
  2 * HOUR_MS,
  4 * HOUR_MS,
  4 * HOUR_MS,
  4 * HOUR_MS,
  5 * HOUR_MS,
]

/** A delivery as it begins. */
export const newAlertDelivery = (facts: AlertDeliveryFacts, dueAt: Date): DueAlertDelivery => ({
  ...facts,
  attempts: 0,
  error: undefined,
  status: 'due',
  dueAt,
})

/** The delivery's machine: what has ended stays as it ended. */
export const transitionAlertDelivery = (delivery: AlertDelivery, event: AlertDeliveryEvent): AlertDelivery => {
  switch (delivery.status) {
    case 'due':
      return moved(delivery, event)
    case 'sent':
    case 'dropped':
    case 'parked':
      return delivery
  }
}

const moved = (delivery: DueAlertDelivery, event: AlertDeliveryEvent): AlertDelivery => {
  const { dueAt: _, ...rest } = delivery
  switch (event.type) {
    case 'sent':
      return { ...rest, attempts: delivery.attempts + 1, error: undefined, status: 'sent', endedAt: event.at }
    case 'refused':
      return refused(rest, event)
    case 'dropped':
      return { ...rest, status: 'dropped', endedAt: event.at }
    case 'held':
      return { ...delivery, dueAt: event.until }
  }
}

const refused = (
  delivery: Omit<DueAlertDelivery, 'dueAt'>,
  { error, jitter, at }: Extract<AlertDeliveryEvent, { type: 'refused' }>,
): AlertDelivery => {
  const gap = ALERT_RETRY_GAPS_MS[delivery.attempts]
  const tried = { ...delivery, attempts: delivery.attempts + 1, error }
  if (gap === undefined) return { ...tried, status: 'parked', endedAt: at }
  // Up to a tenth more, so that the channels that failed together do not come back together.
  return { ...tried, status: 'due', dueAt: new Date(at.getTime() + gap + Math.floor((gap * jitter) / 2560)) }
}
