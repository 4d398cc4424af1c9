import type { AuditEntry, AuditLog } from '../../application/audit/audit-log.ts'
import type { Incident, IncidentReader, IncidentRepository } from '../../application/incidents/incident-repository.ts'
import type {
  NotificationLog,
  NotificationReader,
  NotificationRecord,
} from '../../application/notifications/notification-log.ts'
import { createTable, type Draft, insertOnce, joined, type Rows } from './table.ts'
import { newestFirst, oldestFirst } from './versioned-rows.ts'

type IncidentRow = { readonly incident: Incident; readonly same: string }

export const notificationTable = () =>
  createTable<NotificationRecord>((row) => row.id, { message: (row) => joined(row.provider, row.notificationId) })
export const incidentTable = () => createTable<IncidentRow>(({ incident }) => incident.id, { same: (row) => row.same })
export const auditTable = () => createTable<AuditEntry>((entry) => entry.id)

export const notificationReader = (notifications: Rows<NotificationRecord>): NotificationReader => ({
  find: async (id) => notifications.get(id),
  listByOrder: async (orderId) =>
    oldestFirst(
      notifications.where((row) => row.orderId === orderId),
      ({ receivedAt: createdAt, id }) => ({ createdAt, id }),
    ),
})

export const notificationLog = (notifications: Draft<NotificationRecord>): NotificationLog => ({
  ...notificationReader(notifications),
  async insert(record) {
    if (notifications.getBy('message', joined(record.provider, record.notificationId))) return false
    insertOnce(notifications, record)
    return true
  },
})

const incidentAge = ({ firstSeenAt: createdAt, id }: Incident) => ({ createdAt, id })

export const incidentReader = (incidents: Rows<IncidentRow>): IncidentReader => {
  const where = (test: (incident: Incident) => boolean): readonly Incident[] =>
    incidents.where(({ incident }) => test(incident)).map(({ incident }) => incident)
  return {
    listByOrder: async (orderId) =>
      oldestFirst(
        where((incident) => incident.orderId === orderId),
        incidentAge,
      ),
    listOpen: async (limit) =>
      newestFirst(
        where((incident) => incident.status === 'open'),
        incidentAge,
      ).slice(0, limit),
  }
}

export const incidentRepository = (incidents: Draft<IncidentRow>): IncidentRepository => ({
  ...incidentReader(incidents),
  async report({ subject, at, ...facts }) {
    const same = joined(facts.kind, facts.provider, subject)
    const known = incidents.getBy('same', same)?.incident
    if (known === undefined) {
      const incident: Incident = { ...facts, occurrences: 1, status: 'open', firstSeenAt: at, lastSeenAt: at }
      insertOnce(incidents, { incident, same })
    } else {
      incidents.put({ incident: { ...known, occurrences: known.occurrences + 1, lastSeenAt: at }, same })
    }
  },
})

export const auditLog = (entries: Draft<AuditEntry>): AuditLog => ({
  append: async (entry) => insertOnce(entries, entry),
})
