import type { Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createCanarySeal } from '../../src/adapters/crypto/canary-seal.ts'
import { createHttpCanaryProbe } from '../../src/adapters/doctor/http-canary-probe.ts'
import { systemClock } from '../../src/adapters/system/system-clock.ts'
import { systemRandomness } from '../../src/adapters/system/system-randomness.ts'
import { CANARY_HEADER, canaryContent, canaryHeaders } from '../../src/application/doctor/canary.ts'
import { callbackUrlFindings } from '../../src/application/doctor/check-callback-urls.ts'
import type { Finding } from '../../src/domain/doctor.ts'
import { findingWording } from '../../src/domain/doctor-wording.ts'
import { tokens } from '../../src/main/tokens.ts'
import { selfSigned } from '../adapters/webhooks/self-signed.ts'
import { freePort } from '../support/free-port.ts'
import { ENCRYPTION_KEY, type RunningHere, startRunning } from '../support/service.ts'
import { startStrangeProxy, type StrangeProxy } from '../support/strange-proxy.ts'
import { call, deliver, genuine, GRANT, open, order, sell } from './payer.ts'

const PATH = '/api/v1/payments/wechat/notify'
let running: RunningHere
const opened: { stop(): unknown }[] = []

beforeAll(async () => {
  running = await startRunning({ settings: { TRUSTED_PROXIES: '127.0.0.1' } })
})
afterAll(() => running.stop())
afterEach(async () => {
  for (const one of opened.splice(0)) await one.stop()
})

type Habit = Parameters<typeof startStrangeProxy>[1]

const proxied = async (habit: Habit = {}, target = () => running.origin): Promise<StrangeProxy> => {
  const proxy = await startStrangeProxy(target, habit)
  opened.push(proxy)
  return proxy
}

/** The service's own seal on its own clock, with a pace that is the machine's. */
const probeOf = (of: RunningHere = running, timeoutMs = 2000) =>
  createHttpCanaryProbe({
    seal: createCanarySeal({ keys: [ENCRYPTION_KEY], clock: of.clock }),
    clock: { now: () => of.clock.now(), monotonicMs: () => systemClock.monotonicMs() },
    randomness: systemRandomness,
    timeoutMs,
  })

const examined = (origin: string, { path = PATH, timeoutMs = 2000 } = {}): Promise<readonly Finding[]> =>
  callbackUrlFindings({
    probe: probeOf(running, timeoutMs),
    targets: [{ provider: 'wechat', place: 'payment', url: origin + path, path: PATH }],
  })

const seen = (findings: readonly Finding[]) => findings.map(({ level, code }) => `${level} ${code}`)

