import { describe, expect, it } from 'vitest'
import { buildStatements } from '../../../src/adapters/persistence/repositories.ts'
import { sqliteBuilder } from '../../../src/adapters/persistence/sqlite-builder.ts'
import { SqliteConnection } from '../../../src/adapters/persistence/sqlite-connection.ts'

/** What is never changed once it is written, and never deleted. */
const APPEND_ONLY = ['audit', 'audit_chain', 'stock_entries', 'points_entries'] as const

const allSql = (): readonly string[] => {
  const { database } = new SqliteConnection(':memory:', 'write')
  const all = Object.values(buildStatements(sqliteBuilder(database))).flatMap((each) => Object.values(each))
  database.close()
  return all.flatMap((each) => ('sql' in each && typeof each.sql === 'string' ? [each.sql] : []))
}

describe('no statement', () => {
  it.each(APPEND_ONLY)('changes or deletes a row of %s', (table) => {
    const changing = new RegExp(`\\b(?:update|delete from|replace into) "?${table}\\b`, 'i')
    const found = allSql()
    expect(found.length).toBeGreaterThan(50)
    expect(found.filter((sql) => changing.test(sql))).toEqual([])
  })

  it('would be overlooked', () => {
    expect(allSql().some((sql) => /\bupdate "orders"/.test(sql))).toBe(true)
  })
})
