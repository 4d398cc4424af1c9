import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DEVICE_COOKIE } from '../../../src/adapters/http/device-token.ts'
import { SESSION_COOKIE } from '../../../src/adapters/http/session-cookie.ts'
import { SESSION_IDLE_MS, SESSION_MS } from '../../../src/domain/operator-session.ts'
import { hire, PASSWORD, signedIn, TestBrowser } from './console.ts'
import { adminToken, PUBLIC_URL, type Reply, type Service, startService, tokenFor } from './service.ts'

let service: Service
beforeEach(async () => {
  service = await startService()
  await hire(service, 'boss', 'admin')
})
afterEach(() => service.stop())

const SESSION = '/api/v1/admin/session'
const AUDIT = '/api/v1/admin/audit'
const ALERTS = '/api/v1/admin/alerts'
const codeOf = ({ status, json }: Reply) => [status, json.code]
const actions = async () => {
  const all = { from: undefined, to: undefined }
  const { items } = await service.store.readers.audit.list(all, { limit: 100, after: undefined })
  return items.toReversed().map(({ actor, action, subject }) => [actor, action, subject])
}

describe('signing in', () => {
  it('gives a session with what the operator may do', async () => {
    const { status, json } = await new TestBrowser(service).signIn('Boss')
    expect([status, json.data]).toEqual([
      200,
      {
        id: expect.any(String),
        operator: expect.objectContaining({ name: 'boss', role: 'admin', status: 'active', mustChangePassword: false }),
        permissions: expect.arrayContaining(['operators.manage', 'sessions.own']),
        csrfToken: expect.stringMatching(/^[\w-]{43}$/),
        idleSeconds: 1800,
        createdAt: '2026-03-01T04:00:00.000Z',
        expiresAt: '2026-03-01T16:00:00.000Z',
      },
    ])
    expect(JSON.stringify(json)).not.toContain('scrypt')
  })

  it('sets cookies that only this host gets, over TLS, and no script and no other site', async () => {
    const reply = await new TestBrowser(service).signIn('boss')
    const rest = 'Path=/; Secure; HttpOnly; SameSite=Strict'
    expect(reply.headers.getSetCookie()).toEqual([
      expect.stringMatching(new RegExp(`^${SESSION_COOKIE}=[\\w-]{43}; Max-Age=43200; ${rest}$`)),
      expect.stringMatching(
        new RegExp(`^${DEVICE_COOKIE}=d1~\\w+~boss~[\\w-]{22}~[\\w-]{43}; Max-Age=31536000; ${rest}$`),
      ),
    ])
    for (const name of [SESSION_COOKIE, DEVICE_COOKIE]) expect(name).toMatch(/^__Host-/)
    expect(reply.headers.get('cache-control')).toBe('no-store')
  })

  it('has one answer for an unknown name, a wrong password, a name nobody can have, and one who is disabled', async () => {
    await hire(service, 'gone', 'viewer')
    const operator = { actor: 'test', requestId: 'test', ip: undefined }
    await service.deps.changeOperator('gone', { status: 'disabled' }, operator)
    const bodies = new Set<string>()
    for (const [name, password] of [
      ['nobody', PASSWORD],
      ['boss', 'wrong'],
      ['!', PASSWORD],
      ['gone', PASSWORD],
    ] as const) {
      const reply = await new TestBrowser(service).signIn(name, password)
      expect([reply.status, reply.headers.getSetCookie()]).toEqual([401, []])
      const { requestId: _, ...body } = reply.json
      bodies.add(JSON.stringify(body))
    }
    expect(bodies.size).toBe(1)
    expect([...bodies][0]).toContain('UNAUTHENTICATED')
  })

  it('is in the audit log, whether it went well or not, and nothing that was typed is', async () => {
    await new TestBrowser(service).signIn('boss', 'my other secret')
    await new TestBrowser(service).signIn('typed-password', 'my other secret')
    const browser = await signedIn(service, 'boss')
    await browser.call('DELETE', SESSION)
    expect((await actions()).slice(1)).toEqual([
      ['anonymous', 'session.refuse', 'boss'],
      ['anonymous', 'session.refuse', 'unknown'],
      ['operator:boss', 'session.begin', 'boss'],
      ['operator:boss', 'session.end', 'boss'],
    ])
    const all = await service.store.readers.audit.list(
      { from: undefined, to: undefined },
      { limit: 100, after: undefined },
    )
    for (const secret of ['my other secret', 'typed-password', PASSWORD, browser.csrf ?? ''])
      expect(JSON.stringify([all, service.logs])).not.toContain(secret)
  })

  it('begins another session than the one before, which ends', async () => {
    const browser = await signedIn(service, 'boss')
    const before = new Map(browser.cookies)
    await browser.signIn('boss')
    expect(browser.cookies.get(SESSION_COOKIE)).not.toBe(before.get(SESSION_COOKIE))
    const old = new TestBrowser(service)
    for (const [name, value] of before) old.cookies.set(name, value)
    expect((await old.call('GET', SESSION)).status).toBe(401)
    expect((await browser.call('GET', SESSION)).status).toBe(200)
  })

  it('is refused to a page of another site, whatever it knows', async () => {
    for (const headers of [
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { origin: 'https://evil.example.cn' },
      { origin: 'null' },
      { origin: 'https://shop.example.cn' }, // It may call the API with a token, not sign anybody in.
    ])
      expect(codeOf(await new TestBrowser(service).signIn('boss', PASSWORD, headers))).toEqual([403, 'FORBIDDEN'])
    for (const headers of [{ 'sec-fetch-site': 'same-origin', origin: service.origin }, { origin: PUBLIC_URL }])
      expect((await new TestBrowser(service).signIn('boss', PASSWORD, headers)).status).toBe(200)
  })

  it.each([{}, { name: 'boss' }, { name: 'boss', password: '' }, { name: 'boss', password: PASSWORD, role: 'admin' }])(
    'takes no body like %j',
    async (body) => {
      expect(codeOf(await service.call('POST', SESSION, { body }))).toEqual([400, 'VALIDATION_FAILED'])
    },
  )
})

