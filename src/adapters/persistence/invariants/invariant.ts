import type { Executor } from '../executor.ts'
import { invariant as assert } from '../row-values.ts'
import type { Value } from '../schema.ts'

/** One thing in the store that must not be so: what it is about, and what is wrong with it. */
export type Violation = { readonly invariant: string; readonly subject: string; readonly detail: string }

export type CheckOptions = {
  /** Faults are over and all timers have run: also what has to be finished by then is checked. */
  readonly quiescent: boolean
  readonly now: Date
  /** How long something may wait on us before it counts as forgotten. */
  readonly graceMs: number
  /** What an earlier check noted of the audit log's chain, `<number>:<hash>`: it has to be there still. */
  readonly auditHead?: string | undefined
}

/** A promise of the service that can be seen in the store. Checking it only reads. */
export type Invariant = {
  /** Its name in the requirements; two names where one walk shows both. */
  readonly id: string
  readonly title: string
  /** The parts of it that are plain SQL. */
  readonly rules: readonly Rule[]
  readonly check: (on: Executor, options: CheckOptions) => Promise<readonly Violation[]>
  /** What somebody may keep elsewhere, to hold it against a later state. */
  readonly note?: (on: Executor) => Promise<string | undefined>
}

/** More than these of one rule say nothing new. */
export const MAX_VIOLATIONS = 100

/** SQL that both dialects understand and that finds only what breaks the rule: a column `subject`, and others as evidence. */
export type Rule = {
  /** What is wrong with each row that is found. */
  readonly broken: string
  readonly sql: string
  /** What stands for each `?` of the SQL. */
  readonly values?: (options: CheckOptions) => readonly Value[]
  /** Held only when nothing is under way. */
  readonly whenQuiescent?: true
}

/** An invariant that is nothing but rules. */
export const invariant = (id: string, title: string, rules: readonly Rule[]): Invariant => ({
  id,
  title,
  rules,
  async check(on, options) {
    const found: Violation[] = []
    for (const rule of rules) found.push(...(await violationsOf(id, rule, on, options)))
    return found
  },
})

/** What breaks one rule, at most `MAX_VIOLATIONS` of it. */
export const violationsOf = async (
  id: string,
  { broken, sql, values, whenQuiescent }: Rule,
  on: Executor,
  options: CheckOptions,
): Promise<readonly Violation[]> => {
  if (whenQuiescent && !options.quiescent) return []
  const rows = await on.rows(`${sql}\nlimit ${MAX_VIOLATIONS}`, values?.(options) ?? [])
  return rows.map((row) => toViolation(id, broken, row))
}

/** Before this instant nothing should be left that waits on us. */
export const graceEnd = ({ now, graceMs }: CheckOptions): number => now.getTime() - graceMs

const toViolation = (id: string, broken: string, row: unknown): Violation => {
  assert(typeof row === 'object' && row !== null && 'subject' in row, `a rule of ${id} without a subject`)
  const { subject, ...evidence } = row as Readonly<Record<string, unknown>> // As just seen, a row with columns.
  const facts = Object.entries(evidence).map(([name, value]) => `${name} ${String(value)}`)
  return { invariant: id, subject: String(subject), detail: [broken, ...facts].join(', ') }
}

/** Payments and orders in these states hold money. */
export const PAID = `('paid', 'partially_refunded', 'refunded')`
/** Receipts that ended here were booked on their payment; the others are held for a person. */
export const BOOKED = `('settled', 'honoured', 'surplus', 'late')`
