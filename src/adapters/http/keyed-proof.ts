import { createHmac, timingSafeEqual } from 'node:crypto'

/** What shows that a text was written here: its HMAC-SHA-256. */
export type KeyedProof = {
  of(text: string): string
  isOf(text: string, proof: string): boolean
}

const MIN_KEY_BYTES = 32

/** The first key signs, all of them verify; refuses to start with one that could be guessed. `what` is signed by them. */
export const keyedProof = (what: string, keys: readonly Uint8Array[]): KeyedProof => {
  const [signing] = keys
  if (signing === undefined || keys.some(({ length }) => length < MIN_KEY_BYTES))
    throw new Error(`a key of ${what} needs at least ${MIN_KEY_BYTES} bytes`)
  const macOf = (text: string, key: Uint8Array): string => createHmac('sha256', key).update(text).digest('base64url')
  return {
    of: (text) => macOf(text, signing),
    // Compared as text: several texts decode to the same bytes, and only one of them was issued.
    isOf: (text, proof) => keys.some((key) => isSameText(proof, macOf(text, key))),
  }
}

/** In the same time wherever they differ. */
export const isSameText = (given: string, wanted: string): boolean => {
  const [a, b] = [Buffer.from(given), Buffer.from(wanted)]
  return a.length === b.length && timingSafeEqual(a, b)
}
