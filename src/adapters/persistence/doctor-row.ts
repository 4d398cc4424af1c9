import { REFUSAL_REASONS, type RefusalEvidence, type RefusedCallback } from '../../domain/callback-refusal.ts'
import type { DoctorReport, Finding } from '../../domain/doctor.ts'
import { PROVIDERS } from '../../domain/payment.ts'
import { toDate, wordOf } from './row-values.ts'
import type { Row } from './schema.ts'

export const toRefusedRow = (one: RefusedCallback): Row<'refused_callbacks'> => ({
  provider: one.provider,
  reason: one.reason,
  slot: one.slot,
  place: one.place,
  evidence: JSON.stringify(one.evidence),
  occurrences: one.occurrences,
  first_at: one.firstAt.getTime(),
  last_at: one.lastAt.getTime(),
})

export const toRefusedCallback = (row: Row<'refused_callbacks'>): RefusedCallback => ({
  provider: wordOf(PROVIDERS, row.provider),
  reason: wordOf(REFUSAL_REASONS, row.reason),
  slot: row.slot,
  place: wordOf(['payment', 'refund'], row.place),
  evidence: toEvidence(JSON.parse(row.evidence) as RefusalEvidence), // Only `toRefusedRow` writes it.
  occurrences: row.occurrences,
  firstAt: toDate(row.first_at),
  lastAt: toDate(row.last_at),
})

/** JSON leaves out what is undefined. */
const toEvidence = ({ serial, aheadSeconds, isOurApp, ...rest }: RefusalEvidence): RefusalEvidence => ({
  ...rest,
  serial,
  aheadSeconds,
  isOurApp,
})

/** There is one report, the last. */
export const LAST_REPORT = 'last'

export const toReportRow = ({ startedAt, finishedAt, findings }: DoctorReport): Row<'doctor_reports'> => ({
  id: LAST_REPORT,
  findings: JSON.stringify(findings),
  started_at: startedAt.getTime(),
  finished_at: finishedAt.getTime(),
})

export const toReport = (row: Row<'doctor_reports'>): DoctorReport => ({
  startedAt: toDate(row.started_at),
  finishedAt: toDate(row.finished_at),
  findings: JSON.parse(row.findings) as readonly Finding[], // As above.
})
