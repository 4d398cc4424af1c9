import { err, ok, type Result } from 'neverthrow'
import type { RunProgress } from '../../application/reconciliation/run-reconciliation.ts'
import { formatSignedYuan, formatYuan } from '../../domain/money.ts'
import type { Provider } from '../../domain/payment.ts'
import type { ReconciliationRun, ReconciliationSummary } from '../../domain/reconciliation.ts'
import { parseShanghaiDay, type ShanghaiDay } from '../../domain/shanghai-day.ts'
import { readOptions, type UsageError, usage } from './options.ts'
import { tableOf } from './table.ts'
import type { ExitCode, Terminal } from './terminal.ts'

export type ReconcileCommand = {
  readonly name: 'reconcile'
  readonly provider: Exclude<Provider, 'points'>
  readonly day: ShanghaiDay
  /** A bill on disk; without one the gateway is asked for it. */
  readonly file: string | undefined
  readonly json: boolean
}

const OPTIONS = {
  provider: { type: 'string' },
  date: { type: 'string' },
  file: { type: 'string' },
  json: { type: 'boolean' },
} as const

export const parseReconcile = (args: readonly string[]): Result<ReconcileCommand, UsageError> => {
  const read = readOptions('reconcile', args, OPTIONS)
  if (read.isErr()) return err(read.error)
  const { provider, date = '', file, json = false } = read.value.values
  if (provider !== 'wechat' && provider !== 'alipay') return usage('reconcile needs --provider wechat or alipay')
  const day = parseShanghaiDay(date)
  if (day === undefined) return usage('reconcile needs --date, such as 2026-11-20')
  return ok({ name: 'reconcile', provider, day, file, json })
}

export type Reconciled = {
  readonly run: ReconciliationRun
  /** Differences of the day that wait for a person. */
  readonly open: number
}

/** Compares a day to its end; an error says why it could not be begun. */
export type Reconcile = (command: ReconcileCommand, onProgress: RunProgress) => Promise<Result<Reconciled, string>>

/** Compares a day and prints what it came to; one that has not come to its end is a failure. */
export const runReconcile = async (
  reconcile: Reconcile,
  command: ReconcileCommand,
  terminal: Terminal,
): Promise<ExitCode> => {
  const bar = terminal.progress(`reconcile ${command.provider} ${command.day}`)
  const reconciled = await reconcile(command, (stage, done) => {
    // How large the bill will be is known only when it is there.
    if (stage === 'comparing') bar.update(done, 1000)
    else if (stage === 'fetching') bar.update(0, 1)
  }).finally(bar.end)
  if (reconciled.isErr()) {
    terminal.tell(`shouyin: ${reconciled.error}`)
    return 1
  }
  const { run, open } = reconciled.value
  if (command.json) terminal.print(JSON.stringify(json(run, open), undefined, 2))
  else for (const line of report(run, open)) terminal.print(line)
  return run.status === 'completed' ? 0 : 1
}

const json = (run: ReconciliationRun, open: number): unknown => {
  const { id, provider, day: date, status, startedAt } = run
  const facts = { id, provider, date, status, startedAt: startedAt.toISOString() }
  switch (run.status) {
    case 'completed':
      return { ...facts, summary: summaryJson(run.summary), open, finishedAt: run.finishedAt.toISOString() }
    case 'failed':
      return { ...facts, reason: run.reason, finishedAt: run.finishedAt.toISOString() }
    case 'waiting':
      return { ...facts, reason: run.reason }
    case 'running':
      return facts
  }
}

const summaryJson = ({ feesFen, netFen, ...summary }: ReconciliationSummary): unknown => ({
  ...summary,
  remoteAmount: formatYuan(summary.remoteAmount),
  localAmount: formatYuan(summary.localAmount),
  remoteRefunds: formatYuan(summary.remoteRefunds),
  localRefunds: formatYuan(summary.localRefunds),
  fees: formatSignedYuan(feesFen),
  net: formatSignedYuan(netFen),
})

const report = (run: ReconciliationRun, open: number): readonly string[] => {
  const title = `${run.provider} ${run.day}: ${run.status}`
  switch (run.status) {
    case 'completed':
      return [title, '', ...tableOf(linesOf(run.summary, open))]
    case 'failed':
    case 'waiting':
      return [`${title} (${run.reason})`]
    case 'running':
      return [title]
  }
}

const linesOf = (summary: ReconciliationSummary, open: number): readonly (readonly string[])[] => [
  ['', 'bill 账单', 'books 账本'],
  ['rows 笔数', String(summary.remoteCount), String(summary.localCount)],
  ['payments 收款', formatYuan(summary.remoteAmount), formatYuan(summary.localAmount)],
  ['refunds 退款', formatYuan(summary.remoteRefunds), formatYuan(summary.localRefunds)],
  ['fees 手续费', formatSignedYuan(summary.feesFen), ''],
  ['net 净入账', formatSignedYuan(summary.netFen), ''],
  ['matched 一致', String(summary.matched), ''],
  ['amount differs 金额不一致', String(summary.amountDiffers), ''],
  ['status differs 状态不一致', String(summary.statusDiffers), ''],
  ['missing here 账本缺少', String(summary.missingLocal), ''],
  ['missing there 账单缺少', String(summary.missingRemote), ''],
  ['unreadable 无法识别', String(summary.unreadable), ''],
  ['open 待处理', String(open), ''],
]
