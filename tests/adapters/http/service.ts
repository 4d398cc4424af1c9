import { SignJWT } from 'jose'
import { createScryptPasswordHasher } from '../../../src/adapters/crypto/scrypt-password-hasher.ts'
import { createInProcessOrderFeed } from '../../../src/adapters/feed/in-process-order-feed.ts'
import { createHttpApp, type HttpApp, type HttpDeps } from '../../../src/adapters/http/app.ts'
import { digestOf } from '../../../src/adapters/crypto/digest.ts'
import { createAuthenticator } from '../../../src/adapters/http/authentication.ts'
import { createCashierTokens } from '../../../src/adapters/http/cashier-token.ts'
import { createDeviceTokens } from '../../../src/adapters/http/device-token.ts'
import { openApiDocument, problemSchema } from '../../../src/adapters/http/open-api.ts'
import type { Route } from '../../../src/adapters/http/route.ts'
import { startHttpServer } from '../../../src/adapters/http/server.ts'
import { unlimited } from '../../../src/adapters/memory/counting-rate-limiter.ts'
import { type FakeGateway, fakeGateway } from '../../../src/adapters/memory/fake-gateway.ts'
import { type FixedClock, fixedClock } from '../../../src/adapters/memory/fixed-clock.ts'
import { createMemoryStore, type MemoryStore } from '../../../src/adapters/memory/memory-store.ts'
import { passThroughCache } from '../../../src/adapters/memory/pass-through-cache.ts'
import { seededRandomness } from '../../../src/adapters/memory/seeded-randomness.ts'
import { sequentialIds } from '../../../src/adapters/memory/sequential-ids.ts'
import { createWebhookTargets } from '../../../src/adapters/webhooks/webhook-targets.ts'
import { activityTally } from '../../../src/application/alerts/activity.ts'
import { createCanarySeal } from '../../../src/adapters/crypto/canary-seal.ts'
import { askDoctor } from '../../../src/application/doctor/ask-doctor.ts'
import { examine } from '../../../src/application/doctor/examine.ts'
import { explainNotification } from '../../../src/application/doctor/explain-notification.ts'
import { refusalTally } from '../../../src/application/doctor/keep-refusals.ts'
import { activateCode } from '../../../src/application/access-codes/activate-code.ts'
import { exportCodes } from '../../../src/application/access-codes/export-codes.ts'
import { makeCodes } from '../../../src/application/access-codes/make-codes.ts'
import { revokeCode } from '../../../src/application/access-codes/revoke-code.ts'
import { createBillArchive } from '../../../src/adapters/bills/bill-archive.ts'
import { askGateway } from '../../../src/application/reconciliation/ask-gateway.ts'
import { receiveImport, reconcileWith } from '../../../src/application/reconciliation/import-bill.ts'
import { requestReconciliation } from '../../../src/application/reconciliation/request-reconciliation.ts'
import { resolveDiscrepancy } from '../../../src/application/reconciliation/resolve-discrepancy.ts'
import { sendReturn } from '../../../src/application/reconciliation/send-return.ts'
import { createProduct, updateProduct } from '../../../src/application/catalogue/maintain-catalogue.ts'
import { handleNotification } from '../../../src/application/notifications/handle-notification.ts'
import { acknowledgeAlert } from '../../../src/application/alerts/acknowledge-alert.ts'
import { resolveIncident } from '../../../src/application/incidents/resolve-incident.ts'
import { noteRead } from '../../../src/application/audit/note-read.ts'
import { openNotification } from '../../../src/application/notifications/open-notification.ts'
import { retryFailed } from '../../../src/application/notifications/retry-failed.ts'
import { retryNotification } from '../../../src/application/notifications/retry-notification.ts'
import { changePassword } from '../../../src/application/operators/change-password.ts'
import { currentSession } from '../../../src/application/operators/current-session.ts'
import { endSession } from '../../../src/application/operators/end-sessions.ts'
import { addOperator, changeOperator, resetPassword } from '../../../src/application/operators/maintain-operators.ts'
import { signIn } from '../../../src/application/operators/sign-in.ts'
import { cancelOrder } from '../../../src/application/orders/cancel-order.ts'
import { createOrder } from '../../../src/application/orders/create-order.ts'
import { findOrder } from '../../../src/application/orders/find-order.ts'
import { checkOrder } from '../../../src/application/payments/check-order.ts'
import { orderStory } from '../../../src/application/orders/order-story.ts'
import { closeAttempts } from '../../../src/application/payments/close-attempts.ts'
import { closePayment } from '../../../src/application/payments/close-payment.ts'
import { createPayment } from '../../../src/application/payments/create-payment.ts'
import type { FullGateway, Gateways } from '../../../src/application/payments/payment-gateway.ts'
import { payWithPoints } from '../../../src/application/payments/pay-with-points.ts'
import { queryPayment } from '../../../src/application/payments/query-payment.ts'
import { refreshPayment } from '../../../src/application/payments/refresh-payment.ts'
import { approveRefund, retryRefund } from '../../../src/application/refunds/decide-refund.ts'
import { findRefund } from '../../../src/application/refunds/find-refund.ts'
import { rejectRefund } from '../../../src/application/refunds/reject-refund.ts'
import { requestRefund } from '../../../src/application/refunds/request-refund.ts'
import { refreshRefund, sendRefund } from '../../../src/application/refunds/send-refund.ts'
import { admitAddress } from '../../../src/application/risk/admit-address.ts'
import { changeRiskRule, changeRiskThresholds } from '../../../src/application/risk/change-settings.ts'
import { judgeRisk } from '../../../src/application/risk/judge-risk.ts'
import { putOnBlacklist, takeOffBlacklist } from '../../../src/application/risk/maintain-blacklist.ts'
import { noteRefusal } from '../../../src/application/risk/refusals.ts'
import { shadowReport } from '../../../src/application/risk/shadow-report.ts'
import { statisticsOfChannels } from '../../../src/application/statistics/channels.ts'
import { statisticsOverview } from '../../../src/application/statistics/overview.ts'
import { statisticsOfRefunds } from '../../../src/application/statistics/refund-statistics.ts'
import { statisticsTrend } from '../../../src/application/statistics/trend.ts'
import { adjustInventory } from '../../../src/application/stock/adjust-inventory.ts'
import {
  createWebhookEndpoint,
  deleteWebhookEndpoint,
  updateWebhookEndpoint,
} from '../../../src/application/webhooks/maintain-endpoints.ts'
import { redeliverWebhook } from '../../../src/application/webhooks/redeliver-webhook.ts'
import type { Provider } from '../../../src/domain/payment.ts'
import type { Product } from '../../../src/domain/product.ts'
import { plainEncryption } from '../../simulation/plain-encryption.ts'
import { accessProduct } from '../../support/builders.ts'
import { secretsFound } from '../../support/planted-secrets.ts'

