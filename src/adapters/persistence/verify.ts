import type { CheckOptions, Invariant, Violation } from './invariants/invariant.ts'
import { INVARIANTS } from './invariants/invariants.ts'

/** An invariant that was checked, with what breaks it. */
export type Checked = { readonly id: string; readonly title: string; readonly violations: readonly Violation[] }

/** Told of each invariant as soon as it is known. */
export type OnChecked = (checked: Checked) => void

type Check = (invariant: Invariant, options: CheckOptions) => Promise<readonly Violation[]>

/** Checks every invariant, each on a snapshot of its own, so that none holds anything back for longer than it takes. */
export const verifyEach = async (
  check: Check,
  options: CheckOptions,
  onChecked: OnChecked = () => {},
): Promise<readonly Checked[]> => {
  const all: Checked[] = []
  for (const invariant of INVARIANTS) {
    const { id, title } = invariant
    const checked = { id, title, violations: await check(invariant, options) }
    onChecked(checked)
    all.push(checked)
  }
  return all
}
