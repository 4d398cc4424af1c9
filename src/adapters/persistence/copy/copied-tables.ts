import { type Kind, type Kinds, TABLES, type TableName, type Value } from '../schema.ts'

/** A table as a copy sees it. */
export type CopiedTable = {
  readonly name: TableName
  readonly columns: readonly { readonly name: string; readonly kind: Kind }[]
  /** The columns of its primary key, in their order. */
  readonly key: readonly string[]
  /** Money, quantities and counters: what has to add up to the same on both sides. */
  readonly summed: readonly string[]
}

/** A row's values, in the order of the table's columns. */
export type CopiedRow = readonly Value[]

const KEYS = {
  products: ['id'],
  orders: ['id'],
  order_items: ['order_id', 'line'],
  payments: ['id'],
  payment_transactions: ['id'],
  refunds: ['refund_no'],
  refund_clues: ['payment_id', 'number'],
  notifications: ['id'],
  incidents: ['id'],
  alerts: ['id'],
  alert_deliveries: ['id'],
  activity_counts: ['kind', 'minute', 'subject'],
  alert_turns: ['id'],
  alert_quotas: ['channel', 'day'],
  access_codes: ['id'],
  access_code_batches: ['id'],
  entitlements: ['id'],
  points_accounts: ['user_id'],
  points_entries: ['id'],
  stock: ['sku'],
  stock_reservations: ['order_id', 'sku'],
  stock_entries: ['id'],
  fulfilments: ['order_id', 'line'],
  webhook_endpoints: ['id'],
  webhook_deliveries: ['id'],
  bills: ['id'],
  bill_pieces: ['bill_id', 'piece'],
  reconciliations: ['id'],
  discrepancies: ['id'],
  bill_matches: ['provider', 'subject', 'bill_day'],
  blacklist: ['id'],
  risk_decisions: ['id'],
  risk_hits: ['decision_id', 'rule'],
  risk_settings: ['name'],
  operators: ['id'],
  operator_sessions: ['id'],
  events: ['position'],
  idempotency_keys: ['caller', 'route', 'idempotency_key'],
  audit: ['id'],
  audit_chain: ['seq'],
  refused_callbacks: ['provider', 'reason', 'slot'],
  doctor_reports: ['id'],
  broker_queue: ['position'],
  broker_publisher: ['id'],
  daily_stats: ['day', 'provider', 'shard'],
  daily_stats_first_count: ['id'],
} as const satisfies Readonly<Record<TableName, readonly string[]>>

const isTime = (column: string): boolean => /_(at|until)$/.test(column)

const copied = (name: TableName): CopiedTable => {
  const kinds: Kinds = TABLES[name]
  // The code leaves it to the store to number these rows; a copy has to keep the numbers.
  const all = KEYS[name][0] === 'position' ? { position: 'integer' as const, ...kinds } : kinds
  const columns = Object.entries(all).map(([column, kind]) => ({ name: column, kind }))
  const counts = columns.filter(({ kind, name: column }) => kind.startsWith('integer') && !isTime(column))
  return { name, columns, key: KEYS[name], summed: counts.map((column) => column.name) }
}

const NAMES = Object.keys(TABLES) as TableName[] // Its own keys.

/** Every table, each after those it refers to. */
export const COPIED: readonly CopiedTable[] = NAMES.map(copied)

/** A column's name, quoted as both SQLite and MySQL take it. */
export const quoted = (column: string): string => `\`${column}\``

/** The key of a row. */
export const keyOf = ({ columns, key }: CopiedTable, row: CopiedRow): CopiedRow =>
  key.map((part) => row[columns.findIndex(({ name }) => name === part)] ?? null)

/** A row by its key, as it is named to a person. */
export const nameOf = (table: CopiedTable, row: CopiedRow): string => `${table.name} ${keyOf(table, row).join(' ')}`
