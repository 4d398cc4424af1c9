import type { Executor } from './executor.ts'
import type { CheckOptions, Violation } from './invariants/invariant.ts'
import { INVARIANTS } from './invariants/invariants.ts'

/** An invariant that was checked, with what breaks it. */
export type Checked = {
  readonly id: string
  readonly title: string
  readonly violations: readonly Violation[]
  readonly note?: string
}

/** Told of each invariant as soon as it is known. */
export type OnChecked = (checked: Checked) => void

type OnSnapshot = <T>(read: (on: Executor) => Promise<T>) => Promise<T>

/** Checks every invariant, each on a snapshot of its own, so that none holds anything back for longer than it takes. */
export const verifyEach = async (
  onSnapshot: OnSnapshot,
  options: CheckOptions,
  onChecked: OnChecked = () => {},
): Promise<readonly Checked[]> => {
  const all: Checked[] = []
  for (const invariant of INVARIANTS) {
    const { id, title } = invariant
    const found = await onSnapshot(async (on) => ({
      violations: await invariant.check(on, options),
      note: await invariant.note?.(on),
    }))
    const { violations, note } = found
    const checked: Checked = { id, title, violations, ...(note === undefined ? {} : { note }) }
    onChecked(checked)
    all.push(checked)
  }
  return all
}
