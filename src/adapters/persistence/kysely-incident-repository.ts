import type { Kysely } from 'kysely'
import type { Incident, IncidentReport, IncidentRepository } from '../../application/incidents/incident-repository.ts'
import type { Executor } from './executor.ts'
import { toIncident, toIncidentRow } from './incident-row.ts'
import { type DB, kindsOf } from './schema.ts'
import { insertion, statement } from './statement.ts'

export const incidentStatements = (builder: Kysely<DB>) => {
  const incidents = builder.selectFrom('incidents').selectAll()
  return {
    listByOrder: statement({ order_id: 'text' }, (given) =>
      incidents.where('order_id', '=', given.order_id).orderBy('first_seen_at').orderBy('id'),
    ),
    listOpen: statement({ limit: 'integer' }, ({ limit }) =>
      incidents.where('status', '=', 'open').orderBy('first_seen_at', 'desc').orderBy('id', 'desc').limit(limit),
    ),
    repeat: statement(kindsOf('incidents', 'kind', 'provider', 'subject', 'last_seen_at'), (given) =>
      builder
        .updateTable('incidents')
        .set((eb) => ({ occurrences: eb('occurrences', '+', 1), last_seen_at: given.last_seen_at }))
        .where('kind', '=', given.kind)
        .where('provider', '=', given.provider)
        .where('subject', '=', given.subject),
    ),
    insert: insertion(builder, 'incidents'),
  }
}

export class KyselyIncidentRepository implements IncidentRepository {
  readonly #sql: ReturnType<typeof incidentStatements>
  readonly #on: Executor

  constructor(sql: ReturnType<typeof incidentStatements>, on: Executor) {
    this.#sql = sql
    this.#on = on
  }

  async listByOrder(orderId: string): Promise<readonly Incident[]> {
    return (await this.#sql.listByOrder.rows(this.#on, { order_id: orderId })).map(toIncident)
  }

  async listOpen(limit: number): Promise<readonly Incident[]> {
    return (await this.#sql.listOpen.rows(this.#on, { limit })).map(toIncident)
  }

  async report(report: IncidentReport): Promise<void> {
    const row = toIncidentRow(report)
    if ((await this.#sql.repeat.change(this.#on, row)) === 0) await this.#sql.insert(this.#on, [row])
  }
}
