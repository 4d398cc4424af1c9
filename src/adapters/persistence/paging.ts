import { type Expression, type SqlBool, sql } from 'kysely'
import type { Page, PageRequest, TimeRange } from '../../application/page.ts'

/** Conditions for a page of rows ordered by `created_at` and `id`, both falling: an index finds its beginning. */
export const pageConditions = ({ after }: PageRequest, range?: TimeRange): readonly Expression<SqlBool>[] => {
  const conditions: Expression<SqlBool>[] = []
  if (range?.from !== undefined) conditions.push(sql<SqlBool>`created_at >= ${range.from.getTime()}`)
  if (range?.to !== undefined) conditions.push(sql<SqlBool>`created_at < ${range.to.getTime()}`)
  if (after !== undefined) {
    const at = after.createdAt.getTime()
    // The first part alone is what an index can use; a comparison of pairs would be, but not on MySQL.
    conditions.push(sql<SqlBool>`created_at <= ${at} and (created_at < ${at} or id < ${after.id})`)
  }
  return conditions
}

/**
 * Equality for the columns that are given, the most telling first: an index finds the rows of that one. The others stand
 * in an expression, because without statistics SQLite might take their index instead, and walk through everybody's paid
 * orders for those of one user.
 */
export const equalities = (columns: Readonly<Record<string, string | undefined>>): readonly Expression<SqlBool>[] =>
  Object.entries(columns)
    .filter(([, value]) => value !== undefined)
    .map(([column, value], place) =>
      place === 0
        ? sql<SqlBool>`${sql.ref(column)} = ${value}`
        : sql<SqlBool>`coalesce(${sql.ref(column)}, '') = ${value}`,
    )

/** A page out of one row more than it holds, which tells whether another page follows. */
export const pageOf = <T>(
  found: readonly T[],
  { limit }: PageRequest,
  place: (item: T) => { readonly createdAt: Date; readonly id: string },
): Page<T> => {
  const items = found.slice(0, limit)
  const last = items.at(-1)
  if (last === undefined || found.length <= limit) return { items, next: undefined }
  const { createdAt, id } = place(last)
  return { items, next: { createdAt, id } }
}
