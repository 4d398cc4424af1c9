import type { Job } from './interval-scheduler.ts'

/** The turns of jobs that this process has in hand, no more of one at once than the job allows. */
export class Turns {
  readonly #jobs: ReadonlyMap<string, Job>
  readonly #failed: (job: string, error: unknown) => void
  readonly #inHand = new Map<string, Set<Promise<void>>>()
  #ended = false

  constructor(jobs: readonly Job[], failed: (job: string, error: unknown) => void) {
    this.#jobs = new Map(jobs.map((job) => [job.name, job]))
    this.#failed = failed
    for (const { name } of jobs) {
      this.#inHand.set(name, new Set())
    }
  }

  isFull(name: string): boolean {
    return (this.#inHand.get(name)?.size ?? 0) >= (this.#jobs.get(name)?.atOnce ?? 1)
  }

  /** Takes one turn, unless there are enough of it already, and tells of its failure; never rejects. */
  async take(name: string): Promise<void> {
    const job = this.#jobs.get(name)
    const inHand = this.#inHand.get(name)
    if (this.#ended || job === undefined || inHand === undefined || this.isFull(name)) return
    const turn = this.#run(job)
    inHand.add(turn)
    await turn
    inHand.delete(turn)
  }

  /** Begins no further turn. */
  end(): void {
    this.#ended = true
  }

  async settled(): Promise<void> {
    await Promise.all([...this.#inHand.values()].flatMap((turns) => [...turns]))
  }

  async #run(job: Job): Promise<void> {
    try {
      await job.run()
    } catch (error) {
      this.#failed(job.name, error)
    }
  }
}
