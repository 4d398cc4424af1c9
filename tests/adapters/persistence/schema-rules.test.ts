import type Database from 'better-sqlite3'
import { beforeAll, describe, expect, it } from 'vitest'
import { toAccessCodeRow } from '../../../src/adapters/persistence/access-code-row.ts'
import { toAlertDeliveryRow } from '../../../src/adapters/persistence/alert-delivery-row.ts'
import { toAlertRow } from '../../../src/adapters/persistence/alert-row.ts'
import { sqliteDialect } from '../../../src/adapters/persistence/dialect.ts'
import { toCodeBatchRow } from '../../../src/adapters/persistence/kysely-code-batch-repository.ts'
import { toQueueRow } from '../../../src/adapters/persistence/kysely-broker-queue.ts'
import { toEntitlementRow } from '../../../src/adapters/persistence/entitlement-row.ts'
import { toEventRow } from '../../../src/adapters/persistence/event-row.ts'
import { toIncidentRow } from '../../../src/adapters/persistence/incident-row.ts'
import { migrate } from '../../../src/adapters/persistence/migrate.ts'
import { toNotificationRow } from '../../../src/adapters/persistence/notification-row.ts'
import { toItemRows, toOrderRow } from '../../../src/adapters/persistence/order-row.ts'
import { toPaymentRow } from '../../../src/adapters/persistence/payment-row.ts'
import { toTransactionRow } from '../../../src/adapters/persistence/payment-transaction-row.ts'
import { toEntryRow } from '../../../src/adapters/persistence/points-row.ts'
import { toOperatorRow, toSessionRow } from '../../../src/adapters/persistence/operator-row.ts'
import { toProductRow } from '../../../src/adapters/persistence/product-row.ts'
import { toClueRow } from '../../../src/adapters/persistence/refund-clue-row.ts'
import { toRefundRow } from '../../../src/adapters/persistence/refund-row.ts'
import { type Row, TABLES, type TableName } from '../../../src/adapters/persistence/schema.ts'
import { sqliteBuilder } from '../../../src/adapters/persistence/sqlite-builder.ts'
import { SqliteConnection } from '../../../src/adapters/persistence/sqlite-connection.ts'
import { toReservationRow, toStockEntryRow } from '../../../src/adapters/persistence/stock-row.ts'
import { toRefusedRow } from '../../../src/adapters/persistence/doctor-row.ts'
import { toDeliveryRow } from '../../../src/adapters/persistence/webhook-delivery-row.ts'
import { toEndpointRow } from '../../../src/adapters/persistence/webhook-endpoint-row.ts'
import { toBlacklistRow, toDecisionRow } from '../../../src/adapters/persistence/risk-row.ts'
import { toBillRow } from '../../../src/adapters/persistence/bill-row.ts'
import { toDiscrepancyRow } from '../../../src/adapters/persistence/discrepancy-row.ts'
import { toRunRow } from '../../../src/adapters/persistence/reconciliation-row.ts'
import { NO_FIGURES } from '../../../src/application/statistics/figures.ts'
import * as build from '../../support/builders.ts'
import { encryption } from './support.ts'

let database: Database.Database

beforeAll(async () => {
  database = new SqliteConnection(':memory:', 'write').database
  await migrate(sqliteBuilder(database), sqliteDialect)
  return () => database.close()
})

const { minute } = build
const order = build.pendingOrder()
const payment = build.pendingPayment()
const { id, orderId, provider, outTradeNo, identity, amount, currency } = payment

