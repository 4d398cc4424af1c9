import { setTimeout as sleep } from 'node:timers/promises'

/** Work that goes on after an answer has been given; stopping ends its waits. */
export class Background {
  readonly #stopping = new AbortController()
  readonly #running = new Set<Promise<void>>()

  get stopped(): AbortSignal {
    return this.#stopping.signal
  }

  run(work: () => Promise<void>): void {
    const running = work().finally(() => this.#running.delete(running))
    this.#running.add(running)
  }

  /** Waits that long; `false` where it was stopped meanwhile. */
  async wait(ms: number): Promise<boolean> {
    try {
      await sleep(Math.max(0, ms), undefined, { signal: this.stopped })
      return true
    } catch (error) {
      if (this.stopped.aborted) return false
      throw error
    }
  }

  /** Resolves when nothing runs or waits any more. */
  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running)
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.settled()
  }
}
