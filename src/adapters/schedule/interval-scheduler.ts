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
  let stopped = false
  const timers = new Map<string, NodeJS.Timeout>()
  const inHand = new Map<string, Set<Promise<void>>>(jobs.map(({ name }) => [name, new Set()]))
  const plan = (job: Job): void => {
    if (stopped || timers.has(job.name) || isFull(job)) return
    timers.set(
      job.name,
      setTimeout(() => {
        timers.delete(job.name)
        start(job)
        plan(job)
      }, job.everyMs),
    )
  }
  const isFull = ({ name, atOnce = 1 }: Job): boolean => (inHand.get(name)?.size ?? 0) >= atOnce
  const start = (job: Job): void => {
    const turns = inHand.get(job.name)
    const turn = take(job).finally(() => {
      turns?.delete(turn)
      plan(job)
    })
    turns?.add(turn)
  }
  const take = async (job: Job): Promise<void> => {
    try {
      await job.run()
    } catch (error) {
      failed(job.name, error)
    }
  }
  for (const job of jobs) plan(job)
  return {
    async stop() {
      stopped = true
      for (const timer of timers.values()) clearTimeout(timer)
      await Promise.all([...inHand.values()].flatMap((turns) => [...turns]))
    },
  }
}
