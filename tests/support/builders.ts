import type { RefusedCallback } from '../../src/domain/callback-refusal.ts'
import type { KeptBill } from '../../src/application/reconciliation/bill-repository.ts'
import type { Difference, Discrepancy } from '../../src/domain/discrepancy.ts'
import type { ReconciliationRun } from '../../src/domain/reconciliation.ts'
import { parseShanghaiDay, type ShanghaiDay } from '../../src/domain/shanghai-day.ts'
import type { QueuedMessage } from '../../src/application/broker/broker-queue.ts'
import type { OperatorAccount } from '../../src/domain/operator.ts'
import type { OperatorSession } from '../../src/domain/operator-session.ts'
import type { BlacklistEntry } from '../../src/application/risk/blacklist.ts'
import { parseNetwork } from '../../src/domain/network.ts'
import type { RiskDecision } from '../../src/domain/risk.ts'
import type { RefundClue } from '../../src/application/refunds/refund-clue-repository.ts'
import type { AccessCode, AccessCodeFacts } from '../../src/domain/access-code.ts'
import type { Alert } from '../../src/domain/alert.ts'
import { type DueAlertDelivery, newAlertDelivery } from '../../src/domain/alert-delivery.ts'
import type { CodeBatch } from '../../src/domain/code-batch.ts'
import type { Entitlement } from '../../src/domain/entitlement.ts'
import { type Fen, fen } from '../../src/domain/money.ts'
import { type Order, type OrderFacts, type OrderItem, orderAmount } from '../../src/domain/order.ts'
import {
  type GatewayIdentity,
  METHODS,
  type Payment,
  type PaymentFacts,
  type Provider,
} from '../../src/domain/payment.ts'
import type { PointsAccount, PointsPosting } from '../../src/domain/points.ts'
import type { Product } from '../../src/domain/product.ts'
import type { Refund, RefundFacts } from '../../src/domain/refund.ts'
import type { Stock, StockReservation } from '../../src/domain/stock.ts'
import { type DueDelivery, newDelivery, type WebhookDelivery } from '../../src/domain/webhook-delivery.ts'
import type { WebhookEndpoint } from '../../src/domain/webhook-endpoint.ts'

/** One state of a machine, narrowed to its own facts. */
export type PaymentIn<S extends Payment['status']> = Extract<Payment, { status: S }>
export type OrderIn<S extends Order['status']> = Extract<Order, { status: S }>
export type RefundIn<S extends Refund['status']> = Extract<Refund, { status: S }>
export type AlertIn<S extends Alert['status']> = Extract<Alert, { status: S }>
export type AccessCodeIn<S extends AccessCode['status']> = Extract<AccessCode, { status: S }>

/** A valid value with some of its parts given; a state's own status is in the builder's name. */
type Builder<T> = (given?: Partial<T>) => T

const START_MS = Date.UTC(2026, 2, 1, 4) // Noon in Shanghai.

/** The fixed instant so many minutes after all builders' orders were made. */
export const minute = (minutes: number): Date => new Date(START_MS + minutes * 60_000)

/** The nth row id, order number and refund number, in the shape of the real ones. */
export const entityId = (n: number): string => n.toString(16).padStart(32, '0')
export const outTradeNo = (n: number): string => `P20260301${String(n).padStart(22, '0')}`
export const refundNo = (n: number): string => `R20260301${String(n).padStart(22, '0')}`

const ORDER_ID = entityId(0x0a)
const PAYMENT_ID = entityId(0x0b)
const PRODUCT_ID = entityId(0x0c)
const CODE_ID = entityId(0x0d)
const ENTITLEMENT_ID = entityId(0x0e)
const ENTRY_ID = entityId(0x0f)
const USER_ID = 'user-1'
const PRICE = fen(9900)

export const accessProduct: Builder<Product> = (given = {}) => ({
  id: PRODUCT_ID,
  name: '年度会员',
  description: '全站内容一年',
  price: PRICE,
  currency: 'CNY',
  active: true,
  sortOrder: 1,
  fulfilment: { type: 'access', delivery: 'grant', validityDays: 365 },
  createdAt: minute(-60),
  updatedAt: minute(-60),
  ...given,
})

