import type { Acknowledgement, Alert, AlertStatus } from '../../domain/alert.ts'
import { ALERT_RULE_NAMES, type AlertFacts, type AlertSeverity } from '../../domain/alert-rules.ts'
import { parseObject } from './json.ts'
import { invariant, present, toDate, wordOf, wordsOf } from './row-values.ts'
import type { Row } from './schema.ts'

/** The columns that change while an alert lives. */
export type AlertStateRow = Omit<Row<'alerts'>, 'id' | 'rule' | 'subject' | 'version'>

const STATUSES = wordsOf<AlertStatus>({ firing: true, resolved: true })
const SEVERITIES = wordsOf<AlertSeverity>({ info: true, warning: true, critical: true })

export const toAlertRow = (alert: Alert): Row<'alerts'> => ({
  id: alert.id,
  rule: alert.rule,
  subject: alert.subject,
  ...toAlertState(alert),
  version: 1,
})

export const toAlertState = (alert: Alert): AlertStateRow => ({
  severity: alert.severity,
  facts: JSON.stringify(alert.facts),
  occurrences: alert.occurrences,
  status: alert.status,
  first_at: alert.firstAt.getTime(),
  last_at: alert.lastAt.getTime(),
  told_at: alert.told.at.getTime(),
  told_severity: alert.told.severity,
  acknowledgement: alert.acknowledgement === undefined ? null : toAcknowledgementColumn(alert.acknowledgement),
  resolved_at: alert.status === 'resolved' ? alert.resolvedAt.getTime() : null,
})

export const toAlert = (row: Row<'alerts'>): Alert => {
  const status = wordOf(STATUSES, row.status)
  const essence = {
    id: row.id,
    rule: wordOf(ALERT_RULE_NAMES, row.rule),
    subject: row.subject,
    severity: wordOf(SEVERITIES, row.severity),
    facts: toFacts(row.facts),
    occurrences: row.occurrences,
    firstAt: toDate(row.first_at),
    lastAt: toDate(row.last_at),
    told: { at: toDate(row.told_at), severity: wordOf(SEVERITIES, row.told_severity) },
    acknowledgement: row.acknowledgement === null ? undefined : toAcknowledgement(row.acknowledgement),
  }
  switch (status) {
    case 'firing':
      invariant(row.resolved_at === null, 'a firing alert has an end')
      return { ...essence, status }
    case 'resolved':
      return { ...essence, status, resolvedAt: toDate(present(row.resolved_at, 'resolved_at')) }
  }
}

const toAcknowledgementColumn = ({ by, note, at }: Acknowledgement): string =>
  JSON.stringify({ by, note, at: at.getTime() })

const toAcknowledgement = (json: string): Acknowledgement => {
  const object = parseObject(json)
  const note = object.keys.includes('note') ? object.text('note') : undefined
  return { by: object.text('by'), note, at: toDate(object.integer('at')) }
}

const toFacts = (json: string): AlertFacts => {
  const facts = parseObject(json)
  return Object.fromEntries(facts.keys.map((key) => [key, facts.textOrNumber(key)]))
}