export const NOW = new Date('2026-03-01T04:00:00.000Z')
export const SECRET = 'a secret that is long enough for HS256 tokens'
export const PUBLIC_URL = 'https://pay.example.cn'
export const LINK_KEY = new Uint8Array(32).fill(7)

export const NO_LIMITS: HttpDeps['limits'] = {
  ordersPerUser: unlimited,
  ordersPerIp: unlimited,
  paymentsPerUser: unlimited,
  paymentsPerIp: unlimited,
  codeFailuresPerUser: unlimited,
  codeFailuresPerIp: unlimited,
  returnsPerOrder: unlimited,
  returnsPerIp: unlimited,
  signInFailuresPerDevice: unlimited,
  signInFailuresPerName: unlimited,
  signInFailuresPerIp: unlimited,
  signInFailuresOfStrangers: unlimited,
}

export type LogLine = { readonly level: string; readonly message: string; readonly [field: string]: unknown }

export type Reply = {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** The body as JSON; loose, since tests look at what is really there. */
  // oxlint-disable-next-line typescript/no-explicit-any -- each test knows the shape it asserts
  readonly json: any
}

export type Sent = {
  readonly token?: string | undefined
  readonly body?: unknown
  readonly raw?: string | Uint8Array<ArrayBuffer>
  readonly headers?: Readonly<Record<string, string>>
}

export type Service = {
  readonly origin: string
  readonly app: HttpApp
  readonly deps: HttpDeps
  readonly clock: FixedClock
  readonly store: MemoryStore
  readonly gateways: Readonly<Record<'wechat' | 'alipay', FakeGateway>>
  readonly logs: LogLine[]
  readonly verdicts: string[]
  call(method: string, path: string, sent?: Sent): Promise<Reply>
  /** Puts a product in the catalogue. */
  sell(product?: Partial<Product>): Promise<Product>
  /** An order of one piece, as its JSON. */
  // oxlint-disable-next-line typescript/no-explicit-any -- as above
  order(token: string, productId: string): Promise<any>
  stop(): Promise<void>
}

