import type { Invariant } from '../../src/adapters/persistence/invariants/invariant.ts'
import { checkInvariants, INVARIANTS } from '../../src/adapters/persistence/invariants/invariants.ts'
import { checkAgainstLedger } from '../../src/adapters/persistence/invariants/ledger.ts'
import { isOfOthers, type SimulatedGateway } from './gateway/simulated-gateway.ts'
import type { World } from './world.ts'

const H = 3_600_000
/** While things go wrong, processes and clocks may be away for a day: what waits is looked at only when it is quiet. */
const STORM_GRACE_MS = 30 * 24 * H
/** Twice the longest step of any schedule a seed may draw. */
const CALM_GRACE_MS = 2 * H

/** Those that walk the machines along all events: dear, and what they find stays to be found. */
const isOfHistories = ({ id }: Invariant): boolean => id === 'I09' || id === 'I10'
const HISTORIES = INVARIANTS.filter(isOfHistories)
const ROWS = INVARIANTS.filter((one) => !isOfHistories(one))

/** What has to be so of the rows after each commit. */
export const checkCommitted = (world: World): Promise<void> => checkAll(world, ROWS)

/** What has to be so of the events after each commit. */
export const checkHistories = (world: World): Promise<void> => checkAll(world, HISTORIES)

const checkAll = async ({ database, clock, violations }: World, invariants: readonly Invariant[]): Promise<void> => {
  const options = { quiescent: false, now: clock.now(), graceMs: STORM_GRACE_MS }
  for (const one of invariants)
    for (const { invariant, subject, detail } of await one.check(database, options))
      violations.push({ invariant, detail: `${subject}: ${detail}` })
}

/** Everything that has to be so when it has been quiet for long, the gateways' own books included. */
export const checkSettled = async (world: World, gateways: readonly SimulatedGateway[]): Promise<void> => {
  const { database, clock, violations } = world
  const options = { quiescent: true, now: clock.now(), graceMs: CALM_GRACE_MS }
  const theirs = gateways.flatMap((gateway) => gateway.books())
  const known = database.database.prepare('select 1 from payment_transactions where transaction_id = ?')
  // A trade of another system is our business only once a message about it has come to us.
  const books = theirs.filter(
    ({ transactionId }) => !isOfOthers(transactionId) || known.get(transactionId) !== undefined,
  )
  const found = [...(await checkInvariants(database, options)), ...(await checkAgainstLedger(database, books))]
  for (const { invariant, subject, detail } of found) violations.push({ invariant, detail: `${subject}: ${detail}` })
}
