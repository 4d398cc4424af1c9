import type { Randomness } from '../randomness.ts'

/** No letters that are taken for others; each byte gives one of 32, without a bias. */
const LETTERS = '0123456789abcdefghjkmnpqrstvwxyz'
const GROUPS = 4
const GROUP_LENGTH = 5

/** A password that somebody hands to somebody else: 100 random bits that can be read out on the phone. */
export const oneTimePassword = (randomness: Randomness): string => {
  const letters = Array.from(randomness.bytes(GROUPS * GROUP_LENGTH), (byte) => LETTERS[byte & 31]).join('')
  return Array.from({ length: GROUPS }, (_, n) => letters.slice(n * GROUP_LENGTH, (n + 1) * GROUP_LENGTH)).join('-')
}
