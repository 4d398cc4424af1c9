import type { Provider } from './payment.ts'

export type IncidentKind =
  | 'amount_mismatch'
  | 'unknown_order'
  | 'foreign_identity'
  | 'surplus_payment'
  | 'late_payment'
  | 'refund_abnormal'
  | 'points_shortfall'
  | 'contradiction'

export type IncidentFacts = {
  readonly id: string
  readonly kind: IncidentKind
  readonly provider: Provider
  readonly outTradeNo: string | undefined
  readonly orderId: string | undefined
  /** What was seen, in plain values without secrets or personal data. */
  readonly evidence: Readonly<Record<string, string | number>>
  readonly occurrences: number
  readonly firstSeenAt: Date
  readonly lastSeenAt: Date
}

/** What a person wrote when it was dealt with. */
export type Resolution = { readonly note: string; readonly by: string; readonly at: Date }

/** Money or messages that need a person. */
export type Incident = IncidentFacts &
  ({ readonly status: 'open' } | { readonly status: 'resolved'; readonly resolution: Resolution })

export type IncidentEvent =
  | { readonly type: 'repeated'; readonly evidence: Incident['evidence']; readonly at: Date }
  | { readonly type: 'resolved'; readonly resolution: Resolution }

/** The incident's machine: total, and nothing contradicts it, so there is nothing to refuse. */
export const transitionIncident = (incident: Incident, event: IncidentEvent): Incident => {
  switch (event.type) {
    case 'repeated':
      return repeated(incident, event)
    case 'resolved':
      return resolved(incident, event)
  }
}

/**
 * Whether a repeat is something that happened again, and not the same message or answer once more: a gateway sends what
 * it was refused for a day, and recovery asks the same question on its schedule, which must not undo what a person decided.
 */
export const happensAgain = (kind: IncidentKind): boolean => {
  switch (kind) {
    case 'surplus_payment':
    case 'late_payment':
    case 'refund_abnormal':
    case 'points_shortfall':
      return true
    case 'amount_mismatch':
    case 'unknown_order':
    case 'foreign_identity':
    case 'contradiction':
      return false
  }
}

type On<T extends IncidentEvent['type']> = Extract<IncidentEvent, { type: T }>

const repeated = (incident: Incident, { evidence, at }: On<'repeated'>): Incident => {
  const counted = { occurrences: incident.occurrences + 1, lastSeenAt: at }
  return happensAgain(incident.kind)
    ? { ...incidentFacts(incident), ...counted, evidence, status: 'open' }
    : { ...incident, ...counted }
}

/** The first word stands. */
const resolved = (incident: Incident, { resolution }: On<'resolved'>): Incident => {
  switch (incident.status) {
    case 'open':
      return { ...incidentFacts(incident), status: 'resolved', resolution }
    case 'resolved':
      return incident
  }
}

const incidentFacts = (incident: Incident): IncidentFacts => ({
  id: incident.id,
  kind: incident.kind,
  provider: incident.provider,
  outTradeNo: incident.outTradeNo,
  orderId: incident.orderId,
  evidence: incident.evidence,
  occurrences: incident.occurrences,
  firstSeenAt: incident.firstSeenAt,
  lastSeenAt: incident.lastSeenAt,
})
