import type { Incident, IncidentKind, IncidentReport } from '../../application/incidents/incident-repository.ts'
import { PROVIDERS } from '../../domain/payment.ts'
import { parseObject } from './json.ts'
import { toColumn, toDate, toOptional, wordOf, wordsOf } from './row-values.ts'
import type { Row } from './schema.ts'

const KINDS = wordsOf<IncidentKind>({
  amount_mismatch: true,
  unknown_order: true,
  foreign_identity: true,
  surplus_payment: true,
  late_payment: true,
  refund_abnormal: true,
  points_shortfall: true,
  contradiction: true,
})
const STATUSES = wordsOf<Incident['status']>({ open: true, resolved: true })

/** A report as the first of its incident. */
export const toIncidentRow = (report: IncidentReport): Row<'incidents'> => ({
  id: report.id,
  kind: report.kind,
  provider: report.provider,
  subject: report.subject,
  out_trade_no: toColumn(report.outTradeNo),
  order_id: toColumn(report.orderId),
  evidence: JSON.stringify(report.evidence),
  occurrences: 1,
  status: 'open',
  first_seen_at: report.at.getTime(),
  last_seen_at: report.at.getTime(),
})

export const toIncident = (row: Row<'incidents'>): Incident => ({
  id: row.id,
  kind: wordOf(KINDS, row.kind),
  provider: wordOf(PROVIDERS, row.provider),
  outTradeNo: toOptional(row.out_trade_no),
  orderId: toOptional(row.order_id),
  evidence: toEvidence(row.evidence),
  occurrences: row.occurrences,
  status: wordOf(STATUSES, row.status),
  firstSeenAt: toDate(row.first_seen_at),
  lastSeenAt: toDate(row.last_seen_at),
})

const toEvidence = (json: string): Incident['evidence'] => {
  const evidence = parseObject(json)
  return Object.fromEntries(evidence.keys.map((key) => [key, evidence.textOrNumber(key)]))
}
