import type { RefusedCallback } from '../../domain/callback-refusal.ts'
import type { StepOutcome, VerdictNode } from '../../domain/callback-verdict.ts'
import { type DoctorReport, type FindingLevel, isHealthy } from '../../domain/doctor.ts'
import { findingWording } from '../../domain/doctor-wording.ts'
import { toJson } from './api.ts'
import { readOptions, type UsageError } from './options.ts'
import { plain, tableOf } from './table.ts'
import type { ExitCode, Terminal } from './terminal.ts'
import type { Result } from 'neverthrow'

export type DoctorCommand = { readonly name: 'doctor'; readonly canary: boolean; readonly json: boolean }

const OPTIONS = { 'no-canary': { type: 'boolean' }, json: { type: 'boolean' } } as const

export const parseDoctor = (args: readonly string[]): Result<DoctorCommand, UsageError> =>
  readOptions('doctor', args, OPTIONS).map(({ values: { 'no-canary': none = false, json = false } }) => ({
    name: 'doctor',
    canary: !none,
    json,
  }))

/** Callbacks that were refused, with the steps they came through. */
export type ExplainedRefusal = { readonly callback: RefusedCallback; readonly steps: readonly VerdictNode[] }

export type Examined = { readonly report: DoctorReport; readonly refused: readonly ExplainedRefusal[] }

/** Looks at everything, and tells of each check when it is done. */
export type RunExamination = (onProgress: (done: number, total: number) => void) => Promise<Examined>

/** Prints what was found; a problem is a failure. */
export const runDoctor = async (
  examine: RunExamination,
  command: DoctorCommand,
  terminal: Terminal,
): Promise<ExitCode> => {
  const bar = terminal.progress('doctor')
  const { report, refused } = await examine(bar.update).finally(bar.end)
  const healthy = isHealthy(report)
  if (command.json) terminal.print(toJson({ healthy, ...report, findings: report.findings.map(withWords), refused }))
  else for (const line of linesOf(report, refused)) terminal.print(line)
  return healthy ? 0 : 1
}

type Found = DoctorReport['findings'][number]

const withWords = (finding: Found) => ({ ...finding, ...findingWording(finding) })

const LEVELS: Readonly<Record<FindingLevel, string>> = {
  ok: 'ok',
  warning: 'warning 注意',
  problem: 'PROBLEM 问题',
  unknown: 'unknown 未知',
}

/** Most pressing last, where eyes are when it ends. */
const ORDER: readonly FindingLevel[] = ['ok', 'unknown', 'warning', 'problem']

const linesOf = ({ findings }: DoctorReport, refused: readonly ExplainedRefusal[]): readonly string[] => {
  const sorted = findings.toSorted((a, b) => ORDER.indexOf(a.level) - ORDER.indexOf(b.level))
  const fine = sorted.filter(({ level }) => level === 'ok')
  const rest = sorted.filter(({ level }) => level !== 'ok')
  return [
    ...tableOf(fine.map((finding) => [LEVELS.ok, finding.check, titleOf(finding)])),
    ...rest.flatMap(paragraphOf),
    ...refused.flatMap(treeOf),
    '',
    summaryOf(findings),
  ]
}

const titleOf = (finding: Found): string => {
  const { title } = findingWording(finding)
  return `${title.zh} ${title.en}`
}

const paragraphOf = (finding: Found): readonly string[] => {
  const { detail, advice } = findingWording(finding)
  return [
    '',
    `${LEVELS[finding.level]}  ${finding.check}  ${plain(titleOf(finding))}`,
    ...[detail, advice].flatMap(({ zh, en }) => (zh === en ? [zh] : [zh, en])).map((line) => `  ${plain(line)}`),
  ]
}

const OUTCOMES: Readonly<Record<StepOutcome, string>> = {
  passed: 'passed 通过',
  failed: 'FAILED 未通过',
  not_reached: '-',
}

const treeOf = ({ callback, steps }: ExplainedRefusal): readonly string[] => {
  const { provider, reason, occurrences, lastAt } = callback
  const rows = steps.map(({ step, outcome, expected, arrived }) => [
    '',
    step,
    OUTCOMES[outcome],
    arrived ?? '',
    expected === undefined ? '' : `(${expected.en})`,
  ])
  return ['', `refused 被拒绝  ${provider} ${reason}  ×${occurrences}  ${lastAt.toISOString()}`, ...tableOf(rows)]
}

const summaryOf = (findings: DoctorReport['findings']): string => {
  const count = (level: FindingLevel): number => findings.filter((one) => one.level === level).length
  return `problems 问题 ${count('problem')}, warnings 注意 ${count('warning')}, unknown 未知 ${count('unknown')}, ok ${count('ok')}`
}