describe('a session', () => {
  it('lets in until it was not used for half an hour', async () => {
    const browser = await signedIn(service, 'boss')
    for (const _ of [1, 2, 3]) {
      service.clock.advance(SESSION_IDLE_MS - 60_000)
      expect((await browser.call('GET', ALERTS)).status).toBe(200)
    }
    service.clock.advance(SESSION_IDLE_MS)
    expect((await browser.call('GET', ALERTS)).status).toBe(401)
  })

  it('ends after twelve hours however much it is used', async () => {
    const browser = await signedIn(service, 'boss')
    for (let past = 0; past < SESSION_MS - 1_200_000; past += 1_200_000) {
      service.clock.advance(1_200_000)
      expect((await browser.call('GET', ALERTS)).status).toBe(200)
    }
    service.clock.advance(1_200_000)
    expect((await browser.call('GET', ALERTS)).status).toBe(401)
  })

  it('ends at the sign-out, and the browser forgets it but not the device', async () => {
    const browser = await signedIn(service, 'boss')
    const copy = new TestBrowser(service)
    for (const [name, value] of browser.cookies) copy.cookies.set(name, value)
    expect((await browser.call('DELETE', SESSION)).status).toBe(200)
    expect([...browser.cookies.keys()]).toEqual([DEVICE_COOKIE])
    expect((await copy.call('GET', SESSION)).status).toBe(401)
  })

  it('is nobody’s with another token', async () => {
    for (const value of ['', 'x', 'A'.repeat(43), 'A'.repeat(44), '%00'.repeat(14)]) {
      const browser = new TestBrowser(service)
      browser.cookies.set(SESSION_COOKIE, value)
      expect((await browser.call('GET', SESSION)).status).toBe(401)
    }
  })

  it('is worth nothing where users ask for what is theirs', async () => {
    const browser = await signedIn(service, 'boss')
    for (const path of ['/orders', '/refunds', '/points'])
      expect((await browser.call('GET', `/api/v1${path}`)).status).toBe(401)
  })

  it('is not looked at beside a token: one credential counts, and a bad one does not fall back', async () => {
    const boss = await signedIn(service, 'boss')
    const authorization = async (token: string) => ({ headers: { authorization: `Bearer ${token}` } })
    const read = async (token: string) => codeOf(await boss.call('GET', AUDIT, await authorization(token)))
    expect(await read(await adminToken())).toEqual([200, undefined])
    expect(await read(await tokenFor('u1'))).toEqual([403, 'FORBIDDEN'])
    expect(await read('junk')).toEqual([401, 'UNAUTHENTICATED'])
    expect(codeOf(await boss.call('GET', SESSION, await authorization(await adminToken())))).toEqual([
      401,
      'UNAUTHENTICATED',
    ])
    // And no page elsewhere can make a browser send one.
    const put = {
      body: { address: '198.51.100.7', reason: 'x' },
      csrf: 'none',
      ...(await authorization(await adminToken())),
    }
    expect((await boss.call('POST', '/api/v1/admin/risk/blacklist', put)).status).toBe(201)
  })

  it('is not what a token can pretend to be', async () => {
    const token = await tokenFor('operator:boss', { role: 'admin' })
    expect((await service.call('GET', AUDIT, { token })).status).toBe(401)
  })
})