describe('a canary', () => {
  it('comes back whole, directly and through a proxy that is one, and changes no row', async () => {
    const before = await running.database.digest()
    expect(seen(await examined(running.origin))).toEqual(['ok canary_returned'])
    expect(seen(await examined((await proxied()).origin))).toEqual(['ok canary_returned'])
    const renaming = await proxied({ changes: ({ headers }) => ({ headers: { ...headers, host: 'inner.example' } }) })
    expect(seen(await examined(renaming.origin))).toEqual(['ok canary_returned', 'ok canary_host_changed'])
    expect(await running.database.digest()).toBe(before)
  })

  it('tells through how many trusted proxies it came', async () => {
    const inner = await proxied()
    const outer = await proxied({}, () => inner.origin)
    const found = await examined(outer.origin)
    expect(found.find(({ code }) => code === 'canary_returned')?.facts['hops']).toBe(1)
  })

  it('is lost where a redirect stands, which is told with where it leads to', async () => {
    const redirecting = (location: (path: string) => string) =>
      proxied({ itself: ({ path }, response) => void response.writeHead(301, { location: location(path) }).end() })
    const https = await redirecting((path) => `https://pay.example.cn${path}?secret=1`)
    expect(await examined(https.origin)).toMatchObject([
      {
        level: 'problem',
        code: 'canary_redirected',
        facts: { status: 301, location: `https://pay.example.cn${PATH}` },
      },
    ])
    const slash = await redirecting((path) => `${path}/`)
    expect(seen(await examined(slash.origin))).toEqual(['problem canary_slash'])
  })

  it('finds a proxy that adds a slash by itself', async () => {
    const proxy = await proxied({ changes: ({ path }) => ({ path: `${path}/` }) })
    expect(await examined(proxy.origin)).toMatchObject([
      { level: 'problem', code: 'canary_misplaced', facts: { status: 404, code: 'NOT_FOUND' } },
    ])
  })

  it.each([
    ['re-encodes forms', (text: string) => text.replaceAll('%20', '+'), 'form'],
    ['decodes forms', (text: string) => text.replace('%2Bd', '+d'), 'form'],
    ['formats JSON anew', (text: string) => (text.startsWith('{ ') ? JSON.stringify(JSON.parse(text)) : text), 'json'],
    ['trims', (text: string) => text.trimEnd(), 'json'],
    ['turns line ends', (text: string) => text.replaceAll('\r\n', '\n'), 'json'],
    ['cuts off large bodies', (text: string) => text.slice(0, 8192), 'large'],
  ] as const)('shows where a proxy that %s changes a body', async (_, change, body) => {
    const proxy = await proxied({ changes: (passing) => ({ body: Buffer.from(change(passing.body.toString())) }) })
    const found = (await examined(proxy.origin)).find(({ code }) => code === 'canary_body_changed')
    const sent = canaryContent({ nonce: 'x'.repeat(22), body })
    expect(found).toMatchObject({ level: 'problem', facts: { body: sent.contentType, sent: sent.bytes.length } })
    expect(found?.facts['at']).toBeGreaterThan(0)
    expect(found?.facts['expected']).not.toBe(found?.facts['arrived'])
  })

  it('names each header that is dropped or changed', async () => {
    const proxy = await proxied({
      changes: ({ headers }) => ({
        headers: {
          ...headers,
          'wechatpay-signature': undefined,
          'wechatpay-serial': 'x',
          'content-type': 'text/plain',
        },
      }),
    })
    const found = (await examined(proxy.origin)).filter(({ code }) => code.startsWith('canary_header'))
    expect(found.map(({ level, code, facts }) => [level, code, facts['header']])).toEqual([
      ['problem', 'canary_header_lost', 'wechatpay-signature'],
      ['warning', 'canary_header_changed', 'content-type'],
      ['problem', 'canary_header_changed', 'wechatpay-serial'],
    ])
  })

  it('tells of a method that was changed on the way', async () => {
    const proxy = await proxied({ changes: () => ({ method: 'PUT' }) })
    expect(seen(await examined(proxy.origin))).toContain('problem canary_method_changed')
  })

  it('knows the page of a firewall, another server, and an answer that was tampered with', async () => {
    const html = { 'content-type': 'text/html; charset=utf-8', server: 'edge' }
    const firewall = await proxied({ itself: (_, to) => void to.writeHead(403, html).end('<h1>请完成安全验证</h1>') })
    expect(await examined(firewall.origin)).toMatchObject([
      { code: 'canary_challenged', facts: { status: 403, server: 'edge, text/html' } },
    ])
    const other = await proxied({ itself: (_, to) => void to.writeHead(200, html).end('<h1>It works!</h1>') })
    expect(seen(await examined(other.origin))).toEqual(['problem canary_elsewhere'])
    const meddling = await proxied({ answers: (text) => text.replace('POST', 'GET') })
    expect(seen(await examined(meddling.origin))).toEqual(['problem canary_answer_changed'])
  })

  it('tells the ways of not arriving apart', async () => {
    const hanging = await proxied({ itself: () => undefined })
    const resetting = await proxied({ itself: (_, response) => void response.destroy() })
    const untrusted = await tlsServer()
    expect([
      ...seen(await examined('http://no-such-host.invalid')),
      ...seen(await examined(`http://127.0.0.1:${await freePort()}`)),
      ...seen(await examined(hanging.origin, { timeoutMs: 300 })),
      ...seen(await examined(resetting.origin)),
      ...seen(await examined(untrusted)),
    ]).toEqual([
      'problem canary_unresolved',
      'problem canary_unconnected',
      'problem canary_timed_out',
      'problem canary_broken_off',
      'problem canary_distrusted',
    ])
  })

  it('tells of a slow way, and of one that takes no large bodies', async () => {
    const slow = await proxied({ delayMs: 1700 })
    expect(seen(await examined(slow.origin, { timeoutMs: 9000 }))).toContain('warning canary_slow')
    const narrow = await startRunning()
    opened.push(narrow)
    const refusing = await proxied({
      changes: (passing) => (passing.body.length < 60_000 ? {} : { path: '/nowhere' }),
    })
    expect(seen(await examined(refusing.origin))).toContain('problem canary_body_refused')
  })
})

