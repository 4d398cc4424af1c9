import type { Ids } from '../../application/ids.ts'

const SHANGHAI_MS = 8 * 3_600_000

/** Identifiers in the shape of the real ones that a test can foresee: 1, 2, 3 … over all kinds. */
export const sequentialIds = (): Ids => {
  let made = 0
  const next = (length: number): string => {
    made += 1
    return String(made).padStart(length, '0')
  }
  const dayOf = (at: Date): string =>
    new Date(at.getTime() + SHANGHAI_MS).toISOString().slice(0, 10).replaceAll('-', '')
  return {
    entity: () => next(32),
    outTradeNo: (at) => `P${dayOf(at)}${next(22)}`,
    refundNo: (at) => `R${dayOf(at)}${next(22)}`,
  }
}
