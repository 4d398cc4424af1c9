import type { Kysely } from 'kysely'
import type {
  IncidentFilter,
  IncidentReport,
  IncidentRepository,
} from '../../application/incidents/incident-repository.ts'
import type { Page, PageRequest } from '../../application/page.ts'
import { happensAgain, type Incident, type IncidentKind } from '../../domain/incident.ts'
import type { Provider } from '../../domain/payment.ts'
import type { Executor } from './executor.ts'
import { toIncident, toIncidentRow, toResolutionColumn } from './incident-row.ts'
import { equalities, pageConditions, pageOf, type Place, type Slice } from './paging.ts'
import { indexFor, readBy } from './read-by.ts'
import { type DB, kindsOf } from './schema.ts'
import { pageInSlices, sliceEnd } from './slices.ts'
import { insertion, query, statement } from './statement.ts'

const APPEARANCE: Place = { at: 'first_seen_at', id: 'id' }

export const incidentStatements = (builder: Kysely<DB>) => {
  const incidents = builder.selectFrom('incidents').selectAll()
  return {
    find: statement(kindsOf('incidents', 'id'), ({ id }) => incidents.where('id', '=', id)),
    findSame: statement(kindsOf('incidents', 'kind', 'provider', 'subject'), (given) =>
      incidents
        .where('kind', '=', given.kind)
        .where('provider', '=', given.provider)
        .where('subject', '=', given.subject),
    ),
    list: ({ status, kind }: IncidentFilter, page: Slice) =>
      readBy(builder, 'incidents', indexFor('incidents', { status }))
        .selectAll()
        .where((eb) =>
          eb.and([
            ...equalities({ status, kind }, status === undefined),
            ...pageConditions(page, undefined, APPEARANCE),
          ]),
        )
        .orderBy('first_seen_at', 'desc')
        .orderBy('id', 'desc')
        .limit(page.limit + 1),
    listEnd: ({ status }: IncidentFilter, page: Slice) => {
      const conditions = [...equalities({ status }), ...pageConditions(page, undefined, APPEARANCE)]
      return sliceEnd(builder, { table: 'incidents', index: indexFor('incidents', { status }) }, conditions, APPEARANCE)
    },
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
    /** One that has happened again: what is there now counts, and needs a person anew. */
    reopen: statement(
      kindsOf('incidents', 'kind', 'provider', 'subject', 'evidence', 'last_seen_at'),
      ({ kind, provider, subject, evidence, last_seen_at }) =>
        builder
          .updateTable('incidents')
          .set((eb) => ({
            occurrences: eb('occurrences', '+', 1),
            status: 'open',
            resolution: null,
            evidence,
            last_seen_at,
          }))
          .where('kind', '=', kind)
          .where('provider', '=', provider)
          .where('subject', '=', subject),
    ),
    resolve: statement({ id: 'text', resolution: 'text' }, ({ id, resolution }) =>
      builder
        .updateTable('incidents')
        .set({ status: 'resolved', resolution })
        .where('id', '=', id)
        .where('status', '=', 'open'),
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

  async find(id: string): Promise<Incident | undefined> {
    const row = await this.#sql.find.first(this.#on, { id })
    return row && toIncident(row)
  }

  async findSame(kind: IncidentKind, provider: Provider, subject: string): Promise<Incident | undefined> {
    const row = await this.#sql.findSame.first(this.#on, { kind, provider, subject })
    return row && toIncident(row)
  }

  async list(filter: IncidentFilter, page: PageRequest): Promise<Page<Incident>> {
    const list = async (slice: Slice) => (await query(this.#on, this.#sql.list(filter, slice))).map(toIncident)
    const end = (slice: Slice) => this.#sql.listEnd(filter, slice)
    const place = ({ firstSeenAt: createdAt, id }: Incident) => ({ createdAt, id })
    // A kind has no index.
    return filter.kind === undefined
      ? pageOf(await list(page), page, place)
      : pageInSlices({ on: this.#on, end, list }, page, place)
  }

  async listByOrder(orderId: string): Promise<readonly Incident[]> {
    return (await this.#sql.listByOrder.rows(this.#on, { order_id: orderId })).map(toIncident)
  }

  async listOpen(limit: number): Promise<readonly Incident[]> {
    return (await this.#sql.listOpen.rows(this.#on, { limit })).map(toIncident)
  }

  async report(report: IncidentReport): Promise<void> {
    const row = toIncidentRow(report)
    const again = happensAgain(report.kind) ? this.#sql.reopen : this.#sql.repeat
    if ((await again.change(this.#on, row)) === 0) await this.#sql.insert(this.#on, [row])
  }

  async resolve({ id, resolution }: Extract<Incident, { status: 'resolved' }>): Promise<boolean> {
    const parameters = { id, resolution: toResolutionColumn(resolution) }
    return (await this.#sql.resolve.change(this.#on, parameters)) === 1
  }
}
