import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ProblemCode } from '../../src/adapters/http/problem.ts'
import { type Running, startRunning } from '../support/service.ts'
import { eventually, GRANT, open, order, orderState, sell } from './payer.ts'

const DAY_MS = 24 * 3_600_000
const TTL_MS = 1_800_000
const NOBODYS = 'f'.repeat(32)
const REASON = '不想要了'

let usual: Running
/** Only WeChat Pay, of whose merchant the application is not; two payments for each user. */
let bare: Running
/** Whose database somebody else spoils. */
let broken: Running
beforeAll(async () => {
  usual = await startRunning({ settings: { REFUND_WINDOW_DAYS: '1', RECOVERY_SCHEDULE: '24h' } })
  bare = await startRunning({
    settings: {
      WECHAT_APP_ID: 'wx0000000000000000',
      ALIPAY_APP_ID: '',
      ALIPAY_PRIVATE_KEY: '',
      ALIPAY_PUBLIC_KEY: '',
      RATE_LIMIT_PAYMENTS_PER_USER: '2/300s',
    },
  })
  broken = await startRunning()
})
afterAll(() => Promise.all([usual, bare, broken].map((one) => one.stop())))

type Given = {
  readonly running?: Running
  readonly user?: string | undefined
  readonly admin?: boolean
  readonly method?: string
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

/** A call as a user, whose answer is looked at as it came. */
const send = async (path: string, given: Given = {}): Promise<Response> => {
  const { running = usual, body, admin = false, headers = {} } = given
  const token = 'user' in given && given.user === undefined ? undefined : await running.token(given.user ?? 'u1', admin)
  return fetch(`${running.origin}/api/v1${path}`, {
    method: given.method ?? (body === undefined ? 'GET' : 'POST'),
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
}

const anOrder = async (running = usual, price = '99.00', user = 'u1') =>
  order(running, await sell(running, GRANT, price), user)

const anUnpaidOrder = async () => open(usual, await anOrder(), 'wechat')

const paid = async (orderId: string, codeUrl: string): Promise<string> => {
  await usual.sandbox.wechat.pay(codeUrl)
  await eventually(
    () => orderState(usual, orderId),
    (seen) => seen?.status === 'paid',
  )
  return orderId
}

const aPaidOrder = async (): Promise<string> => {
  const { orderId, codeUrl } = await anUnpaidOrder()
  return paid(orderId, codeUrl)
}

const create = (orderId: string, given: Given & { readonly fields?: object } = {}) =>
  send('/payments/wechat/create', { ...given, body: { orderId, method: 'WECHAT_NATIVE', ...given.fields } })

const refund = (orderId: string, amount: string) =>
  send('/payments/wechat/refund', { body: { orderId, amount, reason: REASON } })

const keyed = (key: string, body: object) => send('/orders', { body, headers: { 'idempotency-key': key } })

type Provoked = { readonly status: number; readonly provoke: () => Promise<Response> }

/** The codes of the contract with their statuses, and for each a call that is answered with it. */
const CODES = {
  VALIDATION_FAILED: { status: 400, provoke: () => send('/orders', { body: { items: [] } }) },
  UNAUTHENTICATED: { status: 401, provoke: () => send('/orders', { user: undefined }) },
  FORBIDDEN: { status: 403, provoke: () => send('/admin/incidents') },
  NOT_FOUND: { status: 404, provoke: () => send('/nowhere') },
  ORDER_NOT_FOUND: { status: 404, provoke: () => send(`/orders/${NOBODYS}`) },
  PAYMENT_NOT_FOUND: { status: 404, provoke: () => send(`/payments/${NOBODYS}`) },
  REFUND_NOT_FOUND: { status: 404, provoke: () => send(`/refunds/${NOBODYS}`) },
  PRODUCT_NOT_FOUND: { status: 404, provoke: () => send(`/products/${NOBODYS}`) },
  PROVIDER_NOT_FOUND: { status: 404, provoke: async () => send(`/payments/paypal/query/${await anOrder()}`) },
  ACCESS_CODE_INVALID: {
    status: 404,
    provoke: () => send('/access-codes/activate', { body: { code: '0000-0000-0000-0000' } }),
  },
  METHOD_NOT_ALLOWED: { status: 405, provoke: () => send('/orders', { method: 'DELETE' }) },
  PAYLOAD_TOO_LARGE: { status: 413, provoke: () => send('/orders', { body: `{"items":"${'x'.repeat(70_000)}"}` }) },
  UNSUPPORTED_MEDIA_TYPE: {
    status: 415,
    provoke: () => send('/orders', { body: '{}', headers: { 'content-type': 'text/plain' } }),
  },
  ORDER_NOT_PAYABLE: {
    status: 409,
    async provoke() {
      const orderId = await anOrder()
      await send(`/orders/${orderId}/cancel`, { body: {} })
      return create(orderId)
    },
  },
  ORDER_NOT_CANCELLABLE: {
    status: 409,
    provoke: async () => send(`/orders/${await aPaidOrder()}/cancel`, { body: {} }),
  },
  ORDER_NOT_REFUNDABLE: { status: 409, provoke: async () => refund(await anOrder(), '1.00') },
  DUPLICATE_PAYMENT: { status: 409, provoke: async () => create(await aPaidOrder()) },
  PAYMENT_TIMEOUT: {
    status: 409,
    async provoke() {
      const orderId = await anOrder()
      usual.clock.advance(TTL_MS)
      return create(orderId)
    },
  },
  AMOUNT_MISMATCH: { status: 409, provoke: async () => create(await anOrder(), { fields: { amount: '98.99' } }) },
  REFUND_EXCEEDS_PAYMENT: { status: 409, provoke: async () => refund(await aPaidOrder(), '99.01') },
  REFUND_WINDOW_CLOSED: {
    status: 409,
    async provoke() {
      const orderId = await aPaidOrder()
      usual.clock.advance(DAY_MS + 1)
      return refund(orderId, '1.00')
    },
  },
  OUT_OF_STOCK: {
    status: 409,
    async provoke() {
      const productId = await sell(usual, { type: 'goods', sku: 'NONE-LEFT' })
      return send('/orders', { body: { items: [{ productId, quantity: 1 }] } })
    },
  },
  INSUFFICIENT_POINTS: {
    status: 409,
    provoke: async () => send('/payments/points/create', { body: { orderId: await anOrder(), method: 'POINTS' } }),
  },
  POINTS_ALREADY_SPENT: {
    status: 409,
    async provoke() {
      const points = await sell(usual, { type: 'points', points: 1000, bonusPoints: 0 }, '10.00')
      const bought = await open(usual, await order(usual, points), 'wechat')
      await paid(bought.orderId, bought.codeUrl)
      await send('/payments/points/create', { body: { orderId: await anOrder(usual, '10.00'), method: 'POINTS' } })
      return refund(bought.orderId, '10.00')
    },
  },
  PROVIDER_NOT_CONFIGURED: {
    status: 409,
    async provoke() {
      const body = { orderId: await anOrder(bare), method: 'ALIPAY_QR' }
      return send('/payments/alipay/create', { running: bare, body })
    },
  },
  IDEMPOTENCY_KEY_IN_USE: {
    status: 409,
    async provoke() {
      const orderId = await anOrder()
      const headers = { 'idempotency-key': 'twice-at-once' }
      usual.sandbox.wechat.faults.add({ operation: 'create', kind: 'delay', ms: 300 })
      const answers = await Promise.all([create(orderId, { headers }), create(orderId, { headers })])
      return answers.find(({ status }) => status === 409) ?? answers[0]
    },
  },
  IDEMPOTENCY_KEY_REUSED: {
    status: 422,
    async provoke() {
      const productId = await sell(usual, GRANT)
      await keyed('reused', { items: [{ productId, quantity: 1 }] })
      return keyed('reused', { items: [{ productId, quantity: 2 }] })
    },
  },
  RISK_DENIED: {
    status: 403,
    async provoke() {
      const orderId = await anOrder(bare, '99.00', 'barred')
      const entry = { address: '127.0.0.1', reason: '测试', expiresAt: '2099-01-01T00:00:00Z' }
      const put = await send('/admin/risk/blacklist', { running: bare, admin: true, body: entry })
      const { data } = (await put.json()) as { readonly data: { readonly id: string } } // As the contract has it.
      const refused = await create(orderId, { running: bare, user: 'barred' })
      await send(`/admin/risk/blacklist/${data.id}`, { running: bare, admin: true, method: 'DELETE' })
      return refused
    },
  },
  RATE_LIMITED: {
    status: 429,
    async provoke() {
      const orderId = await anOrder(bare, '99.00', 'often')
      for (let n = 0; n < 2; n += 1) await create(orderId, { running: bare, user: 'often' })
      return create(orderId, { running: bare, user: 'often' })
    },
  },
  GATEWAY_REJECTED: {
    status: 502,
    provoke: async () => create(await anOrder(bare, '99.00', 'refused'), { running: bare, user: 'refused' }),
  },
  GATEWAY_UNAVAILABLE: {
    status: 503,
    async provoke() {
      usual.sandbox.wechat.faults.add({ operation: 'create', kind: 'cut_before' })
      return create(await anOrder())
    },
  },
  SERVICE_UNAVAILABLE: {
    status: 503,
    async provoke() {
      const productId = await sell(broken, GRANT)
      const held = await broken.database.holdOrders()
      try {
        return await send('/orders', { running: broken, body: { items: [{ productId, quantity: 1 }] } })
      } finally {
        await held.letGo()
      }
    },
  },
  INTERNAL_ERROR: {
    status: 500,
    async provoke() {
      await broken.database.execute('ALTER TABLE points_accounts RENAME TO points_accounts_gone')
      try {
        return await send('/points', { running: broken })
      } finally {
        await broken.database.execute('ALTER TABLE points_accounts_gone RENAME TO points_accounts')
      }
    },
  },
} as const satisfies Record<ProblemCode, Provoked>

const HEADERS: Readonly<Partial<Record<ProblemCode, readonly string[]>>> = {
  UNAUTHENTICATED: ['www-authenticate'],
  METHOD_NOT_ALLOWED: ['allow'],
  RATE_LIMITED: ['retry-after', 'ratelimit-limit', 'ratelimit-remaining', 'ratelimit-reset'],
  SERVICE_UNAVAILABLE: ['retry-after'],
}

describe('over HTTP', () => {
  it.each(Object.entries(CODES) as [ProblemCode, Provoked][])(
    '%s is told as the contract has it',
    async (code, one) => {
      const answer = await one.provoke()
      const text = await answer.text()
      expect([answer.status, answer.headers.get('content-type')]).toEqual([
        one.status,
        'application/problem+json; charset=utf-8',
      ])
      const problem: unknown = JSON.parse(text)
      expect(problem).toEqual({
        type: `urn:shouyin:problem:${code.toLowerCase().replaceAll('_', '-')}`,
        title: expect.stringMatching(/\p{Script=Han}/u),
        status: one.status,
        code,
        requestId: answer.headers.get('x-request-id'),
        // What went wrong on our side or the gateway's is nobody's business.
        ...(one.status < 500 ? { detail: expect.stringMatching(/\p{Script=Han}/u) } : {}),
        ...(code === 'VALIDATION_FAILED' ? { errors: [{ path: 'items', message: expect.any(String) }] } : {}),
        ...(code === 'GATEWAY_REJECTED' ? { gatewayCode: 'APPID_MCHID_NOT_MATCH' } : {}),
      })
      for (const name of HEADERS[code] ?? [])
        expect([name, answer.headers.get(name)]).toEqual([name, expect.any(String)])
      expect(text).not.toMatch(/sqlite|select |points_accounts|node_modules|\.ts\b/i)
    },
  )

  it('SIGNATURE_INVALID is told in the gateways’ own words', async () => {
    const wechat = await send('/payments/wechat/notify', { user: undefined, body: { id: 'x' } })
    expect([wechat.status, ((await wechat.json()) as { readonly code: string }).code]).toEqual([401, 'FAIL']) // Loose JSON.
    const headers = { 'content-type': 'application/x-www-form-urlencoded' }
    const body = 'app_id=1&notify_id=1&out_trade_no=P1&trade_status=TRADE_SUCCESS&sign_type=RSA2'
    const alipay = await send('/payments/alipay/notify', { user: undefined, body, headers })
    expect([alipay.status, await alipay.text()]).toEqual([401, 'fail'])
  })
})
