import { createHash } from 'node:crypto'
import type { Randomness } from '../../application/randomness.ts'

/** Bytes that look random and are the same again for the same seed. */
export const seededRandomness = (seed: number): Randomness => {
  let block = 0
  let left = Buffer.alloc(0)
  return {
    bytes(count) {
      const parts = [left]
      for (let ready = left.length; ready < count; ready += 32) {
        parts.push(createHash('sha256').update(`${seed} ${block}`).digest())
        block += 1
      }
      const all = Buffer.concat(parts)
      left = all.subarray(count)
      return new Uint8Array(all.subarray(0, count))
    },
  }
}
