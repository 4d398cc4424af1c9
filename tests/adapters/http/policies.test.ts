import { ok } from 'neverthrow'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { StoreUnavailable } from '../../../src/application/transaction.ts'
import { codeFromRandom } from '../../../src/domain/access-code.ts'
import { fen } from '../../../src/domain/money.ts'
import {
  availableCode,
  billDay,
  discrepancy,
  dueDelivery,
  failedRefund,
  minute,
  operatorAccount,
  operatorSession,
  pendingRefund,
  runningRun,
} from '../../support/builders.ts'
import type { FullGateway } from '../../../src/application/payments/payment-gateway.ts'
import { mountRoutes, type Route } from '../../../src/adapters/http/route.ts'
import { adminToken, type Reply, type Service, startService, tokenFor } from './service.ts'

let service: Service
const tokens: Record<string, string> = {}
/** What u1 has: one of everything a path can name. */
const things: Record<string, string> = {}

let gatewayCalls = 0
/** Counts whatever is asked of a gateway. */
const counted = (gateway: FullGateway): FullGateway =>
  new Proxy(gateway, {
    get(target, name) {
      const part: unknown = Reflect.get(target, name)
      if (typeof part === 'function') gatewayCalls += 1
      return part
    },
  })

beforeAll(async () => {
  service = await startService({ gateway: counted })
  const u1 = await tokenFor('u1')
  const product = await service.sell({ fulfilment: { type: 'access', delivery: 'grant', validityDays: 30 } })
  const text = codeFromRandom(new Uint8Array(15).fill(3))
  const code = availableCode({ productId: product.id, origin: { type: 'batch', batchId: 'b1' }, expiresAt: undefined })
  await service.store.transaction.run(async ({ accessCodes }) => ok(await accessCodes.insert([{ code, text }])))
  const order = await service.order(u1, product.id)
  const body = { orderId: order.id, method: 'WECHAT_NATIVE' }
  const created = await service.call('POST', '/api/v1/payments/wechat/create', { token: u1, body })
  Object.assign(things, {
    productId: product.id,
    orderId: order.id,
    paymentId: created.json.data.payment.id,
    provider: 'wechat',
    /** For what would end the order that the other routes need. */
    otherOrderId: (await service.order(u1, product.id)).id,
    sku: 'HAT',
    rule: 'velocity',
    code: text,
    file: 'x',
  })
  Object.assign(tokens, {
    owner: u1,
    stranger: await tokenFor('u2'),
    admin: await adminToken(),
    link: new URL(order.cashierUrl).hash.slice(1),
    otherLink: new URL((await service.order(u1, product.id)).cashierUrl).hash.slice(1),
  })
  Object.assign(things, await paidOrder(u1, product.id))
  await renew()
})
afterAll(() => service.stop())

const JUNK = { headers: {}, body: new Uint8Array() }
/** One that is paid, which is what money can be asked back from. */
const paidOrder = async (token: string, productId: string): Promise<Record<string, string>> => {
  const { id } = await service.order(token, productId)
  const body = { orderId: id, method: 'WECHAT_NATIVE' }
  const created = await service.call('POST', '/api/v1/payments/wechat/create', { token, body })
  const { id: paymentId, outTradeNo } = created.json.data.payment
  service.gateways.wechat.pay(outTradeNo)
  await service.call('GET', `/api/v1/payments/wechat/query/${id}`, { token })
  return { paidOrderId: id, paidPaymentId: paymentId }
}

let refunds = 0

/** A refund in the state that each decision needs. */
const renewRefunds = async (): Promise<void> => {
  refunds += 1
  const [approve, reject, retry] = ['approve', 'reject', 'retry'].map((name) => `${name}_${refunds}`)
  const { paidOrderId: orderId = '', paidPaymentId: paymentId = '' } = things
  const facts = { orderId, paymentId, userId: 'u1', amount: fen(1) }
  await service.store.transaction.run(async (store) => {
    await store.refunds.insert(pendingRefund({ ...facts, refundNo: approve ?? '' }))
    await store.refunds.insert(pendingRefund({ ...facts, refundNo: reject ?? '' }))
    await store.refunds.insert(failedRefund({ ...facts, refundNo: retry ?? '' }))
    return ok(undefined)
  })
  Object.assign(things, { approve, reject, retry, refundNo: retry })
}

