/** From one minute of each day in Shanghai to another, perhaps over midnight. */
export type QuietHours = { readonly fromMinute: number; readonly toMinute: number }

const PATTERN = /^([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)$/
const MINUTE_MS = 60_000
const DAY_MINUTES = 1440
const OFFSET_MINUTES = 480 // Shanghai has no daylight saving.

/** Reads `23:00-08:00`; `undefined` where it is none, or no time at all. */
export const parseQuietHours = (text: string): QuietHours | undefined => {
  const [, ...parts] = PATTERN.exec(text) ?? []
  const [fromHour, from, toHour, to] = parts.map(Number)
  if (fromHour === undefined || from === undefined || toHour === undefined || to === undefined) return undefined
  const hours = { fromMinute: fromHour * 60 + from, toMinute: toHour * 60 + to }
  return hours.fromMinute === hours.toMinute ? undefined : hours
}

/** When it is no longer quiet; `undefined` where it is not quiet at this instant. */
export const quietUntil = ({ fromMinute, toMinute }: QuietHours, at: Date): Date | undefined => {
  const minute = Math.floor(at.getTime() / MINUTE_MS) + OFFSET_MINUTES
  const sinceFrom = (minute - fromMinute + DAY_MINUTES) % DAY_MINUTES
  const length = (toMinute - fromMinute + DAY_MINUTES) % DAY_MINUTES
  return sinceFrom < length ? new Date((minute - OFFSET_MINUTES + length - sinceFrom) * MINUTE_MS) : undefined
}
