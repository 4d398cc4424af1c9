import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { MIGRATIONS } from '../../src/adapters/persistence/migrations.ts'
import { migrateStore, schemaOf } from '../../src/main/open-store.ts'
import { type MariadbDatabase, mariadbDatabase, withMariadb } from './database.ts'

const ALL = Object.keys(MIGRATIONS)
const LAST = String(ALL.at(-1))
const nobody = (): void => undefined

withMariadb(() =>
  describe('the schema on MariaDB', () => {
    let database: MariadbDatabase
    beforeAll(async () => {
      database = await mariadbDatabase()
    })
    afterAll(() => database.remove())

    it('is brought up once by two at once, each step told', async () => {
      const settings = { DATABASE_URL: database.url }
      expect((await schemaOf(settings)).missing).toEqual(ALL)
      const told: number[][] = []
      const [one, other] = await Promise.all([
        migrateStore(settings, (done, total) => told.push([done, total])),
        migrateStore(settings, (done, total) => told.push([done, total])),
      ])
      expect([...one, ...other]).toEqual(ALL)
      expect(told).toEqual(ALL.map((_, index) => [index + 1, ALL.length]))
      expect(await schemaOf(settings)).toMatchObject({ applied: ALL, missing: [], unknown: [] })
    })

    it('goes on where a process ended between a step and its note', async () => {
      const settings = { DATABASE_URL: database.url }
      await database.query(`delete from kysely_migration where name = '${LAST}'`)
      expect((await schemaOf(settings)).missing).toEqual([LAST])
      expect(await migrateStore(settings, nobody)).toEqual([LAST])
    })
  }),
)