/** What an operation uses up; made anew where it is to be done once more. */
const renew = async (): Promise<void> => {
  const token = tokens['admin']
  const body = { productId: things['productId'], count: 1, expiresAt: '2099-01-01T00:00:00Z' }
  const made = await service.call('POST', '/api/v1/admin/access-codes', { token, body })
  const { batchId } = made.json.data
  const listed = await service.call('GET', `/api/v1/admin/access-codes?batchId=${batchId}`, { token })
  const incidentId = service.deps.ids.entity()
  const facts = { id: incidentId, kind: 'unknown_order', provider: 'wechat', outTradeNo: 'P0' } as const
  const report = { ...facts, orderId: undefined, evidence: {}, subject: incidentId, at: service.clock.now() }
  await service.store.transaction.run(async ({ incidents }) => ok(await incidents.report(report)))
  const notificationId = service.deps.ids.entity()
  const message = { provider: 'wechat', kind: 'other', verdict: 'recorded', raw: JUNK } as const
  const unknown = { outTradeNo: undefined, orderId: undefined, eventAt: undefined, retries: 0 }
  const logged = { ...message, ...unknown, id: notificationId, notificationId, receivedAt: service.clock.now() }
  await service.store.transaction.run(async ({ notifications }) => ok(await notifications.insert(logged)))
  const newest = await service.call('GET', '/api/v1/admin/alerts?limit=1', { token })
  const alertId = newest.json.data[0].id
  Object.assign(things, { batchId, codeId: listed.json.data[0].id, incidentId, alertId, notificationId })
  await renewBlacklist()
  await renewRefunds()
  await renewWebhooks()
  await renewReconciliation()
  await renewOperators()
}

/** A network that nobody here comes from. */
const renewBlacklist = async (): Promise<void> => {
  const body = { address: '198.51.100.0/24', reason: 'x' }
  const put = await service.call('POST', '/api/v1/admin/risk/blacklist', { token: tokens['admin'], body })
  Object.assign(things, { entryId: put.json.data.id })
}

const renewWebhooks = async (): Promise<void> => {
  const added = { token: tokens['admin'], body: { url: 'https://shop.example.cn/' } }
  const endpoint = await service.call('POST', '/api/v1/admin/webhook-endpoints', added)
  const other = await service.call('POST', '/api/v1/admin/webhook-endpoints', added)
  const endpointId: string = endpoint.json.data.id
  const delivery = dueDelivery({ id: `d${endpointId.slice(1)}`, endpointId, dueAt: minute(60) })
  await service.store.transaction.run(async ({ webhookDeliveries }) => ok(await webhookDeliveries.insert(delivery)))
  /** The other one is for what would take away the one that the other routes need. */
  Object.assign(things, { endpointId, otherEndpointId: other.json.data.id, deliveryId: delivery.id })
}

/** Somebody with a session, and a name that nobody has. */
const renewOperators = async (): Promise<void> => {
  const [name, newName] = [1, 2].map(() => `o${service.deps.ids.entity().slice(-8)}`)
  const account = operatorAccount({ id: service.deps.ids.entity(), name: name ?? '', role: 'viewer' })
  const sessionId = service.deps.ids.entity()
  const at = service.clock.now()
  const times = { createdAt: at, seenAt: at, expiresAt: minute(9999) }
  await service.store.transaction.run(async ({ operators, operatorSessions }) => {
    await operators.insert({ account, passwordHash: 'x' })
    const session = operatorSession({ id: sessionId, operatorId: account.id, ...times })
    return ok(await operatorSessions.insert(session, Buffer.from(sessionId)))
  })
  Object.assign(things, { name, newName, sessionId })
}

