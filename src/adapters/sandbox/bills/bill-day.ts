import { randomInt } from 'node:crypto'
import { addDays, parseShanghaiDay, type ShanghaiDay, shanghaiDayOf, startOfDay } from '../../../domain/shanghai-day.ts'

export type BillSettings = {
  /** Give a day's bill from the publishing hour of the next day only, as the gateways do; else at once. */
  readonly strict?: boolean
  /** The hour in Shanghai from which a strict sandbox has the bill of the day before. */
  readonly publishingHour?: number
}

/** The day of a bill, and what is known of its making. */
export type BillDay = {
  readonly day: ShanghaiDay
  readonly start: number
  /** The first instant that is no longer in it. */
  readonly end: number
  /** When the bill was made: at the publishing hour, or now where it is asked for before. */
  readonly madeAt: number
  readonly publication: 'published' | 'not_yet' | 'too_early' | 'too_old'
}

const USUAL_HOUR = 9
const HOUR_MS = 3_600_000

/** Reads the day asked for; `undefined` where the text is none. A day of the future or of today is `too_early`. */
export const billDay = (text: string, keptMonths: number, settings: BillSettings, now: Date): BillDay | undefined => {
  const day = parseShanghaiDay(text)
  if (day === undefined) return undefined
  const today = shanghaiDayOf(now)
  const published = startOfDay(addDays(day, 1)).getTime() + (settings.publishingHour ?? USUAL_HOUR) * HOUR_MS
  const strict = settings.strict === true
  const facts = {
    day,
    start: startOfDay(day).getTime(),
    end: startOfDay(addDays(day, 1)).getTime(),
    madeAt: Math.min(published, now.getTime()),
  }
  if (day > today || (strict && day === today)) return { ...facts, publication: 'too_early' }
  if (day < monthsBefore(today, keptMonths)) return { ...facts, publication: 'too_old' }
  return { ...facts, publication: strict && now.getTime() < published ? 'not_yet' : 'published' }
}

/** Tells what happened on a day; its last instant is the one before midnight in Shanghai. */
export const happenedOn = (day: ShanghaiDay): ((fact: { readonly at: number }) => boolean) => {
  const start = startOfDay(day).getTime()
  const end = startOfDay(addDays(day, 1)).getTime()
  return ({ at }) => at >= start && at < end
}

/** Any second of a day. */
export const someMoment = (day: ShanghaiDay): number => startOfDay(day).getTime() + randomInt(86_400) * 1000

const monthsBefore = (day: ShanghaiDay, months: number): string => {
  const [year = 0, month = 0, date = 0] = day.split('-').map(Number)
  return new Date(Date.UTC(year, month - 1 - months, date)).toISOString().slice(0, 10)
}