export const codeProduct: Builder<Product> = (given = {}) =>
  accessProduct({
    name: '年度会员兑换码',
    fulfilment: { type: 'access', delivery: 'code', validityDays: 365 },
    ...given,
  })

export const pointsProduct: Builder<Product> = (given = {}) =>
  accessProduct({
    name: '1000 积分',
    description: '赠送 100 积分',
    fulfilment: { type: 'points', points: 1000, bonusPoints: 100 },
    ...given,
  })

export const goodsProduct: Builder<Product> = (given = {}) =>
  accessProduct({ name: '文化衫', description: '纯棉', fulfilment: { type: 'goods', sku: 'TSHIRT-M' }, ...given })

/** One line of an order over a product as it is in the catalogue. */
export const itemOf = (product: Product, quantity = 1): OrderItem => ({
  productId: product.id,
  name: product.name,
  unitPrice: product.price,
  quantity,
  fulfilment: product.fulfilment,
})

export const orderItem: Builder<OrderItem> = (given = {}) => ({ ...itemOf(accessProduct()), ...given })

/** The amount follows given items, and without them the one item costs the given amount. State facts pass through. */
const anOrder = (given: Partial<OrderFacts>): OrderFacts => {
  const items = given.items ?? [orderItem({ unitPrice: given.amount ?? PRICE })]
  return {
    id: ORDER_ID,
    userId: USER_ID,
    amount: orderAmount(items)._unsafeUnwrap(),
    currency: 'CNY',
    items,
    expiresAt: minute(30),
    createdAt: minute(0),
    ...given,
  }
}

/** About a third, so that it stays a part for every amount above one fen. */
const aPartOf = (amount: Fen): Fen => fen(Math.ceil(amount / 3))

const FUNDED = { paymentId: PAYMENT_ID, paidAt: minute(5) } as const

export const pendingOrder: Builder<OrderIn<'pending'>> = (given = {}) => ({ ...anOrder(given), status: 'pending' })
export const cancelledOrder: Builder<OrderIn<'cancelled'>> = (given = {}) => ({
  cancelledAt: minute(3),
  ...anOrder(given),
  status: 'cancelled',
})
export const expiredOrder: Builder<OrderIn<'expired'>> = (given = {}) => ({
  expiredAt: minute(30),
  ...anOrder(given),
  status: 'expired',
})
export const paidOrder: Builder<OrderIn<'paid'>> = (given = {}) => ({ ...FUNDED, ...anOrder(given), status: 'paid' })
export const partiallyRefundedOrder: Builder<OrderIn<'partially_refunded'>> = (given = {}) => {
  const order = anOrder(given)
  return { ...FUNDED, refunded: aPartOf(order.amount), ...order, status: 'partially_refunded' }
}
export const refundedOrder: Builder<OrderIn<'refunded'>> = (given = {}) => ({
  ...FUNDED,
  ...anOrder(given),
  status: 'refunded',
})

export const IDENTITIES = {
  wechat: { merchantId: '1900000109', appId: 'wxd678efh567hg6787' },
  alipay: { merchantId: '2088102146225135', appId: '2014072300007148' },
  points: { merchantId: 'points', appId: 'points' },
} as const satisfies Record<Provider, GatewayIdentity>

/** Method and identity follow the provider; state facts pass through. */
const aPayment = (given: Partial<PaymentFacts>): PaymentFacts => {
  const provider = given.provider ?? 'wechat'
  return {
    id: PAYMENT_ID,
    orderId: ORDER_ID,
    userId: USER_ID,
    provider,
    method: METHODS[provider][0],
    outTradeNo: outTradeNo(1),
    amount: PRICE,
    currency: 'CNY',
    identity: IDENTITIES[provider],
    credentialsVersion: 'v1',
    request: {
      subject: '年度会员',
      notifyUrl: `https://pay.example.cn/api/v1/payments/${provider}/notify`,
      returnUrl: undefined,
      openid: undefined,
      clientIp: undefined,
    },
    expiresAt: minute(30),
    createdAt: minute(1),
    ...given,
  }
}

const TAKEN = { transactionId: '4200000001202603010000000001', paidAt: minute(5) } as const

