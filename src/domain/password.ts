import { err, ok, type Result } from 'neverthrow'
import { COMMON_NUMBERS, COMMON_WORDS, KEYBOARD_ROWS } from './common-passwords.ts'

export type PasswordFlaw = { readonly code: 'PASSWORD_REFUSED'; readonly flaw: 'too_short' | 'too_long' | 'too_common' }

export const MIN_PASSWORD = 12
export const MAX_PASSWORD = 128
/** Of so many common parts and single characters a password is one of those that are tried first. */
const EASY_PARTS = 4
/** Shorter runs come about by chance. */
const LEAST_RUN = 3

/** The same text however a keyboard has put its characters together. */
export const normalPassword = (typed: string): string => typed.normalize('NFC')

/** The password as it is hashed; what is in it is nobody's business, as long as it is not among the first to be tried. */
export const checkPassword = (typed: string, operatorName: string): Result<string, PasswordFlaw> => {
  const password = normalPassword(typed)
  const { length } = Array.from(password)
  if (length < MIN_PASSWORD) return refused('too_short')
  if (length > MAX_PASSWORD) return refused('too_long')
  return isCommon(password, operatorName) ? refused('too_common') : ok(password)
}

const refused = (flaw: PasswordFlaw['flaw']): Result<never, PasswordFlaw> => err({ code: 'PASSWORD_REFUSED', flaw })

/** Whether it consists of what everybody tries: a few words, numbers, rows of keys, or one short text over and over. */
export const isCommon = (password: string, operatorName: string): boolean => {
  // What words are usually joined by makes none of them harder to guess.
  const text = password.toLowerCase().replaceAll(/[\s._-]/g, '')
  const words = [...COMMON_WORDS, operatorName, ...operatorName.split(/[._-]/)].filter((word) => word.length > 1)
  return isRepeated(text) || partsOf(text, words) <= EASY_PARTS
}

const isRepeated = (text: string): boolean => (text + text).indexOf(text, 1) < text.length

/** The least number of common parts and single characters that make up a text. */
const partsOf = (text: string, words: readonly string[]): number => {
  const least = Array.from({ length: text.length + 1 }, () => text.length)
  least[0] = 0
  for (let at = 0; at < text.length; at += 1) {
    const next = (least[at] ?? 0) + 1
    const lengths = [1, runAt(text, at), rowAt(text, at), ...words.map((word) => wordAt(text, at, word))]
    const numbers = COMMON_NUMBERS.map((number) => (text.startsWith(number, at) ? number.length : 0))
    for (const length of new Set([...lengths, ...numbers]))
      if (length > 0) least[at + length] = Math.min(least[at + length] ?? text.length, next)
  }
  return least[text.length] ?? text.length
}

/** How far one character goes on, or rises or falls by one. */
const runAt = (text: string, at: number): number => {
  const step = text.charCodeAt(at + 1) - text.charCodeAt(at)
  if (!(Math.abs(step) <= 1)) return 0
  let end = at + 1
  while (end < text.length && text.charCodeAt(end) - text.charCodeAt(end - 1) === step) end += 1
  return end - at >= (step === 0 ? 2 : LEAST_RUN) ? end - at : 0
}

const rowAt = (text: string, at: number): number => Math.max(...KEYBOARD_ROWS.map((row) => alongRow(text, at, row)))

const alongRow = (text: string, at: number, row: string): number => {
  const start = row.indexOf(text.slice(at, at + LEAST_RUN))
  if (start < 0 || text.length - at < LEAST_RUN) return 0
  let length = LEAST_RUN
  while (at + length < text.length && text[at + length] === row[start + length]) length += 1
  return length
}

const LOOKALIKES: Readonly<Record<string, string>> = {
  '0': 'o',
  '1': 'il',
  '3': 'e',
  '4': 'a',
  '5': 's',
  '7': 't',
  '8': 'b',
  '@': 'a',
  $: 's',
  '!': 'i',
}

const wordAt = (text: string, at: number, word: string): number => {
  for (let n = 0; n < word.length; n += 1) {
    const given = text[at + n]
    if (given === undefined) return 0
    if (given !== word[n] && LOOKALIKES[given]?.includes(word[n] ?? '') !== true) return 0
  }
  return word.length
}