/** A run, and something that it has found. */
const renewReconciliation = async (): Promise<void> => {
  const discrepancyId = service.deps.ids.entity()
  const run = runningRun({ id: service.deps.ids.entity(), provider: 'alipay' })
  await service.store.transaction.run(async ({ reconciliations, discrepancies }) => {
    const isFirst = await reconciliations.insert(run, minute(9999))
    if (isFirst) Object.assign(things, { reconciliationId: run.id })
    await discrepancies.insert(discrepancy({ id: discrepancyId, subject: discrepancyId }), run.id, undefined)
    return ok(undefined)
  })
  Object.assign(things, { discrepancyId })
}

const BODIES: Readonly<Record<string, () => unknown>> = {
  'POST /api/v1/orders': () => ({ items: [{ productId: things['productId'], quantity: 1 }] }),
  'POST /api/v1/payments/:provider/create': () => ({ orderId: things['orderId'], method: 'WECHAT_NATIVE' }),
  'POST /api/v1/payments/:provider/refund': () => ({ orderId: things['paidOrderId'], amount: '0.01', reason: 'x' }),
  'POST /api/v1/access-codes/activate': () => ({ code: things['code'] }),
  'POST /api/v1/admin/products': () => ({ name: 'x', price: '1', fulfilment: { type: 'goods', sku: 'A' } }),
  'POST /api/v1/admin/access-codes': () => ({
    productId: things['productId'],
    count: 2,
    expiresAt: '2099-01-01T00:00:00Z',
  }),
  'PATCH /api/v1/admin/products/:productId': () => ({ sortOrder: 2 }),
  'POST /api/v1/admin/incidents/:incidentId/resolve': () => ({ note: 'x' }),
  'POST /api/v1/admin/reconciliations': () => ({ provider: 'wechat', date: billDay() }),
  'POST /api/v1/admin/discrepancies/:discrepancyId/resolve': () => ({ action: 'ignore', note: 'x' }),
  'POST /api/v1/admin/inventory/:sku/adjust': () => ({ delta: 1, reason: 'x' }),
  'POST /api/v1/admin/risk/blacklist': () => ({ address: '198.51.100.7', reason: 'x' }),
  'PATCH /api/v1/admin/risk/rules/:rule': () => ({ weight: 1 }),
  'PATCH /api/v1/admin/risk/thresholds': () => ({ deny: 200 }),
  'POST /api/v1/admin/session': () => ({ name: 'nobody', password: 'x' }),
  'POST /api/v1/admin/session/password': () => ({ currentPassword: 'x', newPassword: 'y' }),
  'POST /api/v1/admin/operators': () => ({ name: things['newName'], role: 'viewer' }),
  'PATCH /api/v1/admin/operators/:name': () => ({ displayName: 'x' }),
  'POST /api/v1/admin/webhook-endpoints': () => ({ url: 'https://shop.example.cn/hooks' }),
  'PATCH /api/v1/admin/webhook-endpoints/:endpointId': () => ({ description: 'x' }),
}

const QUERIES: Readonly<Record<string, () => string>> = {
  'GET /api/v1/admin/access-codes.csv': () => `?batchId=${things['batchId']}`,
  'GET /api/v1/admin/sessions': () => `?operator=${things['name']}`,
  'GET /api/v1/admin/risk/shadow': () => '?from=2026-01-01T00:00:00Z&to=2026-02-01T00:00:00Z',
  'POST /api/v1/admin/reconciliations/import': () => `?provider=wechat&date=${billDay()}`,
}

/** What a route takes that is no JSON. */
const FILES: Readonly<Record<string, Uint8Array<ArrayBuffer>>> = {
  'POST /api/v1/admin/reconciliations/import': Uint8Array.of(1, 2, 3),
}

const nameOf = ({ method, path }: Route): string => `${method} ${path}`

