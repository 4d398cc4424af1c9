import { ok } from 'neverthrow'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { HttpAnswer, HttpTransport } from '../../../../src/adapters/gateways/http-transport.ts'
import { createWechatGateway, type WechatSettings } from '../../../../src/adapters/gateways/wechat/wechat-gateway.ts'
import {
  certificateList,
  countingBytes,
  data,
  fixedClock,
  NOW,
  notification,
  paidTrade,
  publicKeyMode,
  serialOf,
  settings,
  signedHeaders,
} from './stand-in.ts'

const HOUR = 3_600_000
type Platform = 'java-platform' | 'go-platform'
type Listing = { names: readonly Platform[]; signedBy: Platform; serial?: string; apiV3Key?: string; body?: string }

/** A gateway whose `/v3/certificates` answers what `listing` says at the time; other calls are a mistake. */
const setUp = (overrides: Partial<WechatSettings> = {}, at = NOW) => {
  const clock = fixedClock(at)
  const listing: Listing = { names: ['java-platform'], signedBy: 'java-platform' }
  const state = { fetches: 0, broken: false, absent: false, gate: Promise.resolve() }
  const seen: Readonly<Record<string, string>>[] = []
  const transport: HttpTransport = async ({ url, headers }) => {
    expect(url).toBe('http://127.0.0.1:1/v3/certificates')
    state.fetches += 1
    seen.push(headers)
    await state.gate
    if (state.absent) return ok({ status: 404, headers: {}, body: Buffer.from('{"code":"RESOURCE_NOT_EXISTS"}') })
    if (state.broken) return ok({ status: 500, headers: {}, body: Buffer.from('') })
    const body = listing.body ?? JSON.stringify(certificateList(listing.names, listing.apiV3Key))
    const serial = listing.serial ?? serialOf(listing.signedBy)
    const answer: HttpAnswer = {
      status: 200,
      headers: signedHeaders(body, { by: listing.signedBy, serial, at: clock.now() }),
      body: Buffer.from(body),
    }
    return ok(answer)
  }
  const events: string[] = []
  const log = (event: string) => events.push(event)
  const gateway = createWechatGateway(settings(overrides), { clock, randomness: countingBytes, transport, log })
  return { gateway: gateway._unsafeUnwrap(), clock, listing, state, seen, events }
}
type Setup = ReturnType<typeof setUp>

const callback = async ({ gateway, clock }: Setup, by: Platform, serial = serialOf(by)): Promise<string> => {
  const raw = notification('TRANSACTION.SUCCESS', 'transaction', paidTrade, {
    signing: { by, serial, at: clock.now() },
  })
  const result = await gateway.readNotification(raw)
  if (result.isOk()) return result.value.kind
  return result.error.code === 'SIGNATURE_INVALID' ? result.error.reason : result.error.code
}
/** Lets what was started in the background come to its end; nothing here does real I/O. */
const settled = async () => {
  await vi.advanceTimersByTimeAsync(0)
}

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

