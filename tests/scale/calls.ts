import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fen } from '../../src/domain/money.ts'
import { writeWechatBill } from '../bench/bill-files.ts'
import type { RunningHere } from '../support/service.ts'
import { temporaryDirectory } from '../support/temporary-directory.ts'
import { deliver, eventually, genuine, GRANT, type Gateway, type Json, METHOD } from '../wire/payer.ts'
import type { Known } from './known.ts'

type Given = {
  readonly user?: string
  readonly body?: unknown
  /** Sent as it is, instead of a body in JSON. */
  readonly file?: Uint8Array<ArrayBuffer>
  /** What stands in the path. */
  readonly in?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, string>>
  /** Of a browser; a token is sent without them. */
  readonly headers?: Readonly<Record<string, string>>
}

/** Calls an operation by its route, takes note of it and gives what it answers. */
export type Caller = (route: string, given?: Given) => Promise<Json>

/** What the state of things may refuse is as good a call: the database was asked. */
const REFUSED = 409
const FIRST_BYTES = /\/events$/

export const callerOn =
  (running: RunningHere, called: Set<string>): Caller =>
  async (route, { user = 'admin', body, file, in: values = {}, query = {}, headers } = {}) => {
    called.add(route)
    const [method = 'GET', template = ''] = route.split(' ')
    const path = template.replaceAll(/\{(\w+)\}/g, (_, name: string) => values[name] ?? `no ${name}`)
    const hangUp = new AbortController()
    const answer = await fetch(`${running.origin}${path}?${new URLSearchParams(query).toString()}`, {
      method,
      headers: {
        'content-type': file === undefined ? 'application/json' : 'application/octet-stream',
        ...(headers ?? { authorization: `Bearer ${await running.token(user, user === 'admin')}` }),
        ...(method === 'POST' ? { 'idempotency-key': crypto.randomUUID() } : {}),
      },
      signal: hangUp.signal,
      ...(file === undefined ? {} : { body: file }),
      ...(body === undefined || method === 'GET' ? {} : { body: JSON.stringify(body) }),
    })
    if (FIRST_BYTES.test(path)) return hangUp.abort()
    const text = await answer.text()
    if (answer.status >= 400 && answer.status !== REFUSED)
      throw new Error(`${route} answered ${answer.status}: ${text}`)
    return text.startsWith('{') ? JSON.parse(text) : text
  }

const API = '/api/v1'
const SHOPPER = 'u1' // One who has bought a lot.

/** Whole purchases and all that an operator does, each route of it once at least. */
export const useEverything = async (running: RunningHere, call: Caller, known: Known): Promise<void> => {
  const productId = await keepShop(call)
  for (const gateway of ['wechat', 'alipay'] as const) await buyAndReturn(running, call, gateway, productId)
  await leave(call, productId)
  await useAccess(call)
  await handOutCodes(call)
  await lookAfterMessages(running, call)
  await lookAfterWebhooks(call, known)
  await reconcile(running, call)
  await controlRisk(call)
  await letPeopleIn(running, call)
  for (const name of ['overview', 'trend', 'channels', 'refunds'])
    await call(`GET ${API}/admin/stats/${name}`, { query: { from: '2026-01-01', to: '2026-12-31' } })
  await call(`GET ${API}/admin/stats/trend`, { query: { provider: 'wechat' } })
  for (const path of ['/healthz', '/readyz', '/metrics']) await call(`GET ${path}`)
}