const callAs = async (route: Route, token: string | undefined): Promise<Reply> => {
  const orderId = things[route.path.endsWith('/cancel') ? 'otherOrderId' : 'orderId']
  const refundNo = things[/(?:approve|reject|retry)$/.exec(route.path)?.[0] ?? 'refundNo']
  const endpointId = things[route.method === 'DELETE' ? 'otherEndpointId' : 'endpointId']
  const named: Readonly<Record<string, string | undefined>> = { ...things, orderId, refundNo, endpointId }
  const place = route.path.replace(/:(\w+)/g, (_, name: string) => named[name] ?? '')
  const path = place + (QUERIES[nameOf(route)]?.() ?? '')
  const body = BODIES[nameOf(route)]?.()
  const raw = FILES[nameOf(route)]
  const headers = { 'content-type': 'application/octet-stream' }
  if (raw !== undefined) return service.call(route.method, path, { token, raw, headers })
  if (!path.endsWith('/events')) return service.call(route.method, path, { token, body })
  const aborter = new AbortController() // A stream would never end by itself.
  const authorization = token === undefined ? {} : { authorization: `Bearer ${token}` }
  const response = await fetch(service.origin + path, { headers: authorization, signal: aborter.signal })
  const text = response.ok ? '' : await response.text()
  aborter.abort()
  return { status: response.status, headers: response.headers, text, json: text === '' ? undefined : JSON.parse(text) }
}

const routesWith = (...access: Route['access'][]): Route[] =>
  service.app.routes.filter((route) => access.includes(route.access))

/** The status of its success, which is the first it documents. */
const successOf = ({ doc }: Route): number => Number(Object.keys(doc?.answers ?? {})[0])

describe('the routes', () => {
  it('are these, and open to these', () => {
    const table = Object.groupBy(service.app.routes, ({ access }) => access)
    const names = (access: Route['access']) => (table[access] ?? []).map(nameOf).sort()
    expect(names('public')).toEqual([
      'GET /api/v1/packages',
      'GET /api/v1/packages/:productId',
      'GET /api/v1/products',
      'GET /api/v1/products/:productId',
      'GET /cashier/:orderId',
      'GET /cashier/:orderId/return',
      'GET /cashier/assets/:file',
      'GET /docs',
      'GET /docs/:file',
      'GET /healthz',
      'GET /openapi.json',
      'GET /readyz',
      'GET /sandbox',
      'POST /api/v1/admin/session',
    ])
    expect(names('gateway')).toEqual([
      'POST /api/v1/payments/:provider/notify',
      'POST /api/v1/payments/:provider/refund/notify',
    ])
    expect(names('payer')).toEqual([
      'GET /api/v1/orders/:orderId',
      'GET /api/v1/orders/:orderId/events',
      'GET /api/v1/payments/:provider/query/:orderId',
      'POST /api/v1/payments/:provider/close/:orderId',
      'POST /api/v1/payments/:provider/create',
    ])
    expect(names('owner')).toEqual(['GET /api/v1/refunds/:refundNo', 'POST /api/v1/payments/:provider/refund'])
    expect(names('session')).toEqual([
      'DELETE /api/v1/admin/session',
      'GET /api/v1/admin/session',
      'POST /api/v1/admin/session/password',
    ])
    expect(names('admin').every((name) => name.includes(' /api/v1/admin/'))).toBe(true)
    expect(names('watcher')).toEqual(['GET /metrics'])
    // Whoever signs in has nothing yet to be known by.
    const others = [...names('public'), ...names('payer'), ...names('user'), ...names('owner')]
    expect(others.filter((name) => name.includes('/admin/'))).toEqual(['POST /api/v1/admin/session'])
  })

  it('can not start without a policy, or twice', () => {
    const route: Route = { method: 'GET', path: '/x', access: 'public', serve: async () => {} }
    const { access: _, ...open } = route
    expect(() => mountRoutes(service.deps, [open as Route])).toThrow('GET /x declares no access policy') // What no compiler saw.
    const wrong = { ...route, access: 'toString' } as unknown as Route // As above.
    expect(() => mountRoutes(service.deps, [wrong])).toThrow('GET /x declares no access policy')
    for (const access of ['admin', 'owner'] as const) {
      expect(() => mountRoutes(service.deps, [{ ...route, access }])).toThrow('GET /x declares no permission')
      const unknown = { ...route, access, permission: 'toString' } as unknown as Route // As above.
      expect(() => mountRoutes(service.deps, [unknown])).toThrow('GET /x declares no permission')
      expect(() => mountRoutes(service.deps, [{ ...route, access, permission: 'orders.read' }])).not.toThrow()
    }
    expect(() => mountRoutes(service.deps, [route, route])).toThrow('GET /x is there twice')
    expect(() => mountRoutes(service.deps, [route])).not.toThrow()
    const personal = { action: 'x.search', notedBy: 'route' } as const
    expect(() => mountRoutes(service.deps, [{ ...route, personal }])).toThrow('GET /x records no operator')
  })
})

