import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  closeGap,
  currentAccess,
  type Entitlement,
  type GrantRequest,
  grantAccess,
  isLasting,
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

describe('the gap that revoked access leaves', () => {
  const period = (n: number, from: number, to: number, given: Partial<Entitlement> = {}): Entitlement =>
    entitlement({ id: entityId(n), startsAt: day(from), expiresAt: day(to), ...given })
  const spans = (existing: readonly Entitlement[], at: Date) =>
    closeGap(existing, at).map(({ before, after }) => [before.id, after.startsAt, after.expiresAt])

  it('is closed by what was to follow, which begins now and keeps its length', () => {
    const revoked = period(1, 0, 365, { revokedAt: day(10) })
    const later = [period(2, 365, 730), period(3, 730, 760)]
    expect(spans([revoked, ...later], day(10))).toEqual([
      [entityId(2), day(10), day(375)],
      [entityId(3), day(375), day(405)],
    ])
  })

  it('is closed up to the access that is left, which stays as it is', () => {
    const existing = [period(1, 0, 30), period(2, 30, 60, { revokedAt: day(10) }), period(3, 60, 90)]
    expect(spans(existing, day(10))).toEqual([[entityId(3), day(30), day(60)]])
  })

  it('is none where nothing was to follow, or nothing is left open', () => {
    expect(closeGap([period(1, 0, 30, { revokedAt: day(5) })], day(10))).toEqual([])
    expect(closeGap([period(1, 0, 30), period(2, 30, 60)], day(10))).toEqual([])
    expect(closeGap([period(1, 0, 30), period(2, 20, 60)], day(10))).toEqual([])
  })

  it('takes no day away and gives none twice, whatever is revoked', () => {
    const lengths = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 8 })
    fc.assert(
      fc.property(lengths, fc.nat({ max: 7 }), fc.nat({ max: 200 }), (days, which, at) => {
        const bought: Entitlement[] = []
        for (const [n, validityDays] of days.entries())
          bought.push(grantAccess(request({ id: entityId(n), validityDays, at: day(0) }), bought))
        const left = bought.map((one, n) => (n === which ? revokeAccess(one, day(at))[0] : one))
        const moved = new Map(closeGap(left, day(at)).map(({ before, after }) => [before.id, after]))
        const now = left.map((one) => moved.get(one.id) ?? one)
        const validOn = (one: number) => now.filter((each) => isValidAt(each, day(one))).length
        const remaining = now
          .filter((one) => one.revokedAt === undefined)
          .reduce((sum, { startsAt, expiresAt }) => sum + Math.max(0, +expiresAt - Math.max(+startsAt, +day(at))), 0)
        const calendar = Array.from({ length: 8 * 40 + 201 }, (_, one) => (one < at ? 0 : validOn(one)))
        expect(Math.max(...calendar)).toBeLessThanOrEqual(1)
        expect(calendar.lastIndexOf(1) - calendar.indexOf(1) + 1).toBe(
          calendar.includes(1) ? remaining / (DAY * 60_000) : 1,
        )
      }),
      { numRuns: 100 },
    )
  })
})

describe('access that holds now', () => {
  const { productId } = entitlement()
  const span = (from: number, to: number, given: Partial<Entitlement> = {}): Entitlement =>
    entitlement({ id: entityId(from + 1), startsAt: day(from), expiresAt: day(to), ...given })
  const current = (...entitlements: readonly Entitlement[]) => currentAccess(productId, entitlements, day(15))

  it('is one span with all that follows without a gap, in whatever order it was bought', () => {
    const parts = [span(40, 50), span(10, 20), span(20, 30), span(30, 35), span(60, 70)]
    expect(current(...parts)).toEqual({ productId, startsAt: day(10), expiresAt: day(35) })
    expect(current(...parts.toReversed())).toEqual({ productId, startsAt: day(10), expiresAt: day(35) })
  })

  it('begins with the earliest that is still valid, and ends with the latest', () => {
    expect(current(span(12, 18), span(5, 16), span(1, 10))).toEqual({ productId, startsAt: day(5), expiresAt: day(18) })
  })

  it('counts nothing that was taken back, and no other product', () => {
    const revokedAt = day(11)
    expect(current(span(10, 20), span(20, 30, { revokedAt }), span(30, 40))).toMatchObject({ expiresAt: day(20) })
    expect(current(span(10, 20), span(20, 30, { productId: 'other' }))).toMatchObject({ expiresAt: day(20) })
    expect(current(span(10, 20, { revokedAt }))).toBeUndefined()
  })

  it('is none before the first begins, from the moment the last ends, and in a gap', () => {
    expect(current(span(16, 20))).toBeUndefined()
    expect(current(span(10, 15))).toBeUndefined()
    expect(current(span(5, 10), span(20, 30))).toBeUndefined()
    expect(current()).toBeUndefined()
  })

  it('covers every moment until it ends, and none right after', () => {
    const anySpan = fc
      .tuple(fc.integer({ min: 0, max: 30 }), fc.integer({ min: 1, max: 10 }), fc.boolean())
      .map(([from, length, isRevoked]) => span(from, from + length, isRevoked ? { revokedAt: day(0) } : {}))
    fc.assert(
      fc.property(fc.array(anySpan), (entitlements) => {
        const access = currentAccess(productId, entitlements, day(15))
        const isValidOn = (at: number) => entitlements.some((one) => isValidAt(one, day(at)))
        expect(access !== undefined).toBe(isValidOn(15))
        if (access === undefined) return
        let end = 15
        while (isValidOn(end)) end += 1
        expect(access.expiresAt).toEqual(day(end))
        expect(access.startsAt <= day(15)).toBe(true)
      }),
    )
  })
})

describe('access that lasts', () => {
  it('is what holds or will hold, until its last moment', () => {
    const one = entitlement({ startsAt: day(10), expiresAt: day(20) })
    expect([day(1), day(19), day(20)].map((at) => isLasting(one, at))).toEqual([true, true, false])
    expect(isLasting({ ...one, revokedAt: day(2) }, day(3))).toBe(false)
  })
})
