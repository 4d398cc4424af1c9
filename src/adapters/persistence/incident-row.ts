import type { IncidentReport } from '../../application/incidents/incident-repository.ts'
import type { Incident, IncidentFacts, IncidentKind, Resolution } from '../../domain/incident.ts'
import { PROVIDERS } from '../../domain/payment.ts'
import { parseObject } from './json.ts'
import { invariant, present, toColumn, toDate, toOptional, wordOf, wordsOf } from './row-values.ts'
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
  resolution: null,
})

export const toIncident = (row: Row<'incidents'>): Incident => {
  const status = wordOf(STATUSES, row.status)
  invariant((status === 'resolved') === (row.resolution !== null), 'an incident is resolved with a note, and only so')
  switch (status) {
    case 'open':
      return { ...toFacts(row), status }
    case 'resolved':
      return { ...toFacts(row), status, resolution: toResolution(present(row.resolution, 'resolution')) }
  }
}

export const toResolutionColumn = ({ note, by, at }: Resolution): string =>
  JSON.stringify({ note, by, at: at.getTime() })

const toResolution = (json: string): Resolution => {
  const resolution = parseObject(json)
  return { note: resolution.text('note'), by: resolution.text('by'), at: toDate(resolution.integer('at')) }
}

export const toIncidentKind = (word: string): IncidentKind => wordOf(KINDS, word)

const toFacts = (row: Row<'incidents'>): IncidentFacts => ({
  id: row.id,
  kind: toIncidentKind(row.kind),
  provider: wordOf(PROVIDERS, row.provider),
  outTradeNo: toOptional(row.out_trade_no),
  orderId: toOptional(row.order_id),
  evidence: toEvidence(row.evidence),
  occurrences: row.occurrences,
  firstSeenAt: toDate(row.first_seen_at),
  lastSeenAt: toDate(row.last_seen_at),
})

const toEvidence = (json: string): Incident['evidence'] => {
  const evidence = parseObject(json)
  return Object.fromEntries(evidence.keys.map((key) => [key, evidence.textOrNumber(key)]))
}
