import { Queue, Worker } from 'bullmq'
import { Redis } from 'ioredis'
import { type Job, type Scheduler, startScheduler } from './interval-scheduler.ts'
import { Turns } from './turns.ts'

type Options = {
  /** `redis://…` or `rediss://…`. */
  readonly url: string
  /** What every key begins with. */
  readonly prefix?: string
  readonly jobs: readonly Job[]
  readonly failed: (job: string, error: unknown) => void
  /** Told of what is wrong with Redis or the queue; the work goes on without. */
  readonly trouble: (error: unknown) => void
}

const QUEUE = 'jobs'
const CHECK_EVERY_MS = 2000
/** So long a check that found the queue going is believed. */
const TRUST_MS = 3 * CHECK_EVERY_MS
/** A job whose next turn should have come so many turns ago is stuck. */
const TURNS_LATE = 10
const LEAST_LATE_MS = 5000
const LOCK_MS = 30_000
const CLOSE_MS = 2000
/** Nothing of a turn is kept in Redis: it says nothing that the database doesn't. */
const FORGET = { removeOnComplete: true, removeOnFail: true } as const

/**
 * Spreads the turns of the jobs over all processes that run this, by a queue in Redis. A turn is only a wake-up: what is
 * due is in the database. Every two seconds each process looks whether the queue goes on, and plans again what Redis has
 * lost; while it does not know that the queue goes on, it takes all turns by itself, as it would without Redis. So
 * nothing but a few seconds is lost with any key or with Redis as a whole.
 */
export const startQueuedScheduler = ({ url, prefix = 'shouyin:bull', jobs, failed, trouble }: Options): Scheduler => {
  const turns = new Turns(jobs, failed)
  const redis = new Redis(url, { maxRetriesPerRequest: null, retryStrategy }) // Waits for a Redis that is away.
  redis.on('error', trouble)
  const queue = new Queue(QUEUE, { connection: redis, prefix, defaultJobOptions: FORGET })
  const worker = new Worker(QUEUE, ({ name }) => turns.take(name), {
    connection: redis,
    prefix,
    concurrency: jobs.reduce((sum, { atOnce = 1 }) => sum + atOnce, 0),
    lockDuration: LOCK_MS,
  })
  queue.on('error', trouble)
  worker.on('error', trouble)
  let trustedUntil = performance.now() + TRUST_MS
  const check = checkOf(queue, jobs, () => {
    trustedUntil = performance.now() + TRUST_MS
  })
  const byItself = jobs.map((job) => ({
    ...job,
    run: async () => {
      if (performance.now() >= trustedUntil) await turns.take(job.name)
    },
  }))
  const backstop = startScheduler([...byItself, check], (_, error) => trouble(error))
  void check.run().catch(trouble)
  return {
    async stop() {
      turns.end()
      await backstop.stop()
      await turns.settled()
      await within(CLOSE_MS, Promise.all([worker.close(), queue.close()])).catch(trouble)
      redis.disconnect()
    },
  }
}

const retryStrategy = (times: number): number => Math.min(times * 100, 2000)

/** Looks whether the queue goes on, and plans again what it does not know, or no longer turns. */
const checkOf = (queue: Queue, jobs: readonly Job[], goesOn: () => void): Job => {
  let looking: Promise<void> | undefined
  const look = async (): Promise<void> => {
    if (await planMissing(queue, jobs)) goesOn()
  }
  return {
    name: 'check of the queue',
    everyMs: CHECK_EVERY_MS,
    // While Redis is away the first look waits for it, and no other is begun.
    run: () => {
      looking ??= look().finally(() => {
        looking = undefined
      })
      return within(CHECK_EVERY_MS, looking)
    },
  }
}

/** Whether nothing was missing. */
const planMissing = async (queue: Queue, jobs: readonly Job[]): Promise<boolean> => {
  let complete = true
  for (const { name, everyMs } of jobs) {
    const planned = await queue.getJobScheduler(name)
    const late = Math.max(LEAST_LATE_MS, TURNS_LATE * everyMs)
    if (planned?.every === everyMs && (planned.next ?? 0) > Date.now() - late) continue
    complete = false
    await queue.upsertJobScheduler(name, { every: everyMs }, { name, opts: FORGET })
  }
  return complete
}

/** Waits no longer than that; a failure that comes later is nobody's any more. */
const within = async (limitMs: number, work: Promise<unknown>): Promise<void> => {
  const { promise: late, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, limitMs)
  work.catch(() => undefined)
  try {
    await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