export const pendingPayment: Builder<PaymentIn<'pending'>> = (given = {}) => ({ ...aPayment(given), status: 'pending' })
export const failedPayment: Builder<PaymentIn<'failed'>> = (given = {}) => ({
  failureReason: 'PAYERROR',
  ...aPayment(given),
  status: 'failed',
})
export const closedPayment: Builder<PaymentIn<'closed'>> = (given = {}) => ({ ...aPayment(given), status: 'closed' })
export const paidPayment: Builder<PaymentIn<'paid'>> = (given = {}) => ({
  ...TAKEN,
  ...aPayment(given),
  status: 'paid',
})
export const partiallyRefundedPayment: Builder<PaymentIn<'partially_refunded'>> = (given = {}) => {
  const payment = aPayment(given)
  return { ...TAKEN, refunded: aPartOf(payment.amount), ...payment, status: 'partially_refunded' }
}
export const refundedPayment: Builder<PaymentIn<'refunded'>> = (given = {}) => ({
  ...TAKEN,
  ...aPayment(given),
  status: 'refunded',
})

const aRefund = (given: Partial<RefundFacts>): RefundFacts => ({
  refundNo: refundNo(1),
  orderId: ORDER_ID,
  paymentId: PAYMENT_ID,
  userId: USER_ID,
  provider: 'wechat',
  amount: aPartOf(PRICE),
  currency: 'CNY',
  reason: '不想要了',
  requestedBy: USER_ID,
  createdAt: minute(10),
  ...given,
})

export const pendingRefund: Builder<RefundIn<'pending'>> = (given = {}) => ({ ...aRefund(given), status: 'pending' })
export const cancelledRefund: Builder<RefundIn<'cancelled'>> = (given = {}) => ({
  reasonGiven: '已使用',
  processedAt: minute(11),
  ...aRefund(given),
  status: 'cancelled',
})
export const processingRefund: Builder<RefundIn<'processing'>> = (given = {}) => ({
  refundId: undefined,
  abnormal: false,
  ...aRefund(given),
  status: 'processing',
})
export const successfulRefund: Builder<RefundIn<'success'>> = (given = {}) => ({
  refundId: '50000000382026030100000001',
  processedAt: minute(12),
  ...aRefund(given),
  status: 'success',
})
export const failedRefund: Builder<RefundIn<'failed'>> = (given = {}) => ({
  refundId: undefined,
  failureReason: 'NOTENOUGH',
  processedAt: minute(12),
  ...aRefund(given),
  status: 'failed',
})

export const refundClue: Builder<RefundClue> = (given = {}) => ({
  paymentId: PAYMENT_ID,
  number: '50300001',
  amount: undefined,
  refundNo: undefined,
  createdAt: minute(30),
  ...given,
})

const aCode = (given: Partial<AccessCodeFacts>): AccessCodeFacts => ({
  id: CODE_ID,
  productId: PRODUCT_ID,
  validityDays: 365,
  origin: { type: 'order', orderId: ORDER_ID, userId: USER_ID },
  expiresAt: minute(60 * 24 * 365),
  createdAt: minute(5),
  ...given,
})

export const availableCode: Builder<AccessCodeIn<'available'>> = (given = {}) => ({
  ...aCode(given),
  status: 'available',
})
export const frozenCode: Builder<AccessCodeIn<'frozen'>> = (given = {}) => ({ ...aCode(given), status: 'frozen' })
export const activatedCode: Builder<AccessCodeIn<'activated'>> = (given = {}) => ({
  activatedBy: USER_ID,
  activatedAt: minute(20),
  ...aCode(given),
  status: 'activated',
})
export const expiredCode: Builder<AccessCodeIn<'expired'>> = (given = {}) => ({ ...aCode(given), status: 'expired' })
export const revokedCode: Builder<AccessCodeIn<'revoked'>> = (given = {}) => ({ ...aCode(given), status: 'revoked' })

export const codeBatch: Builder<CodeBatch> = (given = {}) => ({
  id: entityId(0x4d),
  productId: PRODUCT_ID,
  validityDays: 365,
  count: 100,
  made: 0,
  expiresAt: minute(60 * 24 * 365),
  createdAt: minute(5),
  ...given,
})

