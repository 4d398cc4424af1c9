import { err, ok, type Result } from 'neverthrow'
import { fixedClock } from '../../src/adapters/memory/fixed-clock.ts'
import { createMemoryStore } from '../../src/adapters/memory/memory-store.ts'
import { seededRandomness } from '../../src/adapters/memory/seeded-randomness.ts'
import { sequentialIds } from '../../src/adapters/memory/sequential-ids.ts'
import { expireOrders } from '../../src/application/orders/expire-orders.ts'
import { cancelOrder } from '../../src/application/orders/cancel-order.ts'
import { createOrder } from '../../src/application/orders/create-order.ts'
import { closeAttempts } from '../../src/application/payments/close-attempts.ts'
import { closePayment } from '../../src/application/payments/close-payment.ts'
import { createPayment } from '../../src/application/payments/create-payment.ts'
import { payWithPoints } from '../../src/application/payments/pay-with-points.ts'
import type {
  Bill,
  BillError,
  CreateTrade,
  FullGateway,
  GatewayError,
  GatewayNotification,
  PaymentAction,
  RawNotification,
  Receipt,
  RefundRules,
  RefundState,
  TradeState,
} from '../../src/application/payments/payment-gateway.ts'
import { recoverPayments } from '../../src/application/payments/recover-payments.ts'
import { refreshPayment } from '../../src/application/payments/refresh-payment.ts'
import type { LatePaymentPolicy } from '../../src/application/payments/settle-payment.ts'
import { queryPayment } from '../../src/application/payments/query-payment.ts'
import { judgeRisk } from '../../src/application/risk/judge-risk.ts'
import { noteRefusal } from '../../src/application/risk/refusals.ts'
import { traceRefunds } from '../../src/application/refunds/trace-refunds.ts'
import { dispatchRefunds } from '../../src/application/refunds/dispatch-refunds.ts'
import { sendRefund } from '../../src/application/refunds/send-refund.ts'
import type { Payment } from '../../src/domain/payment.ts'
import type { Product } from '../../src/domain/product.ts'
import { IDENTITIES, minute } from '../support/builders.ts'

/** A gateway whose answers a test writes down beforehand, and whose requests it can read afterwards. */
export const scriptedGateway = (provider: 'wechat' | 'alipay' = 'wechat') => {
  const asked: {
    readonly create: CreateTrade[]
    readonly query: string[]
    readonly close: string[]
    readonly refund: string[]
    readonly queryRefund: string[]
  } = {
    create: [],
    query: [],
    close: [],
    refund: [],
    queryRefund: [],
  }
  const qr: PaymentAction = { type: 'qr', codeUrl: 'weixin://wxpay/bizpayurl?pr=1', expiresAt: minute(30) }
  const script = {
    create: (): Result<PaymentAction, GatewayError> | Promise<Result<PaymentAction, GatewayError>> => ok(qr),
    query: (): Result<TradeState, GatewayError> => ok({ state: 'pending' }),
    close: (): Result<'closed' | 'not_found', GatewayError> => ok('closed'),
    refund: (): Result<RefundState, GatewayError> => ok({ state: 'processing', refundId: undefined }),
    queryRefund: (): Result<RefundState, GatewayError> => ok({ state: 'not_found' }),
    refundRules: { mostRefunds: undefined, gapMs: 0 } as RefundRules,
    downloadBill: (): Result<Bill, BillError> => err({ code: 'BILL_NOT_EXIST' }),
    notification: undefined as GatewayNotification | undefined, // Set by the test before it "arrives".
  }
  const gateway: FullGateway = {
    provider,
    identity: IDENTITIES[provider],
    credentialsVersion: 'v1',
    notifyUrl: `https://pay.example.cn/api/v1/payments/${provider}/notify`,
    create: async (trade) => {
      asked.create.push(trade)
      return script.create()
    },
    query: async (outTradeNo) => {
      asked.query.push(outTradeNo)
      return script.query()
    },
    close: async (outTradeNo) => {
      asked.close.push(outTradeNo)
      return script.close()
    },
    get refundRules() {
      return script.refundRules
    },
    refund: async ({ refundNo }) => {
      asked.refund.push(refundNo)
      return script.refund()
    },
    queryRefund: async ({ refundNo }) => {
      asked.queryRefund.push(refundNo)
      return script.queryRefund()
    },
    downloadBill: async () => script.downloadBill(),
    fundFlow: undefined,
    readNotification: async () => {
      if (script.notification === undefined) throw new Error('the test has written no notification')
      return ok(script.notification)
    },
  }
  return { gateway, script, asked }
}

export const RAW: RawNotification = { headers: { 'wechatpay-serial': 'X' }, body: Buffer.from('{}') }