/** A day long ago whose bill has one payment that nobody here has ever heard of. */
const reconcile = async (running: RunningHere, call: Caller): Promise<void> => {
  const at = Date.parse('2025-06-10T04:00:00Z')
  const row = {
    kind: 'payment',
    at,
    outTradeNo: 'NOBODYKNOWS1',
    transactionId: '4200009999000000000000000001',
  } as const
  const { mchId, appId } = running.sandbox.wechat.credentials
  const directory = temporaryDirectory()
  const path = join(directory.path, 'bill.csv')
  await writeWechatBill(path, [{ ...row, amount: fen(100) }], { mchId, appId })
  const file = new Uint8Array(readFileSync(path))
  directory.remove()
  const day = { provider: 'wechat', date: '2025-06-10' }
  const { data: run } = await call(`POST ${API}/admin/reconciliations/import`, { query: day, file })
  await call(`POST ${API}/admin/reconciliations`, { body: day })
  const one = { in: { reconciliationId: String(run.id) } }
  const status = async () => (await call(`GET ${API}/admin/reconciliations/{reconciliationId}`, one)).data.status
  await becomes(running, status, 'completed')
  const differences = `GET ${API}/admin/reconciliations/{reconciliationId}/discrepancies`
  for (const query of [{}, { class: 'missing_local' }, { status: 'open' }, { class: 'unreadable', status: 'open' }])
    await call(differences, { ...one, query })
  const { data: found } = await call(differences, one)
  await call(`GET ${API}/admin/reconciliations/{reconciliationId}/report.csv`, one)
  const body = { action: 'ignore', note: '测试' }
  await call(`POST ${API}/admin/discrepancies/{discrepancyId}/resolve`, { in: { discrepancyId: found[0].id }, body })
  for (const query of [{}, { provider: 'wechat' }, { status: 'completed' }, { provider: 'alipay', status: 'failed' }])
    await call(`GET ${API}/admin/reconciliations`, { query })
}

const controlRisk = async (call: Caller): Promise<void> => {
  const risk = `${API}/admin/risk`
  const { data } = await call(`POST ${risk}/blacklist`, { body: { address: '198.51.100.0/24', reason: '测试' } })
  await call(`GET ${risk}/blacklist`)
  await call(`DELETE ${risk}/blacklist/{entryId}`, { in: { entryId: data.id } })
  await call(`GET ${risk}/decisions`)
  await call(`GET ${risk}/rules`)
  await call(`PATCH ${risk}/rules/{rule}`, { in: { rule: 'velocity' }, body: { weight: 20 } })
  await call(`PATCH ${risk}/thresholds`, { body: { deny: 110 } })
  await call(`GET ${risk}/shadow`, { query: { from: '2026-01-01T00:00:00Z', to: '2027-01-01T00:00:00Z' } })
}

const letPeopleIn = async (running: RunningHere, call: Caller): Promise<void> => {
  const operators = `${API}/admin/operators`
  const { data } = await call(`POST ${operators}`, { body: { name: 'li.lei', role: 'admin' } })
  await call(`GET ${operators}`)
  const one = { in: { name: 'li.lei' } }
  await call(`PATCH ${operators}/{name}`, { ...one, body: { displayName: '李雷' } })
  const { data: again } = await call(`POST ${operators}/{name}/password`, one)
  const signIn = { name: data.name, password: again.oneTimePassword }
  await call(`POST ${API}/admin/session`, { body: signIn })
  const { data: open } = await call(`GET ${API}/admin/sessions`, { query: { operator: 'li.lei' } })
  await call(`DELETE ${API}/admin/sessions/{sessionId}`, { in: { sessionId: open[0].id } })
  const headers = await consoleHeaders(running, signIn)
  await call(`GET ${API}/admin/session`, { headers })
  const body = { currentPassword: signIn.password, newPassword: 'seven people wait for a green bus' }
  await call(`POST ${API}/admin/session/password`, { headers, body })
  await call(`DELETE ${API}/admin/session`, { headers })
}

