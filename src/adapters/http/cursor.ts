import { z } from 'zod'
import type { Cursor, Page } from '../../application/page.ts'
import { says } from './fields.ts'
import { text } from './language.ts'

/** The sort key of the last row of a page. */
export type Key = readonly (string | number)[]

export const encodeCursor = (key: Key): string => Buffer.from(JSON.stringify(key)).toString('base64url')

const decodeCursor = (cursor: string): unknown => {
  try {
    const decoded: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString())
    return Buffer.from(JSON.stringify(decoded)).toString('base64url') === cursor ? decoded : undefined
  } catch {
    return undefined
  }
}

/** A cursor whose key has the given shape; any other text was not made by us. */
export const cursorField = <K extends Key>(shape: z.ZodType<K>) =>
  z
    .string()
    .max(512)
    .transform((cursor, ctx): K => {
      const key = shape.safeParse(decodeCursor(cursor))
      if (key.success) return key.data
      ctx.addIssue({ code: 'custom', ...NOT_OURS })
      return z.NEVER
    })
    .meta({ override: { type: 'string' }, description: '上一页的 page.nextCursor' })

const NOT_OURS = says(text('不是本接口返回的游标', 'not a cursor of this route'))

const MAX_TIME_MS = 8.64e15

/** How pages of stored rows are keyed. */
export const ageCursorField = cursorField(z.tuple([z.int().min(0).max(MAX_TIME_MS), z.string().max(64)]))

export const toCursor = (key: readonly [number, string] | undefined): Cursor | undefined =>
  key && { createdAt: new Date(key[0]), id: key[1] }

export const nextCursorOf = ({ next }: Page<unknown>): string | null =>
  next === undefined ? null : encodeCursor([next.createdAt.getTime(), next.id])

export const limitField = z
  .string()
  .regex(/^(?:[1-9]\d?|100)$/)
  .transform(Number)
  .default(20)
  .meta({
    description: '每页条数',
    override: ({ jsonSchema }) => {
      delete jsonSchema['pattern']
      Object.assign(jsonSchema, { type: 'integer', minimum: 1, maximum: 100, default: 20 })
    },
  })

type Listed<T> = { readonly items: readonly T[]; readonly nextCursor: string | null }

/** One page of rows that lie in memory as a whole, in ascending order of their keys. */
export const pageOf = <T>(
  rows: readonly T[],
  keyOf: (row: T) => Key,
  limit: number,
  after: Key | undefined,
): Listed<T> => {
  const sorted = rows.toSorted((a, b) => compareKeys(keyOf(a), keyOf(b)))
  const rest = after === undefined ? sorted : sorted.filter((row) => compareKeys(keyOf(row), after) > 0)
  const items = rest.slice(0, limit)
  const last = items.at(-1)
  return { items, nextCursor: last === undefined || rest.length <= limit ? null : encodeCursor(keyOf(last)) }
}

const compareKeys = (a: Key, b: Key): number => {
  for (const [i, part] of a.entries()) {
    const other = b[i]
    if (other !== undefined && part !== other) return part < other ? -1 : 1
  }
  return 0
}
