import { createTable, type Draft } from './table.ts'
import { type Age, oldestFirst } from './versioned-rows.ts'

/** When something is to be looked at next; without a time it never is. */
export type DueRow = { readonly id: string; readonly dueAt: Date | undefined; readonly attempts: number }

export const dueTable = () => createTable<DueRow>(({ id }) => id)

/** Longest due first. */
const dueAge: Age<DueRow> = ({ id, dueAt }) => ({ createdAt: dueAt ?? new Date(0), id })

/** Begins to wait for its time. */
export const setDue = (dues: Draft<DueRow>, id: string, dueAt: Date): void => dues.put({ id, dueAt, attempts: 0 })

/** Moves the time of what waits; what does not is left alone. */
export const moveDue = (dues: Draft<DueRow>, id: string, dueAt: Date | undefined): void => {
  const row = dues.get(id)
  if (row?.dueAt !== undefined) dues.put({ ...row, dueAt })
}

export const claimDue = (
  dues: Draft<DueRow>,
  { now, leaseUntil, limit }: { readonly now: Date; readonly leaseUntil: Date; readonly limit: number },
): readonly DueRow[] =>
  oldestFirst(
    dues.where(({ dueAt }) => dueAt !== undefined && dueAt <= now),
    dueAge,
  )
    .slice(0, limit)
    .map(({ id, attempts }) => {
      const leased = { id, dueAt: leaseUntil, attempts: attempts + 1 }
      dues.put(leased)
      return leased
    })

export type Dues = Draft<DueRow>