export const entitlement: Builder<Entitlement> = (given = {}) => ({
  id: ENTITLEMENT_ID,
  userId: USER_ID,
  productId: PRODUCT_ID,
  source: { type: 'order_line', id: `${ORDER_ID}:0` },
  startsAt: minute(5),
  expiresAt: minute(5 + 60 * 24 * 365),
  revokedAt: undefined,
  createdAt: minute(5),
  ...given,
})

export const stock: Builder<Stock> = (given = {}) => ({ sku: 'TSHIRT-M', onHand: 10, reserved: 0, ...given })

export const reservation: Builder<StockReservation> = (given = {}) => ({
  orderId: ORDER_ID,
  sku: 'TSHIRT-M',
  quantity: 2,
  status: 'held',
  ...given,
})

export const pointsAccount: Builder<PointsAccount> = (given = {}) => ({ userId: USER_ID, balance: 0, ...given })

export const pointsPosting: Builder<PointsPosting> = (given = {}) => ({
  id: ENTRY_ID,
  userId: USER_ID,
  kind: 'purchase',
  delta: 1000,
  source: { type: 'order_line', id: `${ORDER_ID}:0` },
  createdAt: minute(5),
  ...given,
})

type EnabledEndpoint = Extract<WebhookEndpoint, { status: 'enabled' }>
export const webhookEndpoint: Builder<EnabledEndpoint> = (given = {}) => ({
  id: entityId(0x3e),
  url: 'https://shop.example.cn/hooks',
  description: '',
  eventTypes: undefined,
  signing: {
    secretId: entityId(0x3f),
    secret: 'whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=',
    previous: undefined,
  },
  createdAt: minute(-30),
  ...given,
  status: 'enabled',
})

export const dueDelivery: Builder<DueDelivery> = (given = {}) => ({
  ...newDelivery({
    id: entityId(0x30),
    endpointId: entityId(0x3e),
    eventId: entityId(0x31),
    type: 'order.paid',
    stream: ORDER_ID,
    seq: 3,
    body: '{"type":"order.paid","timestamp":"2026-03-01T04:05:00.000Z","data":{}}',
    createdAt: minute(5),
  }),
  ...given,
})
type DeliveryIn<S extends WebhookDelivery['status']> = Extract<WebhookDelivery, { status: S }>
export const deliveredDelivery: Builder<DeliveryIn<'delivered'>> = (given = {}) => {
  const { dueAt: _, failures: _f, ...facts } = dueDelivery()
  const lastAttempt = { at: minute(6), statusCode: 204, error: undefined }
  return { ...facts, attempts: 1, lastAttempt, ...given, status: 'delivered' }
}
export const parkedDelivery: Builder<DeliveryIn<'parked'>> = (given = {}) => {
  const { dueAt: _, failures: _f, ...facts } = dueDelivery()
  const lastAttempt = { at: minute(6), statusCode: 500, error: 'HTTP 500' }
  return { ...facts, attempts: 15, lastAttempt, ...given, status: 'parked' }
}
export const queuedMessage: Builder<QueuedMessage> = (given = {}) => ({
  eventId: entityId(0x31),
  type: 'order.paid',
  stream: ORDER_ID,
  seq: 3,
  at: minute(5),
  body: '{"type":"order.paid","timestamp":"2026-03-01T04:05:00.000Z","data":{}}',
  queuedAt: minute(6),
  ...given,
})

export const firingAlert: Builder<AlertIn<'firing'>> = (given = {}) => ({
  id: entityId(70),
  rule: 'gateway_unavailable',
  subject: 'wechat',
  severity: 'critical',
  facts: { provider: 'wechat', minutes: 5 },
  occurrences: 1,
  firstAt: minute(0),
  lastAt: minute(0),
  told: { at: minute(0), severity: 'critical' },
  acknowledgement: undefined,
  ...given,
  status: 'firing',
})
export const resolvedAlert: Builder<AlertIn<'resolved'>> = (given = {}) => ({
  ...firingAlert(),
  resolvedAt: minute(1),
  ...given,
  status: 'resolved',
})

export const dueAlertDelivery: Builder<DueAlertDelivery> = (given = {}) => {
  const facts = { id: entityId(71), channel: 'email', alertId: firingAlert().id, eventId: entityId(72) }
  return { ...newAlertDelivery({ ...facts, news: 'raised', createdAt: minute(0) }, minute(1)), ...given }
}
const RUN_DAY = parseShanghaiDay('2026-02-28')

