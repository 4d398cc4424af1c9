import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { withMariadb } from '../mariadb/database.ts'
import { hasPrivateRabbitmq, privateRabbitmq } from '../services/private-rabbitmq.ts'
import { withRedis } from '../services/services.ts'
import { type Stage, startStage, TRIALS } from './stage.ts'

const cases = () => {
  describe('a fleet whose Redis forgets everything, hangs or dies', () => {
    let stage: Stage
    beforeAll(async () => {
      stage = await startStage({ seed: 3 })
    })
    afterAll(() => stage.end())

    it('loses and doubles nothing when it is emptied', async () => {
      for (let trial = 0; trial < TRIALS; trial += 1)
        await stage.trial(async () => {
          for (let times = 0; times < 5; times += 1) {
            await stage.fleet.redis.flush()
            await sleep(stage.dice() * 300)
          }
          return async () => undefined
        })
    })

    it('loses and doubles nothing when it is killed and comes back empty', async () => {
      for (let trial = 0; trial < TRIALS; trial += 1)
        await stage.trial(async () => {
          await stage.fleet.redis.kill()
          return async () => {
            await sleep(stage.dice() * 3000)
            await stage.fleet.redis.start()
          }
        })
    })

    it('goes on while it hangs', async () => {
      for (let trial = 0; trial < TRIALS; trial += 1) {
        await stage.trial(async () => {
          stage.fleet.redis.freeze()
          return async () => undefined // Business has to come back while it still hangs.
        })
        stage.fleet.redis.thaw()
      }
    })
  })

  describe.skipIf(!hasPrivateRabbitmq)('a fleet whose RabbitMQ stops', () => {
    let broker: Awaited<ReturnType<typeof privateRabbitmq>>
    let stage: Stage
    beforeAll(async () => {
      broker = await privateRabbitmq()
      await broker.start()
      stage = await startStage({ seed: 4, settings: { AMQP_URL: broker.url } })
    })
    afterAll(async () => {
      await stage.end()
      await broker.remove()
    })

    it('goes on without it, and sends everything when it is back', async () => {
      for (let trial = 0; trial < TRIALS; trial += 1) {
        await stage.trial(async () => {
          await broker.kill()
          return async () => undefined
        })
        await broker.start()
      }
    })
  })
}

withMariadb(() => withRedis(cases))
