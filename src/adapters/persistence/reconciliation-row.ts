import type { Versioned } from '../../application/versioned.ts'
import { fen } from '../../domain/money.ts'
import { PROVIDERS } from '../../domain/payment.ts'
import type { ReconciliationRun, ReconciliationSummary, RunFacts, RunStatus } from '../../domain/reconciliation.ts'
import { parseShanghaiDay, type ShanghaiDay } from '../../domain/shanghai-day.ts'
import { parseObject } from './json.ts'
import { broken, present, toColumn, toDate, toOptional, wordOf, wordsOf } from './row-values.ts'
import type { Row } from './schema.ts'

const STATUSES = wordsOf<RunStatus>({ running: true, waiting: true, completed: true, failed: true })

export const toDay = (text: string): ShanghaiDay => {
  const day = parseShanghaiDay(text)
  if (day === undefined) throw broken('no day')
  return day
}

/** What changes with the state of a run. */
export const toRunState = (
  run: ReconciliationRun,
): Pick<Row<'reconciliations'>, 'status' | 'open_key' | 'bill_id' | 'reason' | 'summary' | 'finished_at'> => {
  const { status } = run
  const rest = { bill_id: null, reason: null, summary: null, finished_at: null }
  const open_key = `${run.provider}:${run.day}`
  switch (run.status) {
    case 'running':
      return { ...rest, status, open_key, bill_id: toColumn(run.billId) }
    case 'waiting':
      return { ...rest, status, open_key, reason: run.reason }
    case 'completed': {
      const finished_at = run.finishedAt.getTime()
      return { ...rest, status, open_key: null, summary: JSON.stringify(run.summary), finished_at }
    }
    case 'failed':
      return { ...rest, status, open_key: null, reason: run.reason, finished_at: run.finishedAt.getTime() }
  }
}

export const toRunRow = (run: ReconciliationRun, dueAt: Date): Row<'reconciliations'> => ({
  id: run.id,
  provider: run.provider,
  bill_day: run.day,
  requested_by: run.requestedBy,
  ...toRunState(run),
  due_at: dueAt.getTime(),
  attempts: 0,
  created_at: run.startedAt.getTime(),
  updated_at: run.startedAt.getTime(),
  version: 1,
})

export const toRun = (row: Row<'reconciliations'>): Versioned<ReconciliationRun> => ({
  value: toState(row),
  version: row.version,
  updatedAt: toDate(row.updated_at),
})

const toState = (row: Row<'reconciliations'>): ReconciliationRun => {
  const facts = toFacts(row)
  const status = wordOf(STATUSES, row.status)
  switch (status) {
    case 'running':
      return { ...facts, status, billId: toOptional(row.bill_id) }
    case 'waiting':
      return { ...facts, status, reason: present(row.reason, 'reason') }
    case 'completed': {
      const summary = toSummary(present(row.summary, 'summary'))
      return { ...facts, status, summary, finishedAt: toDate(present(row.finished_at, 'finished_at')) }
    }
    case 'failed': {
      const reason = present(row.reason, 'reason')
      return { ...facts, status, reason, finishedAt: toDate(present(row.finished_at, 'finished_at')) }
    }
  }
}

const toFacts = (row: Row<'reconciliations'>): RunFacts => ({
  id: row.id,
  provider: wordOf(PROVIDERS, row.provider),
  day: toDay(row.bill_day),
  requestedBy: row.requested_by,
  startedAt: toDate(row.created_at),
})

const toSummary = (json: string): ReconciliationSummary => {
  const summary = parseObject(json)
  return {
    remoteCount: summary.integer('remoteCount'),
    localCount: summary.integer('localCount'),
    matched: summary.integer('matched'),
    amountDiffers: summary.integer('amountDiffers'),
    statusDiffers: summary.integer('statusDiffers'),
    missingLocal: summary.integer('missingLocal'),
    missingRemote: summary.integer('missingRemote'),
    unreadable: summary.integer('unreadable'),
    remoteAmount: fen(summary.integer('remoteAmount')),
    localAmount: fen(summary.integer('localAmount')),
    remoteRefunds: fen(summary.integer('remoteRefunds')),
    localRefunds: fen(summary.integer('localRefunds')),
    feesFen: summary.integer('feesFen'),
    netFen: summary.integer('netFen'),
  }
}
