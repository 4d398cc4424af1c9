import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type CryptoKey, exportJWK, generateKeyPair, SignJWT, UnsecuredJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAuthenticator } from '../../../src/adapters/http/authentication.ts'
import { KeysUnavailable } from '../../../src/adapters/http/remote-keys.ts'
import { fixedClock } from '../../../src/adapters/memory/fixed-clock.ts'
import { NOW, SECRET, seconds, signed, tokenFor } from './service.ts'

const clock = fixedClock({ at: NOW })
const good = { sub: 'u1', exp: seconds(60) }

describe('a token signed with the secret', () => {
  const authenticate = createAuthenticator({ secret: SECRET, clock })

  it('speaks for its user, with the role it names', async () => {
    expect(await authenticate(await signed(good))).toEqual({
      userId: 'u1',
      role: 'user',
      expiresAt: new Date(NOW.getTime() + 60_000),
    })
    expect((await authenticate(await signed({ ...good, role: 'admin' })))?.role).toBe('admin')
    expect((await authenticate(await signed({ ...good, role: 'user' })))?.role).toBe('user')
  })

  it('may come from a clock that is a moment ahead', async () => {
    expect(await authenticate(await signed({ ...good, iat: seconds(2), nbf: seconds(2) }))).toBeDefined()
  })

  it.each([
    ['has expired', { exp: seconds(0) }],
    ['has expired a second ago', { exp: seconds(-1) }],
    ['has no exp', { exp: undefined }],
    ['has an exp that is no number', { exp: '9999999999' }],
    ['has no sub', { sub: undefined }],
    ['has an empty sub', { sub: '' }],
    ['has a sub that is no text', { sub: 7 }],
    ['has a sub with a line break', { sub: 'u1\nu2' }],
    ['has a sub of 129 characters', { sub: 'u'.repeat(129) }],
    ['was issued in the future', { iat: seconds(60) }],
    ['is not valid yet', { nbf: seconds(60) }],
    ['has a role nobody knows', { role: 'root' }],
    ['has a role in other letters', { role: 'Admin' }],
    ['has several roles', { role: ['admin'] }],
    ['has no role but null', { role: null }],
  ])('is refused where it %s', async (_, claims) => {
    expect(await authenticate(await signed({ ...good, ...claims }))).toBeUndefined()
  })

  it.each([
    ['HS384', { alg: 'HS384' }],
    ['HS512', { alg: 'HS512' }],
    ['a critical extension', { crit: ['exp'], exp: 1 }],
    ['a key of its own', { jwk: { kty: 'oct', k: 'AAAA' } }],
    ['the address of a key', { jku: 'https://evil.example/keys' }],
    ['the address of a certificate', { x5u: 'https://evil.example/cert' }],
    ['a certificate', { x5c: ['AAAA'] }],
  ])('is refused where its header brings %s', async (_, header) => {
    expect(await authenticate(await signed(good, header).catch(() => handMade(header)))).toBeUndefined()
  })

  it('is refused where it is not signed', async () => {
    expect(await authenticate(new UnsecuredJWT(good).encode())).toBeUndefined()
    expect(await authenticate((await signed(good)).replace(/[^.]*$/, ''))).toBeUndefined()
  })

  it('is refused under another secret, and with any part changed', async () => {
    expect(await authenticate(await signed(good, {}, `${SECRET}!`))).toBeUndefined()
    const token = await signed(good)
    const [header = '', payload = '', signature = ''] = token.split('.')
    const other = Buffer.from(JSON.stringify({ ...good, role: 'admin' })).toString('base64url')
    expect(await authenticate(`${header}.${other}.${signature}`)).toBeUndefined()
    expect(await authenticate(`${header}.${payload}.${signature.toLowerCase()}`)).toBeUndefined()
  })

  it.each(['', 'a', 'a.b', 'a.b.c', '..', 'null.null.null', 'e30.e30.e30', '💥'])(
    'is refused where it is none (%s)',
    async (token) => {
      expect(await authenticate(token)).toBeUndefined()
    },
  )
})

/** A token whose header jose itself would not write. */
const handMade = (header: object): string => {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  return `${part({ alg: 'HS256', ...header })}.${part(good)}.AAAA`
}

describe('issuer and audience', () => {
  const authenticate = createAuthenticator({ secret: SECRET, issuer: 'https://id.example', audience: 'shouyin', clock })
  const claims = { iss: 'https://id.example', aud: 'shouyin' }

  it('must be the configured ones', async () => {
    expect(await authenticate(await tokenFor('u1', claims))).toBeDefined()
    expect(await authenticate(await tokenFor('u1', { ...claims, aud: ['other', 'shouyin'] }))).toBeDefined()
    expect(await authenticate(await tokenFor('u1', { ...claims, aud: 'other' }))).toBeUndefined()
    expect(await authenticate(await tokenFor('u1', { ...claims, iss: 'https://evil.example' }))).toBeUndefined()
    expect(await authenticate(await tokenFor('u1', { iss: claims.iss }))).toBeUndefined()
    expect(await authenticate(await tokenFor('u1'))).toBeUndefined()
  })
})

