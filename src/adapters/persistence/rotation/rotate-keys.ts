import { setTimeout as sleep } from 'node:timers/promises'
import { ok } from 'neverthrow'
import type { Encryption, KeyRing } from '../../../application/encryption.ts'
import { quoted } from '../copy/copied-tables.ts'
import type { Executor, RunDurably } from '../executor.ts'
import type { Value } from '../schema.ts'
import { SEALED_COLUMNS, type SealedColumn } from './sealed-columns.ts'
import { equalTo, keyOfRow, opened, type SealedRow, sealedPages, sealedValue } from './sealed-rows.ts'

/** A database as its keys are rotated; services may work on it at the same time. */
export type SealedDatabase = {
  readonly reader: Executor
  readonly durably: RunDurably
  close(): Promise<void>
}

export type Rotated = {
  readonly replaced: number
  /** Values that no key of the ring opens: altered, moved, or of a key that was taken away too early. */
  readonly unreadable: readonly string[]
}

const BATCH_VALUES = 100
const BATCH_CHARACTERS = 1_000_000
/** More than these say nothing new. */
const MAX_UNREADABLE = 100

/**
 * Seals every value anew that is under another key than the first. Each value is only replaced where it still is what
 * was read, so whatever a service writes meanwhile stays. What is done is seen in the values themselves: after a kill the
 * same call goes on, and one more finds nothing left to do.
 */
export const rotateKeys = async (
  { reader, durably }: SealedDatabase,
  encryption: Encryption & KeyRing,
  onRows: (rows: number) => void = () => undefined,
): Promise<Rotated> => {
  let replaced = 0
  const unreadable: string[] = []
  for (const column of SEALED_COLUMNS)
    for await (const { rows, walked } of sealedPages(reader, column)) {
      const stale = rows.filter((row) => keyOfRow(column, row, encryption) !== encryption.keyIds[0])
      for await (const batch of batches(stale, (row) => sealedAnew(reader, column, row, encryption))) {
        replaced += await replaceAll(durably, column, batch.replacements)
        unreadable.push(...batch.unreadable)
      }
      onRows(walked)
    }
  return { replaced, unreadable: unreadable.slice(0, MAX_UNREADABLE) }
}

type Replacement = {
  readonly key: readonly Value[]
  readonly before: string
  readonly after: string
  readonly hash: string | undefined
}

type Batch = { readonly replacements: readonly Replacement[]; readonly unreadable: readonly string[] }

/** `undefined` where nothing is there any more, a name where it can't be opened. */
type Anew = Replacement | string | undefined

/** Small enough that no other writer waits for long, and that it fits into memory. */
async function* batches(rows: readonly SealedRow[], anew: (row: SealedRow) => Promise<Anew>): AsyncGenerator<Batch> {
  let replacements: Replacement[] = []
  let unreadable: string[] = []
  let characters = 0
  for (const row of rows) {
    const one = await anew(row)
    if (typeof one === 'string') unreadable.push(one)
    else if (one !== undefined) replacements.push(one)
    characters += typeof one === 'object' ? one.after.length : 0
    if (replacements.length < BATCH_VALUES && characters < BATCH_CHARACTERS) continue
    yield { replacements, unreadable }
    replacements = []
    unreadable = []
    characters = 0
  }
  yield { replacements, unreadable }
}

const sealedAnew = async (
  reader: Executor,
  column: SealedColumn,
  { key }: SealedRow,
  encryption: Encryption,
): Promise<Anew> => {
  const before = await sealedValue(reader, column, key)
  if (before === undefined) return undefined
  const place = column.placeOf(key)
  const plain = opened(() => encryption.openBytes(before, place))
  if (plain === undefined) return `${column.table}.${column.column} ${key.join(' ')}`
  const hash = column.lookup?.hashesOf(Buffer.from(plain).toString('utf8'), encryption)[0]
  return { key, before, after: encryption.sealBytes(plain, place), hash }
}

/** How many were still there as they were read. */
const replaceAll = async (
  durably: RunDurably,
  column: SealedColumn,
  replacements: readonly Replacement[],
): Promise<number> => {
  if (replacements.length === 0) return 0
  const startedAt = performance.now()
  const replaced = await durably(async (on) => {
    let changed = 0
    for (const replacement of replacements) changed += await replace(on, column, replacement)
    return ok(changed)
  })
  await sleep(performance.now() - startedAt) // Half of the time belongs to the services.
  return replaced
}

const replace = (on: Executor, column: SealedColumn, { key, before, after, hash }: Replacement): Promise<number> => {
  const { table, column: name, lookup } = column
  const also = lookup === undefined || hash === undefined ? undefined : { name: quoted(lookup.column), hash }
  const set = also === undefined ? '' : `, ${also.name} = ?`
  return on.change(
    `update ${quoted(table)} set ${quoted(name)} = ?${set} where ${equalTo(column)} and ${quoted(name)} = ?`,
    [after, ...(also === undefined ? [] : [also.hash]), ...key, before],
  )
}