describe('the matrix of routes and callers', () => {
  it('has an example of everything that a route names or takes, and of nothing else', () => {
    const names = new Set(service.app.routes.map(nameOf))
    for (const route of service.app.routes) {
      for (const [, name = ''] of route.path.matchAll(/:(\w+)/g))
        expect(things[name], `${nameOf(route)}: :${name}`).toBeDefined()
      const body = route.doc?.body
      if (body !== undefined && !body.safeParse(undefined).success)
        expect(Object.keys(BODIES), nameOf(route)).toContain(nameOf(route))
    }
    for (const name of Object.keys({ ...BODIES, ...QUERIES, ...FILES })) expect([...names]).toContain(name)
  })
})

describe('without a good token', () => {
  it('every route that needs one answers 401, one body for all causes', async () => {
    const bodies = new Set<string>()
    const expired = await tokenFor('u1', { exp: 1 })
    for (const route of routesWith('user', 'payer', 'owner', 'admin', 'session'))
      for (const token of [undefined, 'junk', expired, `${tokens['owner']}x`]) {
        const reply = await callAs(route, token)
        expect([nameOf(route), reply.status]).toEqual([nameOf(route), 401])
        expect(reply.headers.get('www-authenticate')).toBe('Bearer')
        const { requestId: _, ...body } = reply.json
        bodies.add(JSON.stringify(body))
      }
    expect(bodies.size).toBe(1)
  })

  it('public routes answer all the same', async () => {
    for (const route of routesWith('public').filter(({ method }) => method === 'GET'))
      expect((await callAs(route, 'junk')).status, nameOf(route)).not.toBe(401)
  })

  it('another scheme or a token elsewhere does not count', async () => {
    const path = '/api/v1/orders'
    for (const authorization of [
      `Basic ${tokens['owner']}`,
      `${tokens['owner']}`,
      `Bearer  ${tokens['owner']}`,
      'Bearer',
      'Bearer a b',
    ])
      expect((await service.call('GET', path, { headers: { authorization } })).status, authorization).toBe(401)
    expect((await service.call('GET', path, { headers: { authorization: `bearer ${tokens['owner']}` } })).status).toBe(
      200,
    )
    expect((await service.call('GET', path, { headers: { cookie: `token=${tokens['owner']}` } })).status).toBe(401)
    expect((await service.call('GET', `${path}?access_token=${tokens['owner']}`)).status).toBe(401)
  })
})

describe('as a user', () => {
  it('every admin route answers 403, before it looks at anything else', async () => {
    for (const route of routesWith('admin')) {
      const reply = await callAs(route, tokens['owner'])
      expect([nameOf(route), reply.status, reply.json.code]).toEqual([nameOf(route), 403, 'FORBIDDEN'])
    }
  })

  it('everything of one’s own is there', async () => {
    for (const route of routesWith('user', 'payer', 'owner')) {
      const reply = await callAs(route, tokens['owner'])
      // Access to the product is there because the code was activated before.
      expect([nameOf(route), reply.status]).toEqual([nameOf(route), successOf(route)])
    }
  })

  it('nothing of another user is: named things are 404, lists do not have them', async () => {
    for (const route of routesWith('user', 'payer', 'owner')) {
      if (nameOf(route) === 'POST /api/v1/orders') continue // It names nothing that belongs to anybody.
      const reply = await callAs(route, tokens['stranger'])
      const isNamed =
        /:(?:(?:order|payment|product)Id|refundNo)/.test(route.path) || BODIES[nameOf(route)] !== undefined
      expect([nameOf(route), reply.status]).toEqual([nameOf(route), isNamed ? 404 : 200])
      for (const id of [things['orderId'], things['paymentId'], things['refundNo']])
        expect(reply.text).not.toContain(id)
    }
  })
})

