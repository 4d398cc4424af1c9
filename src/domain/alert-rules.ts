import type { IncidentKind } from './incident.ts'

export type AlertSeverity = 'info' | 'warning' | 'critical'

type Rule = {
  readonly severity: AlertSeverity
  /** `when_seen`: it tells of something that happened and does not last, so it is over once a person has seen it. */
  readonly ends: 'by_itself' | 'when_seen'
  /** What its wording speaks of. */
  readonly facts: readonly string[]
}

/** All that an alert can be about. Its subject tells those of one rule apart: a provider, a day, an endpoint. */
export const ALERT_RULES = {
  reconciliation_failed: { severity: 'critical', ends: 'by_itself', facts: ['provider', 'day', 'reason'] },
  reconciliation_late: { severity: 'warning', ends: 'by_itself', facts: ['provider', 'day'] },
  reconciliation_differences: { severity: 'warning', ends: 'by_itself', facts: ['provider', 'day', 'count'] },
  incident_opened: { severity: 'warning', ends: 'by_itself', facts: ['kind', 'provider', 'incidentId'] },
  callbacks_failing: { severity: 'critical', ends: 'by_itself', facts: ['provider', 'percent', 'count', 'minutes'] },
  callbacks_missing: { severity: 'critical', ends: 'by_itself', facts: ['provider', 'minutes', 'count'] },
  payment_failure_rate: { severity: 'warning', ends: 'by_itself', facts: ['provider', 'percent', 'minutes'] },
  payment_success_rate: { severity: 'warning', ends: 'by_itself', facts: ['provider', 'percent', 'minutes'] },
  callback_delay: { severity: 'warning', ends: 'by_itself', facts: ['provider', 'seconds'] },
  payments_stuck: { severity: 'warning', ends: 'by_itself', facts: ['provider', 'count', 'minutes'] },
  refund_success_rate: { severity: 'warning', ends: 'by_itself', facts: ['provider', 'percent', 'minutes'] },
  refunds_stuck: { severity: 'warning', ends: 'by_itself', facts: ['provider', 'count', 'days'] },
  error_rate: { severity: 'critical', ends: 'by_itself', facts: ['percent', 'minutes'] },
  unusual_activity: { severity: 'warning', ends: 'when_seen', facts: ['activity', 'count', 'minutes'] },
  risk_review: { severity: 'warning', ends: 'when_seen', facts: ['orderId', 'score'] },
  certificate_expiring: { severity: 'warning', ends: 'by_itself', facts: ['certificate', 'days', 'day'] },
  webhook_parked: { severity: 'warning', ends: 'by_itself', facts: ['endpointId', 'count'] },
  low_stock: { severity: 'warning', ends: 'by_itself', facts: ['sku', 'available'] },
  gateway_errors: { severity: 'warning', ends: 'by_itself', facts: ['provider', 'percent', 'minutes'] },
  gateway_unavailable: { severity: 'critical', ends: 'by_itself', facts: ['provider', 'minutes'] },
  jobs_behind: { severity: 'critical', ends: 'by_itself', facts: ['job', 'seconds', 'count'] },
  rule_unchecked: { severity: 'critical', ends: 'by_itself', facts: ['rule', 'reason'] },
} as const satisfies Readonly<Record<string, Rule>>

export type AlertRule = keyof typeof ALERT_RULES

export const ALERT_RULE_NAMES = Object.keys(ALERT_RULES) as AlertRule[] // Its own keys.

export const isAlertRule = (text: string): text is AlertRule => Object.hasOwn(ALERT_RULES, text)

/** Plain values without secrets or personal data. */
export type AlertFacts = Readonly<Record<string, string | number>>

/** The facts a rule's wording speaks of, and whatever else belongs to it. */
export type FactsOf<R extends AlertRule> = AlertFacts &
  Readonly<Record<(typeof ALERT_RULES)[R]['facts'][number], string | number>>

const RANKS: Readonly<Record<AlertSeverity, number>> = { info: 0, warning: 1, critical: 2 }

export const isWorse = (one: AlertSeverity, other: AlertSeverity): boolean => RANKS[one] > RANKS[other]

/** How much an incident of a kind hurts: what the service puts right by itself is only told. */
export const incidentSeverity = (kind: IncidentKind): AlertSeverity => {
  switch (kind) {
    case 'amount_mismatch':
    case 'foreign_identity':
    case 'refund_abnormal':
    case 'contradiction':
      return 'critical'
    case 'unknown_order':
    case 'surplus_payment':
    case 'points_shortfall':
      return 'warning'
    case 'late_payment':
      return 'info'
  }
}
