import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type Entitlement,
  type GrantRequest,
  grantAccess,
  isValidAt,
  revokeAccess,
} from '../../src/domain/entitlement.ts'
import { entitlement, entityId, minute } from '../support/builders.ts'

const DAY = 24 * 60
const day = (days: number): Date => minute(days * DAY)

const request = (given: Partial<GrantRequest> = {}): GrantRequest => ({
  id: entityId(1),
  userId: entitlement().userId,
  productId: entitlement().productId,
  source: { type: 'order_line', id: `${entityId(10)}:0` },
  validityDays: 30,
  at: day(10),
  ...given,
})

describe('granting access', () => {
  it('begins at once for a user who has none', () => {
    expect(grantAccess(request(), [])).toEqual({
      id: entityId(1),
      userId: entitlement().userId,
      productId: entitlement().productId,
      source: { type: 'order_line', id: `${entityId(10)}:0` },
      startsAt: day(10),
      expiresAt: day(40),
      revokedAt: undefined,
      createdAt: day(10),
    })
  })

  it('begins where the last access ends, so that buying early loses no day', () => {
    const existing = [entitlement({ expiresAt: day(20) }), entitlement({ startsAt: day(20), expiresAt: day(35) })]
    expect(grantAccess(request(), existing)).toMatchObject({
      startsAt: day(35),
      expiresAt: day(65),
      createdAt: day(10),
    })
  })

  it('begins at once after access that has ended', () => {
    expect(grantAccess(request(), [entitlement({ expiresAt: day(9) })]).startsAt).toEqual(day(10))
  })

  it.each([
    ['was taken back', entitlement({ expiresAt: day(99), revokedAt: day(3) })],
    ['is to another product', entitlement({ expiresAt: day(99), productId: entityId(98) })],
    ['is another user’s', entitlement({ expiresAt: day(99), userId: 'user-2' })],
  ])('does not wait for access that %s', (_, other) => {
    expect(grantAccess(request(), [other]).startsAt).toEqual(day(10))
  })

  it('gives each bought day exactly once, however many purchases come at whatever times', () => {
    const purchases = fc.array(fc.record({ validityDays: fc.integer({ min: 1, max: 40 }), at: fc.nat({ max: 100 }) }), {
      minLength: 1,
      maxLength: 8,
    })
    fc.assert(
      fc.property(purchases, (bought) => {
        const granted: Entitlement[] = []
        for (const { validityDays, at } of bought.toSorted((a, b) => a.at - b.at))
          granted.push(grantAccess(request({ validityDays, at: day(at) }), granted))
        const validOn = (one: number) => granted.filter((each) => isValidAt(each, day(one))).length
        const days = Array.from({ length: 101 + 8 * 40 }, (_, one) => validOn(one))
        expect(Math.max(...days)).toBe(1)
        expect(days.reduce((sum, valid) => sum + valid, 0)).toBe(
          bought.reduce((sum, { validityDays }) => sum + validityDays, 0),
        )
      }),
      { numRuns: 50 },
    )
  })
})

describe('access', () => {
  const access = entitlement({ startsAt: day(1), expiresAt: day(2) })

  it('is valid from its first instant until just before its last', () => {
    expect(isValidAt(access, new Date(day(1).getTime() - 1))).toBe(false)
    expect(isValidAt(access, day(1))).toBe(true)
    expect(isValidAt(access, new Date(day(2).getTime() - 1))).toBe(true)
    expect(isValidAt(access, day(2))).toBe(false)
  })

  it('is never valid again once it was taken back', () => {
    const [revoked, news] = revokeAccess(access, day(1))
    expect(revoked).toEqual({ ...access, revokedAt: day(1) })
    expect(news).toEqual([{ type: 'access.revoked', entitlementId: access.id, at: day(1) }])
    for (const at of [day(0), day(1), minute(DAY + 1), day(2)]) expect(isValidAt(revoked, at)).toBe(false)
  })

  it('is taken back only once, silently afterwards', () => {
    const [revoked] = revokeAccess(access, day(1))
    expect(revokeAccess(revoked, day(5))).toEqual([revoked, []])
  })
})
