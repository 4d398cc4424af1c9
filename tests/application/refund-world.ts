import { ok } from 'neverthrow'
import { syncDelivery } from '../../src/application/fulfilment/sync-delivery.ts'
import { handleNotification } from '../../src/application/notifications/handle-notification.ts'
import type { GatewayNotification, RefundFact } from '../../src/application/payments/payment-gateway.ts'
import { fen } from '../../src/domain/money.ts'
import type { Payment } from '../../src/domain/payment.ts'
import { type Refund, refundTotals } from '../../src/domain/refund.ts'
import { codeProduct, goodsProduct, minute, pointsProduct } from '../support/builders.ts'
import { openPayment, paidNotification, RAW, receiptFor, type World, world } from './world.ts'

export const PRODUCTS = [
  codeProduct({ id: 'code' }),
  pointsProduct({ id: 'points', fulfilment: { type: 'points', points: 1000, bonusPoints: 100 } }),
  goodsProduct({ id: 'goods', fulfilment: { type: 'goods', sku: 'S' } }),
]

/** A gateway's message arrives. */
export const arrive = (made: World, notification: GatewayNotification) => {
  made.script.notification = notification
  return handleNotification(made.deps)(made.provider, RAW)
}

/** An order of one product that is paid and delivered, at a gateway that announces refunds as `provider` does. */
export const paidOrderOf = async (productId: string, provider: 'wechat' | 'alipay' = 'wechat') => {
  const made = await world(PRODUCTS, 'refund', provider)
  await made.stock('S', 5)
  const { payment } = await openPayment(made, productId)
  await arrive(made, paidNotification(receiptFor(payment)))
  return { made, paid: payment, ...looking(made, payment) }
}

/** What the tests look at. */
export const looking = ({ store: { readers } }: World, payment: Payment) => ({
  payment: async () => (await readers.payments.find(payment.id))?.value,
  order: async () => (await readers.orders.find(payment.orderId))?.value,
  refunds: async () => (await readers.refunds.listByPayment(payment.id)).map(({ value }) => value),
  codes: async () => (await readers.accessCodes.listByOrder(payment.orderId)).map(({ code }) => code.status),
  balance: async () => (await readers.points.account('user-1')).value.balance,
  incidents: async () => readers.incidents.listOpen(20),
  eventTypes: async () => (await readers.events.eventsOf(payment.orderId)).map(({ event }) => event.type),
})

/** What a gateway says of one refund: WeChat Pay tells its amount, Alipay only its number. */
export const refundFact = (payment: Payment, given: Partial<RefundFact> = {}): RefundFact => ({
  outTradeNo: payment.outTradeNo,
  refundNo: 'CONSOLE1',
  refundId: '50300001',
  transactionId: receiptFor(payment).transactionId,
  amount: payment.amount,
  status: 'success',
  at: minute(60),
  ...given,
})

export const hint = (payment: Payment, given: Partial<RefundFact> = {}): RefundFact =>
  refundFact(payment, { refundId: undefined, amount: undefined, status: 'unknown', ...given })

let messages = 0

export const refundMessage = (payment: Payment, refund: RefundFact): GatewayNotification => {
  messages += 1
  const { identity } = payment
  return { kind: 'refund_changed', notificationId: `refund-${messages}`, eventAt: refund.at, identity, refund }
}

const UNDER_WAY = { refundId: undefined, abnormal: false } as const

/** A refund of ours, as its request left it. */
export const request = (
  made: World,
  payment: Payment,
  amount: number,
  refundNo = 'R1',
  status: 'processing' | 'pending' = 'processing',
): Promise<unknown> =>
  made.store.transaction.run(async (all) => {
    const { id: paymentId, orderId, userId, provider, currency } = payment
    const at = made.clock.now()
    const facts = {
      refundNo,
      orderId,
      paymentId,
      userId,
      provider,
      currency,
      amount: fen(amount),
      reason: '不想要了',
      requestedBy: userId,
      createdAt: at,
    }
    const refund: Refund = status === 'pending' ? { ...facts, status } : { ...facts, status, ...UNDER_WAY }
    await all.refunds.insert(refund)
    const order = await all.orders.find(orderId)
    if (order === undefined) throw new Error('no order')
    const totals = refundTotals((await all.refunds.listByPayment(paymentId)).map(({ value }) => value))
    const input = { order: order.value, ...totals, mayFallShort: false }
    return syncDelivery(made.deps)(all, input, at)
  })

/** Spends points on something else. */
export const spendPoints = (made: World, points: number): Promise<unknown> =>
  made.store.transaction.run(async (all) => {
    const before = await all.points.account('user-1')
    const balance = before.value.balance - points
    const source = { type: 'payment', id: 'elsewhere' } as const
    const entry = { id: 'e1', userId: 'user-1', kind: 'spend', delta: -points, balanceAfter: balance, source } as const
    await all.points.post(before, { userId: 'user-1', balance }, { ...entry, createdAt: minute(40) })
    return ok(undefined)
  })
