import type { RowGlance } from './bill.ts'

const MULTIPLIERS = [0x9e37_79b1, 0x85eb_ca77] as const // Odd and far from each other, so that the halves go apart.
const [PAYMENT, REFUND] = [1, 2] as const
/** No character: where the one number ends and the other begins. */
const BORDER = 0x1_0000

type Hashed = Pick<RowGlance, 'kind' | 'bytes' | 'outTradeNo' | 'ownNumber'>

/**
 * 64 bits over the numbers of a payment or refund. The seed is drawn anew for each comparison: nobody can choose
 * numbers that meet, and two of a million do so by chance once in thirty million comparisons.
 */
export class NumberHash {
  readonly #seeds: readonly [number, number]
  readonly #halves = new Int32Array(2)
  high = 0
  low = 0

  constructor(seeds: readonly [number, number]) {
    this.#seeds = seeds
  }

  payment(outTradeNo: string, transactionId: string): void {
    this.#texts(PAYMENT, outTradeNo, transactionId)
  }

  refund(outTradeNo: string, refundNo: string): void {
    this.#texts(REFUND, outTradeNo, refundNo)
  }

  /** Of a row where it lies in its file: what its numbers would give as texts, since they are plain ASCII. */
  row({ kind, bytes, outTradeNo, ownNumber }: Hashed): void {
    this.#begin(kind === 'payment' ? PAYMENT : REFUND)
    for (let at = outTradeNo.start; at < outTradeNo.end; at += 1) this.#mix(bytes[at] ?? 0)
    this.#mix(BORDER)
    for (let at = ownNumber.start; at < ownNumber.end; at += 1) this.#mix(bytes[at] ?? 0)
    this.#end()
  }

  #texts(kind: number, first: string, second: string): void {
    this.#begin(kind)
    for (let at = 0; at < first.length; at += 1) this.#mix(first.charCodeAt(at))
    this.#mix(BORDER)
    for (let at = 0; at < second.length; at += 1) this.#mix(second.charCodeAt(at))
    this.#end()
  }

  #begin(kind: number): void {
    this.#halves[0] = this.#seeds[0] ^ kind
    this.#halves[1] = this.#seeds[1] ^ kind
  }

  #mix(code: number): void {
    const halves = this.#halves
    const a = Math.imul((halves[0] ?? 0) ^ code, MULTIPLIERS[0])
    const b = Math.imul((halves[1] ?? 0) ^ code, MULTIPLIERS[1])
    halves[0] = a ^ (a >>> 15)
    halves[1] = b ^ (b >>> 13)
  }

  /** Leaves the halves in `high` and `low`: a result object for each row would be most of the work. */
  #end(): void {
    const [a = 0, b = 0] = [this.#halves[0], this.#halves[1]]
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
