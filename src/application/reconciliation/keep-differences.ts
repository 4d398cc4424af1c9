import { err, ok, type Result } from 'neverthrow'
import { type Difference, openDiscrepancy, transitionDiscrepancy } from '../../domain/discrepancy.ts'
import { type Repositories, type Transaction, WRITE_CONFLICT, type WriteConflict } from '../transaction.ts'
import type { Clock } from '../clock.ts'
import type { Ids } from '../ids.ts'
import type { Versioned } from '../versioned.ts'
import type { Discrepancy } from '../../domain/discrepancy.ts'
import type { BillDay } from './discrepancy-repository.ts'

type Deps = { readonly transaction: Transaction; readonly clock: Clock; readonly ids: Ids }

export type Findings = {
  readonly bill: BillDay
  readonly runId: string
  readonly differences: readonly Difference[]
  /** Subjects that were matched with something the books have on another day. */
  readonly elsewhere: readonly string[]
}

const BATCH = 100

/** Writes down what a comparison has found: what was found before is the same discrepancy again. */
export const keepDifferences =
  (deps: Deps) =>
  async ({ bill, runId, differences, elsewhere }: Findings): Promise<void> => {
    for (let start = 0; start < differences.length; start += BATCH) {
      const batch = differences.slice(start, start + BATCH)
      await deps.transaction.run(async (repositories): Promise<Result<void, WriteConflict>> => {
        for (const difference of batch) {
          const kept = await keep(deps, repositories, { bill, runId, difference })
          if (kept.isErr()) return err(kept.error)
        }
        return ok(undefined)
      })
    }
    for (let start = 0; start < elsewhere.length; start += BATCH)
      await noteElsewhere(deps, bill, elsewhere.slice(start, start + BATCH))
  }

type One = Omit<Findings, 'differences' | 'elsewhere'> & { readonly difference: Difference }

const keep = async (
  { clock, ids }: Deps,
  { discrepancies }: Repositories,
  { bill, runId, difference }: One,
): Promise<Result<void, WriteConflict>> => {
  const known = await discrepancies.findSame(bill, difference.subject)
  const at = clock.now()
  const askAt = canBeAsked(difference) ? at : undefined
  if (known === undefined) {
    const opened = openDiscrepancy(difference, { ...bill, id: ids.entity(), foundAt: at })
    return (await discrepancies.insert(opened, runId, askAt)) ? ok(undefined) : err(WRITE_CONFLICT)
  }
  const again = transitionDiscrepancy(known.value, { type: 'found', difference })
  if (again.isErr()) return ok(undefined)
  if (again.value !== known.value) {
    if (!(await discrepancies.replace(known, again.value, at))) return err(WRITE_CONFLICT)
    if (askAt !== undefined) await discrepancies.askAnew(known.value.id, askAt)
  }
  await discrepancies.seen(known.value.id, runId)
  return ok(undefined)
}

/** What the gateway's own answer may settle; whatever else differs waits for a person. */
const canBeAsked = ({ class: kind, about, subject }: Difference): boolean => {
  switch (kind) {
    case 'status_differs':
      return true
    case 'missing_local': // A second row under one number is not a second payment.
      return about !== 'row' && !subject.includes('#')
    case 'amount_differs':
    case 'missing_remote':
    case 'unreadable':
      return false
  }
}

/** What was missing from the bill of its own day has come with this one. */
const noteElsewhere = async (
  { transaction, clock }: Deps,
  bill: BillDay,
  subjects: readonly string[],
): Promise<void> => {
  const at = clock.now()
  await transaction.run(async ({ discrepancies }): Promise<Result<void, WriteConflict>> => {
    await discrepancies.noteElsewhere(bill, subjects, at)
    for (const subject of subjects)
      for (const open of await discrepancies.listOpenOf(bill.provider, subject)) {
        if (open.value.class !== 'missing_remote') continue
        if (!(await end({ discrepancies }, open, `已出现在 ${bill.day} 的账单中`, at))) return err(WRITE_CONFLICT)
      }
    return ok(undefined)
  })
}

/** Ends those of the day that this run has not found any more. */
export const endVanished =
  ({ transaction, clock }: Deps) =>
  async (bill: BillDay, runId: string): Promise<void> => {
    for (;;) {
      const vanished = await transaction.run(async ({ discrepancies }): Promise<Result<number, WriteConflict>> => {
        const gone = await discrepancies.listVanished(bill, runId, BATCH)
        for (const one of gone)
          if (!(await end({ discrepancies }, one, '再次对账时已一致', clock.now()))) return err(WRITE_CONFLICT)
        return ok(gone.length)
      })
      if (vanished.isErr() || vanished.value < BATCH) return
    }
  }

/** The bill in which they might still have come is through. */
export const endDrift =
  ({ transaction, clock }: Deps) =>
  async (bill: BillDay, about: Discrepancy['about']): Promise<void> => {
    for (;;) {
      const ended = await transaction.run(async ({ discrepancies }): Promise<Result<number, WriteConflict>> => {
        const drifting = await discrepancies.listDrifting(bill, about, BATCH)
        for (const one of drifting) {
          const difference = { ...one.value, withinDrift: false }
          const after = transitionDiscrepancy(one.value, { type: 'found', difference })
          if (after.isErr() || !(await discrepancies.replace(one, after.value, clock.now()))) return err(WRITE_CONFLICT)
        }
        return ok(drifting.length)
      })
      if (ended.isErr() || ended.value < BATCH) return
    }
  }

const end = async (
  { discrepancies }: Pick<Repositories, 'discrepancies'>,
  open: Versioned<Discrepancy>,
  note: string,
  at: Date,
): Promise<boolean> => {
  const ended = transitionDiscrepancy(open.value, { type: 'resolved', resolution: 'gone', note, by: 'system', at })
  // Money that is on its way back keeps it open until that has ended.
  return ended.isErr() || discrepancies.replace(open, ended.value, at)
}
