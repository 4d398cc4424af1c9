import type { Page, PageRequest, TimeRange } from '../../application/page.ts'
import type { Versioned } from '../../application/versioned.ts'
import type { Draft } from './table.ts'

/** A value as it is first written. */
export const firstVersion = <T>(value: T, updatedAt: Date): Versioned<T> => ({ value, version: 1, updatedAt })

/** Writes the next version if the row is still at the one that was read; a row nobody has written is at version 0. */
export const replaceVersion = <T>(
  table: Draft<Versioned<T>>,
  key: string,
  before: Versioned<T>,
  after: T,
  updatedAt: Date,
): boolean => {
  if ((table.get(key)?.version ?? 0) !== before.version) return false
  table.put({ value: after, version: before.version + 1, updatedAt })
  return true
}

/** How rows are ordered and paged: by age, then by key. */
export type Age<R> = (row: R) => { readonly createdAt: Date; readonly id: string }

export const oldestFirst = <R>(rows: readonly R[], age: Age<R>): R[] =>
  rows.toSorted((a, b) => compareAges(age(a), age(b)))

export const newestFirst = <R>(rows: readonly R[], age: Age<R>): R[] => oldestFirst(rows, age).toReversed()

/** The page after the cursor, newest first; `next` only where more follows. */
export const pageOf = <R>(rows: readonly R[], { limit, after }: PageRequest, age: Age<R>): Page<R> => {
  const rest = newestFirst(rows, age).filter((row) => after === undefined || compareAges(age(row), after) < 0)
  const items = rest.slice(0, limit)
  const last = items.at(-1)
  return { items, next: last === undefined || rest.length <= limit ? undefined : age(last) }
}

export const isWithin = ({ from, to }: TimeRange, at: Date): boolean =>
  (from === undefined || at >= from) && (to === undefined || at < to)

const compareAges = (a: ReturnType<Age<never>>, b: ReturnType<Age<never>>): number =>
  a.createdAt.getTime() - b.createdAt.getTime() || (a.id < b.id ? -1 : Number(a.id > b.id))