describe('what is another user’s', () => {
  /** The same names for things that nobody ever had. */
  const asIfNeverThere = async (ask: () => Promise<Reply>): Promise<Reply> => {
    const there = { ...things }
    for (const name of ['orderId', 'otherOrderId', 'paidOrderId', 'paymentId', 'refundNo', 'productId'])
      things[name] = `${things[name]?.slice(0, -4)}none`
    things['code'] = codeFromRandom(new Uint8Array(15).fill(99))
    const reply = await ask()
    Object.assign(things, there)
    return reply
  }
  const withoutRequest = ({ status, json }: Reply) => {
    const { requestId: _, ...body } = json
    return { status, body }
  }

  it('can’t be told from what never was, and no gateway hears of it', async () => {
    await renew()
    const before = gatewayCalls
    let compared = 0
    for (const route of routesWith('user', 'payer', 'owner')) {
      const foreign = await callAs(route, tokens['stranger'])
      if (foreign.status !== 404) continue
      const missing = await asIfNeverThere(() => callAs(route, tokens['stranger']))
      expect([nameOf(route), withoutRequest(foreign)]).toEqual([nameOf(route), withoutRequest(missing)])
      compared += 1
    }
    expect(compared).toBeGreaterThan(10)
    expect(before).toBeGreaterThan(0)
    expect(gatewayCalls).toBe(before)
  })

  it('does not come with the cursor of its owner', async () => {
    let followed = 0
    for (const route of routesWith('user', 'owner')) {
      if (route.method !== 'GET' || route.doc?.query?.shape['cursor'] === undefined) continue
      const first = await service.call('GET', `${route.path}?limit=1`, { token: tokens['owner'] })
      const cursor = first.json.page.nextCursor
      if (cursor === null) continue
      const next = await service.call('GET', `${route.path}?cursor=${cursor}`, { token: tokens['stranger'] })
      expect([nameOf(route), next.status, next.json.data]).toEqual([nameOf(route), 200, []])
      followed += 1
    }
    expect(followed).toBeGreaterThan(2)
  })

  it('is not answered under the idempotency key of its owner', async () => {
    const key = { 'Idempotency-Key': 'the key of u1' }
    const path = '/api/v1/payments/wechat/create'
    const body = BODIES['POST /api/v1/payments/:provider/create']?.()
    const first = await service.call('POST', path, { token: tokens['owner'], body, headers: key })
    expect(first.status).toBe(201)
    for (const name of ['stranger', 'otherLink'])
      expect((await service.call('POST', path, { token: tokens[name], body, headers: key })).status, name).toBe(404)
  })
})

describe('as an admin', () => {
  it('admin routes are open', async () => {
    for (const route of routesWith('admin'))
      expect([200, 201, 202], nameOf(route)).toContain((await callAs(route, tokens['admin'])).status)
  })

  it('other people’s things are still other people’s', async () => {
    for (const route of routesWith('payer'))
      expect((await callAs(route, tokens['admin'])).status, nameOf(route)).toBe(404)
  })
})

describe('with a cashier link', () => {
  it('its own order can be seen and paid, and nothing else is even asked', async () => {
    for (const route of routesWith('payer'))
      expect([200, 201], nameOf(route)).toContain((await callAs(route, tokens['link'])).status)
    for (const route of routesWith('user', 'owner', 'admin', 'session'))
      expect((await callAs(route, tokens['link'])).status, nameOf(route)).toBe(401)
  })

  it('no other order is there', async () => {
    for (const route of routesWith('payer'))
      expect((await callAs(route, tokens['otherLink'])).status, nameOf(route)).toBe(404)
  })

  it('an altered one is no link', async () => {
    const altered = tokens['link']?.replace(things['orderId'] ?? '', things['productId'] ?? '')
    for (const route of routesWith('payer')) expect((await callAs(route, altered)).status, nameOf(route)).toBe(401)
  })
})

