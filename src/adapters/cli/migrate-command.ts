import { err, ok, type Result } from 'neverthrow'
import { toJson } from './api.ts'
import { readOptions, type UsageError, usage } from './options.ts'
import { tableOf } from './table.ts'
import type { ExitCode, Terminal } from './terminal.ts'

export type MigrateCommand = { readonly name: 'migrate status' | 'migrate up'; readonly json: boolean }

export const parseMigrate = (args: readonly string[]): Result<MigrateCommand, UsageError> => {
  const [what = '', ...rest] = args
  if (what !== 'status' && what !== 'up') return usage('migrate status | up')
  const name = `migrate ${what}` as const
  const read = readOptions(name, rest, { json: { type: 'boolean' } })
  return read.isErr() ? err(read.error) : ok({ name, json: read.value.values.json ?? false })
}

/** A database's schema as this build sees it. */
export type SchemaReport = {
  readonly applied: readonly string[]
  readonly missing: readonly string[]
  readonly unknown: readonly string[]
  /** Why this build can't work on it. */
  readonly problem: string | undefined
}

export type MigrateDeps = {
  readonly status: () => Promise<SchemaReport>
  /** Applies what is missing and says what that was. */
  readonly up: (onStep: (done: number, total: number) => void) => Promise<readonly string[]>
}

export const runMigrate = (deps: MigrateDeps, command: MigrateCommand, terminal: Terminal): Promise<ExitCode> =>
  command.name === 'migrate status' ? status(deps, command, terminal) : up(deps, command, terminal)

const status = async (deps: MigrateDeps, { json }: MigrateCommand, terminal: Terminal): Promise<ExitCode> => {
  const { applied, missing, unknown, problem } = await deps.status()
  const steps = { applied, missing, unknown }
  if (json) terminal.print(toJson({ ok: problem === undefined, ...steps, problem: problem ?? null }))
  else for (const line of [...listOf(steps), '', problem ?? 'this build can start 可以启动']) terminal.print(line)
  return problem === undefined ? 0 : 1
}

const listOf = ({ applied, missing, unknown }: Omit<SchemaReport, 'problem'>): readonly string[] =>
  tableOf([
    ...applied.map((name) => [name, 'applied 已执行']),
    ...missing.map((name) => [name, 'missing 未执行']),
    ...unknown.map((name) => [name, 'of a newer build 来自新版本']),
  ])

const up = async (deps: MigrateDeps, { json }: MigrateCommand, terminal: Terminal): Promise<ExitCode> => {
  const progress = terminal.progress('migrate')
  const applied = await deps.up(progress.update).finally(progress.end)
  if (json) terminal.print(toJson({ applied }))
  else {
    for (const name of applied) terminal.print(`applied 已执行  ${name}`)
    terminal.print(`${applied.length} steps: the schema is this build's 表结构已是最新`)
  }
  return 0
}
