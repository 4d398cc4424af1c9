const SHANGHAI_OFFSET_MS = 8 * 3_600_000 // No daylight saving since 1991.

const RFC3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/
const BEIJING = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)$/

/** `2026-10-03 10:00:05`: how Alipay writes a moment, in Beijing time without saying so. */
export const beijingTime = (at: Date): string => shifted(at).slice(0, 19).replace('T', ' ')

/** As `beijingTime`, with the milliseconds that Alipay writes in `gmt_refund` alone. */
export const beijingTimeWithMs = (at: Date): string => shifted(at).slice(0, 23).replace('T', ' ')

/** `2026-10-03T10:00:05+08:00`: how WeChat Pay writes a moment. */
export const rfc3339Time = (at: Date): string => `${shifted(at).slice(0, 19)}+08:00`

/** `20261003`, the Beijing day inside the gateways' own numbers. */
export const beijingDay = (at: Date): string => shifted(at).slice(0, 10).replaceAll('-', '')

/** Epoch milliseconds of an RFC 3339 text. */
export const parseRfc3339 = (text: string): number | undefined => (RFC3339.test(text) ? moment(text) : undefined)

/** Epoch milliseconds of a Beijing time without zone. */
export const parseBeijingTime = (text: string): number | undefined => {
  const [, day, time] = BEIJING.exec(text) ?? []
  return day === undefined || time === undefined ? undefined : moment(`${day}T${time}+08:00`)
}

const shifted = (at: Date): string => new Date(at.getTime() + SHANGHAI_OFFSET_MS).toISOString()

const moment = (text: string): number | undefined => {
  const at = Date.parse(text)
  return Number.isNaN(at) ? undefined : at
}
