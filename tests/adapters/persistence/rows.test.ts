import { describe, expect, it } from 'vitest'
import { toAccessCode, toAccessCodeRow } from '../../../src/adapters/persistence/access-code-row.ts'
import { toEventRow, toStoredEvent } from '../../../src/adapters/persistence/event-row.ts'
import { toNotification, toNotificationRow } from '../../../src/adapters/persistence/notification-row.ts'
import { ITEM_COLUMNS, toItemRows, toOrderRow, toOrders } from '../../../src/adapters/persistence/order-row.ts'
import { toPayment, toPaymentRow } from '../../../src/adapters/persistence/payment-row.ts'
import { toTransaction, toTransactionRow } from '../../../src/adapters/persistence/payment-transaction-row.ts'
import { toAccount } from '../../../src/adapters/persistence/points-row.ts'
import { toProduct, toProductRow } from '../../../src/adapters/persistence/product-row.ts'
import { toRefund, toRefundRow } from '../../../src/adapters/persistence/refund-row.ts'
import { toStock } from '../../../src/adapters/persistence/stock-row.ts'
import { toDelivery, toDeliveryRow } from '../../../src/adapters/persistence/webhook-delivery-row.ts'
import { toEndpoint, toEndpointRow } from '../../../src/adapters/persistence/webhook-endpoint-row.ts'
import type { NotificationRecord } from '../../../src/application/notifications/notification-log.ts'
import type { PaymentTransaction } from '../../../src/application/payments/payment-transaction.ts'
import type { DomainEvent } from '../../../src/domain/event.ts'
import { fen } from '../../../src/domain/money.ts'
import type { Order } from '../../../src/domain/order.ts'
import type { Payment } from '../../../src/domain/payment.ts'
import type { Refund } from '../../../src/domain/refund.ts'
import { rotateSecret } from '../../../src/domain/webhook-endpoint.ts'
import * as build from '../../support/builders.ts'
import { encryption } from './support.ts'

const { minute } = build

describe('a payment as a row', () => {
  const payments: readonly Payment[] = [
    build.pendingPayment(),
    build.failedPayment(),
    build.closedPayment(),
    build.paidPayment(),
    build.partiallyRefundedPayment(),
    build.refundedPayment({ provider: 'alipay' }),
  ]
  const request = {
    subject: '会员',
    notifyUrl: 'https://a.example/n',
    returnUrl: 'https://a.example/r',
    openid: 'openid-1',
    clientIp: '::1',
  }

  it.each(payments)('comes back as it was: $status', (payment) => {
    for (const given of [payment, { ...payment, request }]) {
      const { value, version, updatedAt } = toPayment(toPaymentRow(given, encryption, build.minute(2)), encryption)
      expect(value).toEqual(given)
      expect({ version, updatedAt }).toEqual({ version: 1, updatedAt: given.createdAt })
    }
  })

  it('shows no openid, and opens it in its own row only', () => {
    const row = toPaymentRow(build.pendingPayment({ request }), encryption, build.minute(2))
    expect(JSON.stringify(row)).not.toContain(request.openid)
    expect(() => toPayment({ ...row, id: build.entityId(99) }, encryption)).toThrow('openid')
  })

  it('has an open key while it is pending only', () => {
    expect(payments.map((payment) => toPaymentRow(payment, encryption, build.minute(2)).open_key !== null)).toEqual(
      payments.map(({ status }) => status === 'pending'),
    )
  })

  it.each([
    [{ status: 'authorised' }, 'authorised'],
    [{ provider: 'paypal' }, 'paypal'],
    [{ method: 'WECHAT' }, 'WECHAT'],
    [{ method: 'ALIPAY_QR' }, 'ALIPAY_QR of wechat'],
    [{ currency: 'USD' }, 'USD'],
    [{ status: 'paid' }, 'transaction_id'],
    [{ status: 'failed' }, 'failure_reason'],
    [{ refunded_fen: 1 }, 'with refunds'],
    [{ amount_fen: -1 }, 'fen'],
    [{ amount_fen: 0.5 }, 'fen'],
    [{ created_at: 1e17 }, 'time'],
  ])('throws where it is broken: %j', (broken, named) => {
    const row = { ...toPaymentRow(build.pendingPayment(), encryption, build.minute(2)), ...broken }
    expect(() => toPayment(row, encryption)).toThrow(named)
  })

  it('throws where a refunded one has money left', () => {
    const row = toPaymentRow(build.refundedPayment(), encryption, build.minute(2))
    expect(() => toPayment({ ...row, refunded_fen: row.amount_fen - 1 }, encryption)).toThrow('money left')
  })
})