describe('a call that changes something', () => {
  const path = '/api/v1/admin/risk/blacklist'
  const body = { address: '198.51.100.7', reason: 'x' }

  it('needs the token of this very session', async () => {
    const browser = await signedIn(service, 'boss')
    const other = await signedIn(service, 'boss')
    for (const csrf of ['', 'x', other.csrf ?? '', `${browser.csrf}x`, browser.cookies.get(SESSION_COOKIE) ?? ''])
      expect(codeOf(await browser.call('POST', path, { body, csrf }))).toEqual([403, 'FORBIDDEN'])
    const { csrf, cookies } = browser
    browser.csrf = undefined
    expect(codeOf(await browser.call('POST', path, { body }))).toEqual([403, 'FORBIDDEN'])
    expect((await service.store.readers.blacklist.list({ limit: 9, after: undefined })).items).toEqual([])
    expect((await browser.call('POST', path, { body, csrf })).status).toBe(201)
    expect(cookies.get(SESSION_COOKIE)).not.toBe(csrf)
  })

  it.each(['POST', 'PATCH', 'DELETE'])('by %s is refused from elsewhere even with that token', async (method) => {
    const browser = await signedIn(service, 'boss')
    const place = { POST: path, PATCH: '/api/v1/admin/risk/thresholds', DELETE: `${path}/e1` }[method] ?? ''
    const given = method === 'POST' ? { body } : method === 'PATCH' ? { body: { deny: 120 } } : {}
    for (const headers of [
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site', origin: service.origin },
      { 'sec-fetch-site': 'none' },
      { origin: 'https://evil.example.cn' },
      { origin: 'null' },
    ]) {
      const reply = await browser.call(method, place, { ...given, headers })
      expect([headers, ...codeOf(reply)]).toEqual([headers, 403, 'FORBIDDEN'])
    }
    for (const headers of [
      {},
      { 'sec-fetch-site': 'same-origin' },
      { origin: service.origin },
      { origin: PUBLIC_URL, 'sec-fetch-site': 'same-origin' },
    ])
      expect((await browser.call(method, place, { ...given, headers })).status).not.toBe(403)
  })

  it('is asked for its token at every route that is not read', async () => {
    const browser = await signedIn(service, 'boss')
    browser.csrf = undefined
    const unsafe = service.app.routes.filter(
      ({ method, access }) => method !== 'GET' && ['admin', 'session', 'owner'].includes(access),
    )
    expect(unsafe.length).toBeGreaterThan(15)
    for (const { method, path: pattern } of unsafe) {
      const reply = await browser.call(method, pattern.replaceAll(/:\w+/g, 'x'), { body: {} })
      expect([method, pattern, ...codeOf(reply)]).toEqual([method, pattern, 403, 'FORBIDDEN'])
    }
  })

  it('gets its token again where the page was loaded anew', async () => {
    const browser = await signedIn(service, 'boss')
    const { data } = (await browser.call('GET', SESSION)).json
    expect(data.csrfToken).toBe(browser.csrf)
  })
})

describe('the list of sessions', () => {
  it('shows one’s own as far as they let in, and each can be ended', async () => {
    const [here, there] = [await signedIn(service, 'boss'), await signedIn(service, 'boss')]
    await hire(service, 'other', 'viewer')
    await signedIn(service, 'other')
    const { data } = (await here.call('GET', '/api/v1/admin/sessions')).json
    expect(data).toHaveLength(2)
    expect(data.map(({ current }: { current: boolean }) => current).sort()).toEqual([false, true])
    expect(data[0]).toMatchObject({ ip: '127.0.0.1', userAgent: expect.any(String) })
    const elsewhere = data.find(({ current }: { current: boolean }) => !current)
    expect((await here.call('DELETE', `/api/v1/admin/sessions/${elsewhere.id}`)).json.data).toEqual({
      id: elsewhere.id,
    })
    expect((await there.call('GET', SESSION)).status).toBe(401)
    expect(codeOf(await here.call('DELETE', `/api/v1/admin/sessions/${elsewhere.id}`))).toEqual([404, 'NOT_FOUND'])
  })

  it('of others is for admins', async () => {
    await hire(service, 'finance', 'finance')
    const [boss, finance] = [await signedIn(service, 'boss'), await signedIn(service, 'finance')]
    const of = async (browser: TestBrowser, name: string) =>
      browser.call('GET', `/api/v1/admin/sessions?operator=${name}`)
    expect(codeOf(await of(finance, 'boss'))).toEqual([403, 'FORBIDDEN'])
    expect((await of(finance, 'finance')).json.data).toHaveLength(1)
    const [bosses] = (await of(boss, 'boss')).json.data
    expect(codeOf(await finance.call('DELETE', `/api/v1/admin/sessions/${bosses.id}`))).toEqual([404, 'NOT_FOUND'])
    const [theirs] = (await of(boss, 'Finance')).json.data
    expect((await boss.call('DELETE', `/api/v1/admin/sessions/${theirs.id}`)).status).toBe(200)
    expect((await finance.call('GET', SESSION)).status).toBe(401)
    expect(codeOf(await of(boss, 'nobody'))).toEqual([404, 'NOT_FOUND'])
    const token = await adminToken()
    expect(codeOf(await service.call('GET', '/api/v1/admin/sessions', { token }))).toEqual([400, 'VALIDATION_FAILED'])
  })
})
