import { err, ok, type Result } from 'neverthrow'
import { type Incident, transitionIncident } from '../../domain/incident.ts'
import type { Operator } from '../catalogue/maintain-catalogue.ts'
import type { Clock } from '../clock.ts'
import type { Ids } from '../ids.ts'
import { type Transaction, WRITE_CONFLICT, type WriteConflict } from '../transaction.ts'

export type IncidentNotFound = { readonly code: 'NOT_FOUND' }

type Deps = { readonly transaction: Transaction; readonly clock: Clock; readonly ids: Ids }

/** Closes an incident with what was done about it; one that is closed keeps its first note. */
export const resolveIncident =
  ({ transaction, clock, ids }: Deps) =>
  (incidentId: string, note: string, operator: Operator): Promise<Result<Incident, IncidentNotFound>> =>
    transaction.run(async ({ incidents, audit }): Promise<Result<Incident, IncidentNotFound | WriteConflict>> => {
      const before = await incidents.find(incidentId)
      if (before === undefined) return err({ code: 'NOT_FOUND' })
      const at = clock.now()
      const after = transitionIncident(before, { type: 'resolved', resolution: { note, by: operator.actor, at } })
      if (after === before || after.status !== 'resolved') return ok(before)
      if (!(await incidents.resolve(after))) return err(WRITE_CONFLICT)
      const entry = { action: 'incident.resolve', subject: incidentId, reason: note, before, after }
      await audit.append({ ...operator, ...entry, id: ids.entity(), at })
      return ok(after)
    })
