import { describe, expect } from 'vitest'
import type { IncidentReport } from '../../../src/application/incidents/incident-repository.ts'
import { MOST_COUNTED } from '../../../src/application/backlog.ts'
import {
  closedPayment,
  discrepancy,
  dueAlertDelivery,
  dueDelivery,
  entityId,
  firingAlert,
  minute,
  outTradeNo,
  paidPayment,
  parkedDelivery,
  pendingPayment,
  pendingRefund,
  processingRefund,
  queuedMessage,
  refundNo,
  webhookEndpoint,
} from '../../support/builders.ts'
import { type CreateStore, commit, insertPayment, present, type StoreUnderTest, testsOn } from './under-test.ts'

const NONE = { count: 0, oldestAt: undefined }

export const backlogContract = (create: CreateStore): void => {
  describe('the backlog', () => {
    const test = testsOn(create)
    const waiting = async (store: StoreUnderTest) => (await store.backlog.read()).waiting
    const nextDueAt = async (store: StoreUnderTest) => (await store.backlog.read()).nextDueAt

    test('is empty at first', async (store) => {
      expect(await store.backlog.read()).toEqual({
        waiting: { payments: NONE, refunds: NONE, events: NONE, webhooks: NONE, broker: NONE },
        nextDueAt: {
          expiry: undefined,
          recovery: undefined,
          refunds: undefined,
          webhooks: undefined,
          alerts: undefined,
          discrepancies: undefined,
        },
        incidents: new Map(),
      })
    })

    test('has the payments that are pending although they were asked about, and when the next one is due', async (store) => {
      for (const n of [1, 2, 3])
        await insertPayment(store, pendingPayment({ ...payment(n), createdAt: minute(10 - n) }))
      await insertPayment(store, closedPayment(payment(4)))
      expect((await waiting(store)).payments).toEqual(NONE)
      expect((await nextDueAt(store)).recovery).toEqual(minute(7))
      await commit(store, ({ payments }) => payments.claimDue(minute(40), minute(60), 2))
      expect((await waiting(store)).payments).toEqual({ count: 2, oldestAt: minute(7) })
      expect((await nextDueAt(store)).recovery).toEqual(minute(9))
      await commit(store, ({ payments }) => payments.claimDue(minute(40), minute(60), 2))
      expect((await waiting(store)).payments).toEqual({ count: 3, oldestAt: minute(7) })
      expect((await nextDueAt(store)).recovery).toEqual(minute(60))
    })

    test('has when the next order expires', async (store) => {
      await insertPayment(store, pendingPayment(payment(1)))
      const order = present(await store.readers.orders.find(entityId(101)))
      expect((await nextDueAt(store)).expiry).toEqual(order.value.expiresAt)
    })

    test('has the refunds under way, and not those that wait for a person or have ended', async (store) => {
      await insertPayment(store, paidPayment())
      await commit(store, async ({ refunds }) => {
        await refunds.insert(processingRefund({ refundNo: refundNo(1), createdAt: minute(12) }))
        await refunds.insert(processingRefund({ refundNo: refundNo(2), createdAt: minute(11) }))
        await refunds.insert(pendingRefund({ refundNo: refundNo(3), createdAt: minute(10) }))
      })
      expect((await waiting(store)).refunds).toEqual({ count: 2, oldestAt: minute(11) })
      expect((await nextDueAt(store)).refunds).toEqual(minute(11))
    })

    test('has the events that were not handed on', async (store) => {
      const event = { type: 'order.created', orderId: entityId(1), at: minute(1) } as const
      const cause = { kind: 'request', actor: 'u' } as const
      const append = (at: Date) =>
        commit(store, ({ outbox }) => outbox.append({ stream: entityId(1), events: [event], cause, at }))
      await append(minute(1))
      await append(minute(2))
      expect((await waiting(store)).events).toEqual({ count: 2, oldestAt: minute(1) })
      const [first] = await store.readers.events.pending(1)
      await commit(store, ({ outbox }) => outbox.markPublished(present(first).id, minute(3)))
      expect((await waiting(store)).events).toEqual({ count: 1, oldestAt: minute(2) })
    })

    test('counts no further than it has to', async (store) => {
      const messages = Array.from({ length: MOST_COUNTED + 5 }, (_, n) =>
        queuedMessage({ eventId: `e${n}`, queuedAt: minute(n) }),
      )
      await commit(store, async ({ brokerQueue }) => {
        for (const message of messages) await brokerQueue.insert(message)
      })
      expect((await waiting(store)).broker).toEqual({ count: MOST_COUNTED, oldestAt: minute(0) })
    })

    test('has the webhooks that are to be sent to endpoints that want them', async (store) => {
      await commit(store, async ({ webhookEndpoints, webhookDeliveries }) => {
        await webhookEndpoints.insert(webhookEndpoint({ id: entityId(1) }))
        await webhookEndpoints.insert({
          ...webhookEndpoint({ id: entityId(2) }),
          status: 'disabled',
          reason: 'operator',
        })
        await webhookEndpoints.insert(webhookEndpoint({ id: entityId(3) }))
        const due = [
          dueDelivery({ ...delivery(1), endpointId: entityId(1), createdAt: minute(7), dueAt: minute(9) }),
          dueDelivery({ ...delivery(2), endpointId: entityId(2), createdAt: minute(5), dueAt: minute(5) }),
          dueDelivery({ ...delivery(3), endpointId: entityId(3), createdAt: minute(8), dueAt: minute(8) }),
        ]
        for (const one of due) await webhookDeliveries.insert(one)
        const parked = dueDelivery({ ...delivery(4), endpointId: entityId(1), createdAt: minute(1) })
        await webhookDeliveries.insert(parked)
        const before = present(await webhookDeliveries.find(parked.id))
        const { id, endpointId, eventId, stream, createdAt } = parked
        await webhookDeliveries.replace(
          before,
          parkedDelivery({ id, endpointId, eventId, stream, createdAt }),
          minute(2),
        )
      })
      expect((await waiting(store)).webhooks).toEqual({ count: 2, oldestAt: minute(7) })
      expect((await nextDueAt(store)).webhooks).toEqual(minute(8))
    })

    test('has when the next news of an alert and the next question about a difference are due', async (store) => {
      await commit(store, async ({ alerts, alertDeliveries, discrepancies }) => {
        const { rule, subject, facts } = { ...firingAlert(), rule: 'gateway_unavailable' as const }
        await alerts.raise({ rule, subject, facts: { provider: 'wechat', minutes: 5, ...facts }, at: minute(0) })
        const alertId = present((await alerts.list({}, { limit: 1, after: undefined })).items[0]).id
        await alertDeliveries.insert(dueAlertDelivery({ alertId, dueAt: minute(4) }))
        await discrepancies.insert(discrepancy(), entityId(9), minute(6))
      })
      expect(await nextDueAt(store)).toMatchObject({ alerts: minute(4), discrepancies: minute(6) })
    })

    test('counts the open incidents of each kind', async (store) => {
      await insertPayment(store, pendingPayment())
      await commit(store, async ({ incidents }) => {
        for (const [n, kind] of (['late_payment', 'late_payment', 'contradiction'] as const).entries())
          await incidents.report(report(n, { kind }))
        const found = present(await incidents.find(entityId(2)))
        if (found.status === 'open')
          await incidents.resolve({
            ...found,
            status: 'resolved',
            resolution: { note: '已处理', by: 'boss', at: minute(9) },
          })
      })
      expect((await store.backlog.read()).incidents).toEqual(new Map([['late_payment', 2]]))
    })
  })
}

const payment = (n: number) => ({
  id: entityId(n),
  orderId: entityId(100 + n),
  outTradeNo: outTradeNo(n),
  expiresAt: minute(30),
})

const delivery = (n: number) => ({ id: entityId(n), eventId: entityId(10 + n), stream: `stream-${n}` })

const report = (n: number, given: Pick<IncidentReport, 'kind'>): IncidentReport => ({
  id: entityId(n),
  provider: 'wechat',
  subject: `subject-${n}`,
  outTradeNo: outTradeNo(1),
  orderId: pendingPayment().orderId,
  evidence: {},
  at: minute(6),
  ...given,
})