/** What a browser sends in which somebody has signed in. */
const consoleHeaders = async (running: RunningHere, signIn: unknown): Promise<Readonly<Record<string, string>>> => {
  const answer = await fetch(`${running.origin}${API}/admin/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(signIn),
  })
  const { data }: Json = await answer.json()
  const cookie = answer.headers.getSetCookie().map((one) => one.split(';')[0])
  return { cookie: cookie.join('; '), 'x-csrf-token': String(data.csrfToken) }
}

const keepShop = async (call: Caller): Promise<string> => {
  const body = { name: '会员年卡', description: '', price: '99.00', currency: 'CNY', sortOrder: 1, fulfilment: GRANT }
  const { data } = await call(`POST ${API}/admin/products`, { body: { ...body, active: true } })
  const points = { ...body, active: true, fulfilment: { type: 'points', points: 100, bonusPoints: 1 } }
  const { data: pack } = await call(`POST ${API}/admin/products`, { body: points })
  await call(`PATCH ${API}/admin/products/{productId}`, { in: { productId: data.id }, body: { sortOrder: 2 } })
  for (const [path, { id }] of [
    ['products', data],
    ['packages', pack],
  ] as const) {
    await call(`GET ${API}/${path}`)
    await call(`GET ${API}/${path}/{productId}`, { in: { productId: id } })
  }
  await call(`GET ${API}/admin/inventory`)
  await call(`POST ${API}/admin/inventory/{sku}/adjust`, { in: { sku: 'MUG' }, body: { delta: 5, reason: '进货' } })
  return data.id
}

const ordered = async (call: Caller, productId: string, gateway: Gateway) => {
  const body = { items: [{ productId, quantity: 1 }] }
  const { data: order } = await call(`POST ${API}/orders`, { user: SHOPPER, body })
  const asked = { orderId: order.id, method: METHOD[gateway] }
  const given = { user: SHOPPER, in: { provider: gateway }, body: asked }
  const { data } = await call(`POST ${API}/payments/{provider}/create`, given)
  return { orderId: String(order.id), payment: data.payment, codeUrl: String(data.action.codeUrl) }
}

const buyAndReturn = async (running: RunningHere, call: Caller, gateway: Gateway, productId: string): Promise<void> => {
  const { orderId, payment, codeUrl } = await ordered(call, productId, gateway)
  const one = { user: SHOPPER, in: { orderId, provider: gateway, paymentId: payment.id } }
  await call(`GET ${API}/payments/{provider}/query/{orderId}`, one)
  running.sandbox.wechat.configure({ refundDelayMs: 0 })
  await running.sandbox[gateway].pay(codeUrl)
  const status = async () => (await call(`GET ${API}/orders/{orderId}`, one)).data.status
  await becomes(running, status, 'paid')
  await call(`GET ${API}/orders/{orderId}/events`, one)
  await call(`GET ${API}/payments/{paymentId}`, one)
  await call(`GET ${API}/admin/orders/{orderId}`, { in: one.in })
  for (const [decision, ended] of [
    ['reject', 'cancelled'],
    ['approve', 'success'],
  ] as const) {
    const wanted = { orderId, amount: '30.00', reason: '不想要了' }
    const { data } = await call(`POST ${API}/payments/{provider}/refund`, { ...one, body: wanted })
    const refund = { in: { refundNo: data.refundNo }, body: { reason: '核实' } }
    await call(`POST ${API}/admin/refunds/{refundNo}/${decision}`, refund)
    const read = async () => (await call(`GET ${API}/refunds/{refundNo}`, { ...one, in: refund.in })).data.status
    await becomes(running, read, ended)
    await call(`POST ${API}/admin/refunds/{refundNo}/retry`, refund)
  }
}

const becomes = async (running: RunningHere, read: () => Promise<string>, status: string): Promise<void> => {
  const seen = await eventually(
    () => {
      running.clock.advance(50)
      return read()
    },
    (one) => one === status,
  )
  if (seen !== status) throw new Error(`it is ${seen} and not ${status}`)
}

const leave = async (call: Caller, productId: string): Promise<void> => {
  const { orderId } = await ordered(call, productId, 'wechat')
  const one = { user: SHOPPER, in: { orderId, provider: 'wechat' } }
  await call(`POST ${API}/payments/{provider}/close/{orderId}`, one)
  await call(`POST ${API}/orders/{orderId}/cancel`, one)
  await ordered(call, productId, 'alipay') // Left open.
}

const useAccess = async (call: Caller): Promise<void> => {
  const { data } = await call(`GET ${API}/access`, { user: SHOPPER })
  await call(`GET ${API}/access/{productId}`, { user: SHOPPER, in: { productId: String(data[0].productId) } })
  await call(`GET ${API}/points`, { user: SHOPPER })
}

const handOutCodes = async (call: Caller): Promise<void> => {
  const fulfilment = { type: 'access', delivery: 'code', validityDays: 30 }
  const body = { name: '卡', description: '', price: '9.00', currency: 'CNY', active: true, sortOrder: 1, fulfilment }
  const { data } = await call(`POST ${API}/admin/products`, { body })
  const asked = { productId: data.id, count: 3, expiresAt: '2099-01-01T00:00:00.000Z' }
  const { data: batch } = await call(`POST ${API}/admin/access-codes`, { body: asked })
  const csv = String(await call(`GET ${API}/admin/access-codes.csv`, { query: { batchId: batch.batchId } }))
  const [code] = csv.match(/\b(?:[0-9A-Z]{4}-){3}[0-9A-Z]{4}\b/g) ?? []
  await call(`POST ${API}/access-codes/activate`, { user: SHOPPER, body: { code } })
  const { data: codes } = await call(`GET ${API}/admin/access-codes`, {
    query: { batchId: batch.batchId, status: 'available' },
  })
  await call(`POST ${API}/admin/access-codes/{codeId}/revoke`, { in: { codeId: codes[0].id }, body: {} })
}

const lookAfterMessages = async (running: RunningHere, call: Caller): Promise<void> => {
  const notice = genuine(running, 'wechat', 'P20200101NOBODY', 9900)
  await deliver(running, 'wechat', notice)
  const failed = { query: { verdict: 'unknown_order', limit: '1' } }
  const { data } = await call(`GET ${API}/admin/notifications`, failed)
  const one = { in: { notificationId: data[0].id }, body: {} }
  await call(`GET ${API}/admin/notifications/{notificationId}`, one)
  await call(`GET ${API}/admin/notifications/{notificationId}/verdict`, one)
  await call(`POST ${API}/admin/doctor`)
  await call(`GET ${API}/admin/doctor`)
  await call(`POST ${API}/admin/notifications/{notificationId}/retry`, one)
  await call(`POST ${API}/admin/notifications/retry-failed`)
  await call(`GET ${API}/admin/notifications/stats`)
  const { data: incidents } = await call(`GET ${API}/admin/incidents`, { query: { status: 'open' } })
  const resolved = { in: { incidentId: incidents[0].id }, body: { note: '已核实' } }
  await call(`POST ${API}/admin/incidents/{incidentId}/resolve`, resolved)
  const { data: alerts } = await call(`GET ${API}/admin/alerts`, { query: { rule: 'incident_opened' } })
  await call(`POST ${API}/admin/alerts/{alertId}/acknowledge`, {
    in: { alertId: alerts[0].id },
    body: { note: '收到' },
  })
}

const lookAfterWebhooks = async (call: Caller, { endpointId }: Known): Promise<void> => {
  const body = { url: 'http://127.0.0.1:9/hooks', description: 'another shop' }
  const { data } = await call(`POST ${API}/admin/webhook-endpoints`, { body })
  const one = { in: { endpointId: String(data.id) } }
  await call(`GET ${API}/admin/webhook-endpoints`)
  await call(`GET ${API}/admin/webhook-endpoints/{endpointId}`, one)
  await call(`PATCH ${API}/admin/webhook-endpoints/{endpointId}`, { ...one, body: { description: 'the same' } })
  await call(`DELETE ${API}/admin/webhook-endpoints/{endpointId}`, one)
  const { data: sent } = await call(`GET ${API}/admin/webhook-endpoints/{endpointId}/deliveries`, {
    in: { endpointId },
  })
  const again = { in: { deliveryId: String(sent[0].id) }, body: {} }
  await call(`POST ${API}/admin/webhook-deliveries/{deliveryId}/redeliver`, again)
}