describe('a refusal', () => {
  it('calls no use case', async () => {
    const called: string[] = []
    const strict = await startService({
      deps: {
        createProduct: async () => {
          called.push('createProduct')
          return ok(await service.sell())
        },
      },
    })
    const body = BODIES['POST /api/v1/admin/products']?.()
    await strict.call('POST', '/api/v1/admin/products', { body })
    await strict.call('POST', '/api/v1/admin/products', { body, token: tokens['owner'] })
    await strict.call('POST', '/api/v1/admin/products', { body: { name: 1 }, token: tokens['admin'] })
    expect(called).toEqual([])
    await strict.call('POST', '/api/v1/admin/products', { body, token: tokens['admin'] })
    expect(called).toEqual(['createProduct'])
    await strict.stop()
  })
})

describe('the audit log', () => {
  const entries = async () =>
    (await service.store.readers.audit.list({ from: undefined, to: undefined }, { limit: 1000, after: undefined }))
      .items

  it('gets one entry for each operation of an admin, with who, what, from where and in which request', async () => {
    const writing = routesWith('admin').filter(
      ({ method, personal }) => method !== 'GET' || personal?.notedBy === 'use case',
    )
    expect(writing.length).toBeGreaterThan(5)
    await renew()
    for (const route of writing) {
      const before = await entries()
      const reply = await callAs(route, tokens['admin'])
      const known = new Set(before.map(({ id }) => id))
      const added = (await entries()).filter(({ id }) => !known.has(id))
      const requestId = reply.headers.get('x-request-id')
      expect([nameOf(route), reply.status, added]).toEqual([
        nameOf(route),
        reply.status,
        [
          expect.objectContaining({
            actor: 'boss',
            ip: '127.0.0.1',
            requestId,
            action: expect.stringMatching(/^\w+\./),
          }),
        ],
      ])
      for (const { subject, before: was, after: is } of added) {
        expect(subject, nameOf(route)).not.toBe('')
        expect(was ?? is, nameOf(route)).toBeDefined()
      }
    }
  })

  it('gets none for an operation that is refused', async () => {
    const before = await entries()
    for (const route of routesWith('admin')) if (route.method !== 'GET') await callAs(route, tokens['owner'])
    expect(await entries()).toEqual(before)
  })
})

/** What tells nothing of any person: goods, sums, rules, states of messages and of the service. */
const IMPERSONAL = [
  'GET /api/v1/admin/alerts',
  'GET /api/v1/admin/inventory',
  'GET /api/v1/admin/inventory/:sku/entries',
  'GET /api/v1/admin/notifications',
  'GET /api/v1/admin/notifications/:notificationId/verdict',
  'GET /api/v1/admin/notifications/stats',
  'GET /api/v1/admin/reconciliations',
  'GET /api/v1/admin/reconciliations/:reconciliationId',
  'GET /api/v1/admin/risk/rules',
  'GET /api/v1/admin/risk/shadow',
  'GET /api/v1/admin/stats/channels',
  'GET /api/v1/admin/stats/overview',
  'GET /api/v1/admin/stats/refunds',
  'GET /api/v1/admin/stats/trend',
  'GET /api/v1/admin/webhook-endpoints',
  'GET /api/v1/admin/webhook-endpoints/:endpointId',
  'GET /api/v1/admin/webhook-endpoints/:endpointId/deliveries',
]

/** Fields that are about a person, or hold what a gateway or a payer wrote. */
const ABOUT_PEOPLE = ['userId', 'activatedBy', 'address', 'ip', 'evidence', 'rowText', 'body', 'headers']

const fieldsOf = (schema: unknown): readonly string[] => {
  if (typeof schema !== 'object' || schema === null) return []
  const own =
    'properties' in schema && typeof schema.properties === 'object' ? Object.keys(schema.properties ?? {}) : []
  return [...own, ...Object.values(schema).flatMap(fieldsOf)]
}

