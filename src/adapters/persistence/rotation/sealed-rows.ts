import type { Encryption, KeyRing } from '../../../application/encryption.ts'
import { quoted } from '../copy/copied-tables.ts'
import { bound } from '../copy/pages.ts'
import type { Executor } from '../executor.ts'
import type { Value } from '../schema.ts'
import type { SealedColumn } from './sealed-columns.ts'

/** A row with a sealed value. */
export type SealedRow = {
  readonly key: readonly Value[]
  /** The beginning of the sealed value, or all of it where it is looked up by a hash: such values are short. */
  readonly head: string
  readonly hash: string | undefined
}

const PAGE_ROWS = 500
/** Tells the key. */
const HEAD_CHARACTERS = 32

/** The rows in the order of their key, page by page; those that hold no value are counted, and left out. */
export async function* sealedPages(
  on: Executor,
  column: SealedColumn,
): AsyncGenerator<{ readonly rows: readonly SealedRow[]; readonly walked: number }> {
  let after: readonly Value[] | undefined
  for (;;) {
    const found = await pageBehind(on, column, after)
    if (found.length === 0) return
    yield { rows: found.flatMap((row) => toSealedRow(column, row)), walked: found.length }
    after = keyOf(column, found.at(-1) ?? {})
  }
}

/** The sealed value as it is now; undefined where it went meanwhile. */
export const sealedValue = async (
  on: Executor,
  column: SealedColumn,
  key: readonly Value[],
): Promise<string | undefined> => {
  const name = quoted(column.column)
  const [row] = await on.rows(`select ${name} as sealed from ${quoted(column.table)} where ${equalTo(column)}`, key)
  const { sealed } = (row ?? {}) as { readonly sealed?: string | null } // As selected.
  return sealed ?? undefined
}

/** `a = ? and b = ?` for the columns of the primary key. */
export const equalTo = ({ key }: SealedColumn): string => key.map((part) => `${quoted(part)} = ?`).join(' and ')

/** The key by which a value is held: that of its hash where only that one is older. `undefined` where it can't be told. */
export const keyOfRow = (
  column: SealedColumn,
  row: SealedRow,
  encryption: Encryption & KeyRing,
): string | undefined => {
  const keyId = encryption.keyIdOf(row.head)
  if (column.lookup === undefined || keyId !== encryption.keyIds[0]) return keyId
  const text = opened(() => encryption.open(row.head, column.placeOf(row.key)))
  const place = text === undefined ? -1 : column.lookup.hashesOf(text, encryption).indexOf(row.hash ?? '')
  return encryption.keyIds[place]
}

/** What was altered or moved, or sealed under a key that is not held, is undefined. */
export const opened = <T>(open: () => T): T | undefined => {
  try {
    return open()
  } catch {
    return undefined // The caller reports the row; why it is so nobody can tell.
  }
}

type Found = Readonly<Record<string, Value>>

const pageBehind = async (
  on: Executor,
  { table, column, key, lookup }: SealedColumn,
  after: readonly Value[] | undefined,
): Promise<readonly Found[]> => {
  const columns = [
    ...key.map(quoted),
    `${lookup === undefined ? `substr(${quoted(column)}, 1, ${HEAD_CHARACTERS})` : quoted(column)} as sealed_head`,
    ...(lookup === undefined ? [] : [`${quoted(lookup.column)} as lookup_hash`]),
  ]
  const behind = after === undefined ? undefined : bound(key, after, '>', '>')
  const where = behind === undefined ? '' : ` where ${behind.sql}`
  const order = key.map(quoted).join(', ')
  const rows = await on.rows(
    `select ${columns.join(', ')} from ${quoted(table)}${where} order by ${order} limit ${PAGE_ROWS}`,
    behind?.values ?? [],
  )
  return rows as readonly Found[] // As selected.
}

const keyOf = ({ key }: SealedColumn, row: Found): readonly Value[] => key.map((part) => row[part] ?? null)

const toSealedRow = (column: SealedColumn, row: Found): readonly SealedRow[] => {
  const { sealed_head: head, lookup_hash: hash } = row
  if (typeof head !== 'string') return []
  return [{ key: keyOf(column, row), head, hash: typeof hash === 'string' ? hash : undefined }]
}
