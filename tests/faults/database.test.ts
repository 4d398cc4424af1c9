import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { withMariadb } from '../mariadb/database.ts'
import { mariadbTestDatabase } from '../support/mariadb-test-database.ts'
import type { TestDatabase } from '../support/database.ts'
import { type PrivateMariadb, privateMariadb } from './private-mariadb.ts'
import { type Stage, startStage, TRIALS } from './stage.ts'

withMariadb(() => {
  describe('a fleet whose connections to the database are killed at random', () => {
    let stage: Stage
    beforeAll(async () => {
      stage = await startStage({ seed: 1 })
    })
    afterAll(() => stage.end())

    it('loses and doubles nothing', async () => {
      for (let trial = 0; trial < TRIALS; trial += 1)
        await stage.trial(async () => {
          const until = performance.now() + 3000
          while (performance.now() < until) {
            await killOne(stage.fleet.database, stage.dice())
            await sleep(stage.dice() * 60)
          }
          return async () => undefined
        })
    })
  })

  describe('a fleet whose database is killed under load and comes back', () => {
    let server: PrivateMariadb
    let stage: Stage
    beforeAll(async () => {
      server = await privateMariadb()
      stage = await startStage({ seed: 2, database: await mariadbTestDatabase({}, server.port) })
    })
    afterAll(async () => {
      await stage.end()
      await server.remove()
    })

    it('loses and doubles nothing, and goes on without a restart', async () => {
      for (let trial = 0; trial < TRIALS; trial += 1)
        await stage.trial(async () => {
          await server.kill()
          return async () => {
            await sleep(stage.dice() * 2000)
            await server.start()
          }
        })
    })
  })
})

/** One of the connections of the fleet, whatever it is doing. */
const killOne = async (database: TestDatabase, chance: number): Promise<void> => {
  const others = await database.rows(
    'select id from information_schema.processlist where db = database() and id <> connection_id()',
  )
  const chosen = others[Math.floor(chance * others.length)]
  // It may have gone by itself meanwhile.
  if (chosen !== undefined) await database.execute(`kill connection ${String(chosen['id'])}`).catch(() => undefined)
}