describe('an order as rows', () => {
  const items = [
    build.itemOf(build.accessProduct(), 2),
    build.itemOf(build.pointsProduct()),
    build.itemOf(build.goodsProduct(), 3),
    build.itemOf(build.codeProduct()),
  ]
  const orders: readonly Order[] = [
    build.pendingOrder({ items }),
    build.cancelledOrder(),
    build.expiredOrder(),
    build.paidOrder({ items }),
    build.partiallyRefundedOrder(),
    build.refundedOrder(),
  ]
  const rowsOf = (order: Order) => toItemRows(order).map((item) => ({ ...item, ...toOrderRow(order) }))

  it.each(orders)('comes back as it was: $status', (order) => {
    expect(toOrders(rowsOf(order))).toEqual([{ value: order, version: 1, updatedAt: order.createdAt }])
  })

  it('comes back among others, in their order', () => {
    const listed = orders.map((order, n) => ({ ...order, id: build.entityId(n) }))
    expect(toOrders(listed.flatMap(rowsOf)).map(({ value }) => value)).toEqual(listed)
  })

  it('comes back without items where it has none', () => {
    const none = Object.fromEntries(ITEM_COLUMNS.map((column) => [column, null]))
    const row = { ...rowsOf(build.pendingOrder())[0], ...none } as Parameters<typeof toOrders>[0][number] // As a left join gives it.
    expect(toOrders([row])).toMatchObject([{ value: { items: [] } }])
  })

  it.each([
    [{ status: 'shipped' }, 'shipped'],
    [{ status: 'paid' }, 'payment_id'],
    [{ status: 'cancelled' }, 'cancelled_at'],
    [{ status: 'expired' }, 'expired_at'],
    [{ refunded_fen: 5 }, 'with refunds'],
    [{ line: 1 }, 'lines'],
    [{ fulfilment: '{"type":"access"}' }, 'other fields'],
    [{ fulfilment: '{"type":"access","delivery":"grant","validityDays":"7"}' }, 'validityDays'],
    [{ fulfilment: '{"type":"goods","sku":1}' }, 'sku'],
    [{ fulfilment: '[]' }, 'object'],
    [{ fulfilment: '{' }, 'JSON'],
  ])('throws where it is broken: %j', (broken, named) => {
    const [row] = rowsOf(build.pendingOrder())
    expect(() => toOrders([{ ...row!, ...broken }])).toThrow(named)
  })
})

describe('a refund as a row', () => {
  const refunds: readonly Refund[] = [
    build.pendingRefund(),
    build.cancelledRefund(),
    build.processingRefund(),
    build.processingRefund({ refundId: 'r1', abnormal: true }),
    build.successfulRefund(),
    build.successfulRefund({ refundId: undefined }),
    build.failedRefund(),
    build.failedRefund({ refundId: 'r2' }),
  ]

  it.each(refunds)('comes back as it was: $status', (refund) => {
    expect(toRefund(toRefundRow(refund))).toEqual({ value: refund, version: 1, updatedAt: refund.createdAt })
  })

  it('is due while it is processing only', () => {
    expect(refunds.map((refund) => toRefundRow(refund).due_at !== null)).toEqual(
      refunds.map(({ status }) => status === 'processing'),
    )
  })

  it.each([
    [{ status: 'done' }, 'done'],
    [{ status: 'success' }, 'processed_at'],
    [{ status: 'cancelled' }, 'reason_given'],
    [{ status: 'failed' }, 'failure_reason'],
    [{ status: 'processing', abnormal: 2 }, 'flag'],
  ])('throws where it is broken: %j', (broken, named) => {
    expect(() => toRefund({ ...toRefundRow(build.pendingRefund()), ...broken })).toThrow(named)
  })
})

