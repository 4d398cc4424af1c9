import { type Kysely, MysqlAdapter, sql } from 'kysely'
import { type DB, kindsOf, type Row, TABLES } from './schema.ts'
import { insertion, statement } from './statement.ts'

const SPAN = { from: 'integer', to: 'integer', limit: 'integer' } as const
const OF_PROVIDER = { provider: 'text', ...SPAN } as const
const BEFORE = { before: 'integer', limit: 'integer' } as const

/** Each is found by the index on its time and reads the newest of a time, or the oldest that wait. */
const figureStatements = (builder: Kysely<DB>) => ({
  paymentStates: statement(OF_PROVIDER, ({ provider, from, to, limit }) =>
    builder
      .selectFrom('payments')
      .select('status')
      .where('provider', '=', provider)
      .where('created_at', '>=', from)
      .where('created_at', '<', to)
      .orderBy('created_at', 'desc')
      .limit(limit),
  ),
  refundEnds: statement(OF_PROVIDER, ({ provider, from, to, limit }) =>
    builder
      .selectFrom('refunds')
      .select('status')
      .where('provider', '=', provider)
      .where('processed_at', '>=', from)
      .where('processed_at', '<', to)
      .orderBy('processed_at', 'desc')
      .limit(limit),
  ),
  refundsMade: statement(SPAN, ({ from, to, limit }) =>
    builder
      .selectFrom('refunds')
      .select('refund_no')
      .where('created_at', '>=', from)
      .where('created_at', '<', to)
      .orderBy('created_at', 'desc')
      .limit(limit),
  ),
  callbacks: statement(SPAN, ({ from, to, limit }) =>
    builder
      .selectFrom('notifications')
      .select(['provider', 'event_at', 'received_at'])
      .where('received_at', '>=', from)
      .where('received_at', '<', to)
      .orderBy('received_at', 'desc')
      .limit(limit),
  ),
  receipts: statement(OF_PROVIDER, ({ provider, from, to, limit }) =>
    builder
      .selectFrom('payment_transactions')
      .select('source')
      .where('provider', '=', provider)
      .where('paid_at', '>=', from)
      .where('paid_at', '<', to)
      .orderBy('paid_at', 'desc')
      .limit(limit),
  ),
  /** None ends before it is made, which is what the index knows. */
  unendedPayments: statement(BEFORE, ({ before, limit }) =>
    builder
      .selectFrom('payments')
      .select('provider')
      .where('status', '=', 'pending')
      .where('created_at', '<', before)
      .where('expires_at', '<', before)
      .orderBy('created_at')
      .limit(limit),
  ),
  unendedRefunds: statement(BEFORE, ({ before, limit }) =>
    builder
      .selectFrom('refunds')
      .select('provider')
      .where('status', '=', 'processing')
      .where('created_at', '<', before)
      .where('abnormal', '=', 0)
      .orderBy('created_at')
      .limit(limit),
  ),
  endpoints: statement({ limit: 'integer' }, ({ limit }) =>
    builder
      .selectFrom('webhook_endpoints')
      .select('id')
      .where('status', '!=', 'deleted')
      .orderBy('created_at', 'desc')
      .limit(limit),
  ),
  onSale: statement({ limit: 'integer' }, ({ limit }) =>
    builder
      .selectFrom('products')
      .select('fulfilment')
      .where('active', '=', 1)
      .orderBy('sort_order')
      .orderBy('created_at')
      .orderBy('id')
      .limit(limit),
  ),
  stock: statement(kindsOf('stock', 'sku'), ({ sku }) =>
    builder.selectFrom('stock').select(['on_hand', 'reserved']).where('sku', '=', sku),
  ),
  parked: statement({ endpoint_id: 'text', limit: 'integer' }, ({ endpoint_id, limit }) =>
    builder
      .selectFrom('webhook_deliveries')
      .select('id')
      .where('endpoint_id', '=', endpoint_id)
      .where('status', '=', 'parked')
      .limit(limit),
  ),
})

const DUE_TABLES = [
  'orders',
  'payments',
  'refunds',
  'refund_clues',
  'alert_deliveries',
  'reconciliations',
  'discrepancies',
] as const

type DueTable = (typeof DUE_TABLES)[number]

const dueOf = (builder: Kysely<DB>, table: DueTable) =>
  statement(BEFORE, ({ before, limit }) =>
    builder
      .selectFrom<DueTable>(table)
      .select('due_at as at')
      .where('due_at', '<', before)
      .orderBy('due_at')
      .limit(limit),
  )