describe('platform certificates, the first time', () => {
  it('are fetched at start and verify callbacks from then on', async () => {
    const set = setUp()
    await set.gateway.start()
    expect(await callback(set, 'java-platform')).toBe('payment_succeeded')
    expect([set.state.fetches, set.events]).toEqual([1, ['wechat.certificates_refreshed']])
  })
  it('are refused unless sealed with our APIv3 key, signed by one of them, and filed under their own serial', async () => {
    const list = certificateList(['java-platform'])
    const flipped = structuredClone(list)
    const [first] = flipped.data
    const sealed = Buffer.from(first?.encrypt_certificate.ciphertext ?? '', 'base64')
    sealed.writeUInt8(sealed.readUInt8(100) ^ 1, 100)
    if (first) first.encrypt_certificate.ciphertext = sealed.toString('base64')
    const misfiled = { data: list.data.map((entry) => ({ ...entry, serial_no: serialOf('go-platform') })) }
    const wrong: Partial<Listing>[] = [
      { apiV3Key: 'x'.repeat(32) },
      { signedBy: 'go-platform' },
      { signedBy: 'go-platform', serial: serialOf('java-platform') },
      { body: JSON.stringify(flipped) },
      { body: JSON.stringify(misfiled), serial: serialOf('go-platform') },
      { body: '{"data":[]}' },
      { body: '<html>' },
    ]
    for (const change of wrong) {
      const set = setUp()
      Object.assign(set.listing, change)
      await set.gateway.start()
      expect([change, await callback(set, 'java-platform')]).toEqual([change, 'unknown_serial'])
      expect(set.events).toEqual(['wechat.certificates_failed'])
      await set.gateway.stop()
    }
  })
  it('may fail at start without harm, and are fetched again a minute later', async () => {
    const set = setUp()
    set.state.broken = true
    await set.gateway.start()
    expect(await callback(set, 'java-platform')).toBe('unknown_serial')
    set.state.broken = false
    set.clock.advance(60_000)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(await callback(set, 'java-platform')).toBe('payment_succeeded')
  })
  it('are looked for before a call whose answer could not be verified, which is then not made', async () => {
    const set = setUp()
    set.state.broken = true
    const error = (await set.gateway.query('SY202406101204000001'))._unsafeUnwrapErr()
    expect(error).toEqual({ code: 'GATEWAY_UNAVAILABLE', reason: 'no platform key' })
    expect(set.state.fetches).toBe(1)
  })
  it('are used only within their time', async () => {
    const set = setUp({}, new Date('2025-05-09T02:04:29Z'))
    await set.gateway.start()
    expect(await callback(set, 'java-platform')).toBe('payment_succeeded')
    set.clock.advance(1_000)
    expect(await callback(set, 'java-platform')).toBe('unknown_serial')
    const early = setUp({}, new Date('2022-05-10T02:04:29Z'))
    await early.gateway.start()
    expect(await callback(early, 'java-platform')).toBe('unknown_serial')
  })
})

describe('an unknown serial', () => {
  it('is refused at once, and a flood of them causes one fetch a minute', async () => {
    const set = setUp()
    for (let count = 0; count < 50; count += 1)
      expect(await callback(set, 'java-platform', count.toString(16).toUpperCase())).toBe('unknown_serial')
    await settled()
    for (let count = 0; count < 50; count += 1) await callback(set, 'java-platform', `AB${count}`)
    await settled()
    expect(set.state.fetches).toBe(1)
    set.clock.advance(59_999)
    await callback(set, 'java-platform', 'ABC')
    expect(set.state.fetches).toBe(1)
    set.clock.advance(1)
    await callback(set, 'java-platform', 'ABC')
    expect(set.state.fetches).toBe(2)
  })
  it('does not wait for the fetch it has caused', async () => {
    const set = setUp()
    const { promise, resolve } = Promise.withResolvers<void>()
    set.state.gate = promise
    expect(await callback(set, 'java-platform')).toBe('unknown_serial')
    set.clock.advance(10 * 60_000)
    expect(await callback(set, 'java-platform')).toBe('unknown_serial')
    expect(set.state.fetches).toBe(1) // Still the same fetch, however long it takes.
    resolve()
    await settled()
    expect(await callback(set, 'java-platform')).toBe('payment_succeeded')
  })
  it.each(['__proto__', 'constructor', 'toString', 'abcdef', 'PUB_KEY_ID_9', '../..', 'A'.repeat(41)])(
    'that no certificate can have causes no fetch: %s',
    async (serial) => {
      const set = setUp()
      expect(await callback(set, 'java-platform', serial)).toBe('unknown_serial')
      await settled()
      expect(set.state.fetches).toBe(0)
    },
  )
})

