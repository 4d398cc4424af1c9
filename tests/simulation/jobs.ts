import type { Job } from '../../src/adapters/schedule/interval-scheduler.ts'
import type { Cancel } from './timeline.ts'
import { reportUnexpected, type World } from './world.ts'

type Planned = { readonly job: Job; delayMs: number; atMs: number; cancel: Cancel }

/**
 * Runs the jobs of one process as its scheduler does, one turn of each at a time. One that finds nothing to do is looked at
 * less and less often until something is committed: 48 quiet hours would be mostly idle turns.
 */
export class JobRunner {
  readonly #world: World
  readonly #isAlive: () => boolean
  readonly #longestMs: () => number
  readonly #planned = new Map<string, Planned>()

  constructor(world: World, jobs: readonly Job[], isAlive: () => boolean, longestMs: () => number) {
    this.#world = world
    this.#isAlive = isAlive
    this.#longestMs = longestMs
    for (const job of jobs) this.#plan(job, job.everyMs)
  }

  /** Something was committed: there may be something to do soon. */
  wake(): void {
    for (const { job, atMs, cancel } of this.#planned.values()) {
      if (atMs <= this.#world.timeline.nowMs + job.everyMs) continue
      cancel()
      this.#plan(job, job.everyMs)
    }
  }

  #plan(job: Job, delayMs: number): void {
    const { timeline } = this.#world
    const cancel = timeline.after(delayMs, () => void this.#turn(job, delayMs))
    this.#planned.set(job.name, { job, delayMs, atMs: timeline.nowMs + delayMs, cancel })
  }

  async #turn(job: Job, delayMs: number): Promise<void> {
    if (!this.#isAlive()) return
    this.#planned.delete(job.name)
    const found = await this.#run(job)
    const longest = Math.max(job.everyMs, this.#longestMs())
    this.#plan(job, found ? job.everyMs : Math.min(3 * delayMs, longest))
  }

  /** Whether there was something to do. */
  async #run(job: Job): Promise<boolean> {
    const { trace } = this.#world
    try {
      const done = await job.run()
      if (typeof done === 'number' && done > 0) trace.add('job', job.name, String(done))
      return typeof done === 'number' && done > 0
    } catch (error) {
      trace.add('job', job.name, String(error))
      reportUnexpected(this.#world, `job ${job.name}`, error)
      return true
    }
  }
}
