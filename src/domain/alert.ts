import { ALERT_RULES, type AlertFacts, type AlertRule, type AlertSeverity, isWorse } from './alert-rules.ts'

/** What a person said who has seen it. */
export type Acknowledgement = { readonly by: string; readonly note: string | undefined; readonly at: Date }

/** A condition that holds, or something that happened: one for each rule and subject. */
export type Alert = {
  readonly id: string
  readonly rule: AlertRule
  readonly subject: string
  readonly severity: AlertSeverity
  readonly facts: AlertFacts
  /** Since it was opened, the first time or anew. */
  readonly occurrences: number
  readonly firstAt: Date
  readonly lastAt: Date
  /** When people were last told that it holds, and how bad it was then. */
  readonly told: { readonly at: Date; readonly severity: AlertSeverity }
  readonly acknowledgement: Acknowledgement | undefined
} & ({ readonly status: 'firing' } | { readonly status: 'resolved'; readonly resolvedAt: Date })

export type AlertStatus = Alert['status']

export type AlertEvent =
  | {
      readonly type: 'raised'
      readonly severity: AlertSeverity
      readonly facts: AlertFacts
      readonly at: Date
    }
  | { readonly type: 'resolved'; readonly at: Date }
  | ({ readonly type: 'acknowledged' } & Acknowledgement)

/** People are told of these. */
export type AlertDomainEvent =
  | { readonly type: 'alert.raised'; readonly alertId: string; readonly at: Date }
  | { readonly type: 'alert.resolved'; readonly alertId: string; readonly at: Date }

export type AlertTransition = readonly [Alert, readonly AlertDomainEvent[]]
type On<T extends AlertEvent['type']> = Extract<AlertEvent, { type: T }>
type Resolved = Extract<Alert, { status: 'resolved' }>

/** What goes on is told again after so long, unless somebody has acknowledged it. */
export const REMIND_AFTER_MS = 6 * 3_600_000
/** What comes back this soon was never over, and nobody is told that it was. */
export const FLAPPING_MS = 5 * 60_000

/** An alert as it begins. */
export const newAlert = (
  { id, rule, subject }: Pick<Alert, 'id' | 'rule' | 'subject'>,
  { severity, facts, at }: Omit<On<'raised'>, 'type'>,
): AlertTransition => {
  const times = { occurrences: 1, firstAt: at, lastAt: at, told: { at, severity } }
  const alert: Alert = { id, rule, subject, severity, facts, ...times, acknowledgement: undefined, status: 'firing' }
  return [alert, [{ type: 'alert.raised', alertId: id, at }]]
}

/** The alert's machine: total, and nothing contradicts it, so there is nothing to refuse. */
export const transitionAlert = (alert: Alert, event: AlertEvent): AlertTransition => {
  switch (event.type) {
    case 'raised':
      return raised(alert, event)
    case 'resolved':
      return resolved(alert, event)
    case 'acknowledged':
      return acknowledged(alert, event)
  }
}

const raised = (alert: Alert, event: On<'raised'>): AlertTransition => {
  if (isSameHappening(alert, event.at)) return [alert, []]
  switch (alert.status) {
    case 'firing':
      return repeated(alert, event)
    case 'resolved':
      return isFlapping(alert, event.at) ? repeated(alert, event) : newAlert(alert, event)
  }
}

/** What just happens is named by when it happened: whoever tells of it again tells nothing new. */
const isSameHappening = ({ rule, lastAt }: Alert, at: Date): boolean =>
  ALERT_RULES[rule].ends === 'when_seen' && at <= lastAt

/** Only what ends by itself flaps: of what just happens, each time is news. */
const isFlapping = ({ rule, resolvedAt }: Resolved, at: Date): boolean =>
  ALERT_RULES[rule].ends === 'by_itself' && at.getTime() - resolvedAt.getTime() < FLAPPING_MS

const repeated = (alert: Alert, { severity, facts, at }: On<'raised'>): AlertTransition => {
  const isNowWorse = isWorse(severity, alert.told.severity)
  const isForgotten = alert.acknowledgement === undefined && at.getTime() - alert.told.at.getTime() >= REMIND_AFTER_MS
  const counted: Alert = {
    ...essence(alert),
    severity,
    facts,
    occurrences: alert.occurrences + 1,
    lastAt: at > alert.lastAt ? at : alert.lastAt,
    status: 'firing',
  }
  if (!isNowWorse && !isForgotten) return [counted, []]
  // Whoever acknowledged it has not seen that it is worse.
  const { acknowledgement } = isNowWorse ? { acknowledgement: undefined } : alert
  const told: Alert = { ...counted, told: { at, severity }, acknowledgement }
  return [told, [{ type: 'alert.raised', alertId: alert.id, at }]]
}

/** The first end stands. */
const resolved = (alert: Alert, { at }: On<'resolved'>): AlertTransition => {
  switch (alert.status) {
    case 'firing':
      return [
        { ...essence(alert), status: 'resolved', resolvedAt: at },
        [{ type: 'alert.resolved', alertId: alert.id, at }],
      ]
    case 'resolved':
      return [alert, []]
  }
}

/** The first word stands. What does not last is over with it, and nobody needs to be told. */
const acknowledged = (alert: Alert, { by, note, at }: On<'acknowledged'>): AlertTransition => {
  if (alert.acknowledgement !== undefined) return [alert, []]
  const seen = { ...alert, acknowledgement: { by, note, at } }
  switch (ALERT_RULES[alert.rule].ends) {
    case 'by_itself':
      return [seen, []]
    case 'when_seen':
      return [seen.status === 'firing' ? { ...seen, status: 'resolved', resolvedAt: at } : seen, []]
  }
}

/** An alert apart from where it stands. */
const essence = (alert: Alert): Omit<Alert, 'status'> => ({
  id: alert.id,
  rule: alert.rule,
  subject: alert.subject,
  severity: alert.severity,
  facts: alert.facts,
  occurrences: alert.occurrences,
  firstAt: alert.firstAt,
  lastAt: alert.lastAt,
  told: alert.told,
  acknowledgement: alert.acknowledgement,
})
