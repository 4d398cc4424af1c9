import { randomBytes, randomInt } from 'node:crypto'

/** Decimal digits, leading zeros included. */
export const randomDigits = (count: number): string => Array.from({ length: count }, () => randomInt(10)).join('')

/** Lower-case hexadecimal. */
export const randomHex = (characters: number): string =>
  randomBytes(Math.ceil(characters / 2))
    .toString('hex')
    .slice(0, characters)

const ALPHANUMERIC = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

export const randomText = (characters: number, alphabet: string = ALPHANUMERIC): string =>
  Array.from({ length: characters }, () => alphabet[randomInt(alphabet.length)]).join('')
