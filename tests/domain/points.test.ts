import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fen } from '../../src/domain/money.ts'
import { type PointsAccount, type PointsEntry, pointsBack, postPoints } from '../../src/domain/points.ts'
import { anyPointsPosting } from '../support/arbitraries.ts'
import { pointsAccount, pointsPosting } from '../support/builders.ts'

describe('posting points', () => {
  it('credits the account, keeps the balance in the line and announces it', () => {
    const posting = pointsPosting({ delta: 1000 })
    expect(postPoints(pointsAccount({ balance: 50 }), posting)._unsafeUnwrap()).toEqual([
      pointsAccount({ balance: 1050 }),
      { ...posting, balanceAfter: 1050 },
      [{ type: 'points.credited', userId: posting.userId, points: 1000, at: posting.createdAt }],
    ])
  })

  it('debits it to the last point', () => {
    const posting = pointsPosting({ kind: 'spend', delta: -50 })
    expect(postPoints(pointsAccount({ balance: 50 }), posting)._unsafeUnwrap()).toEqual([
      pointsAccount({ balance: 0 }),
      { ...posting, balanceAfter: 0 },
      [{ type: 'points.debited', userId: posting.userId, points: 50, at: posting.createdAt }],
    ])
  })

  it('is refused for a point more than there are, and says how many there are', () => {
    const answer = postPoints(pointsAccount({ balance: 50 }), pointsPosting({ kind: 'spend', delta: -51 }))
    expect(answer._unsafeUnwrapErr()).toEqual({ code: 'INSUFFICIENT_POINTS', balance: 50 })
  })

  it('lets no kind of line go below zero, take-backs and adjustments included', () => {
    for (const kind of ['spend', 'take_back', 'adjustment'] as const)
      expect(postPoints(pointsAccount(), pointsPosting({ kind, delta: -1 })).isErr()).toBe(true)
  })

  it.each([0, -0, 0.5, -0.5, NaN, Infinity, -Infinity, 2 ** 53, -(2 ** 53)])('is refused for %d points', (delta) => {
    expect(postPoints(pointsAccount({ balance: 50 }), pointsPosting({ delta }))._unsafeUnwrapErr()).toEqual({
      code: 'POINTS_OUT_OF_RANGE',
    })
  })

  it('is refused where the balance would no longer be exact', () => {
    const full = pointsAccount({ balance: Number.MAX_SAFE_INTEGER })
    expect(postPoints(full, pointsPosting({ delta: 1 }))._unsafeUnwrapErr()).toEqual({ code: 'POINTS_OUT_OF_RANGE' })
  })
})

describe('the ledger of points', () => {
  type Model = { deltas: number[] }
  type Real = { account: PointsAccount; readonly entries: PointsEntry[]; news: number }

  const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0)

  const post = (posting: ReturnType<typeof pointsPosting>): fc.Command<Model, Real> => ({
    check: () => true,
    run: (model, real) => {
      const answer = postPoints(real.account, posting)
      const left = sum(model.deltas) + posting.delta
      expect(answer.isOk()).toBe(left >= 0)
      answer.map(([account, entry, news]) => {
        real.account = account
        real.entries.push(entry)
        for (const { type, points } of news) real.news += type === 'points.credited' ? points : -points
        model.deltas.push(posting.delta)
        expect(entry).toEqual({ ...posting, balanceAfter: left })
      })
      addsUp(model, real)
    },
    toString: () => `${posting.kind} ${posting.delta}`,
  })

  const addsUp = (model: Model, { account, entries, news }: Real): void => {
    expect(account.balance).toBe(sum(model.deltas))
    expect(sum(entries.map(({ delta }) => delta))).toBe(account.balance)
    expect(entries.at(-1)?.balanceAfter ?? 0).toBe(account.balance)
    expect(account.balance).toBeGreaterThanOrEqual(0)
    expect(news).toBe(account.balance)
  }

  it('adds up to the balance and is never below zero on the way, whatever is posted', () => {
    fc.assert(
      fc.property(fc.commands([anyPointsPosting.map(post)], { maxCommands: 40, size: 'max' }), (steps) => {
        fc.modelRun(() => ({ model: { deltas: [] }, real: { account: pointsAccount(), entries: [], news: 0 } }), steps)
      }),
      { numRuns: 150 },
    )
  })
})

describe('points that go back with parts of what they paid', () => {
  it.each([
    [990, 990, 0, 990, 990],
    [990, 990, 0, 495, 495],
    [1, 3, 0, 1, 0],
    [1, 3, 1, 2, 0],
    [1, 3, 2, 3, 1],
    [100_000_000_000_000, 10_000_000_000, 1, 3_333_333_333, 33_333_333_320_000],
  ])('of %i for %i fen, from %i to %i fen, are %i', (spent, amount, before, after, points) => {
    expect(pointsBack(spent, { amount: fen(amount), before: fen(before), after: fen(after) })).toBe(points)
  })

  it('come out at what was spent over any parts, and never run ahead', () => {
    const amount = fc.integer({ min: 1, max: 10_000_000_000 })
    const spent = fc.integer({ min: 1, max: 100_000_000_000_000 })
    fc.assert(
      fc.property(
        amount,
        spent,
        fc.array(fc.nat({ max: 10_000_000_000 }), { maxLength: 12 }),
        (whole, points, cuts) => {
          const steps = [0, ...cuts.filter((cut) => cut < whole).toSorted((a, b) => a - b), whole].map(fen)
          let back = 0
          for (const [n, after] of steps.entries()) {
            const before = steps[n - 1] ?? fen(0)
            const part = pointsBack(points, { amount: fen(whole), before, after })
            expect(Number.isSafeInteger(part) && part >= 0).toBe(true)
            back += part
            expect(back).toBeLessThanOrEqual(points)
          }
          expect(back).toBe(points)
        },
      ),
    )
  })
})
