import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DatabaseFacts } from '../../src/application/doctor/check-store.ts'
import { fixedClock } from '../../src/adapters/memory/fixed-clock.ts'
import { MIGRATIONS } from '../../src/adapters/persistence/migrations.ts'
import { mysqlCheckup } from '../../src/adapters/persistence/mysql-checkup.ts'
import { migrateMysql } from '../../src/adapters/persistence/mysql-migrate.ts'
import { systemClock } from '../../src/adapters/system/system-clock.ts'
import { type MariadbDatabase, mariadbDatabase, withMariadb } from './database.ts'

withMariadb(() =>
  describe('the checkup of MariaDB', () => {
    let database: MariadbDatabase
    beforeAll(async () => {
      database = await mariadbDatabase()
    })
    afterAll(() => database.remove())

    const facts = async (clock = systemClock): Promise<DatabaseFacts> => {
      const found = await mysqlCheckup(database.url, clock).facts()
      if ('unreachable' in found) throw new Error(found.unreachable)
      return found
    }

    it('tells what it flushes, how far its clock is from ours, and what of the schema is there', async () => {
      expect((await facts()).schema).toMatchObject({ steps: 0, problem: expect.stringContaining('migrate up') })
      await migrateMysql(database.url)
      const found = await facts()
      const [setting] = await database.query(`show variables like 'innodb_flush_log_at_trx_commit'`)
      expect(found.durability).toEqual([
        { name: 'innodb_flush_log_at_trx_commit', found: setting?.['Value'], wanted: '1' },
      ])
      expect(found.schema).toEqual({ steps: Object.keys(MIGRATIONS).length, problem: undefined })
      expect(Math.abs(found.aheadMs ?? Number.NaN)).toBeLessThan(5000)
      const slow = fixedClock({ at: new Date(Date.now() - 60_000) })
      expect((await facts(slow)).aheadMs).toBeGreaterThan(55_000)
    })

    it('tells why a server can’t be asked, and no address', async () => {
      const gone = mysqlCheckup('mysql://somebody:secret@127.0.0.1:9/shop', systemClock)
      expect(await gone.facts()).toEqual({ unreachable: expect.stringMatching(/^[A-Z_]+$/) })
      const stranger = mysqlCheckup('mysql://somebody:secret@127.0.0.1:3306/shop', systemClock)
      expect(await stranger.facts()).toEqual({ unreachable: expect.stringMatching(/^[A-Z_]+$/) })
    })
  }),
)
