import type { Clock } from '../clock.ts'

/** What is counted by the minute: requests to us, calls to a gateway, a gateway's callbacks, and what we refused. */
export const ACTIVITY_KINDS = ['requests', 'calls', 'callbacks', 'refusals'] as const
export type ActivityKind = (typeof ACTIVITY_KINDS)[number]

/** `bad` of the `total` were failed by us, left unanswered by the gateway, or turned away. */
export type Activity = { readonly subject: string; readonly total: number; readonly bad: number }

export type ActivityCount = Activity & {
  readonly kind: ActivityKind
  /** Since 1970. */
  readonly minute: number
}

const MINUTE_MS = 60_000

export const minuteOf = (at: Date): number => Math.floor(at.getTime() / MINUTE_MS)

/** Whole minutes, the last one not included. */
export type MinuteSpan = { readonly first: number; readonly end: number }

/** What all processes counted, minute by minute, of which each tells some seconds late. */
export interface ActivityBook {
  add(counts: readonly ActivityCount[]): Promise<void>
  /** Of each subject that had any. */
  sum(kind: ActivityKind, span: MinuteSpan): Promise<readonly Activity[]>
  /** The first minute that is still known. */
  firstMinute(kind: ActivityKind): Promise<number | undefined>
  forget(before: number): Promise<void>
}

/** Counts in memory, so that nothing waits for it; `keepActivity` writes it down. */
export type ActivityTally = {
  count(kind: ActivityKind, subject: string, isBad: boolean): void
  /** Everything since the last time. */
  take(): readonly ActivityCount[]
  putBack(counts: readonly ActivityCount[]): void
}

/** Where nothing can be written for long, the newest is let go. */
const MOST_KEPT = 2000

export const activityTally = (clock: Clock): ActivityTally => {
  let counts = new Map<string, ActivityCount>()
  const put = (one: ActivityCount): void => {
    const key = `${one.kind} ${one.minute} ${one.subject}`
    const known = counts.get(key)
    if (known === undefined && counts.size >= MOST_KEPT) return
    counts.set(key, { ...one, total: one.total + (known?.total ?? 0), bad: one.bad + (known?.bad ?? 0) })
  }
  return {
    count: (kind, subject, isBad) =>
      put({ kind, subject, minute: minuteOf(clock.now()), total: 1, bad: isBad ? 1 : 0 }),
    take() {
      const taken = [...counts.values()]
      counts = new Map()
      return taken
    },
    putBack: (back) => back.forEach(put),
  }
}

type Deps = { readonly tally: ActivityTally; readonly activity: Pick<ActivityBook, 'add'> }

/**
 * Writes down what was counted since the last time. What a process has not written when it dies is lost: it counts for
 * alerts alone, and never for money.
 */
export const keepActivity =
  ({ tally, activity }: Deps) =>
  async (): Promise<number> => {
    const counts = tally.take()
    if (counts.length === 0) return 0
    try {
      await activity.add(counts)
    } catch (error) {
      tally.putBack(counts)
      throw error
    }
    return counts.length
  }