describe('an access code as a row', () => {
  const batch = { origin: { type: 'batch', batchId: 'b1' }, expiresAt: undefined } as const
  const codes = [
    build.availableCode(),
    build.availableCode(batch),
    build.frozenCode(),
    build.activatedCode(),
    build.expiredCode(batch),
    build.revokedCode(),
  ]

  it.each(codes)('comes back as it was: $status', (code) => {
    const row = toAccessCodeRow({ code, text: 'TEXT' }, encryption)
    expect(toAccessCode(row)).toEqual({ value: code, version: 1, updatedAt: code.createdAt })
    expect([row.text, row.text_hash].join()).not.toContain('TEXT')
  })

  it.each([
    [{ status: 'sold' }, 'sold'],
    [{ status: 'activated' }, 'activated_by'],
    [{ origin: 'gift' }, 'gift'],
    [{ origin: 'batch' }, 'batch_id'],
    [{ status: 'revoked', frozen: 1 }, 'frozen'],
  ])('throws where it is broken: %j', (broken, named) => {
    const row = toAccessCodeRow({ code: build.availableCode(), text: 'TEXT' }, encryption)
    expect(() => toAccessCode({ ...row, ...broken })).toThrow(named)
  })
})

describe('a notification as a row', () => {
  const record: NotificationRecord = {
    id: build.entityId(1),
    provider: 'wechat',
    kind: 'payment',
    notificationId: 'n1',
    outTradeNo: undefined,
    orderId: undefined,
    verdict: 'unreadable',
    raw: {
      headers: { 'wechatpay-nonce': 'abc', absent: undefined },
      body: Uint8Array.from({ length: 512 }, (_, n) => n),
    },
    eventAt: undefined,
    receivedAt: minute(1),
    retries: 0,
  }

  it('comes back byte for byte, whatever the bytes are', () => {
    expect(toNotification(toNotificationRow(record, encryption), encryption)).toEqual(record)
    const part = { ...record, raw: { ...record.raw, body: record.raw.body.subarray(100, 105) } }
    expect(toNotification(toNotificationRow(part, encryption), encryption)).toEqual(part)
  })

  it('shows neither body nor headers, and keeps them apart', () => {
    const row = toNotificationRow({ ...record, raw: { headers: {}, body: Buffer.from('{}') } }, encryption)
    expect(() => toNotification({ ...row, headers: row.body, body: row.headers }, encryption)).toThrow('cannot open')
    expect(() => toNotification({ ...row, verdict: 'fine' }, encryption)).toThrow('fine')
  })
})

describe('a receipt as a row', () => {
  const transaction: PaymentTransaction = {
    id: build.entityId(1),
    provider: 'alipay',
    transactionId: 't1',
    outTradeNo: build.outTradeNo(1),
    paymentId: undefined,
    orderId: undefined,
    identity: build.IDENTITIES.alipay,
    amount: fen(1),
    currency: 'CNY',
    disposition: 'unknown_order',
    payer: 'buyer-1',
    source: 'query',
    paidAt: minute(2),
    createdAt: minute(3),
  }

  it('comes back as it was, and shows no payer', () => {
    const row = toTransactionRow(transaction, encryption)
    expect(toTransaction(row, encryption)).toEqual(transaction)
    expect(JSON.stringify(row)).not.toContain('buyer-1')
    expect(() => toTransaction({ ...row, disposition: 'lost' }, encryption)).toThrow('lost')
  })
})

describe('a product as a row', () => {
  it.each([
    build.accessProduct(),
    build.codeProduct({ active: false }),
    build.pointsProduct({ sortOrder: -3 }),
    build.goodsProduct(),
  ])('comes back as it was: $name', (product) => {
    expect(toProduct(toProductRow(product, 4))).toEqual({ value: product, version: 4, updatedAt: product.updatedAt })
  })
})