/** A right row of each table that has rules; later ones refer to earlier ones. */
const RIGHT: { readonly [T in Exclude<TableName, 'audit'>]: Partial<Row<T>> } = {
  products: toProductRow(build.accessProduct(), 1),
  orders: toOrderRow(order),
  order_items: { ...toItemRows(order)[0] },
  payments: toPaymentRow(payment, encryption, minute(2)),
  payment_transactions: toTransactionRow(
    {
      id: build.entityId(1),
      provider,
      transactionId: 't',
      outTradeNo,
      paymentId: id,
      orderId,
      identity,
      amount,
      currency,
      disposition: 'settled',
      payer: undefined,
      source: 'query',
      paidAt: minute(5),
      createdAt: minute(5),
    },
    encryption,
  ),
  refunds: toRefundRow(build.pendingRefund()),
  refund_clues: toClueRow(
    { paymentId: id, number: '500', amount: amount, refundNo: undefined, createdAt: minute(5) },
    minute(5),
  ),
  notifications: toNotificationRow(
    {
      id: build.entityId(1),
      provider,
      kind: 'payment',
      notificationId: 'n',
      outTradeNo,
      orderId,
      verdict: 'settled',
      raw: { headers: {}, body: new Uint8Array() },
      eventAt: minute(5),
      receivedAt: minute(5),
      retries: 0,
    },
    encryption,
  ),
  incidents: toIncidentRow({
    id: build.entityId(1),
    kind: 'late_payment',
    provider,
    outTradeNo,
    orderId,
    evidence: {},
    subject: 's',
    at: minute(5),
  }),
  alerts: toAlertRow(build.firingAlert()),
  alert_deliveries: toAlertDeliveryRow(build.dueAlertDelivery()),
  access_codes: toAccessCodeRow({ code: build.availableCode(), text: 'CODE' }, encryption),
  access_code_batches: toCodeBatchRow(build.codeBatch()),
  entitlements: toEntitlementRow(build.entitlement()),
  points_accounts: { user_id: payment.userId, balance: 0, updated_at: 1, version: 1 },
  points_entries: toEntryRow({ ...build.pointsPosting(), balanceAfter: 1000 }),
  stock: { sku: build.stock().sku, on_hand: 2, reserved: 1, updated_at: 1, version: 1 },
  stock_reservations: toReservationRow(build.reservation(), minute(1)),
  stock_entries: toStockEntryRow({
    id: build.entityId(1),
    sku: build.stock().sku,
    kind: 'sale',
    delta: -1,
    orderId,
    actor: 'a',
    reason: 'r',
    createdAt: minute(1),
  }),
  fulfilments: {
    order_id: orderId,
    line: 0,
    kind: 'grant',
    status: 'delivered',
    delivered_at: 1,
    taken_back_at: null,
    held: 0,
    round: 0,
    withheld: 0,
  },
  webhook_endpoints: toEndpointRow(build.webhookEndpoint(), encryption),
  webhook_deliveries: toDeliveryRow(build.dueDelivery()),
  bills: toBillRow(build.keptBill()),
  bill_pieces: { bill_id: build.keptBill().id, piece: 0, content: 'sealed' },
  reconciliations: toRunRow(build.runningRun(), minute(10)),
  discrepancies: toDiscrepancyRow(build.discrepancy(), { runId: 'r', askAt: minute(11) }, encryption),
  bill_matches: { provider: 'wechat', subject: 's', bill_day: '2026-02-28', created_at: 1 },
  blacklist: toBlacklistRow(build.blacklistEntry()),
  risk_decisions: toDecisionRow(build.riskDecision(), undefined),
  risk_hits: {
    decision_id: build.riskDecision().id,
    rule: 'velocity',
    mode: 'shadow',
    outcome: 'deny',
    order_id: null,
    created_at: 1,
  },
  risk_settings: { name: 'thresholds', setting: '{}', updated_at: 1, version: 1 },
  operators: toOperatorRow({ account: build.operatorAccount(), passwordHash: 'x' }),
  operator_sessions: toSessionRow(build.operatorSession(), 'x'),
  broker_queue: toQueueRow(build.queuedMessage()),
  broker_publisher: { id: 'events', holder: 'h', leased_until: 0 },
  activity_counts: { kind: 'calls', minute: 29_000_000, subject: provider, total: 3, bad: 1 },
  alert_turns: { id: 'rules', due_at: 1 },
  alert_quotas: { channel: 'sms', day: 20_000, used: 0 },
  audit_chain: { seq: 1, audit_id: 'a', hash: 'h' },
  refused_callbacks: toRefusedRow(build.refusedCallback()),
  doctor_reports: { id: 'last', findings: '[]', started_at: 1, finished_at: 2 },
  daily_stats: { day: 20_000, provider, shard: 0, ...NO_FIGURES },
  daily_stats_first_count: { id: 'days', next_day: null },
  events: toEventRow({
    id: 'e',
    stream: orderId,
    seq: 1,
    event: { type: 'order.created', orderId, at: minute(1) },
    cause: { kind: 'timer', actor: 'a' },
    createdAt: minute(1),
  }),
  idempotency_keys: {
    caller: 'c',
    route: 'r',
    idempotency_key: 'k',
    request_hash: 'h',
    resource_id: 'i',
    answer_status: null,
    answer_body: null,
    leased_until: 0,
    touched_at: 1,
  },
}

