import { expect } from 'vitest'
import type { NotificationRecord } from '../../../src/application/notifications/notification-log.ts'
import type { PaymentTransaction } from '../../../src/application/payments/payment-transaction.ts'
import { WATCHED_JOBS } from '../../../src/application/alerts/alert-figures.ts'
import type { Repositories } from '../../../src/application/transaction.ts'
import type { Product } from '../../../src/domain/product.ts'
import { fen } from '../../../src/domain/money.ts'
import {
  accessProduct,
  closedPayment,
  dueAlertDelivery,
  dueDelivery,
  entityId,
  failedPayment,
  failedRefund,
  goodsProduct,
  IDENTITIES,
  minute,
  outTradeNo,
  paidPayment,
  parkedDelivery,
  pendingPayment,
  processingRefund,
  queuedMessage,
  refundNo,
  successfulRefund,
  webhookEndpoint,
} from '../../support/builders.ts'
import { type CreateStore, commit, insertDefaults, insertPayment, present, testsOn } from './under-test.ts'

const HOUR = { from: minute(0), to: minute(60) }

export const alertFigureContract = (create: CreateStore): void => {
  const test = testsOn(create)
  const numbered = (n: number) => ({ id: entityId(100 + n), orderId: entityId(200 + n), outTradeNo: outTradeNo(n) })

  test('are the states of a provider, the newest attempts of the time', async (store) => {
    await insertPayment(store, pendingPayment({ ...numbered(1), createdAt: minute(0) }))
    await insertPayment(store, failedPayment({ ...numbered(2), createdAt: minute(3) }))
    await insertPayment(store, closedPayment({ ...numbered(3), createdAt: minute(2) }))
    await insertPayment(store, paidPayment({ ...numbered(4), provider: 'alipay', createdAt: minute(2) }))
    await insertPayment(store, paidPayment({ ...numbered(5), createdAt: minute(60), transactionId: '5' }))
    const { figures } = store.alerting
    expect(await figures.paymentStates('wechat', HOUR, 9)).toEqual(['failed', 'closed', 'pending'])
    expect(await figures.paymentStates('wechat', HOUR, 2)).toEqual(['failed', 'closed'])
    expect(await figures.paymentStates('alipay', HOUR, 9)).toEqual(['paid'])
  })

  test('are the attempts without an outcome whose time is over', async (store) => {
    await insertPayment(store, pendingPayment({ ...numbered(1), expiresAt: minute(30) }))
    await insertPayment(store, pendingPayment({ ...numbered(2), provider: 'alipay', expiresAt: minute(40) }))
    await insertPayment(store, closedPayment({ ...numbered(3), expiresAt: minute(30) }))
    const { figures } = store.alerting
    expect(await figures.unendedPayments(minute(30), 9)).toEqual([])
    expect(await figures.unendedPayments(minute(31), 9)).toEqual(['wechat'])
    expect((await figures.unendedPayments(minute(41), 9)).toSorted()).toEqual(['alipay', 'wechat'])
    expect(await figures.unendedPayments(minute(41), 1)).toHaveLength(1)
  })

  test('are the ends of refunds, those that were asked for, and those that go on too long', async (store) => {
    await insertPayment(store, paidPayment({ amount: fen(99_900) }))
    const made = [
      successfulRefund({ refundNo: refundNo(1), amount: fen(1), processedAt: minute(12) }),
      failedRefund({ refundNo: refundNo(2), amount: fen(1), processedAt: minute(15) }),
      successfulRefund({ refundNo: refundNo(3), amount: fen(1), processedAt: minute(60), refundId: 'r3' }),
      processingRefund({ refundNo: refundNo(4), amount: fen(1) }),
      processingRefund({ refundNo: refundNo(5), amount: fen(1), abnormal: true }),
      processingRefund({ refundNo: refundNo(6), amount: fen(1), createdAt: minute(70) }),
    ]
    for (const refund of made) await commit(store, ({ refunds }) => refunds.insert(refund))
    const { figures } = store.alerting
    expect(await figures.refundEnds('wechat', HOUR, 9)).toEqual(['failed', 'success'])
    expect(await figures.refundEnds('alipay', HOUR, 9)).toEqual([])
    expect(await figures.refundsMade(HOUR, 9)).toBe(5)
    expect(await figures.refundsMade(HOUR, 2)).toBe(2)
    expect(await figures.unendedRefunds(minute(10), 9)).toEqual([])
    expect(await figures.unendedRefunds(minute(70), 9)).toEqual(['wechat'])
  })

  test('are the delays of callbacks that say when it happened', async (store) => {
    await insertDefaults(store)
    const came = [callback(1, 1, 0), callback(2, 3, 2.5), callback(3, 2, undefined), callback(4, 4, 5)]
    for (const one of [...came, callback(5, 60, 0)])
      await commit(store, ({ notifications }) => notifications.insert(one))
    const { figures } = store.alerting
    // The gateway's clock may be ahead.
    expect(await figures.callbackDelays(HOUR, 9)).toEqual([
      { provider: 'wechat', delayMs: 0 },
      { provider: 'wechat', delayMs: 30_000 },
      { provider: 'wechat', delayMs: 60_000 },
    ])
    expect(await figures.callbackDelays(HOUR, 2)).toHaveLength(2)
  })

  test('are the receipts that were found by asking', async (store) => {
    await insertDefaults(store)
    const receipts = [
      receipt(1, 'query', 5),
      receipt(2, 'notification', 5),
      receipt(3, 'ledger', 5),
      receipt(4, 'query', 6),
      receipt(5, 'query', 60),
    ]
    for (const one of receipts) await commit(store, ({ transactions }) => transactions.insert(one))
    const { figures } = store.alerting
    expect(await figures.foundByAsking('wechat', HOUR, 9)).toBe(2)
    expect(await figures.foundByAsking('alipay', HOUR, 9)).toBe(0)
  })

  test('are the webhooks that were given up, of endpoints that are still there', async (store) => {
    await commit(store, async ({ webhookEndpoints, webhookDeliveries }) => {
      for (const id of ['a', 'b']) await webhookEndpoints.insert(webhookEndpoint({ id }))
      await webhookEndpoints.insert({ ...webhookEndpoint({ id: 'gone' }), status: 'deleted' })
      for (const [n, endpointId] of ['a', 'a', 'a', 'gone'].entries())
        await park(webhookDeliveries, { id: entityId(n), eventId: `e${n}`, endpointId })
    })
    expect(await store.alerting.figures.parkedWebhooks(9)).toEqual([{ endpointId: 'a', count: 3 }])
    expect(await store.alerting.figures.parkedWebhooks(2)).toEqual([{ endpointId: 'a', count: 2 }])
  })

  test('are the goods on sale of which few are left to sell', async (store) => {
    const goods = (n: number, sku: string, given: Partial<Product> = {}) =>
      goodsProduct({ id: entityId(n), sortOrder: n, fulfilment: { type: 'goods', sku }, ...given })
    const kept = { FEW: [7, 4], ENOUGH: [9, 5], TAKEN: [2, 2], GONE: [0, 0], OFF: [0, 0] }
    await commit(store, async ({ products, stock }) => {
      await products.insert(accessProduct({ id: entityId(9), sortOrder: 0 }))
      const sold = ['FEW', 'ENOUGH', 'NEVER', 'FEW', 'TAKEN', 'GONE']
      for (const [n, sku] of sold.entries()) await products.insert(goods(n, sku))
      await products.insert(goods(8, 'OFF', { active: false }))
      for (const [sku, [onHand = 0, reserved = 0]] of Object.entries(kept))
        await stock.replace(await stock.find(sku), { sku, onHand, reserved }, minute(1))
    })
    const { figures } = store.alerting
    const soldOut = ['NEVER', 'TAKEN', 'GONE'].map((sku) => ({ sku, available: 0 }))
    expect(await figures.lowStock(0, 9)).toEqual(soldOut)
    expect(await figures.lowStock(3, 9)).toEqual([{ sku: 'FEW', available: 3 }, ...soldOut])
    expect((await figures.lowStock(4, 9)).map(({ sku }) => sku)).toEqual(['FEW', 'ENOUGH', 'NEVER', 'TAKEN', 'GONE'])
    expect(await figures.lowStock(4, 2)).toHaveLength(2)
  })

  test('are no job that is behind where nothing waits', async ({ alerting }) => {
    for (const job of WATCHED_JOBS) expect(await alerting.figures.overdue(job, minute(999), 9)).toBeUndefined()
  })

  test('are the jobs that are behind, by how many and how long', async (store) => {
    await insertPayment(store, pendingPayment({ createdAt: minute(1) }))
    await commit(store, async ({ alerts, alertDeliveries, brokerQueue, refunds }) => {
      await refunds.insert(processingRefund())
      await alerts.raise({ rule: 'error_rate', subject: 'service', facts: { percent: 5, minutes: 5 }, at: minute(2) })
      await brokerQueue.insert(queuedMessage({ queuedAt: minute(6) }))
      const [alert] = (await alerts.list({}, { limit: 1, after: undefined })).items
      await alertDeliveries.insert(dueAlertDelivery({ alertId: alert?.id ?? '', dueAt: minute(3) }))
    })
    const overdue = (job: (typeof WATCHED_JOBS)[number], at: number) =>
      store.alerting.figures.overdue(job, minute(at), 9)
    expect(await overdue('payments', 1)).toBeUndefined()
    expect(await overdue('payments', 2)).toEqual({ count: 1, oldest: minute(1) })
    expect(await overdue('orders', 31)).toEqual({ count: 1, oldest: minute(30) })
    expect(await overdue('refunds', 11)).toEqual({ count: 1, oldest: minute(10) })
    expect(await overdue('alert_deliveries', 4)).toEqual({ count: 1, oldest: minute(3) })
    expect(await overdue('broker_queue', 6)).toBeUndefined()
    expect(await overdue('broker_queue', 7)).toEqual({ count: 1, oldest: minute(6) })
    expect(await overdue('events', 3)).toEqual({ count: 1, oldest: minute(2) })
  })
}

