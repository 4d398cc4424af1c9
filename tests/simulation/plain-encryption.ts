import { createHash } from 'node:crypto'
import type { Encryption, SealContext } from '../../src/application/encryption.ts'

/** Seals nothing, but like the real one opens a value only where it was put; without chance, so that two runs are equal. */
export const plainEncryption: Encryption = {
  seal: (plain, context) => JSON.stringify([placeOf(context), plain]),
  open(sealed, context) {
    const [place, plain] = JSON.parse(sealed) as [string, string] // As `seal` wrote it.
    if (place !== placeOf(context)) throw new Error(`a value of ${place} was moved to ${placeOf(context)}`)
    return plain
  },
  lookupHash: (secret, purpose) => createHash('sha256').update(`${purpose} ${secret}`).digest('hex'),
}

const placeOf = ({ table, column, row }: SealContext): string => `${table}.${column} ${row}`