/** The use cases over the memory store, a fixed clock and a scripted gateway, with the given products on sale. */
export const world = async (
  products: readonly Product[],
  latePaymentPolicy: LatePaymentPolicy = 'refund',
  provider: 'wechat' | 'alipay' = 'wechat',
  pointsPerYuan = 100,
) => {
  const clock = fixedClock({ at: minute(0) })
  const store = createMemoryStore()
  const { gateway, script, asked } = scriptedGateway(provider)
  let isGone = false
  const gateways = {
    find: (wanted: string) => (wanted === gateway.provider && !isGone ? gateway : undefined),
    configured: [gateway.provider],
  }
  const deps = {
    transaction: store.transaction,
    readers: store.readers,
    clock,
    gateways,
    latePaymentPolicy,
    ids: sequentialIds(),
    randomness: seededRandomness(1),
    orderTtlMs: 30 * 60_000,
  }
  const risk = { judgeRisk: judgeRisk(deps), noteRefusal: noteRefusal(deps) }
  const refresh = refreshPayment(deps)
  const close = closeAttempts({ ...deps, refreshPayment: refresh })
  const send = sendRefund({ ...deps, scheduleMs: [15_000, 30_000] })
  await store.transaction.run(async (repositories) => {
    for (const product of products) await repositories.products.insert(product)
    return ok(undefined)
  })
  return {
    provider,
    clock,
    store,
    script,
    asked,
    deps,
    refresh,
    createOrder: createOrder({ ...deps, risk }),
    createPayment: createPayment({
      ...deps,
      refreshPayment: refresh,
      payWithPoints: payWithPoints({ ...deps, risk, pointsPerYuan }),
      risk,
      firstQuestionMs: 15_000,
      returnPage: (at, orderId) => `https://pay.example.cn/${at}/${orderId}/return`,
    }),
    recoverPayments: recoverPayments({
      ...deps,
      refreshPayment: refresh,
      closeAttempts: close,
      scheduleMs: [15_000, 30_000],
    }),
    cancelOrder: cancelOrder({ ...deps, closeAttempts: close }),
    closePayment: closePayment({ ...deps, closeAttempts: close }),
    /** The provider's settings have been taken away. */
    gatewayGone: () => {
      isGone = true
    },
    expireOrders: expireOrders({
      ...deps,
      refreshPayment: refresh,
      closeAttempts: close,
      scheduleMs: [15_000, 30_000],
    }),
    traceRefunds: traceRefunds({ ...deps, refreshPayment: refresh, scheduleMs: [15_000, 30_000] }),
    queryPayment: queryPayment({ ...deps, refreshPayment: refresh }),
    dispatchRefunds: dispatchRefunds({
      ...deps,
      sendRefund: send,
    }),
    stock: (sku: string, onHand: number) =>
      store.transaction.run(async ({ stock }) => {
        await stock.replace(
          await stock.find(sku),
          {
            sku,
            onHand,
            reserved: 0,
          },
          minute(0),
        )
        return ok(undefined)
      }),
  }
}

export type World = Awaited<ReturnType<typeof world>>

/** An order of one piece of a product by `user-1`, and its pending payment. */
export const openPayment = async (
  { createOrder, createPayment, provider }: World,
  productId: string,
  orderId = 'order-1',
) => {
  const created = await createOrder({ orderId, userId: 'user-1', items: [{ productId, quantity: 1 }] })
  const order = created._unsafeUnwrap().value
  const opened = await createPayment({ ...payingBy(provider), orderId })
  return { order, payment: opened._unsafeUnwrap().payment.value }
}

export const nativePayment = {
  viewer: { kind: 'user', userId: 'user-1' },
  orderId: 'order-1',
  provider: 'wechat',
  method: 'WECHAT_NATIVE',
  amount: undefined,
  subject: undefined,
  openid: undefined,
  returnUrl: undefined,
  clientIp: undefined,
  paymentId: 'payment-1',
} as const

const payingBy = (provider: 'wechat' | 'alipay') => ({
  ...nativePayment,
  ...(provider === 'alipay' ? { provider, method: 'ALIPAY_QR' as const } : {}),
})

/** What the gateway states once the payer has paid. */
export const receiptFor = (payment: Payment, given: Partial<Receipt> = {}): Receipt => ({
  outTradeNo: payment.outTradeNo,
  transactionId: `4200000001${payment.outTradeNo.slice(-12)}`,
  identity: payment.identity,
  amount: payment.amount,
  currency: 'CNY',
  paidAt: minute(5),
  payer: 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o',
  ...given,
})

export const paidNotification = (receipt: Receipt, notificationId = `n-${receipt.transactionId}`) =>
  ({ kind: 'payment_succeeded', notificationId, eventAt: receipt.paidAt, receipt }) as const
