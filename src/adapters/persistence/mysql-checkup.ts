import { type Kysely, sql } from 'kysely'
import type { Clock } from '../../application/clock.ts'
import type { DatabaseCheckup, DatabaseFacts } from '../../application/doctor/check-store.ts'
import { onMysql } from './mysql-migrate.ts'
import type { DB } from './schema.ts'
import { schemaProblem, schemaState } from './schema-state.ts'

/** Looks at a server by a connection of its own. */
export const mysqlCheckup = (url: string, clock: Clock): DatabaseCheckup => ({
  async facts() {
    try {
      return await onMysql(url, (db) => factsOf(db, clock))
    } catch (error) {
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
      // Messages name users and hosts; codes do not.
      return { unreachable: cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown' }
    }
  },
})

const factsOf = async (db: Kysely<DB>, clock: Clock): Promise<DatabaseFacts> => {
  const state = await schemaState(db)
  const askedAt = clock.now().getTime()
  const { rows } = await sql<{ at: string }>`select cast(unix_timestamp(now(3)) * 1000 as char) as at`.execute(db)
  const heardAt = clock.now().getTime()
  const [flush, sync, log] = await Promise.all(
    ['innodb_flush_log_at_trx_commit', 'sync_binlog', 'log_bin'].map((name) => variable(db, name)),
  )
  return {
    // Engines without InnoDB do not know it, and flush by rules of their own.
    durability: [{ name: 'innodb_flush_log_at_trx_commit', found: flush ?? '1', wanted: '1' }],
    syncBinlog: log === 'ON' ? sync : undefined,
    schema: { steps: state.applied.length, problem: schemaProblem(state) },
    disk: undefined,
    aheadMs: Number(rows[0]?.at ?? heardAt) - (askedAt + heardAt) / 2,
  }
}

const variable = async (db: Kysely<DB>, name: string): Promise<string | undefined> => {
  const { rows } = await sql<{ Value: string }>`show variables like ${sql.lit(name)}`.execute(db)
  return rows[0]?.Value
}