type Broken = Readonly<Record<string, unknown>>

/** What must not be in a row, as changes to the right one. */
const BROKEN: Readonly<Record<keyof typeof RIGHT, readonly Broken[]>> = {
  products: [{ price_fen: -1 }, { currency: 'USD' }, { active: 2 }, { active: 'yes' }, { name: null }],
  orders: [
    { amount_fen: -1 },
    { amount_fen: 0.5 },
    { refunded_fen: -1 },
    { refunded_fen: order.amount + 1 },
    { currency: '' },
    { status: 'shipped' },
    { status: 'paid' },
    { status: 'cancelled' },
    { status: 'expired' },
    { cancelled_at: 1 },
    { expired_at: 1 },
    { payment_id: 'y', paid_at: 1 },
  ],
  order_items: [{ order_id: 'nobody' }, { line: -1 }, { unit_price_fen: -1 }, { quantity: 0 }],
  payments: [
    { order_id: 'nobody' },
    { provider: 'paypal' },
    { amount_fen: -1 },
    { refunded_fen: -1 },
    { refunded_fen: payment.amount + 1 },
    { status: 'settled' },
    { status: 'closed' },
    { open_key: null },
    { failure_reason: 'f' },
    { status: 'failed', open_key: null },
    { status: 'paid', open_key: null },
    { transaction_id: 't', paid_at: 1 },
  ],
  payment_transactions: [
    { payment_id: 'nobody' },
    { order_id: 'nobody' },
    { provider: '' },
    { amount_fen: -1 },
    { currency: 'USD' },
    { disposition: 'lost' },
    { source: 'rumour' },
    { paid_at: null },
  ],
  refunds: [
    { order_id: 'nobody' },
    { payment_id: 'nobody' },
    { provider: '' },
    { amount_fen: -1 },
    { status: 'done' },
    { abnormal: 1 },
    { reason_given: 'r' },
    { failure_reason: 'f' },
    { processed_at: 1 },
    { due_at: 1 },
    { attempts: -1 },
    { status: 'processing' },
    { status: 'success' },
    { status: 'cancelled', processed_at: 1 },
  ],
  refund_clues: [
    { payment_id: 'nobody' },
    { number: null },
    { amount_fen: -1 },
    { refund_no: 'nobody' },
    { attempts: -1 },
    { refund_no: build.pendingRefund().refundNo },
  ],
  notifications: [{ order_id: 'nobody' }, { provider: '' }, { kind: '' }, { verdict: '' }, { body: null }],
  incidents: [{ order_id: 'nobody' }, { kind: '' }, { provider: '' }, { occurrences: 0 }, { status: '' }],
  alerts: [
    { subject: null },
    { severity: 'awful' },
    { told_severity: 'none' },
    { occurrences: 0 },
    { status: 'silent' },
    { status: 'resolved' },
    { resolved_at: 1 },
  ],
  alert_deliveries: [
    { alert_id: 'nobody' },
    { news: 'good' },
    { status: 'lost' },
    { status: 'sent' },
    { due_at: null },
    { ended_at: 1 },
    { attempts: -1 },
  ],
  access_codes: [
    { order_id: 'nobody' },
    { order_id: null },
    { validity_days: 0 },
    { origin: 'gift' },
    { origin: 'batch' },
    { batch_id: 'b' },
    { status: 'sold' },
    { status: 'activated' },
    { activated_by: 'u', activated_at: 1 },
    { frozen: 2 },
  ],
  access_code_batches: [{ validity_days: 0 }, { size: 0 }, { made: -1 }, { made: 101 }, { expires_at: null }],
  entitlements: [{ source_type: 'gift' }, { expires_at: 0 }],
  points_accounts: [{ balance: -1 }, { balance: 0.5 }],
  points_entries: [
    { user_id: 'nobody' },
    { kind: '' },
    { source_type: '' },
    { delta: 0 },
    { delta: 0.5 },
    { balance_after: -1 },
  ],
  stock: [{ on_hand: -1, reserved: -1 }, { reserved: -1 }, { reserved: 3 }],
  stock_reservations: [{ order_id: 'nobody' }, { sku: 'nothing' }, { quantity: 0 }, { status: '' }],
  stock_entries: [{ order_id: 'nobody' }, { kind: '' }, { delta: 0 }],
  webhook_endpoints: [
    { status: 'asleep' },
    { status: 'disabled' },
    { reason: 'operator' },
    { status: 'disabled', reason: 'mood' },
    { previous_secret: 's' },
    { previous_valid_until: 1 },
    { secret: null },
  ],
  webhook_deliveries: [
    { endpoint_id: 'nowhere' },
    { seq: 0 },
    { status: 'sent' },
    { status: 'parked' },
    { due_at: null },
    { failures: -1 },
    { failures: 1 },
    { status: 'delivered', due_at: null },
    { last_status_code: 500 },
    { last_error: 'e' },
  ],
  fulfilments: [
    { order_id: 'nobody' },
    { kind: '' },
    { status: '' },
    { status: 'taken_back' },
    { taken_back_at: 1 },
    { held: 2 },
    { round: -1 },
    { withheld: -1 },
  ],
  bills: [{ kind: 'all' }, { source: 'mail' }, { size: -1 }, { is_whole: 2 }, { sha256: null }],
  bill_pieces: [{ bill_id: 'nowhere' }, { piece: -1 }, { content: null }],
  reconciliations: [
    { status: 'lost' },
    { open_key: null },
    { due_at: null },
    { summary: '{}' },
    { finished_at: 1 },
    { status: 'completed' },
    { attempts: -1 },
  ],
  discrepancies: [
    { class: 'other' },
    { about: 'order' },
    { within_drift: 2 },
    { status: 'closed' },
    { resolution: 'healed' },
    { resolved_at: 1 },
    { resolved_by: 'a' },
    { return_no: 'r' },
    { return_fen: 1 },
    { status: 'ignored', resolved_at: 1, resolved_by: 'a' },
  ],
  bill_matches: [{ subject: null }],
  blacklist: [{ network: null }, { reason: null }, { created_by: null }],
  risk_decisions: [{ outcome: 'maybe' }, { score: -1 }, { outcome: 'deny' }, { refusal_key: 'k' }],
  risk_hits: [{ decision_id: 'nowhere' }, { mode: 'off' }, { outcome: '' }],
  risk_settings: [{ setting: null }, { version: 0 }],
  operators: [
    { role: 'owner' },
    { status: 'gone' },
    { password_hash: null },
    { must_change_password: 2 },
    { version: 0 },
  ],
  operator_sessions: [{ token_hash: null }, { seen_at: 0 }, { expires_at: 1 }, { expires_at: null }],
  broker_queue: [{ seq: 0 }, { body: null }, { happened_at: 0.5 }],
  broker_publisher: [{ holder: null }, { leased_until: null }],
  activity_counts: [{ kind: 'gossip' }, { minute: null }, { bad: 4 }, { bad: -1 }, { total: 0.5 }],
  alert_turns: [{ id: null }, { due_at: null }],
  alert_quotas: [{ used: -1 }, { used: null }, { day: 0.5 }],
  audit_chain: [{ seq: 0 }, { audit_id: null }, { hash: null }],
  refused_callbacks: [{ slot: 16 }, { slot: -1 }, { occurrences: 0 }, { evidence: null }],
  doctor_reports: [{ id: null }, { findings: null }, { finished_at: null }],
  daily_stats: [{ provider: 'paypal' }, { day: null }, { paid: null }, { paid_fen: 0.5 }],
  daily_stats_first_count: [{ id: null }, { next_day: 0.5 }],
  events: [{ seq: 0 }, { cause_kind: 'magic' }],
  idempotency_keys: [{ answer_status: 200 }, { answer_body: '{}' }],
}

