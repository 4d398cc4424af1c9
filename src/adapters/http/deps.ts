import type { askDoctor } from '../../application/doctor/ask-doctor.ts'
import type { DoctorBook } from '../../application/doctor/doctor-book.ts'
import type { explainNotification } from '../../application/doctor/explain-notification.ts'
import type { RefusalTally } from '../../application/doctor/keep-refusals.ts'
import type { Canaries } from './canary.ts'
import type { activateCode } from '../../application/access-codes/activate-code.ts'
import type { exportCodes } from '../../application/access-codes/export-codes.ts'
import type { makeCodes } from '../../application/access-codes/make-codes.ts'
import type { revokeCode } from '../../application/access-codes/revoke-code.ts'
import type { ActivityTally } from '../../application/alerts/activity.ts'
import type { acknowledgeAlert } from '../../application/alerts/acknowledge-alert.ts'
import type { Cache } from '../../application/cache.ts'
import type { createProduct, updateProduct } from '../../application/catalogue/maintain-catalogue.ts'
import type { Clock } from '../../application/clock.ts'
import type { IdempotencyKeys } from '../../application/idempotency/idempotency-keys.ts'
import type { Ids } from '../../application/ids.ts'
import type { resolveIncident } from '../../application/incidents/resolve-incident.ts'
import type { HandledNotification, handleNotification } from '../../application/notifications/handle-notification.ts'
import type { noteRead } from '../../application/audit/note-read.ts'
import type { openNotification } from '../../application/notifications/open-notification.ts'
import type { retryFailed } from '../../application/notifications/retry-failed.ts'
import type { retryNotification } from '../../application/notifications/retry-notification.ts'
import type { cancelOrder } from '../../application/orders/cancel-order.ts'
import type { createOrder } from '../../application/orders/create-order.ts'
import type { findOrder } from '../../application/orders/find-order.ts'
import type { changePassword } from '../../application/operators/change-password.ts'
import type { currentSession } from '../../application/operators/current-session.ts'
import type { endSession } from '../../application/operators/end-sessions.ts'
import type { addOperator, changeOperator, resetPassword } from '../../application/operators/maintain-operators.ts'
import type { signIn } from '../../application/operators/sign-in.ts'
import type { orderStory } from '../../application/orders/order-story.ts'
import type { OrderFeed } from '../../application/orders/order-feed.ts'
import type { checkOrder, Standing } from '../../application/payments/check-order.ts'
import type { closePayment } from '../../application/payments/close-payment.ts'
import type { receiveImport, reconcileWith } from '../../application/reconciliation/import-bill.ts'
import type { requestReconciliation } from '../../application/reconciliation/request-reconciliation.ts'
import type { resolveDiscrepancy } from '../../application/reconciliation/resolve-discrepancy.ts'
import type { createPayment } from '../../application/payments/create-payment.ts'
import type { queryPayment } from '../../application/payments/query-payment.ts'
import type { OrderWatch } from '../../application/payments/watch-orders.ts'
import type { RateLimiter } from '../../application/rate-limiter.ts'
import type { approveRefund, retryRefund } from '../../application/refunds/decide-refund.ts'
import type { findRefund } from '../../application/refunds/find-refund.ts'
import type { rejectRefund } from '../../application/refunds/reject-refund.ts'
import type { requestRefund } from '../../application/refunds/request-refund.ts'
import type { AdmitAddress } from '../../application/risk/admit-address.ts'
import type { changeRiskRule, changeRiskThresholds } from '../../application/risk/change-settings.ts'
import type { putOnBlacklist, takeOffBlacklist } from '../../application/risk/maintain-blacklist.ts'
import type { shadowReport } from '../../application/risk/shadow-report.ts'
import type { statisticsOfChannels } from '../../application/statistics/channels.ts'
import type { statisticsOverview } from '../../application/statistics/overview.ts'
import type { statisticsOfRefunds } from '../../application/statistics/refund-statistics.ts'
import type { statisticsTrend } from '../../application/statistics/trend.ts'
import type { adjustInventory } from '../../application/stock/adjust-inventory.ts'
import type { Readers } from '../../application/transaction.ts'
import type {
  createWebhookEndpoint,
  deleteWebhookEndpoint,
  updateWebhookEndpoint,
} from '../../application/webhooks/maintain-endpoints.ts'
import type { redeliverWebhook } from '../../application/webhooks/redeliver-webhook.ts'
import type { Product } from '../../domain/product.ts'
import type { Provider } from '../../domain/payment.ts'
import type { Authenticator } from './authentication.ts'
import type { CashierTokens } from './cashier-token.ts'
import type { DeviceTokens } from './device-token.ts'
import type { Language } from './language.ts'

