import { incidentSeverity } from '../../domain/alert-rules.ts'
import type { Incident } from '../../domain/incident.ts'
import type { AlertRepository } from '../alerts/alert-repository.ts'
import type { IncidentRepository } from './incident-repository.ts'

/**
 * Incidents of which people are told: each one that is open has its alert, in the same unit of work. Every store gives out
 * its incidents like this, so that nobody who reports one has to think of it.
 */
export const alertedIncidents = (
  incidents: IncidentRepository,
  alerts: Pick<AlertRepository, 'raise' | 'resolve'>,
): IncidentRepository => ({
  find: (id) => incidents.find(id),
  findSame: (kind, provider, subject) => incidents.findSame(kind, provider, subject),
  list: (filter, page) => incidents.list(filter, page),
  listByOrder: (orderId) => incidents.listByOrder(orderId),
  listOpen: (limit) => incidents.listOpen(limit),
  async report(report) {
    await incidents.report(report)
    const incident = await incidents.findSame(report.kind, report.provider, report.subject)
    // A message that comes once more does not undo what a person decided.
    if (incident?.status !== 'open') return
    const severity = incidentSeverity(incident.kind)
    await alerts.raise({ ...subjectOf(incident), facts: factsOf(incident), severity, at: report.at })
  },
  async resolve(incident) {
    if (!(await incidents.resolve(incident))) return false
    await alerts.resolve({ ...subjectOf(incident), at: incident.resolution.at })
    return true
  },
})

const subjectOf = ({ kind, id }: Incident) => ({ rule: 'incident_opened', subject: `${kind}:${id}` }) as const

const factsOf = ({ id, kind, provider, orderId, outTradeNo }: Incident) => ({
  kind,
  provider,
  incidentId: id,
  ...(orderId !== undefined && { orderId }),
  ...(outTradeNo !== undefined && { outTradeNo }),
})
