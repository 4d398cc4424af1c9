export type Job = {
  readonly name: string
  readonly everyMs: number
  /** Does what is due now; a failure is reported and tried again at the next turn. */
  run(): Promise<unknown>
}

export type Scheduler = {
  /** Starts no further turn and waits for the ones in hand. */
  stop(): Promise<void>
}

/** Runs each job again and again, never twice at once; it only wakes them, what is due is in the database. */
export const startScheduler = (jobs: readonly Job[], failed: (job: string, error: unknown) => void): Scheduler => {
  let stopped = false
  const timers = new Map<string, NodeJS.Timeout>()
  const inHand = new Map<string, Promise<void>>()
  const plan = (job: Job): void => {
    if (stopped) return
    timers.set(
      job.name,
      setTimeout(() => inHand.set(job.name, turn(job)), job.everyMs),
    )
  }
  const turn = async (job: Job): Promise<void> => {
    try {
      await job.run()
    } catch (error) {
      failed(job.name, error)
    } finally {
      inHand.delete(job.name)
      plan(job)
    }
  }
  for (const job of jobs) plan(job)
  return {
    async stop() {
      stopped = true
      for (const timer of timers.values()) clearTimeout(timer)
      await Promise.all(inHand.values())
    },
  }
}
