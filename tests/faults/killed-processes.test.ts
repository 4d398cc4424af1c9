import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { withMariadb } from '../mariadb/database.ts'
import { type Stage, startStage, TRIALS } from './stage.ts'

withMariadb(() => {
  describe('a fleet one of whose servers is killed under a storm of callbacks', () => {
    let stage: Stage
    beforeAll(async () => {
      stage = await startStage({ seed: 5 })
    })
    afterAll(() => stage.end())

    it('loses and doubles nothing', async () => {
      for (let trial = 0; trial < TRIALS; trial += 1)
        await stage.trial(async () => {
          const seat = stage.fleet.servers[trial % 2]
          await seat?.kill()
          await sleep(stage.dice() * 1000)
          return async () => seat?.start()
        })
    })

    it('loses and doubles nothing when a worker is killed', async () => {
      for (let trial = 0; trial < TRIALS; trial += 1)
        await stage.trial(async () => {
          const seat = stage.fleet.workers[trial % 2]
          await seat?.kill()
          await sleep(stage.dice() * 1000)
          return async () => seat?.start()
        })
    })
  })
})
