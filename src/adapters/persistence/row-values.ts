import type { Currency } from '../../domain/money.ts'

/** A row that no version of the code could have written: a bug, or a hand in the database. */
export const broken = (what: string): Error => new Error(`a stored row is broken: ${what}`)

export const present = <T>(value: T | null, column: string): T => {
  if (value === null) throw broken(`${column} is missing`)
  return value
}

export const invariant = (holds: boolean, what: string): void => {
  if (!holds) throw broken(what)
}

/** The word itself, as one of those that exist. */
export const wordOf = <T extends string>(words: readonly T[], text: string): T => {
  const word = words.find((candidate) => candidate === text)
  if (word === undefined) throw broken(`unknown word ${text.slice(0, 32)}`)
  return word
}

/** All words of a union; a forgotten one fails to compile. */
export const wordsOf = <T extends string>(all: Readonly<Record<T, true>>): readonly T[] => Object.keys(all) as T[] // The record has exactly these keys.

const CURRENCIES = wordsOf<Currency>({ CNY: true })

export const toCurrency = (text: string): Currency => wordOf(CURRENCIES, text)

export const toDate = (ms: number): Date => {
  const date = new Date(ms)
  invariant(!Number.isNaN(date.getTime()), 'a time is out of range')
  return date
}

export const toOptionalDate = (ms: number | null): Date | undefined => (ms === null ? undefined : toDate(ms))

export const toOptional = <T>(value: T | null): T | undefined => value ?? undefined

export const toColumn = <T>(value: T | undefined): T | null => value ?? null

export const toTimeColumn = (date: Date | undefined): number | null => date?.getTime() ?? null

export const toFlag = (value: number): boolean => {
  invariant(value === 0 || value === 1, 'a flag is neither 0 nor 1')
  return value === 1
}
