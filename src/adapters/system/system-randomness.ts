import { randomBytes } from 'node:crypto'
import type { Randomness } from '../../application/randomness.ts'

export const systemRandomness: Randomness = { bytes: (count) => new Uint8Array(randomBytes(count)) }