type Deliveries = Repositories['webhookDeliveries']

const park = async (deliveries: Deliveries, given: { id: string; eventId: string; endpointId: string }) => {
  await deliveries.insert(dueDelivery(given))
  const due = present(await deliveries.find(given.id))
  await deliveries.replace(due, parkedDelivery(given), minute(7))
}

const callback = (n: number, receivedAt: number, eventAt: number | undefined): NotificationRecord => ({
  id: entityId(300 + n),
  provider: 'wechat',
  kind: 'payment',
  notificationId: `n${n}`,
  outTradeNo: outTradeNo(1),
  orderId: undefined,
  verdict: 'recorded',
  eventAt: eventAt === undefined ? undefined : minute(eventAt),
  receivedAt: minute(receivedAt),
  retries: 0,
  raw: { headers: {}, body: new Uint8Array() },
})

const receipt = (n: number, source: PaymentTransaction['source'], paidAt: number): PaymentTransaction => ({
  id: entityId(400 + n),
  provider: 'wechat',
  transactionId: `t${n}`,
  outTradeNo: outTradeNo(n),
  paymentId: undefined,
  orderId: undefined,
  identity: IDENTITIES.wechat,
  amount: fen(1),
  currency: 'CNY',
  disposition: 'unknown_order',
  payer: undefined,
  source,
  paidAt: minute(paidAt),
  createdAt: minute(paidAt),
})
