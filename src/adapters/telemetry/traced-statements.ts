import type { Tracing } from './tracing.ts'

/** What runs finished SQL, whose values are bound and therefore not in it. */
type Executor<V> = {
  rows(sql: string, values: readonly V[]): Promise<readonly unknown[]>
  change(sql: string, values: readonly V[]): Promise<number>
}

/** Each statement is a span within whatever asks for it. */
export const tracedStatements = <V>(on: Executor<V>, tracing: Tracing): Executor<V> => ({
  rows: (sql, values) => tracing.within(workOf(sql), () => on.rows(sql, values)),
  change: (sql, values) => tracing.within(workOf(sql), () => on.change(sql, values)),
})

const workOf = (sql: string) => ({ name: nameOf(sql), kind: 'internal', attributes: { 'db.query.text': sql } }) as const

/** What it does, and to which table. */
const nameOf = (sql: string): string => {
  const [, verb = 'statement'] = /^\s*(\w+)/.exec(sql) ?? []
  const [, table = ''] = /\b(?:from|into|update)\s+[`"]?(\w+)/i.exec(sql) ?? []
  return `${verb.toLowerCase()} ${table}`.trim()
}
