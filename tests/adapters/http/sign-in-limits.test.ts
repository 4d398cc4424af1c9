import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { DEVICE_COOKIE } from '../../../src/adapters/http/device-token.ts'
import { countingRateLimiter } from '../../../src/adapters/memory/counting-rate-limiter.ts'
import { hire, PASSWORD, signedIn, TestBrowser } from './console.ts'
import { NO_LIMITS, type Service, startService } from './service.ts'

const WINDOW_S = 900
let service: Service
beforeEach(async () => {
  service = await startService({
    deps: ({ clock }) => {
      const limiter = (points: number) => countingRateLimiter({ points, durationSeconds: WINDOW_S, clock })
      const limits = {
        signInFailuresPerDevice: limiter(10),
        signInFailuresPerName: limiter(10),
        signInFailuresPerIp: limiter(15),
        signInFailuresOfStrangers: limiter(20),
      }
      return { limits: { ...NO_LIMITS, ...limits }, trustedProxies: ['127.0.0.1'] }
    },
  })
  for (const name of ['boss', 'other', 'third']) await hire(service, name, 'admin')
})
afterEach(() => service.stop())

/** Tries from another address each time, unless one is named. */
const attack = async (name: string, times: number, from?: string): Promise<number[]> => {
  const statuses: number[] = []
  for (let n = 1; n <= times; n += 1) {
    const headers = { 'x-forwarded-for': from ?? `203.0.113.${n}` }
    statuses.push((await new TestBrowser(service).signIn(name, `wrong ${n}`, headers)).status)
  }
  return statuses
}

describe('failed sign-ins', () => {
  it('are at most ten for a name, from wherever, until the window is over', async () => {
    expect(await attack('boss', 12)).toEqual([...Array(10).fill(401), 429, 429])
    const refused = await new TestBrowser(service).signIn('boss')
    expect([refused.status, refused.json.code, refused.headers.get('retry-after')]).toEqual([
      429,
      'RATE_LIMITED',
      '900',
    ])
    service.clock.advance(WINDOW_S * 1000)
    expect((await new TestBrowser(service).signIn('boss')).status).toBe(200)
  })

  it('of an attacker never lock out a browser in which the owner has signed in before', async () => {
    const owner = await signedIn(service, 'boss')
    await owner.call('DELETE', '/api/v1/admin/session')
    await attack('boss', 12)
    await attack('other', 12, '127.0.0.9') // Also from the owner's own network, and until no stranger gets in any more.
    await attack('third', 12)
    expect((await new TestBrowser(service).signIn('third')).status).toBe(429)
    expect((await owner.signIn('boss')).status).toBe(200)
  })

  it('of a device are counted too, for itself alone', async () => {
    const owner = await signedIn(service, 'boss')
    for (let n = 0; n < 10; n += 1) expect((await owner.signIn('boss', 'wrong')).status).toBe(401)
    expect((await owner.signIn('boss')).status).toBe(429)
    expect((await new TestBrowser(service).signIn('boss')).status).toBe(200)
  })

  it('for another name are a stranger’s, also in a browser that is known for one', async () => {
    const owner = await signedIn(service, 'boss')
    await attack('other', 12)
    expect((await owner.signIn('other')).status).toBe(429)
  })

  it('are not excused by a device token that was made up or altered', async () => {
    const owner = await signedIn(service, 'other')
    const token = owner.cookies.get(DEVICE_COOKIE) ?? ''
    await attack('boss', 12)
    for (const value of ['', 'd1~zzzzzz~boss~x~y', token.replace('~other~', '~boss~'), `${token}x`]) {
      const browser = new TestBrowser(service)
      browser.cookies.set(DEVICE_COOKIE, value)
      expect((await browser.signIn('boss')).status).toBe(429)
    }
  })

  it('from one network are bounded whatever the names, and an IPv6 network is a /64', async () => {
    const from = (n: number) => `2001:db8:1:2::${n.toString(16)}`
    for (let n = 1; n <= 15; n += 1)
      expect((await new TestBrowser(service).signIn(`nobody${n}`, 'x', { 'x-forwarded-for': from(n) })).status).toBe(
        401,
      )
    const signIn = async (address: string) =>
      (await new TestBrowser(service).signIn('third', PASSWORD, { 'x-forwarded-for': address })).status
    expect([await signIn(from(99)), await signIn('2001:db8:1:3::1')]).toEqual([429, 200])
  })

  it('of strangers are bounded altogether, so that nobody fills the audit log with them', async () => {
    for (const name of ['nobody1', 'nobody2', 'nobody3']) await attack(name, 9)
    const { items } = await service.store.readers.audit.list(
      { from: undefined, to: undefined, action: 'session.refuse' },
      { limit: 100, after: undefined },
    )
    expect(items).toHaveLength(20)
  })

  it('are forgiven by none that went well, and cost none of them a try', async () => {
    for (let n = 0; n < 30; n += 1) expect((await new TestBrowser(service).signIn('boss')).status).toBe(200)
    expect(await attack('boss', 11)).toEqual([...Array(10).fill(401), 429])
  })
})
