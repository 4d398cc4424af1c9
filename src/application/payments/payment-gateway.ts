import type { Result } from 'neverthrow'
import type { Currency, Fen } from '../../domain/money.ts'
import type { GatewayIdentity, PaymentMethod, PaymentRequest, Provider } from '../../domain/payment.ts'
import type { ShanghaiDay } from '../../domain/shanghai-day.ts'
import type { BillFormat } from '../reconciliation/bill.ts'

/** What the gateway is asked to collect; repeated word for word on each attempt. */
export type CreateTrade = {
  readonly method: PaymentMethod
  readonly outTradeNo: string
  readonly amount: Fen
  readonly currency: Currency
  readonly request: PaymentRequest
  readonly expiresAt: Date
}

/** What the payer's device does next. */
export type PaymentAction =
  | { readonly type: 'qr'; readonly codeUrl: string; readonly expiresAt: Date }
  | { readonly type: 'invoke'; readonly params: Readonly<Record<string, string>> }
  | { readonly type: 'app'; readonly params: Readonly<Record<string, string>> }
  | { readonly type: 'app'; readonly orderString: string }
  | { readonly type: 'redirect'; readonly url: string }
  | { readonly type: 'none' }

export type GatewayError =
  /** The outcome is unknown, not failed: timeout, 5xx, 429, unsigned or unreadable answer. */
  | { readonly code: 'GATEWAY_UNAVAILABLE'; readonly reason: string }
  /** A definite "no" by a gateway that read the request. */
  | { readonly code: 'GATEWAY_REJECTED'; readonly gatewayCode: string; readonly message: string }
  /** The trade of this number is already paid: ask, then settle. */
  | { readonly code: 'TRADE_ALREADY_PAID' }
  /** The trade of this number has ended unpaid and can't be revived: take a new number. */
  | { readonly code: 'TRADE_CLOSED' }
  | { readonly code: 'METHOD_NOT_SUPPORTED' }

/** A verified statement of the gateway that it has taken the money. */
export type Receipt = {
  readonly outTradeNo: string
  readonly transactionId: string
  readonly identity: GatewayIdentity
  /** The price of the order, before any coupon of the platform. */
  readonly amount: Fen
  readonly currency: Currency
  readonly paidAt: Date
  /** openid or buyer id; personal, stored encrypted. */
  readonly payer: string | undefined
}

export type TradeState =
  /** The gateway does not know the number (yet): at Alipay that is every QR code nobody has scanned. */
  | { readonly state: 'not_found' }
  | { readonly state: 'pending' }
  | { readonly state: 'closed' }
  | { readonly state: 'failed'; readonly reason: string }
  /** `refunded` is what the trade itself shows of refunds, by whoever's hand: a gateway may know of more. */
  | { readonly state: 'paid'; readonly receipt: Receipt; readonly refunded: 'none' | 'some' | 'all' }

/** A request as it came in, untouched: verification is over the raw bytes. */
export type RawNotification = {
  /** Names in lower case; a header that came twice is absent. */
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: Uint8Array
}

export type RefundFact = {
  readonly outTradeNo: string
  /** Missing where the gateway's own console made it without one. */
  readonly refundNo: string | undefined
  readonly refundId: string | undefined
  readonly transactionId: string | undefined
  /** This refund alone; missing where the message tells only a total (Alipay): ask with a refund query. */
  readonly amount: Fen | undefined
  readonly status: 'success' | 'closed' | 'abnormal' | 'unknown'
  readonly at: Date
}

/** A message that is proven to be the gateway's and meant for us. */
export type GatewayNotification = {
  /** The gateway's number of this message; retries mostly keep it. */
  readonly notificationId: string
  /** When the gateway says it happened. */
  readonly eventAt: Date
} & (
  | { readonly kind: 'payment_succeeded'; readonly receipt: Receipt }
  | { readonly kind: 'payment_closed'; readonly outTradeNo: string; readonly identity: GatewayIdentity }
  | { readonly kind: 'refund_changed'; readonly identity: GatewayIdentity; readonly refund: RefundFact }
  /** Genuine and about something we do not act on, such as a trade still waiting for its buyer. */
  | { readonly kind: 'other'; readonly outTradeNo: string | undefined; readonly description: string }
)

export type NotificationError =
  | {
      readonly code: 'SIGNATURE_INVALID'
      readonly reason: 'missing' | 'mismatch' | 'unknown_serial' | 'stale' | 'algorithm' | 'probe'
    }
  | {
      readonly code: 'NOTIFICATION_UNREADABLE'
      /** The signature held, so it is an anomaly and not noise. */
      readonly signed: boolean
      readonly reason: string
    }
  | {
      readonly code: 'FOREIGN_IDENTITY'
      readonly notificationId: string
      readonly outTradeNo: string | undefined
      readonly identity: GatewayIdentity
    }

