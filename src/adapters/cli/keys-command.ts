import { err, ok, type Result } from 'neverthrow'
import { toJson } from './api.ts'
import { readOptions, type UsageError, usage } from './options.ts'
import { tableOf } from './table.ts'
import type { ExitCode, Terminal } from './terminal.ts'

export type KeysCommand = {
  readonly name: 'keys rotate'
  /** Only counts. */
  readonly check: boolean
  readonly json: boolean
}

export const parseKeys = (args: readonly string[]): Result<KeysCommand, UsageError> => {
  const [what, ...rest] = args
  if (what !== 'rotate') return usage('keys rotate')
  const read = readOptions('keys rotate', rest, { check: { type: 'boolean' }, json: { type: 'boolean' } })
  if (read.isErr()) return err(read.error)
  const { check = false, json = false } = read.value.values
  return ok({ name: 'keys rotate', check, json })
}

/** How many values of a column are held by which key. */
export type KeyCount = { readonly column: string; readonly keys: Readonly<Record<string, number>> }

type OnProgress = (done: number, total: number) => void

export type KeysDeps = {
  /** Those of the settings, the one that seals first. */
  readonly keyIds: readonly string[]
  /** Seals anew what is under another key than the first. */
  readonly rotate: (
    onProgress: OnProgress,
  ) => Promise<{ readonly replaced: number; readonly unreadable: readonly string[] }>
  readonly count: (onProgress: OnProgress) => Promise<readonly KeyCount[]>
}

/** Rotates, unless only asked to look, and says by which keys everything is held now. */
export const runKeys = async (deps: KeysDeps, command: KeysCommand, terminal: Terminal): Promise<ExitCode> => {
  const rotating = terminal.progress('rotate')
  const { replaced, unreadable } = command.check
    ? { replaced: 0, unreadable: [] }
    : await deps.rotate(rotating.update).finally(rotating.end)
  const counting = terminal.progress('count')
  const columns = await deps.count(counting.update).finally(counting.end)
  const keys = keysOf(deps.keyIds, columns)
  const isDone = keys.every(({ use, values }) => use === 'seals' || values === 0)
  if (command.json) terminal.print(toJson({ ok: isDone, keys, columns, replaced, unreadable }))
  else for (const line of report({ keys, columns, unreadable, replaced, isDone })) terminal.print(line)
  return isDone ? 0 : 1
}

type HeldKey = {
  readonly id: string
  /** `missing`: the settings don't have it. */
  readonly use: 'seals' | 'opens' | 'missing'
  readonly values: number
}

const keysOf = (held: readonly string[], columns: readonly KeyCount[]): readonly HeldKey[] => {
  const found = columns.flatMap(({ keys }) => Object.keys(keys))
  return [...new Set([...held, ...found])].map((id) => ({
    id,
    use: id === held[0] ? 'seals' : held.includes(id) ? 'opens' : 'missing',
    values: columns.reduce((sum, { keys }) => sum + (keys[id] ?? 0), 0),
  }))
}

const USES = { seals: 'seals 加密用', opens: 'opens 仅解密', missing: 'not in the settings 未配置' } as const

type Report = {
  readonly keys: readonly HeldKey[]
  readonly columns: readonly KeyCount[]
  readonly unreadable: readonly string[]
  readonly replaced: number
  readonly isDone: boolean
}

const report = ({ keys, columns, unreadable, replaced, isDone }: Report): readonly string[] => [
  ...tableOf([['KEY', 'USE', 'VALUES'], ...keys.map(({ id, use, values }) => [id, USES[use], String(values)])]),
  '',
  ...tableOf(columns.flatMap(({ column, keys: of }) => Object.entries(of).map(([id, n]) => [column, id, String(n)]))),
  ...unreadable.map((place) => `no key opens 无法解密: ${place}`),
  '',
  isDone
    ? `${replaced} sealed anew; only the first key is in use, the others may go 已全部换用首个密钥，其余可移除`
    : `${replaced} sealed anew; other keys are still in use, keep them and run 'keys rotate' 仍有旧密钥在用，请勿移除`,
]
