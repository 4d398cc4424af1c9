import { createConnection } from 'mysql2/promise'
import { type Kind, TABLES, type TableName, type Value } from '../../src/adapters/persistence/schema.ts'
import type { Row, TestDatabase } from '../support/database.ts'

/**
 * The catalogue, the merchant's endpoints and what was set for risk do not grow with the orders, nothing waits for a
 * broker here, days are counted, and so are minutes, and a comparison of a day is one row however much was sold on it.
 */
const KEPT: ReadonlySet<TableName> = new Set([
  'products',
  'webhook_endpoints',
  'stock',
  'blacklist',
  'risk_settings',
  'operators',
  'operator_sessions',
  'broker_queue',
  'broker_publisher',
  'daily_stats',
  'daily_stats_first_count',
  'activity_counts',
  'alert_turns',
  'alert_quotas',
  'refused_callbacks',
  'doctor_reports',
  'bills',
  'bill_pieces',
  'reconciliations',
  'discrepancies',
  'bill_matches',
])
const GROWING = (Object.keys(TABLES) as TableName[]).filter((table) => !KEPT.has(table)) // It has no others.

/** Columns that hold an id without being called one, and those that name what does not grow. */
const IDS = /^(id|\w+_id|stream|subject|number|out_trade_no|(last_)?refund_no|text_hash|idempotency_key|refusal_key)$/
const NO_IDS = /^(product_id|endpoint_id|merchant_id|app_id|secret_id)$/
const PEOPLE = /^(user_id|buyer_id|activated_by|caller)$/

/** The people of the first copies are always the same: customers who have bought a lot, the others each for one day. */
const REGULAR_SHARE = 50
const SPAN_MS = 240 * 86_400_000
const COPY_DIGITS = 6
const NUMBER_DIGITS = 4

/** Enough for two cores, the largest table beside all others. */
const AT_ONCE = 2
const LARGEST: TableName = 'events'

/** Repeats all that is in the database so many times, under other ids and at other times, and forgets the original. */
export const multiply = async (database: TestDatabase, copies: number): Promise<void> => {
  const names = new Map<string, number>()
  const filled: TableName[] = []
  for (const table of GROWING) {
    const rows = await database.rows(`select * from ${table}${ORIGINALS[table] ?? ''}`)
    if (rows.length === 0) continue
    await database.execute(templateOf(table, rows, names))
    filled.push(table)
  }
  const waiting = filled.toSorted((a, b) => Number(b === LARGEST) - Number(a === LARGEST))
  await Promise.all(Array.from({ length: AT_ONCE }, () => copyAll(database.url, waiting, copies)))
}

const copyAll = async (url: string, waiting: TableName[], copies: number): Promise<void> => {
  const connection = await createConnection({ uri: url.split('?')[0] ?? url, multipleStatements: true })
  // An empty table that nothing is checked against is filled in bulk, each index in its own order.
  await connection.query('set unique_checks = 0; set foreign_key_checks = 0')
  for (let table = waiting.shift(); table !== undefined; table = waiting.shift()) {
    await connection.query(`truncate ${table}; start transaction; ${copyOf(table, copies)}; commit`)
    await connection.query(`drop table template_${table}; analyze table ${table}`)
  }
  await connection.end()
}

/** Who maintains a catalogue that does not grow leaves no more traces either. */
const ORIGINALS: Partial<Record<TableName, string>> = {
  audit: ` where action not like 'product.%'`,
  audit_chain: ` where audit_id in (select id from audit where action not like 'product.%')`,
  events: ' order by position',
}

const columnsOf = (table: TableName): readonly (readonly [string, Kind])[] => Object.entries<Kind>(TABLES[table])

const isId = (table: TableName, column: string): boolean =>
  IDS.test(column) && !NO_IDS.test(column) && !PEOPLE.test(column) && !(table === 'payments' && column === 'subject')

/** The rows with each id in two parts, between which a copy puts its number. */
const templateOf = (table: TableName, rows: readonly Row[], names: Map<string, number>): string => {
  const columns = columnsOf(table)
  const types = columns.map(([name, kind]) =>
    kind.startsWith('integer') ? `${name} bigint` : `${name} mediumtext, ${name}_end text`,
  )
  const values = rows.map((row) =>
    columns.flatMap(([name, kind]) => {
      const value = row[name] ?? null
      if (kind.startsWith('integer')) return [value === null ? 'null' : String(value)]
      if (value === null) return ['null', 'null']
      return (isId(table, name) ? parted(String(value), names) : [shortened(name, value), '']).map(quoted)
    }),
  )
  return `create table template_${table} (${types.join(', ')}) character set utf8mb4;
    insert into template_${table} values ${values.map((row) => `(${row.join(', ')})`).join(', ')}`
}

/** The same id has the same parts in every table; what follows a colon is no part of it. */
const parted = (value: string, names: Map<string, number>): readonly [string, string] => {
  const [id = '', ...rest] = value.split(':')
  const number = names.get(id) ?? names.size
  names.set(id, number)
  const kept = id.slice(0, Math.max(0, id.length - COPY_DIGITS - NUMBER_DIGITS))
  return [kept + String(number).padStart(NUMBER_DIGITS, '0'), [''].concat(rest).join(':')]
}

/** Messages as they came are the bulk of a database, and no list reads them. */
const LONG = /^(headers|body)$/
const shortened = (name: string, value: Value): string =>
  LONG.test(name) ? String(value).slice(0, 200) : String(value)

const quoted = (text: string): string => `'${text.replaceAll(/['\\]/g, (character) => `\\${character}`)}'`

const copyOf = (table: TableName, copies: number): string => {
  const columns = columnsOf(table)
  const values = columns.map(([name, kind]) => valueOf(table, name, kind, copies))
  const ofPeople =
    table === 'points_accounts' ? ` where copy.seq = 1 or copy.seq > ${Math.floor(copies / REGULAR_SHARE)}` : ''
  return `insert into ${table} (${columns.map(([name]) => name).join(', ')})
    select straight_join ${values.join(', ')} from seq_1_to_${copies} as copy join template_${table} as t${ofPeople}`
}

/** More links than the original's chain has. */
const LONGEST_CHAIN = 10_000

const valueOf = (table: TableName, name: string, kind: Kind, copies: number): string => {
  if (table === 'audit_chain' && name === 'seq') return `t.${name} + (copy.seq - 1) * ${LONGEST_CHAIN}`
  if (kind.startsWith('integer'))
    return isTime(table, name) ? `t.${name} - (${copies} - copy.seq) * ${stepOf(table, copies)}` : `t.${name}`
  if (isId(table, name)) return `concat(t.${name}, lpad(copy.seq, ${COPY_DIGITS}, '0'), t.${name}_end)`
  if (!PEOPLE.test(name)) return `t.${name}`
  return `if(copy.seq <= ${Math.floor(copies / REGULAR_SHARE)}, t.${name}, concat(t.${name}, '-', copy.seq))`
}

/** A code that may still be used has not lapsed in all that time. */
const isTime = (table: TableName, name: string): boolean =>
  name.endsWith('_at') && !(table.startsWith('access_code') && name === 'expires_at')

/** Keys are kept for a day. */
const stepOf = (table: TableName, copies: number): number =>
  Math.floor((table === 'idempotency_keys' ? 40_000_000 : SPAN_MS) / copies)