describe('an authenticator', () => {
  it('does not start without exactly one key it can trust', () => {
    expect(() => createAuthenticator({ clock })).toThrow(/32 bytes/)
    expect(() => createAuthenticator({ secret: 'x'.repeat(31), clock })).toThrow(/32 bytes/)
    expect(() => createAuthenticator({ secret: SECRET, jwksUrl: 'http://127.0.0.1/', clock })).toThrow(/exclude/)
  })
})

describe('a token signed with a key of a JWKS address', async () => {
  const rsa = await generateKeyPair('RS256', { extractable: true })
  const ec = await generateKeyPair('ES256', { extractable: true })
  const later = await generateKeyPair('ES256', { extractable: true })
  const jwk = async (key: CryptoKey, kid: string) => ({ ...(await exportJWK(key)), kid })
  let published: object = {}
  let status = 200
  let fetches = 0
  const server = createServer((_, response) => {
    fetches += 1
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(published))
  })
  let jwksUrl = ''

  beforeAll(async () => {
    published = { keys: [await jwk(rsa.publicKey, 'rsa'), await jwk(ec.publicKey, 'ec')] }
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    jwksUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys` // It listens on a port.
  })
  afterAll(() => void server.close())

  const tokenOf = (key: CryptoKey, alg: string, kid: string): Promise<string> =>
    new SignJWT({ ...good, exp: seconds(86_400) }).setProtectedHeader({ alg, kid }).sign(key)

  it('is taken for RS256 and ES256, not for the secret kind', async () => {
    const authenticate = createAuthenticator({ jwksUrl, clock })
    expect((await authenticate(await tokenOf(rsa.privateKey, 'RS256', 'rsa')))?.userId).toBe('u1')
    expect((await authenticate(await tokenOf(ec.privateKey, 'ES256', 'ec')))?.userId).toBe('u1')
    expect(await authenticate(await signed(good, { kid: 'rsa' }))).toBeUndefined()
    expect(await authenticate(await tokenOf(ec.privateKey, 'ES256', 'rsa'))).toBeUndefined()
    expect(await authenticate(await tokenOf(later.privateKey, 'ES256', 'ec'))).toBeUndefined()
  })

  it('is not confused by a public key used as a secret', async () => {
    const authenticate = createAuthenticator({ jwksUrl, clock })
    const secret = JSON.stringify(await exportJWK(rsa.publicKey))
    expect(await authenticate(await signed(good, { kid: 'rsa' }, secret))).toBeUndefined()
  })

  it('asks for the keys once a minute at most, however many unknown key ids come, and finds a rotated one', async () => {
    const time = fixedClock({ at: NOW })
    const authenticate = createAuthenticator({ jwksUrl, clock: time })
    fetches = 0
    const unknown = await tokenOf(later.privateKey, 'ES256', 'later')
    for (let i = 0; i < 5; i += 1) expect(await authenticate(unknown)).toBeUndefined()
    expect(fetches).toBe(1)
    published = { keys: [await jwk(rsa.publicKey, 'rsa'), await jwk(later.publicKey, 'later')] }
    time.advance(60_000)
    expect((await Promise.all([authenticate(unknown), authenticate(unknown)])).map((who) => who?.userId)).toEqual([
      'u1',
      'u1',
    ])
    expect(fetches).toBe(2)
  })

  it('is still taken with the keys we have where the address is out of order', async () => {
    const time = fixedClock({ at: NOW })
    const authenticate = createAuthenticator({ jwksUrl, clock: time })
    const token = await tokenOf(rsa.privateKey, 'RS256', 'rsa')
    expect(await authenticate(token)).toBeDefined()
    status = 500
    time.advance(3_600_000)
    expect(await authenticate(token)).toBeDefined()
    status = 200
  })

  it('can be judged by nobody where there never were keys, and that is not the fault of the token', async () => {
    const time = fixedClock({ at: NOW })
    const authenticate = createAuthenticator({ jwksUrl, clock: time })
    const token = await tokenOf(rsa.privateKey, 'RS256', 'rsa')
    status = 404
    fetches = 0
    await expect(authenticate(token)).rejects.toThrow(KeysUnavailable)
    await expect(authenticate(token)).rejects.toThrow(KeysUnavailable)
    expect(fetches).toBe(1)
    status = 200
    published = { no: 'keys' }
    time.advance(60_000)
    await expect(authenticate(token)).rejects.toThrow(KeysUnavailable)
  })
})
