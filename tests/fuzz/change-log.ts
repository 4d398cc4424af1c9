import Database from 'better-sqlite3'

/** One row that was written: its table, and how. */
export type Change = { readonly table: string; readonly kind: 'insert' | 'update' | 'delete' }

const KINDS = ['insert', 'update', 'delete'] as const

/**
 * Tells what has been written to a database by whoever writes to it, row by row: each table gets triggers that take
 * note in the very transaction. An update that changes nothing is one too.
 */
export const openChangeLog = (path: string) => {
  const database = new Database(path, { timeout: 10_000 })
  const tables = database
    .prepare(`select name from sqlite_schema where type = 'table' and name not like 'sqlite_%' and name <> 'fuzz_log'`)
    .pluck()
    .all()
    .map(String)
  const names = tables.flatMap((table) => KINDS.map((kind) => ({ table, kind, name: `fuzz_${table}_${kind}` })))
  database.exec('create table fuzz_log (id integer primary key, table_name text, kind text) strict')
  for (const { table, kind, name } of names)
    database.exec(`create trigger "${name}" after ${kind} on "${table}" begin
      insert into fuzz_log (table_name, kind) values ('${table}', '${kind}'); end`)
  const read = database.prepare<[number], Change & { readonly id: number }>(
    'select id, table_name as "table", kind from fuzz_log where id > ? order by id',
  )
  let last = 0
  return {
    /** Everything written since it was asked before. */
    changes(): readonly Change[] {
      const found = read.all(last)
      last = found.at(-1)?.id ?? last
      return found.map(({ table, kind }) => ({ table, kind }))
    },
    /** Leaves the database as it was. */
    close() {
      for (const { name } of names) database.exec(`drop trigger "${name}"`)
      database.exec('drop table fuzz_log')
      database.close()
    },
  }
}

export type ChangeLog = ReturnType<typeof openChangeLog>