type Changes = { readonly [N in keyof HttpDeps]?: HttpDeps[N] }
export type ServiceOptions = {
  /** Replaces parts, perhaps by something made from the usual ones. */
  readonly deps?: Changes | ((usual: HttpDeps) => Changes)
  readonly configured?: readonly Provider[]
  /** Changes one gateway's answers. */
  readonly gateway?: (gateway: FullGateway) => FullGateway
}

/** The HTTP side over real HTTP, on everything in memory and a clock that stands. */
export const startService = async ({
  deps: changes = {},
  configured,
  gateway,
}: ServiceOptions = {}): Promise<Service> => {
  const clock = fixedClock({ at: NOW })
  const ids = sequentialIds()
  const feed = createInProcessOrderFeed()
  const store = createMemoryStore({ onCommit: (orderIds) => feed.announce(orderIds) })
  const gateways = {
    wechat: fakeGateway({ clock, provider: 'wechat' }),
    alipay: fakeGateway({ clock, provider: 'alipay' }),
  }
  const registry = registryOf(gateways, configured ?? ['wechat', 'alipay'], gateway)
  const logs: LogLine[] = []
  const verdicts: string[] = []
  const { transaction, readers } = store
  const productCache = passThroughCache<readonly Product[]>()
  const catalogue = { transaction, clock, ids, catalogueChanged: () => productCache.invalidate('active') }
  const webhooks = {
    transaction,
    clock,
    ids,
    randomness: seededRandomness(3),
    targets: createWebhookTargets({ allowPrivate: false }),
  }
  const settling = {
    transaction,
    readers,
    clock,
    ids,
    randomness: seededRandomness(1),
    gateways: registry,
    latePaymentPolicy: 'refund',
  } as const
  const refresh = refreshPayment(settling)
  const close = closeAttempts({ ...settling, refreshPayment: refresh })
  const sending = { ...settling, scheduleMs: [15_000] }
  const refunding = {
    ...settling,
    sendRefund: sendRefund(sending),
    refreshRefund: refreshRefund(sending),
    leaseMs: 15_000,
    fourEyesAbove: undefined,
  }
  const note = (level: string) => (fields: object, message: string) => void logs.push({ ...fields, level, message })
  const refund = requestRefund({ ...refunding, approval: 'auto', windowMs: 365 * 86_400_000 })
  const archive = createBillArchive({ transaction, bills: readers.bills, encryption: plainEncryption })
  const reconciling = { transaction, clock, ids, gateways: registry, archive }
  const asking = {
    ...refunding,
    askGateway: askGateway({ ...settling, refreshPayment: refresh }),
    sendReturn: sendReturn({ transaction, readers, clock, gateways: registry, scheduleMs: [15_000] }),
  }
  const risk = {
    judgeRisk: judgeRisk({ ids }),
    noteRefusal: noteRefusal({ transaction, readers }),
  }
  const hasher = createScryptPasswordHasher({ cost: { N: 16, r: 8, p: 1 } })
  const operating = { transaction, readers, clock, ids, randomness: seededRandomness(4), hasher }
  const usual: HttpDeps = {
    createOrder: createOrder({ transaction, clock, risk, orderTtlMs: 1_800_000 }),
    cancelOrder: cancelOrder({ transaction, readers, clock, closeAttempts: close }),
    findOrder: findOrder({ readers }),
    activity: activityTally(clock),
    orderStory: orderStory({ readers }),
    createPayment: createPayment({
      ...settling,
      refreshPayment: refresh,
      firstQuestionMs: 15_000,
      returnPage: (_, orderId) => `${PUBLIC_URL}/cashier/${orderId}/return`,
      payWithPoints: payWithPoints({ ...settling, risk, pointsPerYuan: 100 }),
      risk,
    }),
    queryPayment: queryPayment({ readers, refreshPayment: refresh }),
    checkOrder: checkOrder({ readers, refreshPayment: refresh }),
    closePayment: closePayment({ readers, closeAttempts: close }),
    requestRefund: refund,
    approveRefund: approveRefund(refunding),
    rejectRefund: rejectRefund(refunding),
    retryRefund: retryRefund(refunding),
    findRefund: findRefund(refunding),
    handleNotification: handleNotification(settling),
    createProduct: createProduct(catalogue),
    updateProduct: updateProduct(catalogue),
    adjustInventory: adjustInventory({ transaction, readers, clock, ids }),
    activateCode: activateCode({ transaction, readers, clock, ids }),
    makeCodes: makeCodes({ transaction, clock, ids, randomness: seededRandomness(2) }),
    revokeCode: revokeCode({ transaction, clock, ids }),
    exportCodes: exportCodes({ transaction, readers, clock, ids }),
    resolveIncident: resolveIncident({ transaction, clock, ids }),
    acknowledgeAlert: acknowledgeAlert({ transaction, clock, ids }),
    noteRead: noteRead({ transaction, readers, clock, digest: digestOf }),
    openNotification: openNotification({ transaction, clock, ids }),
    askDoctor: askDoctor({ examine: noChecks(clock), book: store.doctor, transaction, clock, ids }),
    explainNotification: explainNotification({ readers, gateways: registry }),
    doctor: {
      canaries: { seal: createCanarySeal({ keys: [LINK_KEY], clock }), once: unlimited, pace: unlimited },
      refusals: refusalTally(),
      book: store.doctor,
      appIds: {},
      knownSerials: [],
    },
    retryNotification: retryNotification(settling),
    retryFailed: retryFailed({ ...settling, retryNotification: retryNotification(settling) }),
    requestReconciliation: requestReconciliation(reconciling),
    receiveImport: receiveImport(reconciling),
    reconcileWith: reconcileWith(reconciling),
    resolveDiscrepancy: resolveDiscrepancy({ ...asking, requestRefund: refund }),
    createWebhookEndpoint: createWebhookEndpoint(webhooks),
    updateWebhookEndpoint: updateWebhookEndpoint(webhooks),
    deleteWebhookEndpoint: deleteWebhookEndpoint(webhooks),
    redeliverWebhook: redeliverWebhook(webhooks),
    admitAddress: admitAddress({ readers, clock, ids, noteRefusal: risk.noteRefusal }),
    putOnBlacklist: putOnBlacklist({ transaction, clock, ids }),
    takeOffBlacklist: takeOffBlacklist({ transaction, clock, ids }),
    changeRiskRule: changeRiskRule({ transaction, clock, ids }),
    changeRiskThresholds: changeRiskThresholds({ transaction, clock, ids }),
    shadowReport: shadowReport({ readers }),
    signIn: signIn(operating),
    currentSession: currentSession(operating),
    changePassword: changePassword(operating),
    endSession: endSession(operating),
    addOperator: addOperator(operating),
    changeOperator: changeOperator(operating),
    resetPassword: resetPassword(operating),
    statisticsOverview: statisticsOverview(store),
    statisticsTrend: statisticsTrend(store),
    statisticsOfChannels: statisticsOfChannels(store),
    statisticsOfRefunds: statisticsOfRefunds(store),
    readers,
    productCache,
    idempotencyKeys: store.idempotencyKeys,
    ids,
    clock,
    orderFeed: feed,
    orderWatch: { follow: () => () => undefined, glimpse: () => undefined },
    limits: NO_LIMITS,
    authenticate: createAuthenticator({ secret: SECRET, clock }),
    cashierTokens: createCashierTokens({ keys: [LINK_KEY], clock }),
    deviceTokens: createDeviceTokens({ keys: [LINK_KEY], clock }),
    publicUrl: PUBLIC_URL,
    returnUrlOrigins: [PUBLIC_URL, 'https://shop.example.cn'],
    corsOrigins: ['https://shop.example.cn'],
    notifyAllowedIps: {},
    trustedProxies: [],
    ready: async () => ({ database: await store.healthy() }),
    log: { info: note('info'), warn: note('warn'), error: note('error') },
    cashier: {
      page: (orderId, language) =>
        `<!doctype html><html lang="${language}"><body data-order-id="${orderId}"></body></html>`,
      returnPage: (orderId, language, standing) =>
        `<!doctype html><html lang="${language}"><body data-order-id="${orderId}" data-standing="${standing}"></body></html>`,
      assets: new Map([
        [
          'cashier.0123abcd.js',
          { type: 'text/javascript; charset=utf-8', body: Buffer.from('start()'), immutable: true },
        ],
        ['plain.svg', { type: 'image/svg+xml', body: Buffer.from('<svg/>'), immutable: false }],
      ]),
    },
    sandboxUrl: undefined,
    metrics: {
      contentType: 'text/plain; charset=utf-8',
      text: async () => 'shouyin_things_total 1\n',
      token: undefined,
    },
    version: '0.1.0',
    onVerdict: (provider, verdict) => void verdicts.push(`${provider} ${verdict}`),
  }
  const deps: HttpDeps = { ...usual, ...(typeof changes === 'function' ? changes(usual) : changes) }
  const app = createHttpApp(deps)
  const server = await startHttpServer(app, { host: '127.0.0.1', port: 0 })
  const call = callerOf(server.origin, app.routes)
  return {
    origin: server.origin,
    app,
    deps,
    clock,
    store,
    gateways,
    logs,
    verdicts,
    call,
    async sell(given = {}) {
      const { id, createdAt: _c, updatedAt: _u, ...draft } = accessProduct({ id: ids.entity(), ...given })
      const made = await createProduct(catalogue)(id, draft, { actor: 'test', requestId: 'test', ip: undefined })
      return made._unsafeUnwrap()
    },
    async order(token, productId) {
      const reply = await call('POST', '/api/v1/orders', { token, body: { items: [{ productId, quantity: 1 }] } })
      if (reply.status !== 201) throw new Error(`no order: ${reply.text}`)
      return reply.json.data
    },
    async stop() {
      await server.stop(1000)
      expectNoSecrets(logs)
    },
  }
}

