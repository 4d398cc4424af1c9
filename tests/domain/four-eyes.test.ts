import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { needsTwoPeople } from '../../src/domain/four-eyes.ts'
import { fen } from '../../src/domain/money.ts'
import {
  cancelledRefund,
  failedRefund,
  pendingRefund,
  processingRefund,
  successfulRefund,
} from '../support/builders.ts'

const ABOVE = fen(1000)
const wanted = (amount: number) => ({ refundNo: 'R0', amount: fen(amount) })

describe('a refund', () => {
  it('needs two people above the limit, and none where there is no limit', () => {
    expect(needsTwoPeople(wanted(1000), [], ABOVE)).toBe(false)
    expect(needsTwoPeople(wanted(1001), [], ABOVE)).toBe(true)
    expect(needsTwoPeople(wanted(1), [], fen(0))).toBe(true)
    expect(needsTwoPeople(wanted(10 ** 9), [], undefined)).toBe(false)
  })

  it.each([
    ['waits', pendingRefund, true],
    ['is under way', processingRefund, true],
    ['went back', successfulRefund, true],
    ['failed', failedRefund, false],
    ['was rejected', cancelledRefund, false],
  ] as const)('is counted together with one that %s: %#', (_, build, counts) => {
    const other = build({ refundNo: 'R1', amount: fen(600) })
    expect(needsTwoPeople(wanted(600), [other], ABOVE)).toBe(counts)
    expect(needsTwoPeople(wanted(400), [other], ABOVE)).toBe(false)
  })

  it('is not counted twice where it is among those of its payment', () => {
    expect(needsTwoPeople(wanted(600), [pendingRefund({ refundNo: 'R0', amount: fen(600) })], ABOVE)).toBe(false)
  })

  it('that takes a payment above the limit is never the work of one, however it is split', () => {
    const amounts = fc.array(fc.integer({ min: 1, max: 900 }), { minLength: 1, maxLength: 12 })
    fc.assert(
      fc.property(amounts, (parts) => {
        let alone = 0
        for (const [n, amount] of parts.entries()) {
          const before = parts
            .slice(0, n)
            .map((part, m) => successfulRefund({ refundNo: `R${m + 1}`, amount: fen(part) }))
          if (!needsTwoPeople({ refundNo: `R${n + 1}`, amount: fen(amount) }, before, ABOVE)) alone += amount
        }
        expect(alone).toBeLessThanOrEqual(ABOVE)
      }),
    )
  })
})
