import { seededRandomness } from '../../src/adapters/memory/seeded-randomness.ts'

/** Numbers from 0 to 1 that are the same again for the same seed. */
export const rolling = (seed: number): (() => number) => {
  const randomness = seededRandomness(seed)
  return () => new DataView(randomness.bytes(4).buffer).getUint32(0) / 2 ** 32
}
