import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  newDelivery,
  RETRY_GAPS_MS,
  transitionWebhookDelivery,
  type WebhookDelivery,
  type WebhookDeliveryEvent,
  webhookDeliveryFacts,
} from '../../src/domain/webhook-delivery.ts'
import { anyInstant } from '../support/arbitraries.ts'
import { deliveredDelivery, dueDelivery, minute, parkedDelivery } from '../support/builders.ts'

const at = minute(10)
const DAY_MS = 86_400_000

const states = {
  fresh: dueDelivery(),
  failing: dueDelivery({
    attempts: 3,
    failures: 3,
    dueAt: minute(99),
    lastAttempt: { at, statusCode: 500, error: 'HTTP 500' },
  }),
  'tried for the last time': dueDelivery({ attempts: 14, failures: 14 }),
  delivered: deliveredDelivery({ attempts: 3 }),
  parked: parkedDelivery({ attempts: 3 }),
} as const satisfies Record<string, WebhookDelivery>

const events = (attempts: number) =>
  ({
    accepted: { type: 'accepted', attempt: attempts + 1, statusCode: 204, at },
    refused: {
      type: 'refused',
      attempt: attempts + 1,
      statusCode: 500,
      error: 'HTTP 500',
      jitter: 0,
      final: false,
      at,
    },
    'refused for good': {
      type: 'refused',
      attempt: attempts + 1,
      statusCode: 410,
      error: 'HTTP 410',
      jitter: 0,
      final: true,
      at,
    },
    'the outcome of an earlier attempt': { type: 'accepted', attempt: attempts, statusCode: 204, at },
    'the outcome of a later attempt': { type: 'accepted', attempt: attempts + 2, statusCode: 204, at },
    abandoned: { type: 'abandoned', at },
    redelivered: { type: 'redelivered', at },
  }) as const satisfies Record<string, WebhookDeliveryEvent>

type Said = keyof ReturnType<typeof events>
const NOT_DUE = 'DELIVERY_NOT_DUE'
const STALE = {
  'the outcome of an earlier attempt': 'silent',
  'the outcome of a later attempt': 'ATTEMPT_UNKNOWN',
} as const
const ENDED = {
  accepted: NOT_DUE,
  refused: NOT_DUE,
  'refused for good': NOT_DUE,
  ...STALE,
  redelivered: 'redelivered → due',
} as const
const OUTCOMES: Readonly<Record<keyof typeof states, Readonly<Record<Said, string>>>> = {
  fresh: {
    accepted: 'delivered → delivered',
    refused: 'postponed → due',
    'refused for good': 'parked → parked',
    ...STALE,
    abandoned: 'parked → parked',
    redelivered: 'silent',
  },
  failing: {
    accepted: 'delivered → delivered',
    refused: 'postponed → due',
    'refused for good': 'parked → parked',
    ...STALE,
    abandoned: 'parked → parked',
    redelivered: 'redelivered → due',
  },
  'tried for the last time': {
    accepted: 'delivered → delivered',
    refused: 'parked → parked',
    'refused for good': 'parked → parked',
    ...STALE,
    abandoned: 'parked → parked',
    redelivered: 'silent',
  },
  delivered: { ...ENDED, abandoned: NOT_DUE },
  parked: { ...ENDED, abandoned: 'silent' },
}

const answer = (delivery: WebhookDelivery, event: WebhookDeliveryEvent): string => {
  const result = transitionWebhookDelivery(Object.freeze(delivery), Object.freeze(event))
  if (result.isErr()) return result.error.code
  const [next, [news]] = result.value
  if (news === undefined) return next === delivery ? 'silent' : 'changed without news'
  return `${news.type.replace('webhook.', '')} → ${next.status}`
}

describe('every event in every state of a webhook delivery', () => {
  for (const [name, state] of Object.entries(states))
    for (const [said, event] of Object.entries(events(state.attempts))) {
      // The keys of the two very objects.
      const outcome = OUTCOMES[name as keyof typeof states][said as Said]
      it(`${name}, ${said}: ${outcome}`, () => {
        expect(answer(state, event)).toBe(outcome)
      })
    }
})

const anyEvent: fc.Arbitrary<WebhookDeliveryEvent> = fc.oneof(
  fc.record({
    type: fc.constant('accepted' as const),
    attempt: fc.integer({ min: 1, max: 20 }),
    statusCode: fc.integer({ min: 200, max: 299 }),
    at: anyInstant,
  }),
  fc.record({
    type: fc.constant('refused' as const),
    attempt: fc.integer({ min: 1, max: 20 }),
    statusCode: fc.option(fc.integer({ min: 300, max: 599 }), { nil: undefined }),
    error: fc.string(),
    jitter: fc.integer({ min: 0, max: 255 }),
    final: fc.boolean(),
    at: anyInstant,
  }),
  fc.record({ type: fc.constantFrom('abandoned' as const, 'redelivered' as const), at: anyInstant }),
)

