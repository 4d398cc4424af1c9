import { type Kysely, MysqlAdapter, type SelectQueryBuilder } from 'kysely'
import type { DB } from './schema.ts'

/**
 * Rows that another process is claiming at this moment are left to it, where the database has locks of rows; else all
 * would wait for the first and then find nothing.
 */
export const skipLocked = <T extends keyof DB, O>(
  builder: Kysely<DB>,
  due: SelectQueryBuilder<DB, T, O>,
): SelectQueryBuilder<DB, T, O> =>
  builder.getExecutor().adapter instanceof MysqlAdapter ? due.forUpdate().skipLocked() : due