const overdueStatements = (builder: Kysely<DB>) => ({
  orders: dueOf(builder, 'orders'),
  payments: dueOf(builder, 'payments'),
  refunds: dueOf(builder, 'refunds'),
  refund_clues: dueOf(builder, 'refund_clues'),
  alert_deliveries: dueOf(builder, 'alert_deliveries'),
  reconciliations: dueOf(builder, 'reconciliations'),
  discrepancies: dueOf(builder, 'discrepancies'),
  /** In the order in which they wait; which of them wait too long is seen in the rows. */
  events: statement(BEFORE, ({ limit }) =>
    builder
      .selectFrom('events')
      .select('created_at as at')
      .where('published_at', 'is', null)
      .orderBy('position')
      .limit(limit),
  ),
  broker_queue: statement(BEFORE, ({ limit }) =>
    builder.selectFrom('broker_queue').select('created_at as at').orderBy('position').limit(limit),
  ),
})

const activityStatements = (builder: Kysely<DB>) => {
  const counts = builder.selectFrom('activity_counts')
  return {
    add: statement(TABLES.activity_counts, (row) => addition(builder, row)),
    sum: statement({ kind: 'text', first: 'integer', end: 'integer' }, ({ kind, first, end }) =>
      counts
        .select(['subject', 'total', 'bad'])
        .where('kind', '=', kind)
        .where('minute', '>=', first)
        .where('minute', '<', end),
    ),
    first: statement(kindsOf('activity_counts', 'kind'), ({ kind }) =>
      counts.select('minute').where('kind', '=', kind).orderBy('minute').limit(1),
    ),
    forget: statement(kindsOf('activity_counts', 'kind', 'minute'), ({ kind, minute }) =>
      builder.deleteFrom('activity_counts').where('kind', '=', kind).where('minute', '<', minute),
    ),
  }
}

const KEY = ['kind', 'minute', 'subject'] as const

const addition = (builder: Kysely<DB>, row: Row<'activity_counts'>) => {
  const insert = builder.insertInto('activity_counts').values(row)
  if (builder.getExecutor().adapter instanceof MysqlAdapter) {
    const sum = (name: 'total' | 'bad') => sql<number>`${sql.ref(name)} + values(${sql.ref(name)})`
    return insert.onDuplicateKeyUpdate({ total: sum('total'), bad: sum('bad') })
  }
  const sum = (name: 'total' | 'bad') =>
    sql<number>`${sql.ref(`activity_counts.${name}`)} + ${sql.ref(`excluded.${name}`)}`
  return insert.onConflict((conflict) => conflict.columns(KEY).doUpdateSet({ total: sum('total'), bad: sum('bad') }))
}

export const alertingStatements = (builder: Kysely<DB>) => ({
  figures: figureStatements(builder),
  overdue: overdueStatements(builder),
  activity: activityStatements(builder),
  turns: {
    find: statement(kindsOf('alert_turns', 'id'), ({ id }) =>
      builder.selectFrom('alert_turns').selectAll().where('id', '=', id),
    ),
    begin: insertion(builder, 'alert_turns'),
    claim: statement({ id: 'text', now: 'integer', until: 'integer' }, ({ id, now, until }) =>
      builder
        .updateTable('alert_turns')
        .set({ due_at: until })
        .where('id', '=', id)
        .where((eb) => eb.or([eb('due_at', '<=', now), eb('due_at', '>', until)])),
    ),
  },
  quota: {
    find: statement(kindsOf('alert_quotas', 'channel', 'day'), ({ channel, day }) =>
      builder.selectFrom('alert_quotas').selectAll().where('channel', '=', channel).where('day', '=', day),
    ),
    begin: insertion(builder, 'alert_quotas'),
    take: statement({ channel: 'text', day: 'integer', count: 'integer', most: 'integer' }, (taken) =>
      builder
        .updateTable('alert_quotas')
        .set((eb) => ({ used: eb('used', '+', taken.count) }))
        .where('channel', '=', taken.channel)
        .where('day', '=', taken.day)
        .where('used', '<=', taken.most),
    ),
    giveBack: statement({ channel: 'text', day: 'integer', count: 'integer' }, ({ channel, day, count }) =>
      builder
        .updateTable('alert_quotas')
        .set((eb) => ({ used: eb('used', '-', count) }))
        .where('channel', '=', channel)
        .where('day', '=', day)
        .where('used', '>=', count),
    ),
  },
})

export type AlertingStatements = ReturnType<typeof alertingStatements>
