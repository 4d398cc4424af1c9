import { beforeAll, describe, expect, it } from 'vitest'
import { checkInvariants, INVARIANTS } from '../../../../src/adapters/persistence/invariants/invariants.ts'
import { TABLES } from '../../../../src/adapters/persistence/schema.ts'
import { migrated } from '../mariadb.ts'
import { copyTable, livedInDatabase, mariadbExecutor, openCopy } from './lived-in-store.ts'
import { PLANTED, PLANTED_ON_MARIADB } from './planted.ts'

describe('the invariants', () => {
  let lived: Awaited<ReturnType<typeof livedInDatabase>>
  const details: string[] = []
  beforeAll(async () => {
    lived = await livedInDatabase()
  }, 60_000)

  const optionsOf = (quiescent: boolean) => ({ quiescent, now: lived.now, graceMs: 60_000 })

  it.each([false, true])('hold in a database that a running service has filled; quiescent: %s', async (quiescent) => {
    const { on } = openCopy(lived.image)
    expect(await checkInvariants(on, optionsOf(quiescent))).toEqual([])
  })

  for (const [what, sql, invariants, quiescent] of PLANTED)
    it(`find ${what}`, async () => {
      const { database, on } = openCopy(lived.image)
      database.exec(sql)
      const found = await checkInvariants(on, optionsOf(quiescent !== undefined))
      details.push(...found.map(({ detail }) => detail))
      const ids = new Set(found.map(({ invariant }) => invariant))
      expect([...ids].toSorted().join(' '), JSON.stringify(found, null, 2)).toBe(invariants)
    })

  it('mean the same on MariaDB', { timeout: 60_000 }, async (context) => {
    const { pool } = await migrated(context)
    const { database } = openCopy(lived.image)
    for (const table of Object.keys(TABLES)) await copyTable(database, pool, table)
    const on = mariadbExecutor(pool)
    expect(await checkInvariants(on, optionsOf(true))).toEqual([])
    for (const [sql, invariants] of PLANTED_ON_MARIADB) {
      await pool.promise().query(sql)
      const found = await checkInvariants(on, optionsOf(true))
      expect([...new Set(found.map(({ invariant }) => invariant))].toSorted(), sql).toEqual(invariants)
    }
  })

  it('have each been broken above, rule by rule', () => {
    const rules = INVARIANTS.flatMap((invariant) =>
      invariant.rules.map(({ broken }) => `${invariant.id.slice(0, 3)}: ${broken}`),
    )
    const unbroken = rules.filter((rule) => !details.some((detail) => `${detail}, `.startsWith(`${rule.slice(5)}, `)))
    expect(unbroken).toEqual([])
  })
})
