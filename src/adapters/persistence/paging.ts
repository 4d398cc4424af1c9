import { type Expression, type SqlBool, sql } from 'kysely'
import type { Cursor, Page, PageRequest, TimeRange } from '../../application/page.ts'

/** The columns that order the rows of a table by age. */
export type Place = { readonly at: string; readonly id: string }

/** A page that is looked for no further than `until`. */
export type Slice = PageRequest & { readonly until?: Cursor | undefined }

/** Conditions for a page of rows ordered by time and key, both falling: an index finds its beginning. */
export const pageConditions = (
  { after, until }: Slice,
  range?: TimeRange,
  place: Place = { at: 'created_at', id: 'id' },
): readonly Expression<SqlBool>[] => {
  const time = sql.ref(place.at)
  const conditions: Expression<SqlBool>[] = []
  if (range?.from !== undefined) conditions.push(sql<SqlBool>`${time} >= ${range.from.getTime()}`)
  if (range?.to !== undefined) conditions.push(sql<SqlBool>`${time} < ${range.to.getTime()}`)
  if (after !== undefined) {
    const at = after.createdAt.getTime()
    // The first part alone is what an index can use; a comparison of pairs would be, but not on MySQL.
    conditions.push(sql<SqlBool>`${time} <= ${at} and (${time} < ${at} or ${sql.ref(place.id)} < ${after.id})`)
  }
  if (until !== undefined) {
    const at = until.createdAt.getTime()
    conditions.push(sql<SqlBool>`${time} >= ${at} and (${time} > ${at} or ${sql.ref(place.id)} >= ${until.id})`)
  }
  return conditions
}

/**
 * Equality for the columns that are given, the most telling first: an index finds the rows of that one, unless they are
 * found by something more telling still. The others stand in an expression, because without statistics SQLite might take
 * their index instead, and walk through everybody's paid orders for those of one user.
 */
export const equalities = (
  columns: Readonly<Record<string, string | undefined>>,
  areFoundOtherwise = false,
): readonly Expression<SqlBool>[] =>
  Object.entries(columns)
    .filter(([, value]) => value !== undefined)
    .map(([column, value], place) =>
      place === 0 && !areFoundOtherwise
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