describe('a webhook endpoint as a row', () => {
  const { signing } = build.webhookEndpoint()
  const rotated = rotateSecret(signing, { secretId: 's2', secret: 'whsec_c2Vjb25k' }, minute(1))
  const endpoint = build.webhookEndpoint({ signing: rotated, eventTypes: ['order.paid'] })

  it('shows neither secret, and opens each in its own row and place only', () => {
    const row = toEndpointRow(endpoint, encryption)
    expect(toEndpoint(row, encryption).value).toEqual(endpoint)
    expect(JSON.stringify(row)).not.toMatch(/whsec/)
    expect(() => toEndpoint({ ...row, id: build.entityId(99) }, encryption)).toThrow('cannot open')
    expect(() => toEndpoint({ ...row, secret: row.previous_secret ?? '' }, encryption)).toThrow('cannot open')
  })

  it.each([
    [{ status: 'asleep' }, 'asleep'],
    [{ status: 'disabled' }, 'reason'],
    [{ event_types: 'order.paid order.shipped' }, 'order.shipped'],
    [{ event_types: '' }, 'unknown word'],
    [{ previous_secret: null }, 'previous_secret'],
  ])('throws where it is broken: %j', (broken, named) => {
    expect(() => toEndpoint({ ...toEndpointRow(endpoint, encryption), ...broken }, encryption)).toThrow(named)
  })
})

describe('a webhook delivery as a row', () => {
  it.each([
    [{ status: 'sent' }, 'sent'],
    [{ type: 'order.created' }, 'order.created'],
    [{ due_at: null }, 'due_at'],
    [{ status: 'delivered' }, 'last_attempt_at'],
  ])('throws where it is broken: %j', (broken, named) => {
    expect(() => toDelivery({ ...toDeliveryRow(build.dueDelivery()), ...broken })).toThrow(named)
  })
})

describe('an event as a row', () => {
  const events: readonly DomainEvent[] = [
    { type: 'order.refunded', orderId: 'o1', refunded: fen(5), at: minute(1) },
    { type: 'payment.succeeded', paymentId: 'p1', orderId: 'o1', transactionId: '42', at: minute(2) },
    { type: 'refund.requested', refundNo: 'r1', orderId: 'o1', paymentId: 'p1', at: minute(3) },
    { type: 'access_code.issued', codeId: 'c1', at: minute(4) },
    { type: 'access.granted', entitlementId: 'e1', at: minute(5) },
    { type: 'points.credited', userId: 'u1', points: 7, at: minute(6) },
  ]
  const stored = (event: DomainEvent) =>
    ({
      id: 'i1',
      stream: 'o1',
      seq: 1,
      event,
      cause: { kind: 'timer', actor: 'recovery' },
      createdAt: minute(9),
    }) as const

  it.each(events)('comes back as it was: $type', (event) => {
    expect(toStoredEvent(toEventRow(stored(event)))).toEqual(stored(event))
  })

  it.each([
    [{ type: 'order.shipped' }, 'order.shipped'],
    [{ type: 'order.created' }, 'other fields'],
    [{ data: '{"orderId":"o1","refunded":-1,"at":1}' }, 'fen'],
    [{ data: '{"orderId":"o1","refunded":"5","at":1}' }, 'refunded'],
    [{ cause_kind: 'magic' }, 'magic'],
  ])('throws where it is broken: %j', (broken, named) => {
    const row = toEventRow(stored({ type: 'order.refunded', orderId: 'o1', refunded: fen(5), at: minute(1) }))
    expect(() => toStoredEvent({ ...row, ...broken })).toThrow(named)
  })
})

it('a balance as a row throws where it is below zero', () => {
  expect(() => toAccount({ user_id: 'u1', balance: -1, updated_at: 0, version: 1 })).toThrow('below zero')
  expect(() => toStock({ sku: 'A', on_hand: 1, reserved: 2, updated_at: 0, version: 1 })).toThrow('reserved')
})
