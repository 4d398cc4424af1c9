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
/** A process that has not seen a job for so many of its turns takes one by itself. */
const TURNS_MISSED = 10
const LEAST_PATIENCE_MS = 10_000
const CHECK_EVERY_MS = 5000
const LOCK_MS = 30_000
const CLOSE_MS = 2000
/** Nothing of a turn is kept in Redis: it says nothing that the database doesn't. */
const FORGET = { removeOnComplete: true, removeOnFail: true } as const

/**
 * Spreads the turns of the jobs over all processes that run this, by a queue in Redis. A turn is only a wake-up: what is
 * due is in the database, so a queue that is gone, empty or stuck costs time and nothing else. A process that has not had
 * a job for a while takes a turn of it by itself, which with many processes means at most a few idle looks.
 */
export const startQueuedScheduler = ({ url, prefix = 'shouyin:bull', jobs, failed, trouble }: Options): Scheduler => {
  const turns = new Turns(jobs, failed)
  // The one fails at once where Redis is away, the other waits for it: it only listens.
  const asking = new Redis(url, {
    maxRetriesPerRequest: 1,
    enableOfflineQueue: false,
    retryStrategy,
    lazyConnect: true,
  })
  const waiting = new Redis(url, { maxRetriesPerRequest: null, retryStrategy, lazyConnect: true })
  for (const redis of [asking, waiting]) {
    redis.on('error', trouble)
    redis.connect().catch(() => undefined) // Reported above, and tried again.
  }
  const queue = new Queue(QUEUE, { connection: asking, prefix, defaultJobOptions: FORGET, skipWaitingForReady: true })
  const worker = new Worker(QUEUE, ({ name }) => turns.take(name), {
    connection: waiting,
    prefix,
    concurrency: jobs.reduce((sum, { atOnce = 1 }) => sum + atOnce, 0),
    lockDuration: LOCK_MS,
  })
  queue.on('error', trouble)
  worker.on('error', trouble)
  const backstop = startScheduler([...jobs.map((job) => missed(job, turns)), keepPlans(queue, jobs)], (_, error) =>
    trouble(error),
  )
  return {
    async stop() {
      turns.end()
      await backstop.stop()
      await turns.settled()
      await within(CLOSE_MS, Promise.all([worker.close(), queue.close()])).catch(trouble)
      asking.disconnect()
      waiting.disconnect()
    },
  }
}

const retryStrategy = (times: number): number => Math.min(times * 100, 2000)

/** Takes a turn of a job that the queue has not brought to this process for long. */
const missed = (job: Job, turns: Turns): Job => {
  const patienceMs = Math.max(LEAST_PATIENCE_MS, TURNS_MISSED * job.everyMs)
  return {
    name: job.name,
    everyMs: Math.min(job.everyMs, CHECK_EVERY_MS),
    run: async () => {
      if (turns.idleMs(job.name) >= patienceMs) await turns.take(job.name)
    },
  }
}

/** Plans in Redis whatever is not planned there: at first, and after Redis has lost it. */
const keepPlans = (queue: Queue, jobs: readonly Job[]): Job => ({
  name: 'plans of the queue',
  everyMs: CHECK_EVERY_MS,
  run: () => planAll(queue, jobs),
})

const planAll = async (queue: Queue, jobs: readonly Job[]): Promise<void> => {
  for (const { name, everyMs } of jobs) {
    const planned = await queue.getJobScheduler(name)
    const isPlanned = planned?.every === everyMs && (planned.next ?? 0) > Date.now() - TURNS_MISSED * everyMs
    if (!isPlanned) await queue.upsertJobScheduler(name, { every: everyMs }, { name, opts: FORGET })
  }
}

const within = async <T>(limitMs: number, work: Promise<T>): Promise<T | undefined> => {
  const { promise: late, resolve } = Promise.withResolvers<undefined>()
  const timer = setTimeout(() => resolve(undefined), limitMs)
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
