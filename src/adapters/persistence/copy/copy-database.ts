import { err, ok, type Result } from 'neverthrow'
import type { Executor } from '../executor.ts'
import { schemaProblem, UNFINISHED_COPY } from '../schema-state.ts'
import { COPIED } from './copied-tables.ts'
import { rowsBetween } from './pages.ts'
import { databaseName, migrateAt, openSnapshot, openTarget, schemaAt, type Snapshot, type Target } from './sides.ts'
import { marksOf, rowsOf } from './marks.ts'
import { type Tally, tallyDifferences, tallyOf } from './tally.ts'
import { walk } from './walk.ts'

export type CopyOptions = {
  /** `sqlite:<path of the file>`, or `mysql://…` as `readMysqlUrl` has it. */
  readonly from: string
  readonly to: string
  /** Compares two databases and writes nothing. */
  readonly check: boolean
  /** How many rows have been read, of all that have to be on both sides. */
  readonly onProgress?: (done: number, total: number) => void
}

export type CopiedTableReport = Tally & { readonly table: string; readonly copied: number }

export type CopyReport = {
  readonly tables: readonly CopiedTableReport[]
  /** What is not the same on both sides, or does not stay so; nothing where the copy is whole. */
  readonly differences: readonly string[]
}

/** Nothing was done. */
export type CopyRefused = { readonly code: 'COPY_REFUSED'; readonly reason: string }

/**
 * Copies a database as it is at one moment, table by table, or goes on with a copy that was broken off. Rows that are
 * there already are compared, never written over. The target can't be worked on before everything is there and was
 * read again.
 */
export const copyDatabase = async (options: CopyOptions): Promise<Result<CopyReport, CopyRefused>> => {
  const { from, to, check } = options
  if (databaseName(from) === databaseName(to)) return refused('source and target are the same database')
  const source = await schemaAt(from)
  if (source.applied.length === 0) return refused('there is no database of this service at the source')
  const problem = schemaProblem(source)
  if (problem !== undefined) return refused(`the source: ${problem}`)
  // A column that this build does not know would be left behind.
  if (source.unknown.length > 0) return refused('the source has the schema of a newer build: copy with that one')
  const prepared = check ? await checkable(to) : await prepare(from, to)
  if (prepared.isErr()) return err(prepared.error)
  const opened = new AsyncDisposableStack()
  try {
    const snapshot = await openSnapshot(from)
    opened.defer(() => snapshot.close())
    const target = await openTarget(to, check ? 'read' : 'write')
    opened.defer(() => target.close())
    return ok(await carryOver(snapshot, target, options))
  } finally {
    await opened.disposeAsync()
  }
}

const refused = (reason: string): Result<never, CopyRefused> => err({ code: 'COPY_REFUSED', reason })

const checkable = async (to: string): Promise<Result<undefined, CopyRefused>> => {
  const state = await schemaAt(to)
  const problem = schemaProblem(state)
  if (problem !== undefined) return refused(`the target: ${problem}`)
  return state.unknown.length > 0 ? refused('the target has the schema of a newer build') : ok(undefined)
}

/** Makes the target ready and marks it, so that nothing works on it before the copy has come to its end. */
const prepare = async (from: string, to: string): Promise<Result<undefined, CopyRefused>> => {
  const { unfinishedCopyOf: begun, missing, unknown } = await schemaAt(to)
  if (unknown.length > 0) return refused('the target has the schema of a newer build')
  if (begun === undefined) await migrateAt(to)
  else if (missing.length > 0) return refused('the target holds a copy that another build has begun: empty it')
  const name = databaseName(from)
  if (begun !== undefined && begun !== '')
    return begun === name ? ok(undefined) : refused(`the target holds an unfinished copy of ${begun}, not of ${name}`)
  const target = await openTarget(to, 'write')
  try {
    const holding = await firstThatHoldsRows(target)
    if (holding !== undefined) return refused(`the target is not empty: there are ${holding}`)
    // With a key, since managed servers may refuse a table without one.
    await target.change(`create table if not exists ${UNFINISHED_COPY} (source varchar(512) not null primary key)`, [])
    await target.change(`insert into ${UNFINISHED_COPY} (source) values (?)`, [name])
    return ok(undefined)
  } finally {
    await target.close()
  }
}

const firstThatHoldsRows = async (target: Executor): Promise<string | undefined> => {
  for (const table of COPIED) if ((await rowsBetween(target, table, { limit: 1 })).length > 0) return table.name
  return undefined
}

const carryOver = async (snapshot: Snapshot, target: Target, options: CopyOptions): Promise<CopyReport> => {
  const { check, onProgress = () => undefined } = options
  const before = await marksOf(snapshot)
  const total = 2 * rowsOf(before)
  let done = 0
  const onRows = (rows: number): void => {
    done += rows
    onProgress(done, total)
  }
  onProgress(done, total)
  const tables: CopiedTableReport[] = []
  const differences: string[] = []
  for (const table of COPIED) {
    const walked = await walk(snapshot, target, table, { insert: !check, onRows })
    tables.push({ table: table.name, copied: walked.copied, ...walked.tally })
    differences.push(...walked.differences)
    if (differences.length > 0 && !check) return { tables, differences }
  }
  for (const [index, table] of COPIED.entries()) {
    const inTarget = await tallyOf(target, table, onRows)
    const inSource = tables[index]
    if (inSource !== undefined) differences.push(...tallyDifferences(table, inSource, inTarget))
  }
  await snapshot.end()
  if (JSON.stringify(await marksOf(snapshot)) !== JSON.stringify(before))
    differences.push('the source was written to meanwhile: stop every service that works on it')
  if (differences.length === 0 && !check) await target.change(`drop table ${UNFINISHED_COPY}`, [])
  return { tables, differences }
}
