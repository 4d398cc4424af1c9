import { ok } from 'neverthrow'
import { describe, expect } from 'vitest'
import type { ActivityCount } from '../../../src/application/alerts/activity.ts'
import { minute } from '../../support/builders.ts'
import { alertFigureContract } from './alert-figures.ts'
import { type CreateStore, type StoreUnderTest, testsOn } from './under-test.ts'

export const alertingContract = (create: CreateStore): void => {
  describe('what was counted for alerts', () => activity(create))
  describe('the turn of checking rules', () => turns(create))
  describe('the quota of a channel', () => quota(create))
  describe('what the rules of alerts look at', () => alertFigureContract(create))
  describe('the subjects of which a rule holds', () => firing(create))
}

const counted = (given: Partial<ActivityCount> = {}): ActivityCount => ({
  kind: 'calls',
  subject: 'wechat',
  minute: 100,
  total: 3,
  bad: 1,
  ...given,
})

const activity = (create: CreateStore): void => {
  const test = testsOn(create)

  test('is nothing at first', async ({ alerting }) => {
    expect(await alerting.activity.sum('calls', { first: 0, end: 1e9 })).toEqual([])
    expect(await alerting.activity.firstMinute('calls')).toBeUndefined()
    await alerting.activity.forget(1e9)
    await alerting.activity.add([])
  })

  test('adds up within its minutes, each subject and kind for itself', async ({ alerting }) => {
    await alerting.activity.add([counted(), counted({ kind: 'callbacks', total: 9 }), counted({ subject: 'alipay' })])
    await alerting.activity.add([counted({ total: 4, bad: 0 }), counted({ minute: 101 }), counted({ minute: 102 })])
    const sums = await alerting.activity.sum('calls', { first: 100, end: 102 })
    expect(sums.toSorted((a, b) => (a.subject < b.subject ? -1 : 1))).toEqual([
      { subject: 'alipay', total: 3, bad: 1 },
      { subject: 'wechat', total: 10, bad: 2 },
    ])
    expect(await alerting.activity.sum('requests', { first: 0, end: 1e9 })).toEqual([])
  })

  test('loses nothing where many add to the same minute at once', async ({ alerting }) => {
    const both = [counted(), counted({ kind: 'requests', subject: 'service' })]
    await Promise.all(
      Array.from({ length: 20 }, (_, n) => alerting.activity.add(n % 2 === 0 ? both : both.toReversed())),
    )
    expect(await alerting.activity.sum('calls', { first: 100, end: 101 })).toEqual([
      { subject: 'wechat', total: 60, bad: 20 },
    ])
  })

  test('forgets what is old, of every kind', async ({ alerting }) => {
    await alerting.activity.add([counted(), counted({ minute: 101 }), counted({ kind: 'refusals', minute: 99 })])
    await alerting.activity.forget(101)
    expect(await alerting.activity.firstMinute('calls')).toBe(101)
    expect(await alerting.activity.firstMinute('refusals')).toBeUndefined()
  })
}

const turns = (create: CreateStore): void => {
  const test = testsOn(create)
  const claim = ({ alerting }: StoreUnderTest, at: number) =>
    alerting.turns.claim({ now: minute(at), until: minute(at + 1) })

  test('is one at a time, until the next one is due', async (store) => {
    expect(await claim(store, 0)).toBe(true)
    expect(await claim(store, 0)).toBe(false)
    expect(await claim(store, 0.9)).toBe(false)
    expect(await claim(store, 1)).toBe(true)
    expect(await claim(store, 1.5)).toBe(false)
  })

  test('is not lost to a clock that was a day ahead', async (store) => {
    expect(await claim(store, 1440)).toBe(true)
    expect(await claim(store, 0)).toBe(true)
    expect(await claim(store, 0)).toBe(false)
  })

  test('is that of one of twenty who come at the same time, the first time and every time', async (store) => {
    for (const at of [0, 5, 10]) {
      const claims = await Promise.all(Array.from({ length: 20 }, () => claim(store, at)))
      expect(claims.filter((mine) => mine)).toHaveLength(1)
    }
  })
}

const quota = (create: CreateStore): void => {
  const test = testsOn(create)
  const today = { channel: 'sms', day: 20_000 }

  test('gives no more than the limit, all of what is asked or nothing', async ({ alerting: { quota: given } }) => {
    expect(await given.take(today, 2, 5)).toBe(true)
    expect(await given.take(today, 4, 5)).toBe(false)
    expect(await given.take(today, 3, 5)).toBe(true)
    expect(await given.take(today, 1, 5)).toBe(false)
    expect(await given.take(today, 1, 6)).toBe(true)
  })

  test('begins anew each day, for each channel', async ({ alerting: { quota: given } }) => {
    expect(await given.take(today, 5, 5)).toBe(true)
    expect(await given.take({ ...today, day: 20_001 }, 5, 5)).toBe(true)
    expect(await given.take({ ...today, channel: 'other' }, 5, 5)).toBe(true)
  })

  test('has again what is given back, and never more than was taken', async ({ alerting: { quota: given } }) => {
    await given.giveBack(today, 3)
    await given.take(today, 5, 5)
    await given.giveBack(today, 2)
    await given.giveBack(today, 9)
    expect(await given.take(today, 3, 5)).toBe(false)
    expect(await given.take(today, 2, 5)).toBe(true)
  })

  test('is not exceeded by many who take at once', async ({ alerting: { quota: given } }) => {
    const taken = await Promise.all(Array.from({ length: 20 }, () => given.take(today, 1, 7)))
    expect(taken.filter((mine) => mine)).toHaveLength(7)
  })
}

const firing = (create: CreateStore): void => {
  const test = testsOn(create)

  test('are those that were raised and are not over, of this rule alone', async ({ transaction, readers }) => {
    await transaction.run(async ({ alerts }) => {
      for (const subject of ['wechat', 'alipay', 'points']) {
        const facts = { provider: subject, minutes: 5 }
        await alerts.raise({ rule: 'gateway_unavailable', subject, facts, at: minute(1) })
      }
      const facts = { provider: 'wechat', seconds: 40 }
      await alerts.raise({ rule: 'callback_delay', subject: 'wechat', facts, at: minute(1) })
      await alerts.resolve({ rule: 'gateway_unavailable', subject: 'points', at: minute(2) })
      return ok()
    })
    expect(await readers.alerts.firing('gateway_unavailable')).toEqual(['alipay', 'wechat'])
    expect(await readers.alerts.firing('error_rate')).toEqual([])
  })
}
