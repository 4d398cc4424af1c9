import type { Kysely } from 'kysely'
import { type Backlog, type BacklogReader, MOST_COUNTED, type Queue } from '../../application/backlog.ts'
import type { Executor } from './executor.ts'
import { toIncidentKind } from './incident-row.ts'
import { readBy } from './read-by.ts'
import type { DB } from './schema.ts'
import { statement } from './statement.ts'

type DueTable = 'orders' | 'payments' | 'refunds' | 'alert_deliveries' | 'discrepancies'

/** Each reads the beginning of an index; a sum over all that waits would cost the more the worse things are. */
export const backlogStatements = (builder: Kysely<DB>) => {
  const firstDue = (table: DueTable) =>
    statement({}, () =>
      builder.selectFrom(table).select('due_at').where('due_at', 'is not', null).orderBy('due_at').limit(1),
    )
  return {
    payments: statement({}, () =>
      readBy(builder, 'payments', 'payments_by_status')
        .select(['created_at', 'attempts'])
        .where('status', '=', 'pending')
        .orderBy('created_at')
        .orderBy('id')
        .limit(MOST_COUNTED),
    ),
    refunds: statement({}, () =>
      readBy(builder, 'refunds', 'refunds_by_status')
        .select('created_at')
        .where('status', '=', 'processing')
        .orderBy('created_at')
        .orderBy('refund_no')
        .limit(MOST_COUNTED),
    ),
    events: statement({}, () =>
      readBy(builder, 'events', 'events_unpublished')
        .select('created_at')
        .where('published_at', 'is', null)
        .orderBy('position')
        .limit(MOST_COUNTED),
    ),
    broker: statement({}, () =>
      builder.selectFrom('broker_queue').select('created_at').orderBy('position').limit(MOST_COUNTED),
    ),
    incidents: statement({}, () =>
      readBy(builder, 'incidents', 'incidents_by_status')
        .select('kind')
        .where('status', '=', 'open')
        .orderBy('first_seen_at')
        .orderBy('id')
        .limit(MOST_COUNTED),
    ),
    endpoints: statement({}, () =>
      builder.selectFrom('webhook_endpoints').select('id').where('status', '=', 'enabled'),
    ),
    webhooks: statement({ endpoint_id: 'text' }, ({ endpoint_id }) =>
      readBy(builder, 'webhook_deliveries', 'webhook_deliveries_by_status')
        .select('created_at')
        .where('endpoint_id', '=', endpoint_id)
        .where('status', '=', 'due')
        .orderBy('created_at')
        .orderBy('id')
        .limit(MOST_COUNTED),
    ),
    webhooksDue: statement({ endpoint_id: 'text' }, ({ endpoint_id }) =>
      builder
        .selectFrom('webhook_deliveries')
        .select('due_at')
        .where('endpoint_id', '=', endpoint_id)
        .where('due_at', 'is not', null)
        .orderBy('due_at')
        .limit(1),
    ),
    due: {
      expiry: firstDue('orders'),
      recovery: firstDue('payments'),
      refunds: firstDue('refunds'),
      alerts: firstDue('alert_deliveries'),
      discrepancies: firstDue('discrepancies'),
    },
  }
}

export class KyselyBacklog implements BacklogReader {
  readonly #sql: ReturnType<typeof backlogStatements>
  readonly #on: Executor

  constructor(sql: ReturnType<typeof backlogStatements>, on: Executor) {
    this.#sql = sql
    this.#on = on
  }

  async read(): Promise<Backlog> {
    const [sql, on] = [this.#sql, this.#on]
    const pending = await sql.payments.rows(on, {})
    const endpoints = await sql.endpoints.rows(on, {})
    const webhooks: Created[] = []
    const webhooksDue: Due[] = []
    for (const { id: endpoint_id } of endpoints) {
      webhooks.push(...(await sql.webhooks.rows(on, { endpoint_id })))
      webhooksDue.push(...(await sql.webhooksDue.rows(on, { endpoint_id })))
    }
    return {
      waiting: {
        payments: queueOf(pending.filter(({ attempts }) => attempts > 0)),
        refunds: queueOf(await sql.refunds.rows(on, {})),
        events: queueOf(await sql.events.rows(on, {})),
        webhooks: queueOf(webhooks),
        broker: queueOf(await sql.broker.rows(on, {})),
      },
      nextDueAt: {
        expiry: earliest(await sql.due.expiry.rows(on, {})),
        recovery: earliest(await sql.due.recovery.rows(on, {})),
        refunds: earliest(await sql.due.refunds.rows(on, {})),
        webhooks: earliest(webhooksDue),
        alerts: earliest(await sql.due.alerts.rows(on, {})),
        discrepancies: earliest(await sql.due.discrepancies.rows(on, {})),
      },
      incidents: countedKinds(await sql.incidents.rows(on, {})),
    }
  }
}

type Created = { readonly created_at: number }
type Due = { readonly due_at: number | null }

const queueOf = (rows: readonly Created[]): Queue => ({
  count: Math.min(rows.length, MOST_COUNTED),
  oldestAt: oldestOf(rows.map(({ created_at }) => created_at)),
})

const earliest = (rows: readonly Due[]): Date | undefined =>
  oldestOf(rows.map(({ due_at }) => due_at).filter((at) => at !== null))

const oldestOf = (times: readonly number[]): Date | undefined =>
  times.length === 0 ? undefined : new Date(times.reduce((oldest, at) => Math.min(oldest, at)))

const countedKinds = (rows: readonly { readonly kind: string }[]): Backlog['incidents'] =>
  new Map([...Map.groupBy(rows, ({ kind }) => toIncidentKind(kind))].map(([kind, same]) => [kind, same.length]))
