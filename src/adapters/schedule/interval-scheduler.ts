import { Turns } from './turns.ts'

export type Job = {
  readonly name: string
  readonly everyMs: number
  /** How many turns may run side by side where one takes longer than the time between two; 1 if nothing is said. */
  readonly atOnce?: number
  /** Does what is due now; a failure is reported and tried again at the next turn. */
  run(): Promise<unknown>
}

export type Scheduler = {
  /** Starts no further turn and waits for the ones in hand. */
  stop(): Promise<void>
}

/**
 * Runs each job again and again; it only wakes them, what is due is in the database. A turn that waits for something
 * slow leaves the next ones to their time, up to `atOnce`; then the job rests until one of them ends.
 */
export const startScheduler = (jobs: readonly Job[], failed: (job: string, error: unknown) => void): Scheduler => {
  const turns = new Turns(jobs, failed)
  const timers = new Map<string, NodeJS.Timeout>()
  let stopped = false
  const plan = (job: Job): void => {
    if (stopped || timers.has(job.name) || turns.isFull(job.name)) return
    timers.set(
      job.name,
      setTimeout(() => {
        timers.delete(job.name)
        void turns.take(job.name).then(() => plan(job))
        plan(job)
      }, job.everyMs),
    )
  }
  for (const job of jobs) plan(job)
  return {
    async stop() {
      stopped = true
      turns.end()
      for (const timer of timers.values()) clearTimeout(timer)
      await turns.settled()
    },
  }
}
