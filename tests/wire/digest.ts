import { createHash } from 'node:crypto'
import Database from 'better-sqlite3'

/**
 * A fingerprint of every row of every table, read on a connection of its own: what a refused message must not change.
 * When an event was handed on is left out: a job does that in its own time.
 */
export const digestOf = (path: string): string => {
  const db = new Database(path, { readonly: true })
  const tables = db.prepare(`select name from sqlite_schema where type = 'table' order by name`).pluck().all()
  const hash = createHash('sha256')
  for (const table of tables)
    hash.update(JSON.stringify(db.prepare(`select * from "${String(table)}"`).all(), withoutHandingOn))
  db.close()
  return hash.digest('hex')
}

const withoutHandingOn = (column: string, value: unknown): unknown => (column === 'published_at' ? undefined : value)
