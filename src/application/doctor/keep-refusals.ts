import { joinRefusals, type RefusedCallback } from '../../domain/callback-refusal.ts'
import type { Clock } from '../clock.ts'
import type { DoctorBook } from './doctor-book.ts'

/** Gathers refused callbacks in memory, so that refusing costs no write; `keepRefusals` writes them down. */
export type RefusalTally = {
  note(callback: RefusedCallback): void
  /** Everything since the last time. */
  take(): readonly RefusedCallback[]
  putBack(callbacks: readonly RefusedCallback[]): void
}

/** Bounded by itself: there are only so many providers, reasons and slots. */
export const refusalTally = (): RefusalTally => {
  let kept = new Map<string, RefusedCallback>()
  const keyOf = ({ provider, reason, slot }: RefusedCallback): string => `${provider} ${reason} ${slot}`
  const put = (key: string, earlier: RefusedCallback | undefined, later: RefusedCallback | undefined): void => {
    const one = earlier !== undefined && later !== undefined ? joinRefusals(earlier, later) : (later ?? earlier)
    if (one !== undefined) kept.set(key, one)
  }
  return {
    note: (callback) => put(keyOf(callback), kept.get(keyOf(callback)), callback),
    take() {
      const taken = [...kept.values()]
      kept = new Map()
      return taken
    },
    putBack(callbacks) {
      for (const one of callbacks) put(keyOf(one), one, kept.get(keyOf(one)))
    },
  }
}

export const KEPT_DAYS = 30
const DAY_MS = 86_400_000

type Deps = { readonly tally: RefusalTally; readonly book: DoctorBook; readonly clock: Clock }

/** Writes down what was refused since the last time, and forgets what is old. */
export const keepRefusals =
  ({ tally, book, clock }: Deps) =>
  async (): Promise<number> => {
    const callbacks = tally.take()
    if (callbacks.length === 0) return 0
    try {
      await book.addRefused(callbacks)
    } catch (error) {
      tally.putBack(callbacks)
      throw error
    }
    await book.forgetRefused(new Date(clock.now().getTime() - KEPT_DAYS * DAY_MS))
    return callbacks.length
  }
