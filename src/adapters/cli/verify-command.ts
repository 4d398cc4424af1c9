import { err, ok, type Result } from 'neverthrow'
import { readOptions, type UsageError, usage, wholeNumber } from './options.ts'
import { tableOf } from './table.ts'
import type { ExitCode, Terminal } from './terminal.ts'

export type VerifyCommand = {
  readonly name: 'verify'
  readonly json: boolean
  readonly quiescent: boolean
  /** Undefined: twice the longest step of the recovery schedule. */
  readonly graceSeconds: number | undefined
  /** What an earlier check has noted of the audit log. */
  readonly auditHead: string | undefined
}

export type CheckedInvariant = {
  readonly id: string
  readonly title: string
  readonly violations: readonly { readonly invariant: string; readonly subject: string; readonly detail: string }[]
  /** To be kept elsewhere and held against a later state. */
  readonly note?: string
}

/** Checks everything; tells of each invariant when it is done, and of how many there are. */
export type Verify = (
  options: Pick<VerifyCommand, 'quiescent' | 'graceSeconds' | 'auditHead'>,
  onChecked: (done: number, total: number) => void,
) => Promise<readonly CheckedInvariant[]>

const OPTIONS = {
  json: { type: 'boolean' },
  quiescent: { type: 'boolean' },
  grace: { type: 'string' },
  'audit-head': { type: 'string' },
} as const
const AUDIT_HEAD = /^[1-9]\d{0,15}:[0-9a-f]{64}$/
const MAX_GRACE_SECONDS = 30 * 86_400

export const parseVerify = (args: readonly string[]): Result<VerifyCommand, UsageError> => {
  const read = readOptions('verify', args, OPTIONS)
  if (read.isErr()) return err(read.error)
  const { json = false, quiescent = false, grace, 'audit-head': auditHead } = read.value.values
  const graceSeconds = grace === undefined ? undefined : wholeNumber(grace, 0, MAX_GRACE_SECONDS)
  if (grace !== undefined && graceSeconds === undefined) return usage(`--grace is 0 to ${MAX_GRACE_SECONDS} seconds`)
  if (auditHead !== undefined && !AUDIT_HEAD.test(auditHead)) return usage('--audit-head is what verify has printed')
  return ok({ name: 'verify', json, quiescent, graceSeconds, auditHead })
}

/** Prints what was checked and what was found; a violation is a failure. */
export const runVerify = async (verify: Verify, command: VerifyCommand, terminal: Terminal): Promise<ExitCode> => {
  const progress = terminal.progress('verify')
  const checked = await verify(command, progress.update).finally(progress.end)
  const broken = checked.filter(({ violations }) => violations.length > 0)
  if (command.json) terminal.print(JSON.stringify({ ok: broken.length === 0, invariants: checked }, undefined, 2))
  else for (const line of report(checked)) terminal.print(line)
  return broken.length === 0 ? 0 : 1
}

const report = (checked: readonly CheckedInvariant[]): readonly string[] => {
  const lines = tableOf(
    checked.map(({ id, title, violations }) => [id, violations.length === 0 ? 'ok' : `${violations.length} !`, title]),
  )
  const found = checked.flatMap(({ violations }) => violations)
  const total = found.length === 0 ? 'all hold 全部成立' : `${found.length} violations 处不成立`
  const notes = checked.flatMap(({ note }) => (note === undefined ? [] : [`audit head 审计链末端  ${note}`]))
  return [
    ...lines,
    ...notes,
    '',
    ...tableOf(found.map(({ invariant, subject, detail }) => [invariant, subject, detail])),
    total,
  ]
}
