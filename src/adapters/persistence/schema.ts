import type { Generated } from 'kysely'
import { ALERT_TABLES } from './alert-tables.ts'
import { DOCTOR_TABLES } from './doctor-tables.ts'
import { BROKER_TABLES } from './broker-tables.ts'
import { OPERATOR_TABLES } from './operator-tables.ts'
import { RECONCILIATION_TABLES } from './reconciliation-tables.ts'
import { RISK_TABLES } from './risk-tables.ts'
import { STATISTICS_TABLES } from './statistics-tables.ts'
import { STOCK_TABLES } from './stock-tables.ts'
import { WEBHOOK_TABLES } from './webhook-tables.ts'

/** What a column holds; `?` where it may be null. Integers are safe ones: fen, epoch milliseconds, counters, 0 and 1. */
export type Kind = 'text' | 'integer' | 'text?' | 'integer?'
export type Kinds = Readonly<Record<string, Kind>>
export type Value = string | number | null

type ValueOf = { text: string; integer: number; 'text?': string | null; 'integer?': number | null }
export type RowOf<K extends Kinds> = { readonly [C in keyof K]: ValueOf[K[C]] }

/** The tables as the code knows them, also at run time: a bound value is checked against this. */
export const TABLES = {
  products: {
    id: 'text',
    name: 'text',
    description: 'text',
    price_fen: 'integer',
    currency: 'text',
    active: 'integer',
    sort_order: 'integer',
    fulfilment: 'text',
    created_at: 'integer',
    updated_at: 'integer',
    version: 'integer',
  },
  orders: {
    id: 'text',
    user_id: 'text',
    status: 'text',
    amount_fen: 'integer',
    refunded_fen: 'integer',
    currency: 'text',
    payment_id: 'text?',
    paid_at: 'integer?',
    cancelled_at: 'integer?',
    expired_at: 'integer?',
    expires_at: 'integer',
    created_at: 'integer',
    updated_at: 'integer',
    version: 'integer',
    due_at: 'integer?',
    attempts: 'integer',
  },
  order_items: {
    order_id: 'text',
    line: 'integer',
    product_id: 'text',
    product_name: 'text',
    unit_price_fen: 'integer',
    quantity: 'integer',
    fulfilment: 'text',
  },
  payments: {
    id: 'text',
    order_id: 'text',
    user_id: 'text',
    provider: 'text',
    method: 'text',
    out_trade_no: 'text',
    open_key: 'text?',
    status: 'text',
    amount_fen: 'integer',
    refunded_fen: 'integer',
    currency: 'text',
    merchant_id: 'text',
    app_id: 'text',
    credentials_version: 'text',
    subject: 'text',
    notify_url: 'text',
    return_url: 'text?',
    openid: 'text?',
    client_ip: 'text?',
    transaction_id: 'text?',
    paid_at: 'integer?',
    failure_reason: 'text?',
    expires_at: 'integer',
    created_at: 'integer',
    updated_at: 'integer',
    version: 'integer',
    due_at: 'integer?',
    attempts: 'integer',
    last_refund_no: 'text?',
    last_refund_at: 'integer?',
  },
  payment_transactions: {
    id: 'text',
    provider: 'text',
    transaction_id: 'text',
    out_trade_no: 'text',
    payment_id: 'text?',
    order_id: 'text?',
    merchant_id: 'text',
    app_id: 'text',
    amount_fen: 'integer',
    currency: 'text',
    disposition: 'text',
    payer: 'text?',
    source: 'text',
    paid_at: 'integer',
    created_at: 'integer',
  },
  refunds: {
    refund_no: 'text',
    order_id: 'text',
    payment_id: 'text',
    user_id: 'text',
    provider: 'text',
    status: 'text',
    amount_fen: 'integer',
    currency: 'text',
    reason: 'text',
    requested_by: 'text',
    refund_id: 'text?',
    abnormal: 'integer',
    reason_given: 'text?',
    failure_reason: 'text?',
    processed_at: 'integer?',
    due_at: 'integer?',
    attempts: 'integer',
    created_at: 'integer',
    updated_at: 'integer',
    version: 'integer',
  },
  refund_clues: {
    payment_id: 'text',
    number: 'text',
    amount_fen: 'integer?',
    refund_no: 'text?',
    due_at: 'integer?',
    attempts: 'integer',
    created_at: 'integer',
  },
  notifications: {
    id: 'text',
    provider: 'text',
    kind: 'text',
    notification_id: 'text',
    out_trade_no: 'text?',
    order_id: 'text?',
    verdict: 'text',
    headers: 'text',
    body: 'text',
    event_at: 'integer?',
    received_at: 'integer',
    retries: 'integer',
  },
  access_codes: {
    id: 'text',
    product_id: 'text',
    validity_days: 'integer',
    origin: 'text',
    order_id: 'text?',
    buyer_id: 'text?',
    batch_id: 'text?',
    text: 'text',
    text_hash: 'text',
    status: 'text',
    activated_by: 'text?',
    activated_at: 'integer?',
    expires_at: 'integer?',
    created_at: 'integer',
    updated_at: 'integer',
    version: 'integer',
    frozen: 'integer',
  },
  access_code_batches: {
    id: 'text',
    product_id: 'text',
    validity_days: 'integer',
    size: 'integer',
    made: 'integer',
    expires_at: 'integer',
    created_at: 'integer',
    open: 'integer',
  },
  entitlements: {
    id: 'text',
    user_id: 'text',
    product_id: 'text',
    source_type: 'text',
    source_id: 'text',
    starts_at: 'integer',
    expires_at: 'integer',
    revoked_at: 'integer?',
    created_at: 'integer',
  },
  points_accounts: { user_id: 'text', balance: 'integer', updated_at: 'integer', version: 'integer' },
  points_entries: {
    id: 'text',
    user_id: 'text',
    kind: 'text',
    delta: 'integer',
    balance_after: 'integer',
    source_type: 'text',
    source_id: 'text',
    created_at: 'integer',
  },
  ...STOCK_TABLES,
  fulfilments: {
    order_id: 'text',
    line: 'integer',
    kind: 'text',
    status: 'text',
    delivered_at: 'integer',
    taken_back_at: 'integer?',
    held: 'integer',
    round: 'integer',
    withheld: 'integer',
  },
  ...ALERT_TABLES,
  ...WEBHOOK_TABLES,
  ...BROKER_TABLES,
  ...RECONCILIATION_TABLES,
  ...RISK_TABLES,
  ...OPERATOR_TABLES,
  ...STATISTICS_TABLES,
  events: {
    id: 'text',
    stream: 'text',
    seq: 'integer',
    type: 'text',
    data: 'text',
    cause_kind: 'text',
    cause_actor: 'text',
    created_at: 'integer',
    published_at: 'integer?',
  },
  idempotency_keys: {
    caller: 'text',
    route: 'text',
    idempotency_key: 'text',
    request_hash: 'text',
    resource_id: 'text',
    answer_status: 'integer?',
    answer_body: 'text?',
    leased_until: 'integer',
    touched_at: 'integer',
  },
  audit: {
    id: 'text',
    actor: 'text',
    action: 'text',
    subject: 'text',
    reason: 'text?',
    state_before: 'text?',
    state_after: 'text?',
    request_id: 'text',
    ip: 'text?',
    created_at: 'integer',
  },
  audit_chain: { seq: 'integer', audit_id: 'text', hash: 'text' },
  ...DOCTOR_TABLES,
} as const satisfies Readonly<Record<string, Kinds>>

export type TableName = keyof typeof TABLES
export type Row<T extends TableName> = RowOf<(typeof TABLES)[T]>

type Rows = { [T in TableName]: Row<T> }

type Counted = 'events' | 'broker_queue'
/** The store counts the rows of these by itself: within a stream the numbers rise with `seq`. */
export type DB = Omit<Rows, Counted> & { [T in Counted]: Row<T> & { readonly position: Generated<number> } }

/** The kinds of some columns, as the parameters of a statement. */
export const kindsOf = <T extends TableName, C extends keyof (typeof TABLES)[T] & string>(
  table: T,
  ...columns: readonly C[]
): Pick<(typeof TABLES)[T], C> => {
  const kinds: Kinds = TABLES[table]
  // Exactly the asked columns, each with its own kind, which `fromEntries` does not say.
  return Object.fromEntries(columns.map((column) => [column, kinds[column]])) as Pick<(typeof TABLES)[T], C>
}