const apply = (delivery: WebhookDelivery, event: WebhookDeliveryEvent): WebhookDelivery =>
  transitionWebhookDelivery(delivery, event).match(
    ([next]) => next,
    () => delivery,
  )

/** Most attempts follow one another as they should, so that histories get somewhere. */
const anyDelivery: fc.Arbitrary<WebhookDelivery> = fc
  .array(fc.tuple(anyEvent, fc.boolean()), { maxLength: 40 })
  .map((history) =>
    history.reduce<WebhookDelivery>(
      (delivery, [event, inTurn]) =>
        apply(delivery, 'attempt' in event && inTurn ? { ...event, attempt: delivery.attempts + 1 } : event),
      dueDelivery(),
    ),
  )

describe('after any history a webhook delivery', () => {
  it('changes exactly when it says so, dates the news with the event, and keeps what it was made with', () => {
    fc.assert(
      fc.property(anyDelivery, anyEvent, (delivery, event) => {
        transitionWebhookDelivery(delivery, event).map(([next, news]) => {
          if (news.length === 0) expect(next).toBe(delivery)
          else expect(next).not.toEqual(delivery)
          for (const one of news) expect([one.at, one.deliveryId]).toEqual([event.at, delivery.id])
          expect(webhookDeliveryFacts(next)).toEqual(webhookDeliveryFacts(dueDelivery()))
        })
      }),
    )
  })

  it('changes nothing when the last accepted event is repeated', () => {
    fc.assert(
      fc.property(anyDelivery, anyEvent, (delivery, event) => {
        const once = transitionWebhookDelivery(delivery, event)
        fc.pre(once.isOk())
        const [next] = once._unsafeUnwrap()
        expect(transitionWebhookDelivery(next, event)._unsafeUnwrap()).toEqual([next, []])
      }),
    )
  })

  it('can be sent again by hand at any time', () => {
    fc.assert(
      fc.property(anyDelivery, anyInstant, (delivery, now) => {
        const [next] = transitionWebhookDelivery(delivery, { type: 'redelivered', at: now })._unsafeUnwrap()
        expect(next.status === 'due' && next.dueAt <= now).toBe(true)
        expect(next.attempts).toBe(delivery.attempts)
      }),
    )
  })
})

describe('a receiver that never answers', () => {
  const failUntilParked = (jitter: number) => {
    let delivery: WebhookDelivery = newDelivery({ ...webhookDeliveryFacts(dueDelivery()), createdAt: minute(0) })
    const attempts: Date[] = []
    while (delivery.status === 'due') {
      attempts.push(delivery.dueAt)
      const refused = { type: 'refused', statusCode: undefined, error: 'TIMEOUT', jitter, final: false } as const
      delivery = apply(delivery, { ...refused, attempt: delivery.attempts + 1, at: delivery.dueAt })
    }
    return { delivery, attempts }
  }

  it('is tried for three days at growing distances before the delivery is parked', () => {
    const { delivery, attempts } = failUntilParked(0)
    expect(delivery).toMatchObject({ status: 'parked', attempts: 15, lastAttempt: { error: 'TIMEOUT' } })
    const gaps = attempts.slice(1).map((time, n) => time.getTime() - (attempts[n]?.getTime() ?? 0))
    expect(gaps).toEqual(RETRY_GAPS_MS)
    expect(gaps).toEqual(gaps.toSorted((a, b) => a - b))
    expect((attempts.at(-1)?.getTime() ?? 0) - minute(0).getTime()).toBeGreaterThanOrEqual(3 * DAY_MS)
  })

  it('is tried a little later by chance, never earlier, and for less than four days', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 255 }), (jitter) => {
        const { attempts } = failUntilParked(jitter)
        const lasted = (attempts.at(-1)?.getTime() ?? 0) - minute(0).getTime()
        expect(lasted).toBeGreaterThanOrEqual(3 * DAY_MS)
        expect(lasted).toBeLessThan(4 * DAY_MS)
        expect(attempts.every((time) => Number.isInteger(time.getTime()))).toBe(true)
      }),
    )
    expect(failUntilParked(255).attempts.at(-1)).not.toEqual(failUntilParked(0).attempts.at(-1))
  })

  it('is tried for as long again after a person sends it again', () => {
    const { delivery } = failUntilParked(0)
    const again = apply(delivery, { type: 'redelivered', at: minute(9999) })
    expect(again).toMatchObject({ status: 'due', attempts: 15, failures: 0, dueAt: minute(9999) })
  })
})