/** The day before the one on which everything here happens. */
export const blacklistEntry = ({
  address = '203.0.113.0/24',
  ...given
}: Partial<BlacklistEntry> = {}): BlacklistEntry => {
  const network = parseNetwork(address)
  if (network === undefined) throw new Error(`${address} is no network`)
  const essence = { id: entityId(81), address, network, reason: '撞库', expiresAt: undefined }
  return { ...essence, createdBy: 'boss', createdAt: minute(1), ...given }
}

export const operatorAccount: Builder<OperatorAccount> = (given = {}) => ({
  id: entityId(91),
  name: 'boss',
  displayName: '老板',
  role: 'admin',
  status: 'active',
  mustChangePassword: false,
  passwordChangedAt: minute(1),
  createdAt: minute(1),
  ...given,
})

export const operatorSession: Builder<OperatorSession> = (given = {}) => ({
  id: entityId(92),
  operatorId: entityId(91),
  ip: '203.0.113.9',
  userAgent: 'Mozilla/5.0',
  createdAt: minute(1),
  seenAt: minute(1),
  expiresAt: minute(721),
  ...given,
})

export const riskDecision: Builder<RiskDecision> = (given = {}) => ({
  id: entityId(85),
  action: 'create_order',
  userId: USER_ID,
  address: '203.0.113.9',
  orderId: ORDER_ID,
  score: 0,
  outcome: 'allow',
  reasons: [],
  at: minute(1),
  ...given,
})

export const billDay = (): ShanghaiDay => {
  if (RUN_DAY === undefined) throw new Error('there is such a day')
  return RUN_DAY
}

type RunIn<S extends ReconciliationRun['status']> = Extract<ReconciliationRun, { status: S }>

export const runningRun: Builder<RunIn<'running'>> = (given = {}) => ({
  id: entityId(700),
  provider: 'wechat',
  day: billDay(),
  requestedBy: 'schedule',
  startedAt: minute(10),
  billId: undefined,
  ...given,
  status: 'running',
})

export const keptBill: Builder<KeptBill> = (given = {}) => ({
  id: entityId(710),
  provider: 'wechat',
  day: billDay(),
  kind: 'trade',
  format: 'wechat_csv_gzip',
  source: 'gateway',
  sha256: 'a'.repeat(64),
  size: 3,
  fundFlow: undefined,
  createdAt: minute(10),
  ...given,
})

export const difference: Builder<Difference> = (given = {}) => ({
  class: 'status_differs',
  about: 'payment',
  subject: 'payment:4200000000000000000000000001',
  outTradeNo: outTradeNo(1),
  refundNo: undefined,
  transactionId: '4200000000000000000000000001',
  localAmount: fen(9900),
  remoteAmount: fen(9900),
  localStatus: 'pending',
  remoteStatus: 'SUCCESS',
  rowText: undefined,
  withinDrift: false,
  ...given,
})

export const discrepancy = (
  given: Partial<Difference> & Partial<Pick<Discrepancy, 'id' | 'day' | 'foundAt' | 'provider'>> = {},
): Extract<Discrepancy, { status: 'open' }> => ({
  id: entityId(720),
  provider: 'wechat',
  day: billDay(),
  foundAt: minute(11),
  ...difference(given),
  ...given,
  status: 'open',
  note: undefined,
  returning: undefined,
})

/** A callback whose signature did not hold. */
export const refusedCallback = (changes: Partial<RefusedCallback> = {}): RefusedCallback => ({
  provider: 'wechat',
  place: 'payment',
  reason: 'mismatch',
  slot: 7,
  evidence: {
    address: '198.51.100.7',
    method: 'POST',
    contentType: 'application/json',
    bodyBytes: 900,
    bodyHash: 'ab'.repeat(32),
    present: ['wechatpay-serial', 'wechatpay-signature'],
    missing: ['wechatpay-nonce'],
    serial: 'PUB_KEY_ID_01',
    aheadSeconds: -3,
    isOurApp: true,
  },
  occurrences: 1,
  firstAt: minute(3),
  lastAt: minute(4),
  ...changes,
})
