import type { Executor } from '../executor.ts'
import { AUDIT } from './audit-chain.ts'
import { CODES_POINTS_STOCK } from './codes-points-stock.ts'
import { DURABILITY } from './durability.ts'
import type { CheckOptions, Invariant, Violation } from './invariant.ts'
import { MONEY } from './money.ts'
import { ORDERS } from './orders.ts'

/**
 * What can be seen in a store at rest. I02 needs the gateways' books (`checkAgainstLedger`). The others are about what
 * leaves the process, or about time, and have tests of their own: answers after the commit (I17, I18), unknown is not
 * failed (I21), clocks (I24), refusals that write nothing (I26), Redis (I27), two processes (I28), migrations (I29).
 */
export const INVARIANTS: readonly Invariant[] = [...MONEY, ...ORDERS, ...CODES_POINTS_STOCK, ...DURABILITY, ...AUDIT]

/** All of them, one after another. */
export const checkInvariants = async (on: Executor, options: CheckOptions): Promise<readonly Violation[]> => {
  const found: Violation[] = []
  for (const invariant of INVARIANTS) found.push(...(await invariant.check(on, options)))
  return found
}