/** A doctor who looks at nothing. */
const noChecks = (clock: FixedClock) => examine({ checks: [], clock, patience: (work) => work, limitMs: 1 })

/** As they were handed to the logger, which blanks what is named like a secret: nothing but names may lead to one. */
const expectNoSecrets = (logs: readonly LogLine[]): void => {
  const found = secretsFound(logs.map((line) => JSON.stringify(line)).join('\n'), {
    SECRET,
    LINK_KEY: Buffer.from(LINK_KEY),
  })
  if (found.length > 0) throw new Error(`secrets were logged:\n${found.join('\n')}`)
}

const registryOf = (
  gateways: Service['gateways'],
  configured: readonly Provider[],
  change: (gateway: FullGateway) => FullGateway = (gateway) => gateway,
): Gateways => ({
  configured,
  find: (provider) =>
    provider !== 'points' && configured.includes(provider) ? change(gateways[provider].gateway) : undefined,
})

const callerOf =
  (origin: string, routes: readonly Route[]): Service['call'] =>
  async (method, path, { token, body, raw, headers = {} } = {}) => {
    const response = await fetch(origin + path, {
      method,
      redirect: 'manual',
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(raw === undefined ? {} : { body: raw }),
    })
    const text = await response.text()
    const isJson = text !== '' && /json/.test(response.headers.get('content-type') ?? '')
    const reply = {
      status: response.status,
      headers: response.headers,
      text,
      json: isJson ? JSON.parse(text) : undefined,
    }
    const route = routes.find((one) => one.method === method && patternOf(one).test(path))
    if (route?.doc !== undefined) checkDocumented((document ??= openApiDocument('test', routes)), route, reply)
    return reply
  }

