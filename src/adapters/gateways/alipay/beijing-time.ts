const BEIJING_OFFSET_MS = 8 * 3_600_000
const FORMAT = /^(\d{4})-(\d{2})-(\d{2}) (\d{2}):(\d{2}):(\d{2})(?:\.(\d{3}))?$/

/** `yyyy-MM-dd HH:mm:ss` in Beijing, cut to the second, so an expiry never comes later than the one we stored. */
export const formatBeijingTime = (at: Date): string =>
  new Date(at.getTime() + BEIJING_OFFSET_MS).toISOString().slice(0, 19).replace('T', ' ')

/** Reads Alipay's zoneless Beijing time, with milliseconds where it has them; undefined where no such instant exists. */
export const parseBeijingTime = (text: string): Date | undefined => {
  const match = FORMAT.exec(text)
  if (match === null) return undefined
  const at = new Date(`${text.slice(0, 10)}T${text.slice(11, 19)}.${match[7] ?? '000'}+08:00`)
  // A 30 February would otherwise become a day in March.
  return !Number.isNaN(at.getTime()) && formatBeijingTime(at) === text.slice(0, 19) ? at : undefined
}
