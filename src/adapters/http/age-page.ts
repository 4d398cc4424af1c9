import type { Page } from '../../application/page.ts'
import { ageCursorField, limitField, nextCursorOf, toCursor } from './cursor.ts'
import { instantField } from './fields.ts'

/** What every list asks that is ordered by age, newest first. */
export const agePageFields = {
  limit: limitField,
  cursor: ageCursorField.optional(),
  from: instantField.optional(),
  to: instantField.optional(),
}

type AgeQuery = {
  readonly limit: number
  readonly cursor?: readonly [number, string] | undefined
  readonly from?: Date | undefined
  readonly to?: Date | undefined
}

/** The question apart from the page it is asked for. */
export const split = <Q extends AgeQuery>({ limit, cursor, from, to, ...filter }: Q) => ({
  filter: { ...filter, from, to },
  page: { limit, after: toCursor(cursor) },
})

export const pageJson = <T, J>(page: Page<T>, json: (item: T) => J) => ({
  data: page.items.map(json),
  page: { nextCursor: nextCursorOf(page) },
})