/** One provider, as every payment needs it. All outcomes are results; only a bug throws. */
export interface PaymentGateway {
  readonly provider: Provider
  /** What an attempt made now is bound to. */
  readonly identity: GatewayIdentity
  /** Names the settings in force, stored with each attempt. */
  readonly credentialsVersion: string
  /** Where the gateway is to announce the payment. */
  readonly notifyUrl: string
  /** Safe to repeat with the same request: the gateway keeps one trade for one number. */
  create(trade: CreateTrade): Promise<Result<PaymentAction, GatewayError>>
  /** What the gateway knows now, verified. An error means unknown: the caller asks again later and never guesses. */
  query(outTradeNo: string): Promise<Result<TradeState, GatewayError>>
  /**
   * Verifies, decrypts and parses in one step, so an unverified notification cannot exist. Never calls out and waits.
   * One that does not come now, but out of the log, is as fresh as it was when it came; nothing else is judged mildly.
   */
  readNotification(raw: RawNotification, receivedAt?: Date): Promise<Result<GatewayNotification, NotificationError>>
}

/** A gateway at which an unpaid trade can be ended. */
export interface ClosingGateway {
  /** `TRADE_ALREADY_PAID` where the payer was faster; `not_found` where nothing was begun (an unscanned Alipay code). */
  close(outTradeNo: string): Promise<Result<'closed' | 'not_found', GatewayError>>
}

export type RefundOrder = {
  readonly refundNo: string
  readonly outTradeNo: string
  readonly transactionId: string
  readonly amount: Fen
  /** What the trade was paid with; WeChat Pay wants it repeated. */
  readonly paid: Fen
  readonly currency: Currency
  readonly reason: string
}

export type RefundState =
  | { readonly state: 'success'; readonly refundId: string | undefined; readonly amount: Fen; readonly at: Date }
  | { readonly state: 'processing'; readonly refundId: string | undefined }
  | { readonly state: 'abnormal'; readonly refundId: string | undefined }
  /** Ended without money moving, for good under this number. */
  | { readonly state: 'closed'; readonly refundId: string | undefined; readonly reason: string }
  /** The gateway does not know the number. Not yet proof that nothing moved: repeat the same request. */
  | { readonly state: 'not_found' }

/** What a gateway asks of the refunds of one payment, from its documentation. */
export type RefundRules = {
  /** How many there may be. */
  readonly mostRefunds: number | undefined
  /** How long after one the next may be sent. */
  readonly gapMs: number
}

/** A gateway that gives money back. `refundNo` is the idempotency key: repeat with it, never with a new one. */
export interface RefundingGateway {
  readonly refundRules: RefundRules
  refund(order: RefundOrder): Promise<Result<RefundState, GatewayError>>
  queryRefund(order: Pick<RefundOrder, 'refundNo' | 'outTradeNo'>): Promise<Result<RefundState, GatewayError>>
}

/** A bill on its way; its content can be read once. */
export type Bill = {
  /**
   * The file as the gateway publishes it, before any unpacking. Throws `BillBrokenOff` where the connection ends too
   * early. It holds a connection until it has been read or left.
   */
  readonly content: AsyncIterable<Uint8Array>
  readonly format: BillFormat
  /** Over the unpacked bytes, where the gateway signs one. */
  readonly sha1: string | undefined
}

export type BillError =
  | GatewayError
  | { readonly code: 'BILL_NOT_READY' }
  /** The gateway says there is none; on its own that can also mean "too early". */
  | { readonly code: 'BILL_NOT_EXIST' }

/** A gateway that publishes a bill of payments and refunds for each Shanghai day. */
export interface BillingGateway {
  downloadBill(day: ShanghaiDay): Promise<Result<Bill, BillError>>
}

/** A gateway that publishes every movement of the merchant's balance as well. */
export interface FundFlowGateway {
  downloadFundFlow(day: ShanghaiDay): Promise<Result<Bill, BillError>>
}

/** What a full-service gateway such as WeChat Pay or Alipay offers. */
export type FullGateway = PaymentGateway &
  ClosingGateway &
  RefundingGateway &
  BillingGateway & {
    /** Where the gateway tells the movements of the balance as well. */
    readonly fundFlow: FundFlowGateway | undefined
  }

/** The gateways that are configured. */
export interface Gateways {
  find(provider: Provider): FullGateway | undefined
  readonly configured: readonly Provider[]
}