const tlsServer = async (): Promise<string> => {
  const { key, cert } = await selfSigned('127.0.0.1')
  const server: Server = createTlsServer({ key, cert }, (_, response) => void response.end())
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  opened.push({ stop: () => server.close() })
  return `https://127.0.0.1:${(server.address() as AddressInfo).port}` // It listens on a port.
}

describe('what is not our canary', () => {
  const sealed = (changes: { readonly key?: Buffer; readonly agoMs?: number } = {}) => {
    const { key = ENCRYPTION_KEY, agoMs = 0 } = changes
    const canary = {
      nonce: systemRandomness.bytes(16),
      body: 'json',
      sentAt: new Date(running.clock.now().getTime() - agoMs),
    } as const
    const nonce = Buffer.from(canary.nonce).toString('base64url')
    const header = createCanarySeal({ keys: [key], clock: running.clock }).seal({ ...canary, nonce })
    return { ...canaryHeaders({ nonce, body: 'json' }), [CANARY_HEADER]: header }
  }
  const post = (headers: Record<string, string>) =>
    deliver(running, 'wechat', { headers, body: canaryContent({ nonce: 'n', body: 'json' }).bytes } as never)

  it('is answered as any forged callback is, word for word', async () => {
    const { [CANARY_HEADER]: _, ...none } = sealed()
    const forged = await post(none)
    expect(forged.status).toBe(401)
    for (const headers of [
      sealed({ key: Buffer.alloc(32, 9) }),
      sealed({ agoMs: 61_000 }),
      sealed({ agoMs: -61_000 }),
      { ...none, [CANARY_HEADER]: 'c1.x' },
      { ...none, [CANARY_HEADER]: `${sealed()[CANARY_HEADER]}A` },
    ])
      expect(await post(headers)).toEqual(forged)
  })

  it('is one that was seen before', async () => {
    const headers = sealed()
    expect((await post(headers)).status).toBe(200)
    expect((await post(headers)).status).toBe(401)
  })

  it('learns nothing of what it sends beyond sixteen bytes', async () => {
    const answer = await post(sealed())
    expect(Object.keys(JSON.parse(answer.body)).sort()).toEqual(
      'address bodyBytes changed difference hops host isAllowed isForwardedByStranger method missing path sentBytes'.split(
        ' ',
      ),
    )
    expect(JSON.parse(answer.body).difference.arrived.length).toBeLessThanOrEqual(32)
  })

  it('does not keep a genuine callback from being booked, even with a canary’s header on it', async () => {
    const paid = await open(running, await order(running, await sell(running, GRANT)), 'wechat')
    const message = genuine(running, 'wechat', paid.outTradeNo, 9900)
    const headers = { ...message.headers, [CANARY_HEADER]: sealed({ key: Buffer.alloc(32, 9) })[CANARY_HEADER] ?? '' }
    expect((await deliver(running, 'wechat', { ...message, headers })).status).toBe(204)
  })
})

describe('behind a proxy nobody trusts', () => {
  it('the allow-list would refuse the gateway, which is told before it happens', async () => {
    const narrow = await startRunning({ settings: { WECHAT_NOTIFY_ALLOWED_IPS: '101.226.0.0/16' } })
    opened.push(narrow)
    const proxy = await proxied({}, () => narrow.origin)
    const targets = [{ provider: 'wechat', place: 'payment', url: proxy.origin + PATH, path: PATH }] as const
    expect(seen(await callbackUrlFindings({ probe: probeOf(narrow), targets }))).toEqual(
      expect.arrayContaining(['warning canary_proxy_untrusted', 'problem canary_not_allowed']),
    )
  })
})

