import { createConnection, type RowDataPacket } from 'mysql2/promise'

/** One statement as the service sent it, and what it has in common with others of its kind. */
export type Sent = { readonly sql: string; readonly shape: string }

export type PlanStep = {
  readonly table: string
  readonly type: string
  readonly key: string | undefined
  readonly rows: number
  readonly extra: string
}

/** Writes down what the service asks of the database, and tells what answering costs there. */
export type Recorder = {
  /** What was sent since it was asked last. */
  sent(): Promise<readonly Sent[]>
  plan(sql: string): Promise<readonly PlanStep[]>
  /** How many rows of tables and indexes the server touches for it. */
  reads(sql: string): Promise<number>
  rowsOf(table: string): number
  /** About how many rows each large table has. */
  sizes(): Readonly<Record<string, number>>
  stop(): Promise<void>
}

export const startRecorder = async (url: string): Promise<Recorder> => {
  const connection = await createConnection({ uri: url.split('?')[0] ?? url, supportBigNumbers: true })
  const rows = async (sql: string): Promise<readonly RowDataPacket[]> =>
    (await connection.query<RowDataPacket[]>(sql))[0]
  const sizes = new Map<string, number>()
  for (const { name, size } of await rows(SIZES)) sizes.set(String(name), Number(size))
  await connection.query('truncate mysql.general_log')
  await connection.query(`set global log_output = 'TABLE'`)
  await connection.query('set global general_log = 1')
  const counted = async (sql: string): Promise<number> => {
    await connection.query('flush local status')
    await connection.query(sql)
    const counters = await rows(COUNTERS)
    return counters.reduce((sum, { Variable_name: name, Value: value }) => sum + Number(value) * weightOf(name), 0)
  }
  const own = await counted('select 1') // What counting itself costs.
  return {
    async sent() {
      const found = await rows(SENT)
      await connection.query('truncate mysql.general_log')
      return found
        .map(({ sql }) => String(sql))
        .filter(isQuestion)
        .map((sql) => ({ sql, shape: shapeOf(sql) }))
    },
    async plan(sql) {
      const steps = await rows(`explain ${sql}`)
      return steps
        .filter(({ table }) => table !== null)
        .map(({ table, type, key, rows: count, Extra }) => ({
          table: tableOf(sql, String(table)),
          type: String(type),
          key: key === null ? undefined : String(key),
          rows: Number(count),
          extra: String(Extra),
        }))
    },
    reads: async (sql) => (await counted(sql)) - own,
    rowsOf: (table) => sizes.get(table) ?? 0,
    sizes: () => Object.fromEntries([...sizes].filter(([, size]) => size > 1000)),
    async stop() {
      await connection.query('set global general_log = 0')
      await connection.end()
    },
  }
}

const SIZES = `select table_name as name, table_rows as size from information_schema.tables
  where table_schema = database()`

const SENT = `select convert(argument using utf8mb4) as \`sql\` from mysql.general_log
  where thread_id <> connection_id() and command_type in ('Query', 'Execute')`

const COUNTERS = `show session status where variable_name like 'Handler_read%' or variable_name like 'Handler_icp%'`

/** A row that an index already turned down was read as well, but is counted as an attempt only. */
const weightOf = (name: unknown): number => (name === 'Handler_icp_match' ? -1 : 1)

const isQuestion = (sql: string): boolean => /^\s*(select|update|delete)\b.*\b(from|update)\b/is.test(sql)

export const shapeOf = (sql: string): string =>
  sql
    .replaceAll(/'(?:[^'\\]|\\.|'')*'/gs, '?')
    .replaceAll(/\b\d+\b/g, '?')
    .replaceAll(/\s+/g, ' ')
    .replaceAll(/\(\?(?:, \?)+\)/g, '(?)')

const tableOf = (sql: string, name: string): string =>
  new RegExp(`\`?(\\w+)\`? as \`?${name.replaceAll(/[^\w]/g, '.')}\`?(?!\\w)`).exec(sql)?.[1] ?? name
