/** A calendar day in Shanghai, `yyyy-MM-dd`: what the gateways' bills and our statistics are counted by. */
export type ShanghaiDay = string & { readonly [kind]: 'shanghai day' }
declare const kind: unique symbol

const OFFSET_MS = 8 * 3_600_000 // No daylight saving since 1991, and nothing here is older.
const DAY_MS = 86_400_000
const PATTERN = /^\d{4}-\d{2}-\d{2}$/

/** The day on which this instant falls. */
export const shanghaiDayOf = (at: Date): ShanghaiDay => dayNumbered(dayNumberOf(at))

/** Reads `yyyy-MM-dd`; `undefined` where there is no such day. */
export const parseShanghaiDay = (text: string): ShanghaiDay | undefined => {
  if (!PATTERN.test(text)) return undefined
  const midnight = Date.parse(`${text}T00:00:00Z`)
  return Number.isNaN(midnight) || dayNumbered(midnight / DAY_MS) !== text ? undefined : dayNumbered(midnight / DAY_MS)
}

/** Its first instant. */
export const startOfDay = (day: ShanghaiDay): Date => new Date(numberOfDay(day) * DAY_MS - OFFSET_MS)

/** The day so many days later, or earlier. */
export const addDays = (day: ShanghaiDay, days: number): ShanghaiDay => dayNumbered(numberOfDay(day) + days)

/** Days since 1970-01-01 in Shanghai: how a day is kept where it is counted by. */
export const numberOfDay = (day: ShanghaiDay): number => Date.parse(`${day}T00:00:00Z`) / DAY_MS

export const dayNumberOf = (at: Date): number => Math.floor((at.getTime() + OFFSET_MS) / DAY_MS)

// The text of a date without a time zone is its first ten characters in UTC.
export const dayNumbered = (number: number): ShanghaiDay =>
  new Date(number * DAY_MS).toISOString().slice(0, 10) as ShanghaiDay
