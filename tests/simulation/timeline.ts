import type { Clock } from '../../src/application/clock.ts'

type Entry = { readonly atMs: number; readonly order: number; readonly run: () => void; cancelled: boolean }

/** Takes a planned event back; one that has happened is past that. */
export type Cancel = () => void

/** Virtual time: what is planned happens in order, and the clock moves only from one event to the next. */
export class Timeline {
  readonly #entries: Entry[] = []
  #nowMs = 0
  #planned = 0

  /** Milliseconds since the simulation began. */
  get nowMs(): number {
    return this.#nowMs
  }

  after(delayMs: number, run: () => void): Cancel {
    const entry = { atMs: this.#nowMs + Math.max(0, delayMs), order: this.#planned, run, cancelled: false }
    this.#planned += 1
    this.#rise(entry)
    return () => {
      entry.cancelled = true
    }
  }

  sleep(delayMs: number): Promise<void> {
    return new Promise((resolve) => void this.after(delayMs, resolve))
  }

  /** Moves the clock on to the next event, if one is planned until then; the caller runs it. */
  next(untilMs: number): (() => void) | undefined {
    for (;;) {
      const [first] = this.#entries
      if (first === undefined || first.atMs > untilMs) {
        this.#nowMs = Math.max(this.#nowMs, untilMs)
        return undefined
      }
      this.#sink()
      if (first.cancelled) continue
      this.#nowMs = first.atMs
      return first.run
    }
  }

  #rise(entry: Entry): void {
    const heap = this.#entries
    let at = heap.push(entry) - 1
    while (at > 0) {
      const above = (at - 1) >> 1
      const parent = heap[above]
      if (parent === undefined || isBefore(parent, entry)) break
      heap[at] = parent
      at = above
    }
    heap[at] = entry
  }

  #sink(): void {
    const heap = this.#entries
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return
    let at = 0
    for (;;) {
      const [left, right] = [heap[2 * at + 1], heap[2 * at + 2]]
      if (left === undefined) break
      const child = right !== undefined && isBefore(right, left) ? 2 * at + 2 : 2 * at + 1
      const below = heap[child]
      if (below === undefined || isBefore(last, below)) break
      heap[at] = below
      at = child
    }
    heap[at] = last
  }
}

/** Those planned for one moment happen in the order they were planned in. */
const isBefore = (a: Entry, b: Entry): boolean => a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order)

/** The clocks of the machine the service runs on: the wall clock may be wrong and jump, the monotonic one may not. */
export class MachineClock implements Clock {
  readonly #timeline: Timeline
  readonly #startMs: number
  #offMs = 0

  constructor(timeline: Timeline, start: Date) {
    this.#timeline = timeline
    this.#startMs = start.getTime()
  }

  now(): Date {
    return new Date(this.#startMs + this.#timeline.nowMs + this.#offMs)
  }

  monotonicMs(): number {
    return this.#timeline.nowMs + 1 // Zero reads as "no time" in some libraries.
  }

  /** How far the wall clock is off from now on. */
  setOff(offMs: number): void {
    this.#offMs = offMs
  }
}