export interface Log {
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

/** One answered request; `route` is the pattern that took it. */
export type AnsweredRequest = {
  readonly method: string
  readonly route: string | undefined
  readonly status: number
  readonly durationMs: number
}

/** What became of a message of a gateway: a verdict of ours on it, or why nobody looked into it. */
export type CallbackVerdict =
  | HandledNotification['verdict']
  | 'wrong_address'
  | 'wrong_method'
  | 'too_large'
  | 'not_booked'

/** What a request turned out to be. */
export type ServedRequest = Pick<AnsweredRequest, 'method' | 'route' | 'status'>

/** Follows a request through all that is done for it: in the log, and in a trace where there is one. */
export interface RequestTracing {
  request(requestId: string, serve: (traceId: string | undefined) => Promise<ServedRequest>): Promise<void>
}

/** What is measured in this process, for those who watch it. */
export type MetricsPage = {
  readonly contentType: string
  text(): Promise<string>
  /** Who has it may read them from anywhere; without one only neighbours may. */
  readonly token: string | undefined
}

/** What the doctor has to do with callbacks. */
export type CallbackDoctor = {
  readonly canaries: Canaries
  readonly refusals: RefusalTally
  readonly book: Pick<DoctorBook, 'lastReport' | 'listRefused'>
  /** Of each gateway, to see whether a message names it. */
  readonly appIds: Readonly<Partial<Record<Provider, string>>>
  /** Ids of the gateways' public keys. */
  readonly knownSerials: readonly string[]
}

export type CashierAsset = { readonly type: string; readonly body: Buffer; readonly immutable: boolean }

export type Timings = {
  /** How soon a gateway's message is answered, whatever happens; gateways hang up after 5 s. */
  readonly notificationDeadlineMs: number
  readonly streamHeartbeatMs: number
  /** How often an order's stream looks for itself, in case the feed missed a change made by another process. */
  readonly streamRereadMs: number
}

/** Everything the HTTP side needs from the rest of the service. */
export type HttpDeps = {
  readonly createOrder: ReturnType<typeof createOrder>
  readonly cancelOrder: ReturnType<typeof cancelOrder>
  readonly findOrder: ReturnType<typeof findOrder>
  readonly orderStory: ReturnType<typeof orderStory>
  readonly createPayment: ReturnType<typeof createPayment>
  readonly queryPayment: ReturnType<typeof queryPayment>
  readonly checkOrder: ReturnType<typeof checkOrder>
  readonly closePayment: ReturnType<typeof closePayment>
  readonly requestRefund: ReturnType<typeof requestRefund>
  readonly approveRefund: ReturnType<typeof approveRefund>
  readonly rejectRefund: ReturnType<typeof rejectRefund>
  readonly retryRefund: ReturnType<typeof retryRefund>
  readonly findRefund: ReturnType<typeof findRefund>
  readonly handleNotification: ReturnType<typeof handleNotification>
  readonly createProduct: ReturnType<typeof createProduct>
  readonly updateProduct: ReturnType<typeof updateProduct>
  readonly adjustInventory: ReturnType<typeof adjustInventory>
  readonly activateCode: ReturnType<typeof activateCode>
  readonly makeCodes: ReturnType<typeof makeCodes>
  readonly revokeCode: ReturnType<typeof revokeCode>
  readonly exportCodes: ReturnType<typeof exportCodes>
  readonly resolveIncident: ReturnType<typeof resolveIncident>
  readonly acknowledgeAlert: ReturnType<typeof acknowledgeAlert>
  readonly noteRead: ReturnType<typeof noteRead>
  readonly openNotification: ReturnType<typeof openNotification>
  readonly retryNotification: ReturnType<typeof retryNotification>
  readonly retryFailed: ReturnType<typeof retryFailed>
  readonly requestReconciliation: ReturnType<typeof requestReconciliation>
  readonly receiveImport: ReturnType<typeof receiveImport>
  readonly reconcileWith: ReturnType<typeof reconcileWith>
  readonly resolveDiscrepancy: ReturnType<typeof resolveDiscrepancy>
  readonly createWebhookEndpoint: ReturnType<typeof createWebhookEndpoint>
  readonly updateWebhookEndpoint: ReturnType<typeof updateWebhookEndpoint>
  readonly deleteWebhookEndpoint: ReturnType<typeof deleteWebhookEndpoint>
  readonly redeliverWebhook: ReturnType<typeof redeliverWebhook>
  readonly admitAddress: AdmitAddress
  readonly putOnBlacklist: ReturnType<typeof putOnBlacklist>
  readonly takeOffBlacklist: ReturnType<typeof takeOffBlacklist>
  readonly changeRiskRule: ReturnType<typeof changeRiskRule>
  readonly changeRiskThresholds: ReturnType<typeof changeRiskThresholds>
  readonly shadowReport: ReturnType<typeof shadowReport>
  readonly statisticsOverview: ReturnType<typeof statisticsOverview>
  readonly statisticsTrend: ReturnType<typeof statisticsTrend>
  readonly statisticsOfChannels: ReturnType<typeof statisticsOfChannels>
  readonly statisticsOfRefunds: ReturnType<typeof statisticsOfRefunds>
  readonly signIn: ReturnType<typeof signIn>
  readonly currentSession: ReturnType<typeof currentSession>
  readonly changePassword: ReturnType<typeof changePassword>
  readonly endSession: ReturnType<typeof endSession>
  readonly addOperator: ReturnType<typeof addOperator>
  readonly changeOperator: ReturnType<typeof changeOperator>
  readonly resetPassword: ReturnType<typeof resetPassword>
  readonly askDoctor: ReturnType<typeof askDoctor>
  readonly explainNotification: ReturnType<typeof explainNotification>
  readonly doctor: CallbackDoctor
  readonly readers: Readers
  /** The products on sale, under the key `active`. */
  readonly productCache: Cache<readonly Product[]>
  readonly idempotencyKeys: IdempotencyKeys
  readonly ids: Ids
  readonly clock: Clock
  readonly orderFeed: OrderFeed
  readonly orderWatch: OrderWatch
  readonly limits: {
    readonly ordersPerUser: RateLimiter
    readonly ordersPerIp: RateLimiter
    readonly paymentsPerUser: RateLimiter
    readonly paymentsPerIp: RateLimiter
    /** Activations that failed. */
    readonly codeFailuresPerUser: RateLimiter
    readonly codeFailuresPerIp: RateLimiter
    /** Questions to a gateway for payers who come back without a token. */
    readonly returnsPerOrder: RateLimiter
    readonly returnsPerIp: RateLimiter
    /** Sign-ins that failed in a browser in which that operator has signed in before. */
    readonly signInFailuresPerDevice: RateLimiter
    /** Those in all others: by name, by network, and altogether. */
    readonly signInFailuresPerName: RateLimiter
    readonly signInFailuresPerIp: RateLimiter
    readonly signInFailuresOfStrangers: RateLimiter
  }
  readonly authenticate: Authenticator
  readonly cashierTokens: CashierTokens
  readonly deviceTokens: DeviceTokens
  readonly publicUrl: string
  readonly returnUrlOrigins: readonly string[]
  readonly corsOrigins: readonly string[]
  /** From where a gateway's messages may come; from anywhere where it has no list. */
  readonly notifyAllowedIps: Readonly<Partial<Record<Provider, readonly string[]>>>
  /** Addresses or networks whose `X-Forwarded-For` counts. */
  readonly trustedProxies: readonly string[]
  ready(): Promise<Readonly<Record<string, boolean>>>
  readonly log: Log
  /** What alerts are told by: every request, and every message of a gateway. */
  readonly activity: ActivityTally
  readonly cashier: {
    page(orderId: string, language: Language): string
    returnPage(orderId: string, language: Language, standing: Standing): string
    /** By file name; served under `/cashier/assets/`. */
    readonly assets: ReadonlyMap<string, CashierAsset>
  }
  readonly sandboxUrl: string | undefined
  readonly version: string
  /** Called once for each message of a gateway, for counting. */
  readonly onVerdict?: (provider: Provider, verdict: CallbackVerdict, kind: 'payment' | 'refund') => void
  /** Called once for each request when its answer is out, for counting. */
  readonly onRequest?: (request: AnsweredRequest) => void
  /** Missing where no request is followed. */
  readonly tracing?: RequestTracing | undefined
  /** Missing where nothing is measured. */
  readonly metrics: MetricsPage | undefined
  readonly timings?: Partial<Timings>
}