describe('data of people', () => {
  const reads = () => routesWith('admin').filter(({ method }) => method === 'GET')
  const entriesOf = async (actor: string) =>
    (
      await service.store.readers.audit.list(
        { actor, from: undefined, to: undefined },
        { limit: 1000, after: undefined },
      )
    ).items

  it('is declared by every route that shows some to operators', () => {
    const undeclared = reads().filter(({ personal }) => personal === undefined)
    expect(undeclared.map(nameOf).sort()).toEqual(IMPERSONAL)
    const shown = undeclared.flatMap((route) =>
      Object.values(route.doc?.answers ?? {}).flatMap(({ schema }) =>
        schema === undefined ? [] : fieldsOf(z.toJSONSchema(schema, { io: 'output', unrepresentable: 'any' })),
      ),
    )
    expect(shown.length).toBeGreaterThan(50)
    expect(shown.filter((field) => ABOUT_PEOPLE.includes(field))).toEqual([])
    const names = reads().flatMap(({ personal }) => personal?.action ?? [])
    expect(new Set(names).size).toBe(names.length)
  })

  it('is shown once the look is on record: each export and message, anything else once an hour', async () => {
    const personal = reads().filter((route) => route.personal !== undefined)
    expect(personal.length).toBeGreaterThan(8)
    for (const route of personal) {
      const actor = `reader:${route.personal?.action}`
      const token = await tokenFor(actor, { role: 'admin' })
      const reply = await callAs(route, token)
      expect([nameOf(route), reply.status]).toEqual([nameOf(route), 200])
      expect(await entriesOf(actor)).toEqual([
        expect.objectContaining({
          action: route.personal?.action,
          ip: '127.0.0.1',
          requestId: reply.headers.get('x-request-id'),
          at: service.clock.now(),
        }),
      ])
      await callAs(route, token)
      expect(await entriesOf(actor)).toHaveLength(route.personal?.notedBy === 'route' ? 1 : 2)
    }
  })

  it('is not shown where that can not be put on record', async () => {
    const noteRead = () => Promise.reject(new StoreUnavailable('the disk is full'))
    const broken = await startService({ deps: { noteRead } })
    for (const path of ['orders', 'payments', 'refunds', 'access-codes', 'risk/decisions', 'audit']) {
      const reply = await broken.call('GET', `/api/v1/admin/${path}`, { token: await adminToken() })
      expect([path, reply.status, reply.json.code]).toEqual([path, 503, 'SERVICE_UNAVAILABLE'])
    }
    await broken.stop()
  })

  it('that is not there is no look at anything', async () => {
    const token = await tokenFor('seeker', { role: 'admin' })
    expect((await service.call('GET', '/api/v1/admin/orders/none', { token })).status).toBe(404)
    expect(await entriesOf('seeker')).toEqual([])
  })

  it('is recorded by whom it is about and what was asked, and whether somebody read on', async () => {
    const token = await tokenFor('searcher', { role: 'admin' })
    const search = async (query: string) =>
      (await service.call('GET', `/api/v1/admin/orders?${query}`, { token })).json.page.nextCursor
    const next = await search('userId=u1&limit=1&from=2026-01-01T00:00:00Z')
    await search('userId=u1&limit=2&from=2026-01-01T00:00:00Z')
    const further = await search(`userId=u1&limit=1&from=2026-01-01T00:00:00Z&cursor=${next}`)
    await search(`userId=u1&limit=1&from=2026-01-01T00:00:00Z&cursor=${further}`)
    await search('status=paid')
    const after = { userId: 'u1', from: '2026-01-01T00:00:00.000Z' }
    const seen = (await entriesOf('searcher')).map((entry) => [entry.action, entry.subject, entry.after])
    expect(seen).toHaveLength(3)
    expect(seen).toContainEqual(['order.search', 'u1', after])
    expect(seen).toContainEqual(['order.search', 'u1', { ...after, isContinued: true }])
    expect(seen).toContainEqual(['order.search', '*', { status: 'paid' }])
  })
})
