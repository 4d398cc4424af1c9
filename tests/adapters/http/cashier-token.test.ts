import { describe, expect, it } from 'vitest'
import { createAuthenticator } from '../../../src/adapters/http/authentication.ts'
import { createCashierTokens } from '../../../src/adapters/http/cashier-token.ts'
import { fixedClock } from '../../../src/adapters/memory/fixed-clock.ts'
import { entityId } from '../../support/builders.ts'
import { LINK_KEY, NOW, SECRET, tokenFor } from './service.ts'

const later = (ms: number): Date => new Date(NOW.getTime() + ms)
const tokens = (clock = fixedClock({ at: NOW }), key = LINK_KEY) => createCashierTokens({ keys: [key], clock })
const ORDER = entityId(1)

describe('a cashier token', () => {
  it('opens the order it was issued for, until it expires', () => {
    const clock = fixedClock({ at: NOW })
    const token = tokens(clock).issue(ORDER, later(60_000))
    expect(tokens(clock).verify(token)).toBe(ORDER)
    clock.advance(59_999)
    expect(tokens(clock).verify(token)).toBe(ORDER)
    clock.advance(1)
    expect(tokens(clock).verify(token)).toBeUndefined()
  })

  it('is refused with any one character changed, added or missing', () => {
    const token = tokens().issue(ORDER, later(60_000))
    for (let i = 0; i < token.length; i += 1)
      for (const other of ['0', '1', 'A', 'w', '-', '~', '.'])
        if (token[i] !== other)
          expect(tokens().verify(token.slice(0, i) + other + token.slice(i + 1)), `${i} ${other}`).toBeUndefined()
    expect(tokens().verify(`${token}A`)).toBeUndefined()
    expect(tokens().verify(token.slice(0, -1))).toBeUndefined()
    expect(tokens().verify(` ${token}`)).toBeUndefined()
    expect(tokens().verify('')).toBeUndefined()
  })

  it('is refused under another key', () => {
    const token = tokens().issue(ORDER, later(60_000))
    expect(tokens(undefined, new Uint8Array(32).fill(8)).verify(token)).toBeUndefined()
  })

  it('outlives a change of the key as long as the earlier one is held', () => {
    const clock = fixedClock({ at: NOW })
    const [old, since] = [LINK_KEY, new Uint8Array(32).fill(8)]
    const token = tokens(clock, old).issue(ORDER, later(60_000))
    const rotating = createCashierTokens({ keys: [since, old], clock })
    expect(rotating.verify(token)).toBe(ORDER)
    expect(tokens(clock, since).verify(rotating.issue(ORDER, later(60_000)))).toBe(ORDER)
    expect(tokens(clock, since).verify(token)).toBeUndefined()
  })

  it('does not pass as a user, nor a user as a cashier', async () => {
    const clock = fixedClock({ at: NOW })
    const secret = SECRET
    const authenticate = createAuthenticator({ secret, clock })
    const sameKey = createCashierTokens({ keys: [new TextEncoder().encode(secret)], clock })
    expect(await authenticate(sameKey.issue(ORDER, later(60_000)))).toBeUndefined()
    expect(sameKey.verify(await tokenFor('u1'))).toBeUndefined()
  })

  it('is not made with a short key', () => {
    expect(() => tokens(undefined, new Uint8Array(31))).toThrow(/32 bytes/)
  })
})