/** The same for every service, and not made in a moment. */
let document: Document | undefined

const patternOf = ({ path }: Route): RegExp => new RegExp(`^${path.replace(/:\w+/g, '[^/?]+')}(?:\\?|$)`)

type Document = ReturnType<typeof openApiDocument>

/** Every answer a test gets is one that the service's own description foresees, in status and in shape. */
const checkDocumented = (document: Document, { method, path, doc }: Route, { status, json, headers }: Reply): void => {
  const place = document.paths?.[path.replace(/:(\w+)/g, '{$1}')]
  const operation = place?.[method.toLowerCase() as 'get' | 'post' | 'patch' | 'delete'] // The methods there are.
  if (operation?.responses?.[String(status)] === undefined) throw new Error(`${method} ${path} never answers ${status}`)
  const isProblem = /problem/.test(headers.get('content-type') ?? '')
  if (isProblem) problemSchema.parse(json)
  else if (json !== undefined) doc?.answers[status]?.schema?.parse(json)
}

type Claims = Readonly<Record<string, unknown>>

/** A user's token, valid for an hour from the tests' now. */
export const tokenFor = (sub: string, claims: Claims = {}): Promise<string> =>
  signed({ sub, exp: seconds(3600), ...claims })

export const adminToken = (): Promise<string> => tokenFor('boss', { role: 'admin' })

/** Exactly these claims. */
export const signed = (claims: Claims, header: Claims = {}, secret = SECRET): Promise<string> =>
  new SignJWT({ ...claims }).setProtectedHeader({ alg: 'HS256', ...header }).sign(new TextEncoder().encode(secret))

/** The time so many seconds from the tests' now, as tokens have it. */
export const seconds = (fromNow: number): number => NOW.getTime() / 1000 + fromNow
