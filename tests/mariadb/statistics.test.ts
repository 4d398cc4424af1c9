import * as fc from 'fast-check'
import { createConnection, type RowDataPacket } from 'mysql2/promise'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openMysqlStore } from '../../src/adapters/persistence/mysql-store.ts'
import type { Isolation } from '../../src/adapters/persistence/mysql-url.ts'
import type { Store } from '../../src/adapters/persistence/store.ts'
import { randomIds } from '../../src/adapters/system/random-ids.ts'
import { shanghaiDayOf, startOfDay } from '../../src/domain/shanghai-day.ts'
import { encryption } from '../adapters/persistence/support.ts'
import { type DailyFigures, keptFigures, plainFigures } from '../support/daily-figures.ts'
import { anyStep, type Step, take } from '../support/money-history.ts'
import { type MariadbDatabase, mariadbDatabase, withMariadb } from './database.ts'

const WORKERS = 8
/** From its beginning on, days have several rows. */
const TODAY = startOfDay(shanghaiDayOf(new Date())).getTime()

const historiesUnder = (isolation: Isolation) =>
  describe(`the daily figures on MariaDB under ${isolation}`, () => {
    let database: MariadbDatabase
    let stores: readonly Store[]
    const rows = (sql: string) => database.query<RowDataPacket>(sql)
    beforeAll(async () => {
      database = await mariadbDatabase()
      const options = { url: database.urlUnder(isolation), encryption, ids: randomIds }
      stores = [await openMysqlStore(options), await openMysqlStore({ ...options, migrate: false })]
    }, 180_000)
    beforeEach(() => database.wipe())
    afterAll(async () => {
      for (const store of stores) await store.close()
      await database.remove()
    })
    const storeOf = (n: number): Store => stores[n % stores.length] ?? fail()

    it('are those of a plain GROUP BY after each step of any history', async () => {
      await fc.assert(
        fc
          .asyncProperty(fc.array(anyStep(6), { minLength: 1, maxLength: 40 }), async (steps) => {
            for (const [n, step] of steps.entries()) {
              await take(storeOf(n).transaction, step)
              expect(await keptFigures(rows)).toEqual(await plainFigures(rows))
            }
          })
          .beforeEach(() => database.wipe()),
        { numRuns: 8 },
      )
    })

    it('are those at every moment while two processes write and count days anew', async () => {
      const steps = fc.sample(anyStep(60, TODAY), { numRuns: 800, seed: 11 })
      const days = [...new Set(steps.map(({ at }) => Math.floor((at.getTime() + 28_800_000) / 86_400_000)))]
      const writing = new AbortController()
      const differed: boolean[] = []
      const counting = stores.map(async ({ statistics }) => {
        while (!writing.signal.aborted) for (const day of days) differed.push(await statistics.recount(day))
      })
      const seen: (readonly [DailyFigures, DailyFigures])[] = []
      const watching = watch(database.url, writing.signal, seen)
      await Promise.all(inTurns(steps).map((part, n) => takeAll(storeOf(n), part)))
      writing.abort()
      await Promise.all([...counting, watching])
      expect(seen.length).toBeGreaterThan(5)
      for (const [kept, plain] of seen) expect(kept).toEqual(plain)
      expect(new Set(differed)).toEqual(new Set([false]))
      expect(await keptFigures(rows)).toEqual(await plainFigures(rows))
    }, 120_000)

    it('lie in several rows of a day until it is counted anew', async () => {
      for (const step of fc.sample(anyStep(20, TODAY), { numRuns: 100, seed: 5 }))
        await take(storeOf(0).transaction, step)
      const shards = async () => (await rows('select distinct shard from daily_stats')).length
      expect(await shards()).toBeGreaterThan(1)
      const { statistics } = storeOf(1)
      const span = await statistics.span()
      for (let day = span?.first ?? 0; day <= (span?.last ?? -1); day += 1) await statistics.recount(day)
      expect(await shards()).toBe(1)
      expect(await keptFigures(rows)).toEqual(await plainFigures(rows))
    })
  })

const fail = (): never => {
  throw new Error('there is no store')
}

const inTurns = (steps: readonly Step[]): readonly (readonly Step[])[] =>
  Array.from({ length: WORKERS }, (_, worker) => steps.filter((_step, n) => n % WORKERS === worker))

const takeAll = async ({ transaction }: Store, steps: readonly Step[]): Promise<void> => {
  for (const step of steps) await take(transaction, step)
}

/** Both ways of counting, each time in one snapshot. */
const watch = async (url: string, end: AbortSignal, seen: (readonly [DailyFigures, DailyFigures])[]): Promise<void> => {
  const connection = await createConnection({ uri: url })
  const rows = async (sql: string) => (await connection.query<RowDataPacket[]>(sql))[0]
  await connection.query('set session transaction isolation level repeatable read')
  while (!end.aborted) {
    await connection.query('start transaction with consistent snapshot')
    seen.push([await keptFigures(rows), await plainFigures(rows)])
    await connection.query('commit')
  }
  await connection.end()
}

withMariadb(() => {
  historiesUnder('read committed')
  historiesUnder('repeatable read')
})
