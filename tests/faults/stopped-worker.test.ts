import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { withMariadb } from '../mariadb/database.ts'
import { type Stage, startStage, TRIALS } from './stage.ts'

const STOPPED_MS = 60_000

withMariadb(() => {
  describe('a fleet one of whose workers stands still for a minute in the middle of its work', () => {
    let stage: Stage
    beforeAll(async () => {
      stage = await startStage({ seed: 6 })
    })
    afterAll(() => stage.end())

    it('loses and doubles nothing, neither meanwhile nor when it goes on', async () => {
      for (let trial = 0; trial < TRIALS; trial += 1) {
        const { pid } = stage.fleet.workers[trial % 2]?.program ?? {}
        if (pid === undefined) throw new Error('there is no worker')
        let stoppedAt = 0
        await stage.trial(async () => {
          process.kill(pid, 'SIGSTOP')
          stoppedAt = performance.now()
          return async () => undefined // Business has to go on meanwhile.
        })
        await sleep(Math.max(0, STOPPED_MS - (performance.now() - stoppedAt)))
        await stage.trial(async () => {
          process.kill(pid, 'SIGCONT')
          return async () => undefined
        })
      }
    })
  })
})
