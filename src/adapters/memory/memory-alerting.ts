import type { Activity, ActivityBook, ActivityCount } from '../../application/alerts/activity.ts'
import type { Alerting, AlertTurns, MessageQuota } from '../../application/alerts/alerting.ts'
import { memoryAlertFigures, type WatchedTables } from './memory-alert-figures.ts'

/** Keeps its counts outside of any unit of work, as nothing else is written with them. */
export const memoryAlerting = (tables: WatchedTables): Alerting => ({
  figures: memoryAlertFigures(tables),
  activity: activityBook(),
  turns: alertTurns(),
  quota: messageQuota(),
})

const activityBook = (): ActivityBook => {
  let counts: ActivityCount[] = []
  return {
    add: async (more) => void counts.push(...more),
    async sum(kind, { first, end }) {
      const own = counts.filter((one) => one.kind === kind && one.minute >= first && one.minute < end)
      return [...Map.groupBy(own, ({ subject }) => subject)].map(([subject, all]) => ({
        subject,
        total: sumOf(all, 'total'),
        bad: sumOf(all, 'bad'),
      }))
    },
    async firstMinute(kind) {
      const minutes = counts.filter((one) => one.kind === kind).map(({ minute }) => minute)
      return minutes.length === 0 ? undefined : Math.min(...minutes)
    },
    async forget(before) {
      counts = counts.filter(({ minute }) => minute >= before)
    },
  }
}

const sumOf = (all: readonly Activity[], name: 'total' | 'bad'): number => all.reduce((sum, one) => sum + one[name], 0)

const alertTurns = (): AlertTurns => {
  let dueAt: Date | undefined
  return {
    async claim({ now, until }) {
      if (dueAt !== undefined && dueAt > now && dueAt <= until) return false
      dueAt = until
      return true
    },
  }
}

const messageQuota = (): MessageQuota => {
  const used = new Map<string, number>()
  const usedOf = (key: string): number => used.get(key) ?? 0
  return {
    async take({ channel, day }, count, limit) {
      const key = `${channel} ${day}`
      if (usedOf(key) + count > limit) return false
      used.set(key, usedOf(key) + count)
      return true
    },
    async giveBack({ channel, day }, count) {
      const key = `${channel} ${day}`
      if (usedOf(key) >= count) used.set(key, usedOf(key) - count)
    },
  }
}
