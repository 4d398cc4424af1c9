import { Redis } from 'ioredis'
import { afterEach, describe, expect, it } from 'vitest'
import type { Job, Scheduler } from '../../src/adapters/schedule/interval-scheduler.ts'
import { startQueuedScheduler } from '../../src/adapters/schedule/queued-scheduler.ts'
import { privateRedis } from './private-redis.ts'
import { ownName, REDIS_URL, withRedis } from './services.ts'

type Process = { readonly turns: Record<string, number>; readonly failures: string[]; stop(): Promise<void> }

const running: Scheduler[] = []
afterEach(async () => {
  await Promise.all(running.splice(0).map((scheduler) => scheduler.stop()))
})

/** A process with two jobs that count their turns. */
const startProcess = (url: string, prefix: string, given: readonly Partial<Job>[] = [{}, {}]): Process => {
  const turns: Record<string, number> = {}
  const failures: string[] = []
  const jobs = given.map((job, n): Job => {
    const name = `job${n}`
    return {
      name,
      everyMs: 100,
      ...job,
      run: async () => {
        turns[name] = (turns[name] ?? 0) + 1
        await job.run?.()
      },
    }
  })
  const scheduler = startQueuedScheduler({
    url,
    prefix,
    jobs,
    failed: (job) => failures.push(job),
    trouble: () => undefined, // Redis is away in some of these on purpose.
  })
  running.push(scheduler)
  return { turns, failures, stop: () => scheduler.stop() }
}

const turnsOf = (...processes: readonly Process[]): number =>
  processes.reduce((sum, { turns }) => sum + (turns['job0'] ?? 0), 0)

withRedis(() => {
  describe('the jobs of two processes over a queue in Redis', () => {
    it('take turns: each is taken once in its time, by one or the other', async () => {
      const prefix = ownName()
      const [one, two] = [startProcess(REDIS_URL, prefix), startProcess(REDIS_URL, prefix)]
      await expect.poll(() => turnsOf(one) > 3 && turnsOf(two) > 3, { timeout: 20_000 }).toBe(true)
      const [before, from] = [turnsOf(one, two), performance.now()]
      await new Promise((resolve) => setTimeout(resolve, 2000))
      const planned = (performance.now() - from) / 100
      expect(turnsOf(one, two) - before).toBeLessThan(1.5 * planned) // Each for itself would make twice as many.
      await Promise.all([one.stop(), two.stop()])
      await forget(prefix)
    })

    it('go on when Redis forgets everything in the middle of a turn', async () => {
      const redis = await privateRedis()
      try {
        const process = startProcess(redis.url, ownName(), [{ run: () => redis.flush() }])
        await expect.poll(() => turnsOf(process), { timeout: 30_000 }).toBeGreaterThan(5)
        expect(process.failures).toEqual([])
        await process.stop()
      } finally {
        await redis.remove()
      }
    })

    it('are done by each process itself while Redis is gone, and by the queue when it is back', async () => {
      const redis = await privateRedis()
      try {
        const process = startProcess(redis.url, ownName(), [{ everyMs: 100 }])
        await expect.poll(() => turnsOf(process), { timeout: 20_000 }).toBeGreaterThan(3)
        await redis.kill()
        const atKill = turnsOf(process)
        await expect.poll(() => turnsOf(process), { timeout: 20_000 }).toBeGreaterThan(atKill + 1)
        await redis.start()
        const atStart = turnsOf(process)
        await expect.poll(() => turnsOf(process), { timeout: 20_000 }).toBeGreaterThan(atStart + 20)
        await process.stop()
      } finally {
        await redis.remove()
      }
    })

    it('start and stop without Redis', async () => {
      const redis = await privateRedis()
      await redis.kill()
      const process = startProcess(redis.url, ownName(), [{ everyMs: 100 }])
      await expect.poll(() => turnsOf(process), { timeout: 20_000 }).toBeGreaterThan(0)
      await process.stop()
      await redis.remove()
    })

    it('fail alone, come again, and are waited for when the process stops', async () => {
      const prefix = ownName()
      const started = Promise.withResolvers<void>()
      let ended = 0
      const failing = async () => {
        throw new Error('this one always fails')
      }
      const slow = async () => {
        started.resolve()
        await new Promise((resolve) => setTimeout(resolve, 300))
        ended += 1
      }
      const process = startProcess(REDIS_URL, prefix, [{ run: failing }, { run: slow }])
      await started.promise
      await expect.poll(() => process.failures.length, { timeout: 20_000 }).toBeGreaterThan(1)
      await process.stop()
      const [turns, failures] = [process.turns['job1'], process.failures.length]
      expect(ended).toBe(turns)
      await new Promise((resolve) => setTimeout(resolve, 300))
      expect([process.turns['job1'], process.failures.length]).toEqual([turns, failures])
      await forget(prefix)
    })
  })
})

const forget = async (prefix: string): Promise<void> => {
  const redis = new Redis(REDIS_URL)
  const keys = await redis.keys(`${prefix}*`)
  if (keys.length > 0) await redis.del(...keys)
  await redis.quit()
}
