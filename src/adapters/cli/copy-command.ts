import { err, ok, type Result } from 'neverthrow'
import { toJson } from './api.ts'
import { readOptions, type UsageError, usage } from './options.ts'
import { tableOf } from './table.ts'
import type { ExitCode, Terminal } from './terminal.ts'
import type { CheckedInvariant } from './verify-command.ts'

export type CopyCommand = {
  readonly name: 'copy'
  /** A database's address, or `@FILE` with the address in it. */
  readonly from: string
  readonly to: string
  /** Only compares. */
  readonly check: boolean
  readonly json: boolean
}

const OPTIONS = {
  from: { type: 'string' },
  to: { type: 'string' },
  check: { type: 'boolean' },
  json: { type: 'boolean' },
} as const

export const parseCopy = (args: readonly string[]): Result<CopyCommand, UsageError> => {
  const read = readOptions('copy', args, OPTIONS)
  if (read.isErr()) return err(read.error)
  const { from = '', to = '', check = false, json = false } = read.value.values
  if (from === '' || to === '') return usage('copy needs --from DATABASE and --to DATABASE')
  return ok({ name: 'copy', from, to, check, json })
}

/** What was found of one table on the way. */
export type CopiedTable = {
  readonly table: string
  readonly rows: number
  readonly copied: number
  readonly digest: string
  readonly sums: Readonly<Record<string, string>>
}

export type Copied = { readonly tables: readonly CopiedTable[]; readonly differences: readonly string[] }

type OnProgress = (done: number, total: number) => void

export type CopyDeps = {
  /** Copies or compares; an error is why nothing was done. */
  readonly copy: (onProgress: OnProgress) => Promise<Result<Copied, string>>
  /** Checks every invariant on the target. */
  readonly verify: (onProgress: OnProgress) => Promise<readonly CheckedInvariant[]>
}

const UNFINISHED = `shouyin: the copy is not finished, and no service starts on the target. A source that was written to has changed:
  stop every service on it, empty the target, and copy again.`

/** Copies, says table by table what is there now, and checks the books in their new place. */
export const runCopy = async (deps: CopyDeps, command: CopyCommand, terminal: Terminal): Promise<ExitCode> => {
  const copying = terminal.progress(command.check ? 'compare' : 'copy')
  const done = await deps.copy(copying.update).finally(copying.end)
  if (done.isErr()) {
    terminal.tell(`shouyin: ${done.error}`)
    return 1
  }
  const { tables, differences } = done.value
  const violations = differences.length > 0 ? [] : await violationsOf(deps, terminal)
  const whole = differences.length === 0 && violations.length === 0
  if (command.json) terminal.print(toJson({ ok: whole, tables, differences, violations }))
  else for (const line of report(tables, differences, violations)) terminal.print(line)
  if (differences.length > 0 && !command.check) terminal.tell(UNFINISHED)
  return whole ? 0 : 1
}

type Violations = CheckedInvariant['violations']

const violationsOf = async ({ verify }: CopyDeps, terminal: Terminal): Promise<Violations> => {
  const verifying = terminal.progress('verify')
  const checked = await verify(verifying.update).finally(verifying.end)
  return checked.flatMap(({ violations }) => violations)
}

const report = (
  tables: readonly CopiedTable[],
  differences: readonly string[],
  violations: Violations,
): readonly string[] => {
  const cells = tables.map(({ table, rows, copied, digest }) => [table, String(rows), String(copied), digest])
  return [
    ...tableOf([['TABLE', 'ROWS', 'COPIED NOW', 'DIGEST'], ...cells]),
    '',
    ...differences,
    ...tableOf(violations.map(({ invariant, subject, detail }) => [invariant, subject, detail])),
    verdict(differences, violations),
  ]
}

const verdict = (differences: readonly string[], violations: Violations): string => {
  if (differences.length > 0) return 'not the same 不一致'
  return violations.length > 0
    ? `the same, but ${violations.length} violations 一致，但有 ${violations.length} 处不成立`
    : 'the same, and all invariants hold 完全一致，全部成立'
}