describe('a change of certificates', () => {
  it('needs no restart: both verify for a while, found out by the timer', async () => {
    const set = setUp()
    await set.gateway.start()
    expect(await callback(set, 'go-platform')).toBe('unknown_serial')
    set.listing.names = ['java-platform', 'go-platform']
    set.clock.advance(6 * HOUR)
    await vi.advanceTimersByTimeAsync(6 * HOUR)
    expect(await callback(set, 'go-platform')).toBe('payment_succeeded')
    expect(await callback(set, 'java-platform')).toBe('payment_succeeded')
    set.listing.names = ['go-platform']
    set.listing.signedBy = 'go-platform'
    set.clock.advance(6 * HOUR)
    await vi.advanceTimersByTimeAsync(6 * HOUR)
    expect(await callback(set, 'go-platform')).toBe('payment_succeeded')
    expect(await callback(set, 'java-platform')).toBe('payment_succeeded') // No longer listed, not yet expired.
  })
  it('refreshes at least every twelve hours until it is stopped', async () => {
    const set = setUp()
    await set.gateway.start()
    for (let passed = 0; passed < 48; passed += 1) {
      set.clock.advance(HOUR)
      await vi.advanceTimersByTimeAsync(HOUR)
    }
    expect(set.state.fetches).toBeGreaterThanOrEqual(5)
    await set.gateway.stop()
    const { fetches } = set.state
    await vi.advanceTimersByTimeAsync(48 * HOUR)
    expect(set.state.fetches).toBe(fetches)
  })
  it('that was slept through is made good from a list its own certificate signs', async () => {
    const set = setUp()
    await set.gateway.start()
    Object.assign(set.listing, { names: ['go-platform'], signedBy: 'go-platform' })
    set.clock.advance(72 * HOUR)
    expect(await callback(set, 'go-platform')).toBe('unknown_serial')
    await settled()
    expect(await callback(set, 'go-platform')).toBe('payment_succeeded')
  })
  it('is not believed from a list that a held certificate has not signed under its own name', async () => {
    const set = setUp()
    await set.gateway.start()
    const names: readonly Platform[] = ['java-platform', 'go-platform']
    Object.assign(set.listing, { names, signedBy: 'go-platform', serial: serialOf('java-platform') })
    set.clock.advance(HOUR)
    await callback(set, 'go-platform')
    await settled()
    expect(await callback(set, 'go-platform')).toBe('unknown_serial')
  })
})

describe('public-key mode', () => {
  it('looks once, in the background and without alarm, for certificates its merchant may never have had', async () => {
    const set = setUp(publicKeyMode)
    set.state.absent = true
    set.state.gate = new Promise(() => undefined)
    await set.gateway.start()
    set.state.gate = Promise.resolve()
    expect(await callback(set, 'java-platform', publicKeyMode.publicKeyId)).toBe('payment_succeeded')
    await vi.advanceTimersByTimeAsync(48 * HOUR)
    expect(set.state.fetches).toBe(1)
    expect(set.events).toEqual([])
  })
  it('takes certificates in as well while callbacks still come under them, and keeps them fresh', async () => {
    const set = setUp(publicKeyMode)
    set.listing.names = ['go-platform']
    set.listing.serial = publicKeyMode.publicKeyId
    await set.gateway.start()
    await settled()
    expect(await callback(set, 'go-platform')).toBe('payment_succeeded')
    expect(await callback(set, 'java-platform', publicKeyMode.publicKeyId)).toBe('payment_succeeded')
    expect(set.seen[0]?.['Wechatpay-Serial']).toBe(publicKeyMode.publicKeyId)
    set.clock.advance(6 * HOUR)
    await vi.advanceTimersByTimeAsync(6 * HOUR)
    expect(set.state.fetches).toBe(2)
  })
  it('does not take the public key for another id', async () => {
    const set = setUp({ ...publicKeyMode, publicKey: data.keys['go-platform'].public_key })
    expect(await callback(set, 'java-platform', publicKeyMode.publicKeyId)).toBe('mismatch')
  })
})
