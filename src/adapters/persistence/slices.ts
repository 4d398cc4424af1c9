import { setImmediate } from 'node:timers/promises'
import { type Compilable, type Expression, type Kysely, type SqlBool, sql } from 'kysely'
import type { Cursor, Page, PageRequest } from '../../application/page.ts'
import type { Executor } from './executor.ts'
import { hint } from './read-by.ts'
import { pageOf, type Place, type Slice } from './paging.ts'
import type { DB, TableName } from './schema.ts'
import { query } from './statement.ts'

const ROWS = 1000

/** How many of these are given. */
export const countOf = (...values: readonly unknown[]): number => values.filter((value) => value !== undefined).length

/** The place of the thousandth row from here, by what this index knows alone. */
export const sliceEnd = (
  builder: Kysely<DB>,
  { table, index }: { readonly table: TableName; readonly index: string },
  conditions: readonly Expression<SqlBool>[],
  place: Place = { at: 'created_at', id: 'id' },
): Compilable<EndRow> => {
  const [at, id] = [sql.ref(place.at), sql.ref(place.id)]
  const where = conditions.length === 0 ? sql`` : sql`where ${sql.join([...conditions], sql` and `)}`
  const end = sql<EndRow>`select ${at} as at, ${id} as id from ${sql.table(table)} ${hint(builder, index)} ${where}
    order by ${at} desc, ${id} desc limit ${sql.lit(1)} offset ${sql.lit(ROWS - 1)}`
  return { compile: () => end.compile(builder) }
}

type EndRow = { readonly at: number; readonly id: string }

type Walk<T> = {
  readonly on: Executor
  readonly end: (slice: Slice) => Compilable<EndRow>
  readonly list: (slice: Slice) => Promise<readonly T[]>
}

/** Enough for what is asked in earnest; a search for what hardly exists comes back for more. */
const MAX_SLICES = 20

/**
 * Collects a page where an index finds only the beginning and few of the rows behind it may be wanted. On SQLite a query
 * holds the whole process, so a long walk is made in slices, and others have their turn in between. It ends in any case:
 * then the page is not full, and the next one goes on from there.
 */
export const pageInSlices = async <T>(
  { on, end, list }: Walk<T>,
  page: PageRequest,
  place: (item: T) => Cursor,
): Promise<Page<T>> => {
  const found: T[] = []
  let slice: Slice = page
  for (let walked = 0; walked < MAX_SLICES; walked += 1) {
    const [last] = await query(on, end(slice))
    const until: Cursor | undefined = last && { createdAt: new Date(last.at), id: last.id }
    found.push(...(await list({ ...slice, until })))
    if (until === undefined || found.length > page.limit) return pageOf(found, page, place)
    slice = { ...page, after: until }
    await setImmediate()
  }
  return { items: found, next: slice.after }
}