describe('the doctor', () => {
  it('looks at everything, keeps its report, is on record, and says what to do in both languages', async () => {
    const token = await running.token('boss', true)
    const { status, json } = await call(running, '/admin/doctor', { token, method: 'POST' })
    expect(status).toBe(200)
    const checks = json.data.report.findings.map((one: Finding) => one.check)
    expect(new Set(checks)).toEqual(
      new Set(['settings', 'keys', 'gateways', 'clock', 'database', 'callback_urls', 'refused_callbacks']),
    )
    const codes = json.data.report.findings.map(({ level, code }: Finding) => `${level} ${code}`)
    for (const code of ['ok keys_fit', 'ok gateway_accepts', 'ok schema_current', 'ok canary_returned'])
      expect(codes).toContain(code)
    for (const finding of json.data.report.findings)
      for (const part of ['title', 'detail', 'advice'])
        expect([finding.code, finding[part].zh, finding[part].en].join(' ')).not.toMatch(/\{|undefined|\?/)
    const again = await call(running, '/admin/doctor', { token })
    expect(again.json.data.report).toEqual(json.data.report)
    const audited = await running.database.rows(`select actor from audit where action = 'doctor.run'`)
    expect(audited).toEqual([{ actor: 'boss' }])
  })

  it('tells of refused callbacks step by step, and never what they said', async () => {
    const { outTradeNo } = await open(running, await order(running, await sell(running, GRANT)), 'wechat')
    const stale = running.sandbox.wechat.notification({ outTradeNo, total: 9900 }, { timestampOffsetSeconds: -400 })
    expect((await deliver(running, 'wechat', stale)).status).toBe(401)
    await running.service.container.get(tokens.keepRefusals)()
    const token = await running.token('boss', true)
    const { data } = (await call(running, '/admin/doctor', { token })).json
    const refused = data.refused.find(({ reason }: { reason: string }) => reason === 'stale')
    expect(refused).toMatchObject({ provider: 'wechat', place: 'payment', evidence: { aheadSeconds: -400 } })
    const steps = refused.steps.map(({ step, outcome }: { step: string; outcome: string }) => `${step} ${outcome}`)
    expect(steps).toContain('signature_parts passed')
    expect(steps).toContain('timestamp failed')
    expect(steps).toContain('signature not_reached')
    expect(refused.steps.find((one: { outcome: string }) => one.outcome === 'failed')).toMatchObject({
      expected: { zh: '± 300 s' },
      arrived: '-400 s',
      advice: { zh: expect.stringContaining('NTP') },
    })
    const kept = JSON.stringify(await running.database.rows('select * from refused_callbacks'))
    expect(kept).not.toContain(Buffer.from(stale.body).toString().slice(10, 60))
  })

  it('explains a genuine callback that could not be booked by the step it failed at', async () => {
    const { outTradeNo } = await open(running, await order(running, await sell(running, GRANT)), 'wechat')
    await deliver(running, 'wechat', genuine(running, 'wechat', outTradeNo, 1))
    await deliver(running, 'alipay', genuine(running, 'alipay', 'P0NOBODY', 9900))
    const token = await running.token('boss', true)
    const failedStep = async (verdict: string) => {
      const { json } = await call(running, `/admin/notifications?verdict=${verdict}`, { token })
      const { json: told } = await call(running, `/admin/notifications/${json.data[0].id}/verdict`, { token })
      return told.data.steps.find(({ outcome }: { outcome: string }) => outcome === 'failed')
    }
    expect(await failedStep('amount_mismatch')).toMatchObject({
      step: 'amount',
      expected: { zh: '99.00' },
      arrived: '0.01',
    })
    expect(await failedStep('unknown_order')).toMatchObject({ step: 'order', arrived: 'P0NOBODY' })
    expect((await call(running, '/admin/notifications/nothing/verdict', { token })).status).toBe(404)
  })
})

it('has words without holes for what it finds on the way', async () => {
  const findings = [
    ...(await examined('http://no-such-host.invalid')),
    ...(await examined(running.origin, { path: '/elsewhere' })),
  ]
  for (const finding of findings)
    for (const { zh, en } of Object.values(findingWording(finding))) expect(`${zh}${en}`).not.toMatch(/[{}?]/)
})
