import { describe, expect } from 'vitest'
import type { Versioned } from '../../../src/application/versioned.ts'
import {
  type AlertDelivery,
  type DueAlertDelivery,
  transitionAlertDelivery,
} from '../../../src/domain/alert-delivery.ts'
import { dueAlertDelivery, entityId, minute } from '../../support/builders.ts'
import { type CreateStore, commit, LOOKALIKES, present, read, type StoreUnderTest, testsOn } from './under-test.ts'

export const alertDeliveryContract = (create: CreateStore): void => {
  describe('deliveries of alerts', () => {
    const test = testsOn(create)

    test('has none at first', async (store) => {
      expect(await list(store, entityId(9))).toEqual([])
      expect(await channelsDue(store, 999)).toEqual([])
      expect(await claim(store, { dueBy: 999 })).toEqual([])
    })

    const states: readonly (readonly [string, (due: DueAlertDelivery) => AlertDelivery])[] = [
      ['due again', (due) => transitionAlertDelivery(due, refusal)],
      ['held', (due) => transitionAlertDelivery(due, { type: 'held', until: minute(500) })],
      ['sent', (due) => transitionAlertDelivery(due, { type: 'sent', at: minute(3) })],
      ['dropped', (due) => transitionAlertDelivery(due, { type: 'dropped', at: minute(3) })],
      ['parked', (due) => transitionAlertDelivery({ ...due, attempts: 99 }, refusal)],
    ]
    for (const [name, change] of states)
      test(`come back as they were: ${name}`, async (store) => {
        const due = dueAlertDelivery({ alertId: await anAlert(store), news: 'resolved' })
        expect(await insert(store, due)).toBe(true)
        const before = present((await list(store, due.alertId))[0])
        expect(before).toEqual({ value: due, version: 1, updatedAt: due.createdAt })
        const after = change(due)
        expect(await replace(store, before, after)).toBe(true)
        expect(await list(store, due.alertId)).toEqual([{ value: after, version: 2, updatedAt: minute(8) }])
      })

    test('are made once for each event and channel', async (store) => {
      const due = dueAlertDelivery({ alertId: await anAlert(store) })
      const inserted = [
        await insert(store, due),
        await insert(store, { ...due, id: entityId(2) }),
        await insert(store, { ...due, id: entityId(3), channel: 'robot' }),
        await insert(store, { ...due, id: entityId(4), eventId: 'another' }),
      ]
      expect(inserted).toEqual([true, false, true, true])
      const ids = (await list(store, due.alertId)).map(({ value }) => value.id)
      expect(ids).toEqual([entityId(4), due.id, entityId(3)])
    })

    test('are written by one of two who read the same', async (store) => {
      const due = dueAlertDelivery({ alertId: await anAlert(store) })
      await insert(store, due)
      const before = present((await list(store, due.alertId))[0])
      const sent = transitionAlertDelivery(due, { type: 'sent', at: minute(3) })
      expect([await replace(store, before, sent), await replace(store, before, due)]).toEqual([true, false])
      expect((await list(store, due.alertId))[0]?.value).toEqual(sent)
    })

    test('are due by channel, and no longer once they have ended', async (store) => {
      const alertId = await anAlert(store)
      for (const [n, channel] of LOOKALIKES.entries())
        await insert(store, dueAlertDelivery({ id: entityId(n), channel, alertId, dueAt: minute(n) }))
      expect(await channelsDue(store, 2)).toEqual(LOOKALIKES.slice(0, 3).toSorted())
      const [first] = await list(store, alertId)
      const { value } = present(first)
      await replace(store, present(first), transitionAlertDelivery(value, { type: 'dropped', at: minute(1) }))
      expect(await channelsDue(store, 99)).toEqual(LOOKALIKES.filter((channel) => channel !== value.channel).toSorted())
    })

    test('are claimed with what is due soon, the longest due first, and not again before the lease is over', async (store) => {
      const alertId = await anAlert(store)
      for (const n of [3, 1, 4, 2])
        await insert(store, dueAlertDelivery({ id: entityId(n), eventId: `e${n}`, alertId, dueAt: minute(n) }))
      await insert(store, dueAlertDelivery({ id: entityId(5), channel: 'robot', alertId, dueAt: minute(1) }))
      const claimed = await claim(store, { dueBy: 3, limit: 2 })
      expect(claimed.map(({ value }) => [value.id, value.dueAt])).toEqual([
        [entityId(1), minute(20)],
        [entityId(2), minute(20)],
      ])
      expect((await claim(store, { dueBy: 3 })).map(({ value }) => value.id)).toEqual([entityId(3)])
      expect(await claim(store, { dueBy: 3 })).toEqual([])
      const [one] = claimed
      const sent = transitionAlertDelivery(present(one).value, { type: 'sent', at: minute(3) })
      expect(await replace(store, present(one), sent)).toBe(true)
      expect((await claim(store, { dueBy: 20 })).map(({ value }) => value.id)).toEqual([4, 2, 3].map(entityId))
    })

    test('are claimed by one of many at the same time', async (store) => {
      const alertId = await anAlert(store)
      for (const n of [1, 2, 3]) await insert(store, dueAlertDelivery({ id: entityId(n), eventId: `e${n}`, alertId }))
      const claims = await Promise.all(Array.from({ length: 8 }, () => claim(store, { dueBy: 3 })))
      const ids = claims.flat().map(({ value }) => value.id)
      expect(ids.toSorted()).toEqual([1, 2, 3].map(entityId))
    })
  })
}

const refusal = { type: 'refused', error: '拒绝 550', jitter: 0, at: minute(3) } as const

const anAlert = async (store: StoreUnderTest): Promise<string> => {
  await commit(store, ({ alerts }) =>
    alerts.raise({ rule: 'error_rate', subject: 'all', facts: { percent: 2, minutes: 5 }, at: minute(0) }),
  )
  const { items } = await store.readers.alerts.list({}, { limit: 1, after: undefined })
  return present(items[0]).id
}

const insert = (store: StoreUnderTest, delivery: DueAlertDelivery): Promise<boolean> =>
  commit(store, ({ alertDeliveries }) => alertDeliveries.insert(delivery))

const list = (store: StoreUnderTest, alertId: string) =>
  read(store, ({ alertDeliveries }) => alertDeliveries.listByAlert(alertId))

const channelsDue = async (store: StoreUnderTest, at: number): Promise<readonly string[]> =>
  (await read(store, ({ alertDeliveries }) => alertDeliveries.channelsDue(minute(at)))).toSorted()

const claim = (store: StoreUnderTest, { dueBy, limit = 9 }: { readonly dueBy: number; readonly limit?: number }) =>
  commit(store, ({ alertDeliveries }) =>
    alertDeliveries.claim({ channel: 'email', dueBy: minute(dueBy), leaseUntil: minute(20), limit }),
  )

const replace = (store: StoreUnderTest, before: Versioned<AlertDelivery>, after: AlertDelivery): Promise<boolean> =>
  commit(store, ({ alertDeliveries }) => alertDeliveries.replace(before, after, minute(8)))
