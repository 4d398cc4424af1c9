import { createHash } from 'node:crypto'
import { type AuditLink, linkedText, NO_LINK } from '../../application/audit/audit-chain.ts'
import type { AuditEntry, AuditLog, AuditReader } from '../../application/audit/audit-log.ts'
import type { IncidentReader, IncidentRepository } from '../../application/incidents/incident-repository.ts'
import { type Incident, transitionIncident } from '../../domain/incident.ts'
import { createTable, type Draft, insertOnce, joined, type Rows } from './table.ts'
import { isWithin, newestFirst, oldestFirst, pageOf } from './versioned-rows.ts'

type IncidentRow = { readonly incident: Incident; readonly same: string }

export const incidentTable = () => createTable<IncidentRow>(({ incident }) => incident.id, { same: (row) => row.same })
export const auditTable = () => createTable<AuditEntry>((entry) => entry.id)
export const auditChainTable = () => createTable<AuditLink>(({ seq }) => String(seq))

const incidentAge = ({ firstSeenAt: createdAt, id }: Incident) => ({ createdAt, id })

export const incidentReader = (incidents: Rows<IncidentRow>): IncidentReader => {
  const where = (test: (incident: Incident) => boolean): readonly Incident[] =>
    incidents.where(({ incident }) => test(incident)).map(({ incident }) => incident)
  return {
    find: async (id) => incidents.get(id)?.incident,
    findSame: async (kind, provider, subject) => incidents.getBy('same', joined(kind, provider, subject))?.incident,
    list: async ({ status, kind }, page) =>
      pageOf(
        where(
          (incident) =>
            (status === undefined || incident.status === status) && (kind === undefined || incident.kind === kind),
        ),
        page,
        incidentAge,
      ),
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
      incidents.put({ incident: transitionIncident(known, { type: 'repeated', evidence: facts.evidence, at }), same })
    }
  },
  async resolve(resolved) {
    const row = incidents.get(resolved.id)
    if (row?.incident.status !== 'open') return false
    incidents.put({ ...row, incident: resolved })
    return true
  },
})

export const auditReader = (entries: Rows<AuditEntry>, chain: Rows<AuditLink>): AuditReader => ({
  head: async () => chain.where(() => true).at(-1),
  has: async (id) => entries.get(id) !== undefined,
  async list(filter, page) {
    const { actor, action, subject } = filter
    const wanted = (entry: AuditEntry): boolean =>
      (actor === undefined || entry.actor === actor) &&
      (action === undefined || entry.action === action) &&
      (subject === undefined || entry.subject === subject) &&
      isWithin(filter, entry.at)
    return pageOf(entries.where(wanted), page, ({ at: createdAt, id }) => ({ createdAt, id }))
  },
})

export const auditLog = (entries: Draft<AuditEntry>, chain: Draft<AuditLink>): AuditLog => {
  const reader = auditReader(entries, chain)
  return {
    ...reader,
    async append(entry) {
      insertOnce(entries, { ...entry, before: throughJson(entry.before), after: throughJson(entry.after) })
      const last = (await reader.head()) ?? NO_LINK
      const written = { before: jsonOf(entry.before), after: jsonOf(entry.after), at: entry.at.getTime() }
      const text = linkedText(last, { ...entry, ...written })
      const hash = createHash('sha256').update(text).digest('hex')
      insertOnce(chain, { seq: last.seq + 1, auditId: entry.id, hash })
    },
    chainEarlier: async () => undefined, // No earlier version has ever written here.
  }
}

const jsonOf = (value: unknown): string | undefined => (value === undefined ? undefined : JSON.stringify(value))

const throughJson = (value: unknown): unknown => (value === undefined ? undefined : JSON.parse(JSON.stringify(value)))
