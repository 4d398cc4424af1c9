import type { Outcome } from './connection.ts'

/** How long answers took and what they were, in numbers that do not grow with their count. */
export const openTally = () => {
  const byStatus = new Map<string, number>()
  const byRoute = new Map<string, Set<number>>()
  const slots = new Uint32Array(60_000)
  let total = 0
  let slowestMs = 0
  let slowest = ''
  return {
    add(about: string, outcome: Outcome): void {
      total += 1
      const status = typeof outcome === 'string' ? outcome : String(outcome.status)
      byStatus.set(status, (byStatus.get(status) ?? 0) + 1)
      if (typeof outcome === 'string') return
      const statuses = byRoute.get(about) ?? new Set()
      byRoute.set(about, statuses.add(outcome.status))
      const slot = Math.min(slots.length - 1, Math.round(outcome.ms * 10))
      slots[slot] = (slots[slot] ?? 0) + 1
      if (outcome.ms > slowestMs) [slowestMs, slowest] = [outcome.ms, about]
    },
    total: () => total,
    slowest: () => ({ ms: Math.round(slowestMs), about: slowest }),
    statuses: () => Object.fromEntries([...byStatus].toSorted(([a], [b]) => (a < b ? -1 : 1))),
    /** Routes of which no request ever succeeded. */
    neverReached: () =>
      [...byRoute].filter(([, statuses]) => ![...statuses].some((status) => status < 400)).map(([about]) => about),
    /** Below this so large a part of all answers came, in milliseconds. */
    quantile(part: number): number {
      let left = total * part
      return slots.findIndex((count) => (left -= count) <= 0) / 10
    },
  }
}

export type Tally = ReturnType<typeof openTally>