/** What no two rows may have in common. */
const UNIQUE: Readonly<Record<TableName, readonly string[]>> = {
  products: ['id'],
  orders: ['id'],
  order_items: ['order_id,line'],
  payments: ['id', 'open_key', 'out_trade_no'],
  payment_transactions: ['id', 'provider,transaction_id'],
  refunds: ['refund_no'],
  refund_clues: ['due_at,payment_id,number', 'payment_id,number'],
  notifications: ['id', 'provider,notification_id'],
  incidents: ['id', 'kind,provider,subject'],
  alerts: ['id', 'rule,subject'],
  alert_deliveries: ['event_id,channel', 'id'],
  access_codes: ['id', 'text_hash'],
  access_code_batches: ['id'],
  entitlements: ['id', 'source_type,source_id'],
  points_accounts: ['user_id'],
  points_entries: ['id', 'source_type,source_id,kind'],
  stock: ['sku'],
  stock_reservations: ['order_id,sku'],
  stock_entries: ['id'],
  fulfilments: ['order_id,line'],
  webhook_endpoints: ['id'],
  webhook_deliveries: ['endpoint_id,event_id', 'id'],
  bills: ['id', 'provider,bill_day,kind,sha256'],
  bill_pieces: ['bill_id,piece'],
  reconciliations: ['id', 'open_key'],
  discrepancies: ['id', 'provider,subject,bill_day'],
  bill_matches: ['provider,subject,bill_day'],
  blacklist: ['id', 'network'],
  risk_decisions: ['id', 'refusal_key'],
  risk_hits: ['decision_id,rule'],
  risk_settings: ['name'],
  operators: ['id', 'name'],
  operator_sessions: ['id', 'token_hash'],
  broker_queue: ['event_id'],
  broker_publisher: ['id'],
  activity_counts: ['kind,minute,subject'],
  alert_turns: ['id'],
  alert_quotas: ['channel,day'],
  daily_stats: ['day,provider,shard'],
  daily_stats_first_count: ['id'],
  events: ['id', 'stream,seq'],
  idempotency_keys: ['caller,route,idempotency_key'],
  audit: ['id'],
  audit_chain: ['audit_id'],
  refused_callbacks: ['provider,reason,slot'],
  doctor_reports: ['id'],
}

