const MULTIPLIERS = [0x9e37_79b1, 0x85eb_ca77] as const // Odd and far from each other, so that the halves go apart.

/**
 * 64 bits over the numbers of a payment or refund. The seed is drawn anew for each comparison: nobody can choose
 * numbers that meet, and two of a million do so by chance once in thirty million comparisons.
 */
export class NumberHash {
  readonly #seeds: readonly [number, number]
  high = 0
  low = 0

  constructor(seeds: readonly [number, number]) {
    this.#seeds = seeds
  }

  payment(outTradeNo: string, transactionId: string): void {
    this.#hash(1, outTradeNo, transactionId)
  }

  refund(outTradeNo: string, refundNo: string): void {
    this.#hash(2, outTradeNo, refundNo)
  }

  /** Leaves the halves in `high` and `low`: a result object for each row would be most of the work. */
  #hash(kind: number, first: string, second: string): void {
    let a = this.#seeds[0] ^ kind
    let b = this.#seeds[1] ^ kind
    for (let at = 0; at < first.length; at += 1) {
      const code = first.charCodeAt(at)
      a = Math.imul(a ^ code, MULTIPLIERS[0])
      b = Math.imul(b ^ code, MULTIPLIERS[1])
      a ^= a >>> 15
      b ^= b >>> 13
    }
    a = Math.imul(a ^ 0x1_0000, MULTIPLIERS[0]) // No character: where the one ends and the other begins.
    b = Math.imul(b ^ 0x1_0000, MULTIPLIERS[1])
    for (let at = 0; at < second.length; at += 1) {
      const code = second.charCodeAt(at)
      a = Math.imul(a ^ code, MULTIPLIERS[0])
      b = Math.imul(b ^ code, MULTIPLIERS[1])
      a ^= a >>> 15
      b ^= b >>> 13
    }
    this.high = mixed(a, b)
    this.low = mixed(b, a)
  }
}

/** Lets every bit of the one half depend on both. */
const mixed = (one: number, other: number): number => {
  let half = one ^ (other >>> 16)
  half = Math.imul(half, MULTIPLIERS[1])
  half ^= half >>> 13
  half = Math.imul(half, MULTIPLIERS[0])
  return (half ^ (half >>> 16)) >>> 0
}
