import { linkOf } from '../audit-link.ts'
import type { Executor } from '../executor.ts'
import type { Row } from '../schema.ts'
import {
  type CheckOptions,
  type Invariant,
  MAX_VIOLATIONS,
  type Rule,
  type Violation,
  violationsOf,
} from './invariant.ts'

const PAGE = 500

const OUTSIDE: Rule = {
  broken: 'an entry outside of the chain: written by hand, or by an earlier version that still runs',
  sql: `select a.id as subject, a.actor, a.action
    from audit a left join audit_chain c on c.audit_id = a.id where c.audit_id is null`,
}

/** Each entry is where it was written, as it was written. Who rewrites entry and chain alike is found by a head noted before. */
const chainHolds: Invariant = {
  id: 'I25',
  title: 'no entry of the audit log was changed, removed, put in or moved',
  rules: [OUTSIDE],
  async check(on, options) {
    const found = await violationsOf('I25', OUTSIDE, on, options)
    return [...found, ...(await walk(on, options))]
  },
  async note(on) {
    const [last] = await on.rows('select seq, hash from audit_chain order by seq desc limit 1', [])
    return last === undefined ? undefined : headText(last as Row<'audit_chain'>) // As selected.
  },
}

export const AUDIT: readonly Invariant[] = [chainHolds]

/** As it is printed, and given to a later check. */
const headText = ({ seq, hash }: Pick<Row<'audit_chain'>, 'seq' | 'hash'>): string => `${seq}:${hash}`

/** A link with its entry, whose columns are null where it is gone. */
type Linked = Row<'audit'> & Row<'audit_chain'> & { readonly id: string | null }

const walk = async (on: Executor, { auditHead }: CheckOptions): Promise<readonly Violation[]> => {
  const found: Violation[] = []
  let last = { seq: 0, hash: '' }
  let isHeadThere = auditHead === undefined
  for (;;) {
    const page = await pageBehind(on, last.seq)
    for (const row of page) {
      found.push(...wrongWith(last, row))
      isHeadThere ||= headText(row) === auditHead
      last = row
    }
    if (found.length >= MAX_VIOLATIONS) return found.slice(0, MAX_VIOLATIONS)
    if (page.length < PAGE) break
  }
  if (!isHeadThere)
    found.push(violation('audit', `${auditHead} is not in the chain: it was cut off there or written anew`))
  return found
}

const pageBehind = async (on: Executor, seq: number): Promise<readonly Linked[]> => {
  const rows = await on.rows(
    `select a.*, c.seq, c.audit_id, c.hash from audit_chain c left join audit a on a.id = c.audit_id
      where c.seq > ? order by c.seq limit ${PAGE}`,
    [seq],
  )
  return rows as readonly Linked[] // As selected.
}

const wrongWith = (last: Pick<Row<'audit_chain'>, 'seq' | 'hash'>, row: Linked): readonly Violation[] => {
  const gap =
    row.seq === last.seq + 1 ? [] : [violation(row.audit_id, `links ${last.seq + 1} to ${row.seq - 1} are gone`)]
  if (row.id === null) return [...gap, violation(row.audit_id, `entry ${row.seq} was removed`)]
  // Behind a gap nothing is known of the link before, so only the gap is told.
  if (gap.length > 0 || linkOf(last, row).hash === row.hash) return gap
  return [violation(row.audit_id, `entry ${row.seq} was changed, or stands in another place`)]
}

const violation = (subject: string, detail: string): Violation => ({ invariant: 'I25', subject, detail })
