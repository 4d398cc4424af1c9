/** Chance out of a seed: the same questions in the same order get the same answers. */
export class Chance {
  #a: number
  #b: number
  #c: number
  #count = 1

  constructor(seed: number) {
    const mix = mixer(seed)
    this.#a = mix()
    this.#b = mix()
    this.#c = mix()
    for (let i = 0; i < 12; i += 1) this.#next()
  }

  /** A source of its own, so that one more question here does not shift the answers there. */
  fork(): Chance {
    return new Chance(this.#next())
  }

  /** A whole number from 0 on, below the limit. */
  below(limit: number): number {
    return Math.floor((this.#next() / 2 ** 32) * limit)
  }

  /** A whole number, both ends included. */
  between(least: number, most: number): number {
    return least + this.below(most - least + 1)
  }

  hits(probability: number): boolean {
    return this.#next() / 2 ** 32 < probability
  }

  one<T>(of: readonly T[]): T {
    const item = of[this.below(of.length)]
    if (item === undefined) throw new RangeError('nothing to choose from')
    return item
  }

  /** Between two positive numbers, every order of magnitude alike. */
  spread(least: number, most: number): number {
    return least * (most / least) ** (this.#next() / 2 ** 32)
  }

  bytes(count: number): Uint8Array {
    return Uint8Array.from({ length: count }, () => this.#next() & 255)
  }

  /** The generator sfc32. */
  #next(): number {
    const sum = (this.#a + this.#b + this.#count) | 0
    this.#count = (this.#count + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0
    return sum >>> 0
  }
}

/** Splitmix32: spreads a small seed over 32 bits. */
const mixer = (seed: number) => {
  let state = seed | 0
  return (): number => {
    state = (state + 0x9e3779b9) | 0
    let mixed = state ^ (state >>> 16)
    mixed = Math.imul(mixed, 0x21f0aaad)
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97)
    return mixed ^ (mixed >>> 15)
  }
}
