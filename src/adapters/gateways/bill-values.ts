// What a bill's cells hold, read from their bytes: a million rows are too many for a text of each cell. `NaN` stands for
// "not readable": the callers ask for it once, when all numbers of a row are there.

const ZERO = 0x30
const MINUS = 0x2d
const POINT = 0x2e
const SPACE = 0x20
const COLON = 0x3a
/** So many digits before the point keep a sum in fen a safe integer. */
const MOST_DIGITS = 13

/** Decimal yuan such as `-20.00`, `0.0` or `0.59000` in fen, `NaN` where it is none or goes beyond the fen. */
export const fenIn = (bytes: Uint8Array, start: number, end: number): number => {
  const point = endOfDigits(bytes, bytes[start] === MINUS ? start + 1 : start, end)
  for (let at = point + 3; at < end; at += 1) if (bytes[at] !== ZERO) return Number.NaN
  return roundedFenIn(bytes, start, end)
}

/** The same, rounded to the fen: a fee is a part of the price before it is money. */
export const roundedFenIn = (bytes: Uint8Array, start: number, end: number): number => {
  const negative = bytes[start] === MINUS
  const first = negative ? start + 1 : start
  const point = endOfDigits(bytes, first, end)
  if (point === first || point - first > MOST_DIGITS) return Number.NaN
  let value = 0
  for (let at = first; at < point; at += 1) value = value * 10 + digitAt(bytes, at)
  value = value * 100 + hundredthsIn(bytes, point, end)
  return negative && value !== 0 ? -value : value
}

/** From the point on. */
const hundredthsIn = (bytes: Uint8Array, point: number, end: number): number => {
  if (point === end) return 0
  if (bytes[point] !== POINT || endOfDigits(bytes, point + 1, end) !== end || point + 1 === end) return Number.NaN
  const tens = digitAt(bytes, point + 1) * 10
  const ones = point + 2 < end ? digitAt(bytes, point + 2) : 0
  return tens + ones + (point + 3 < end && digitAt(bytes, point + 3) >= 5 ? 1 : 0)
}

const digitAt = (bytes: Uint8Array, at: number): number => (bytes[at] ?? 0) - ZERO

const endOfDigits = (bytes: Uint8Array, start: number, end: number): number => {
  let at = start
  while (at < end) {
    const digit = digitAt(bytes, at)
    if (digit < 0 || digit > 9) break
    at += 1
  }
  return at
}

/** A number of rows; WeChat Pay writes `45` on one day and `45.0` on another. */
export const countIn = (bytes: Uint8Array, start: number, end: number): number => {
  const hundredfold = fenIn(bytes, start, end)
  return hundredfold >= 0 && hundredfold % 100 === 0 ? hundredfold / 100 : Number.NaN
}

const TIME_LENGTH = 19 // `yyyy-MM-dd HH:mm:ss`
const DAY_MS = 86_400_000
const BEIJING_OFFSET_MS = 8 * 3_600_000

/** Beijing time in epoch milliseconds, `NaN` where there is no such second. */
export const timeIn = (bytes: Uint8Array, start: number, end: number): number => {
  if (end - start !== TIME_LENGTH) return Number.NaN
  if (bytes[start + 4] !== MINUS || bytes[start + 7] !== MINUS || bytes[start + 10] !== SPACE) return Number.NaN
  if (bytes[start + 13] !== COLON || bytes[start + 16] !== COLON) return Number.NaN
  const year = twoDigits(bytes, start) * 100 + twoDigits(bytes, start + 2)
  const month = twoDigits(bytes, start + 5)
  const day = twoDigits(bytes, start + 8)
  const hour = twoDigits(bytes, start + 11)
  const minute = twoDigits(bytes, start + 14)
  const second = twoDigits(bytes, start + 17)
  // Comparisons with `NaN` are false.
  if (!(year >= 1970 && month >= 1 && month <= 12 && day >= 1 && day <= daysOf(year, month))) return Number.NaN
  if (!(hour < 24 && minute < 60 && second < 60)) return Number.NaN
  const ms = ((hour * 60 + minute) * 60 + second) * 1000
  return daysBefore(year, month, day) * DAY_MS + ms - BEIJING_OFFSET_MS
}

const twoDigits = (bytes: Uint8Array, at: number): number => {
  const tens = digitAt(bytes, at)
  const ones = digitAt(bytes, at + 1)
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN
}

const isLeap = (year: number): boolean => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)

const daysOf = (year: number, month: number): number =>
  month === 2 ? (isLeap(year) ? 29 : 28) : 30 + ((month + (month > 7 ? 1 : 0)) % 2)

/** Days from 1970-01-01 to this one, counted with years that begin in March: then a leap day is their last. */
const daysBefore = (year: number, month: number, day: number): number => {
  const marchYear = month > 2 ? year : year - 1
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1
  const leapDays = Math.floor(marchYear / 4) - Math.floor(marchYear / 100) + Math.floor(marchYear / 400)
  return marchYear * 365 + leapDays + dayOfYear - 719_468
}

const LONGEST_NUMBER = 64

/** Whether it can be a trade's or refund's number: printable ASCII without a blank, and not nothing. */
export const isNumberIn = (bytes: Uint8Array, start: number, end: number): boolean => {
  if (start >= end || end - start > LONGEST_NUMBER) return false
  for (let at = start; at < end; at += 1) {
    const byte = bytes[at] ?? 0
    if (byte < 0x21 || byte > 0x7e) return false
  }
  return true
}

/** Whether the cell holds exactly these bytes. */
export const isIn = (bytes: Uint8Array, start: number, end: number, expected: Uint8Array): boolean => {
  if (end - start !== expected.length) return false
  for (let at = 0; at < expected.length; at += 1) if (bytes[start + at] !== expected[at]) return false
  return true
}
