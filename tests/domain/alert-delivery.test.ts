import { describe, expect, it } from 'vitest'
import {
  type AlertDelivery,
  type AlertDeliveryEvent,
  ALERT_RETRY_GAPS_MS,
  transitionAlertDelivery,
} from '../../src/domain/alert-delivery.ts'
import { dueAlertDelivery, minute } from '../support/builders.ts'

const refused = (at: Date, jitter = 0): AlertDeliveryEvent => ({ type: 'refused', error: 'HTTP 500', jitter, at })
const EVENTS: readonly AlertDeliveryEvent[] = [
  { type: 'sent', at: minute(2) },
  refused(minute(2)),
  { type: 'dropped', at: minute(2) },
  { type: 'held', until: minute(9) },
]
const ends = (given: Pick<AlertDelivery, 'attempts' | 'error'> & { readonly status: 'sent' | 'dropped' }) => {
  const { dueAt: _, ...rest } = dueAlertDelivery()
  return { ...rest, ...given, endedAt: minute(2) }
}

describe('the delivery of an alert', () => {
  it('ends when it is sent, and forgets why it was not before', () => {
    expect(
      transitionAlertDelivery(dueAlertDelivery({ attempts: 3, error: 'x' }), { type: 'sent', at: minute(2) }),
    ).toEqual(ends({ status: 'sent', attempts: 4, error: undefined }))
  })

  it('ends without an attempt when there is nothing to say any more', () => {
    expect(transitionAlertDelivery(dueAlertDelivery(), { type: 'dropped', at: minute(2) })).toEqual(
      ends({ status: 'dropped', attempts: 0, error: undefined }),
    )
  })

  it('waits through the quiet hours without counting it as an attempt', () => {
    expect(transitionAlertDelivery(dueAlertDelivery(), { type: 'held', until: minute(9) })).toEqual(
      dueAlertDelivery({ dueAt: minute(9) }),
    )
  })

  it('comes back after each refusal, later and later, for a day, and is parked then', () => {
    let delivery: AlertDelivery = dueAlertDelivery({ dueAt: minute(0) })
    for (const [n, gap] of ALERT_RETRY_GAPS_MS.entries()) {
      if (delivery.status !== 'due') throw new Error(`ended after ${n}`)
      const { dueAt } = delivery
      delivery = transitionAlertDelivery(delivery, refused(dueAt))
      expect(delivery).toMatchObject({ status: 'due', attempts: n + 1, dueAt: new Date(dueAt.getTime() + gap) })
    }
    const last = delivery.status === 'due' ? delivery.dueAt : minute(0)
    const hours = (last.getTime() - minute(0).getTime()) / 3_600_000
    expect([hours > 23, hours < 25]).toEqual([true, true])
    expect(transitionAlertDelivery(delivery, refused(last))).toMatchObject({
      status: 'parked',
      attempts: ALERT_RETRY_GAPS_MS.length + 1,
      error: 'HTTP 500',
      endedAt: last,
    })
  })

  it('comes back up to a tenth later, by chance', () => {
    const first = ALERT_RETRY_GAPS_MS[0] ?? 0
    const delivery = transitionAlertDelivery(dueAlertDelivery(), refused(minute(2), 255))
    const gap = delivery.status === 'due' ? delivery.dueAt.getTime() - minute(2).getTime() : 0
    expect(gap).toBe(first + Math.floor((first * 255) / 2560))
  })

  it.each(['sent', 'dropped', 'parked'] as const)('changes no more once it is %s', (status) => {
    const { dueAt: _, ...rest } = dueAlertDelivery()
    const ended: AlertDelivery = { ...rest, status, endedAt: minute(2) }
    for (const event of EVENTS) expect(transitionAlertDelivery(ended, event)).toBe(ended)
  })
})