const insert = (table: string, row: Broken): void => {
  const columns = Object.keys(row)
  const sql = `insert into ${table} (${columns.join(', ')}) values (${columns.map(() => '?').join(', ')})`
  database.prepare(sql).run(...Object.values(row))
}

describe('the rules of the tables', () => {
  it('let each right row in and keep each broken one out', () => {
    for (const [table, row] of Object.entries(RIGHT)) {
      for (const broken of BROKEN[table as keyof typeof RIGHT]) // The keys of `RIGHT` are just these.
        expect(() => insert(table, { ...row, ...broken }), `${table} ${JSON.stringify(broken)}`).toThrow(
          /CHECK|FOREIGN KEY|NOT NULL|cannot store/,
        )
      insert(table, row)
      expect(() => insert(table, row), `${table} twice`).toThrow('UNIQUE')
    }
  })

  it('keep twins out', () => {
    const found = Object.keys(TABLES).map((table) => {
      const keys = database
        .prepare<[string], string>(
          `select group_concat(i.name, ',' order by i.seqno) from pragma_index_list(?) as l, pragma_index_info(l.name) as i
           where l."unique" = 1 group by l.name`,
        )
        .pluck()
        .all(table)
      return [table, keys.toSorted((a, b) => a.localeCompare(b))]
    })
    expect(Object.fromEntries(found)).toEqual(UNIQUE)
  })
})
