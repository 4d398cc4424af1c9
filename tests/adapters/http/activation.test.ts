import { ok } from 'neverthrow'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { countingRateLimiter } from '../../../src/adapters/memory/counting-rate-limiter.ts'
import { fixedClock } from '../../../src/adapters/memory/fixed-clock.ts'
import { type AccessCode, type AccessCodeFacts, codeFromRandom, formatCode } from '../../../src/domain/access-code.ts'
import { activatedCode, availableCode, entityId, expiredCode, revokedCode } from '../../support/builders.ts'
import { NO_LIMITS, NOW, type Reply, type Sent, type Service, startService, tokenFor } from './service.ts'

const PATH = '/api/v1/access-codes/activate'

let service: Service
beforeAll(async () => {
  service = await startService()
})
afterAll(() => service.stop())

let made = 0
const codeIn = async (given: Service, code: (facts: Partial<AccessCodeFacts>) => AccessCode): Promise<string> => {
  made += 1
  const product = await given.sell()
  const batch = { type: 'batch', batchId: 'b1' } as const
  const one = code({ id: entityId(0x500 + made), productId: product.id, origin: batch, expiresAt: undefined })
  const text = codeFromRandom(new Uint8Array(15).fill(made))
  await given.store.transaction.run(async ({ accessCodes }) => ok(await accessCodes.insert([{ code: one, text }])))
  return text
}

const activate = async (given: Service, user: string, code: unknown, sent: Sent = {}): Promise<Reply> =>
  given.call('POST', PATH, { token: await tokenFor(user), body: { code }, ...sent })

describe('POST /access-codes/activate', () => {
  it('gives access, and says the same when it is asked again', async () => {
    const text = await codeIn(service, availableCode)
    const typed = ` ${formatCode(text).toLowerCase().replaceAll('0', 'o').replaceAll('1', 'l')} `
    const reply = await activate(service, 'u1', typed)
    expect(reply.status).toBe(200)
    expect(reply.json.data).toEqual({ productId: expect.any(String), expiresAt: '2027-03-01T04:00:00.000Z' })
    expect((await activate(service, 'u1', text)).json).toEqual(reply.json)
    const { productId } = reply.json.data
    const access = await service.call('GET', `/api/v1/access/${productId}`, { token: await tokenFor('u1') })
    expect(access.json.data.expiresAt).toBe('2027-03-01T04:00:00.000Z')
  })

  it('answers every bad code alike', async () => {
    const used = await codeIn(service, (given) => activatedCode({ ...given, activatedBy: 'another' }))
    const lapsed = await codeIn(service, (given) => availableCode({ ...given, expiresAt: NOW }))
    const marked = await codeIn(service, (given) => expiredCode(given))
    const revoked = await codeIn(service, (given) => revokedCode(given))
    const unknown = codeFromRandom(new Uint8Array(15).fill(31))
    const bodies = new Set<string>()
    for (const typed of [
      used,
      lapsed,
      marked,
      revoked,
      unknown,
      '',
      'nonsense',
      '💰',
      `${unknown}0`,
      'Ａ'.repeat(16),
    ]) {
      const reply = await activate(service, 'u2', typed)
      expect([typed, reply.status, reply.json.code]).toEqual([typed, 404, 'ACCESS_CODE_INVALID'])
      const { requestId: _, ...body } = reply.json
      bodies.add(JSON.stringify(body))
    }
    expect(bodies.size).toBe(1)
  })

  it.each([1, null, ['x'], { $gt: '' }, 'x'.repeat(65)])('takes nothing but short text: %j', async (code) => {
    expect((await activate(service, 'u2', code)).status).toBe(400)
  })

  it('puts no code into the log', async () => {
    const text = await codeIn(service, availableCode)
    await activate(service, 'u3', text)
    await activate(service, 'u4', text)
    expect(JSON.stringify(service.logs)).not.toContain(text)
  })
})

describe('too many bad codes', () => {
  const limited = async (perUser: number, perIp: number) => {
    const clock = fixedClock({ at: NOW })
    const limiter = (points: number) => countingRateLimiter({ points, durationSeconds: 900, clock })
    const limits = { ...NO_LIMITS, codeFailuresPerUser: limiter(perUser), codeFailuresPerIp: limiter(perIp) }
    const given = await startService({ deps: { limits, trustedProxies: ['127.0.0.1'] } })
    return { given, clock }
  }
  const from = (address: string): Sent => ({ headers: { 'x-forwarded-for': address } })

  it('by one user are answered with 429 until the window ends, good codes too', async () => {
    const { given, clock } = await limited(10, 100)
    const text = await codeIn(given, availableCode)
    for (let n = 0; n < 9; n += 1) expect((await activate(given, 'u1', 'wrong')).status).toBe(404)
    for (let n = 0; n < 20; n += 1) expect((await activate(given, 'u1', text)).status).toBe(200)
    expect((await activate(given, 'u1', 'wrong')).status).toBe(404)
    const refused = await activate(given, 'u1', text)
    expect([refused.status, refused.json.code]).toEqual([429, 'RATE_LIMITED'])
    const headers = ['retry-after', 'ratelimit-limit', 'ratelimit-remaining', 'ratelimit-reset']
    expect(headers.map((name) => refused.headers.get(name))).toEqual(['900', '10', '0', '900'])
    expect((await activate(given, 'u2', 'wrong')).status).toBe(404)
    clock.advance(900_000)
    expect((await activate(given, 'u1', text)).status).toBe(200)
    await given.stop()
  })

  it('at the same time do not get past the limit together', async () => {
    const { given } = await limited(10, 100)
    const replies = await Promise.all(Array.from({ length: 40 }, () => activate(given, 'u1', 'wrong')))
    expect(replies.filter(({ status }) => status === 404).length).toBeLessThanOrEqual(10)
    expect((await activate(given, 'u1', 'wrong')).status).toBe(429)
    await given.stop()
  })

  it('from one address, or one IPv6 network, are counted over all users', async () => {
    const { given } = await limited(10, 3)
    for (const [n, address] of ['2001:db8::1', '2001:db8::ffff:2', '2001:db8:0:0:3::'].entries())
      expect((await activate(given, `u${n}`, 'wrong', from(address))).status).toBe(404)
    const refused = await activate(given, 'u9', 'wrong', from('2001:db8::9'))
    expect([refused.status, refused.headers.get('ratelimit-limit')]).toEqual([429, '3'])
    expect((await activate(given, 'u9', 'wrong', from('2001:db8:0:1::1'))).status).toBe(404)
    await given.stop()
  })
})
