import { err, ok } from 'neverthrow'
import type { Clock } from '../../application/clock.ts'
import type {
  CreateTrade,
  FullGateway,
  PaymentAction,
  RawNotification,
  Receipt,
} from '../../application/payments/payment-gateway.ts'
import { type GatewayIdentity, isMethodOf, type Provider } from '../../domain/payment.ts'
import { fakeBill, fakeFundFlow } from './fake-bill.ts'
import { type FakeBooks, fakeBooks } from './fake-books.ts'
import { readSignedNotification, signNotification } from './fake-notification.ts'

export type FakeGateway = {
  readonly gateway: FullGateway
  /** The payer pays; throws where nobody could. */
  readonly pay: (outTradeNo: string) => Receipt
  /** What the gateway would send about the payment. */
  readonly paymentNotification: (outTradeNo: string) => RawNotification
  /** What the gateway would send about the refund. */
  readonly refundNotification: (outTradeNo: string, refundNo: string) => RawNotification
}

export type FakeGatewayOptions = {
  readonly clock: Clock
  readonly provider?: Exclude<Provider, 'points'>
  readonly identity?: GatewayIdentity
  /** Signs the notifications; gateways with different ones refuse each other's. */
  readonly secret?: string
}

/** A gateway in memory that keeps its own books; trades end at their `expiresAt`, refunds succeed at once. */
export const fakeGateway = (options: FakeGatewayOptions): FakeGateway => {
  const { clock, provider = 'wechat', secret = 'fake' } = options
  const identity = options.identity ?? { merchantId: 'fake-merchant', appId: 'fake-app' }
  const books = fakeBooks(clock, identity)
  return {
    gateway: {
      provider,
      identity,
      credentialsVersion: 'fake',
      notifyUrl: `https://fake.invalid/${provider}/notify`,
      async create(trade) {
        if (!isMethodOf(provider, trade.method)) return err({ code: 'METHOD_NOT_SUPPORTED' })
        return books.open(structuredClone(trade)).map(() => actionOf(trade))
      },
      query: async (outTradeNo) => ok(structuredClone(books.stateOf(outTradeNo))),
      close: async (outTradeNo) => books.close(outTradeNo),
      refundRules: { mostRefunds: undefined, gapMs: 0 },
      refund: async (order) => books.refund(order).map(structuredClone),
      queryRefund: async ({ outTradeNo, refundNo }) =>
        ok(structuredClone(books.refundOf(outTradeNo, refundNo)) ?? { state: 'not_found' }),
      downloadBill: async (day) => fakeBill(books, day, clock.now()),
      fundFlow:
        provider === 'wechat' ? { downloadFundFlow: async (day) => fakeFundFlow(books, day, clock.now()) } : undefined,
      readNotification: async (raw) => readSignedNotification(raw, secret, identity),
    },
    pay: (outTradeNo) => structuredClone(books.pay(outTradeNo)),
    paymentNotification(outTradeNo) {
      const receipt = receiptOf(books, outTradeNo)
      const notificationId = `payment-${receipt.transactionId}`
      return signNotification({ kind: 'payment_succeeded', notificationId, eventAt: receipt.paidAt, receipt }, secret)
    },
    refundNotification(outTradeNo, refundNo) {
      const { transactionId } = receiptOf(books, outTradeNo)
      const made = books.refundOf(outTradeNo, refundNo)
      if (made === undefined) throw new Error(`nothing was refunded as ${refundNo}`)
      const { refundId, amount, at } = made
      const refund = { outTradeNo, refundNo, refundId, transactionId, amount, status: 'success', at } as const
      const notificationId = `refund-${refundId}`
      return signNotification({ kind: 'refund_changed', notificationId, eventAt: at, identity, refund }, secret)
    },
  }
}

const receiptOf = (books: FakeBooks, outTradeNo: string): Receipt => {
  const trade = books.stateOf(outTradeNo)
  if (trade.state !== 'paid') throw new Error(`${outTradeNo} is not paid`)
  return trade.receipt
}

const actionOf = ({ method, outTradeNo, expiresAt }: CreateTrade): PaymentAction => {
  switch (method) {
    case 'WECHAT_NATIVE':
    case 'ALIPAY_QR':
      return { type: 'qr', codeUrl: `fake://pay/${outTradeNo}`, expiresAt }
    case 'WECHAT_JSAPI':
      return { type: 'invoke', params: { package: `prepay_id=${outTradeNo}` } }
    case 'WECHAT_APP':
      return { type: 'app', params: { prepayid: outTradeNo } }
    case 'ALIPAY_APP':
      return { type: 'app', orderString: `out_trade_no=${outTradeNo}` }
    case 'WECHAT_H5':
    case 'ALIPAY_WEB':
    case 'ALIPAY_WAP':
      return { type: 'redirect', url: `https://fake.invalid/pay/${outTradeNo}` }
    case 'POINTS':
      return { type: 'none' }
  }
}
