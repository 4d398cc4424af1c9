import type { Clock } from '../../application/clock.ts'
import { keyedProof } from './keyed-proof.ts'

/** What a cashier link carries: the right to see and pay one order, for a while. */
export interface CashierTokens {
  issue(orderId: string, expiresAt: Date): string
  /** The order it opens, if it is ours, unaltered and not expired. */
  verify(token: string): string | undefined
}

/** No dots, so that it is never mistaken for a user's token, nor one of those for it. */
const TOKEN = /^ct1~([0-9a-z]{1,10})~([0-9A-Za-z_-]{1,64})~([0-9A-Za-z_-]{43})$/

export const createCashierTokens = ({
  keys,
  clock,
}: {
  /** The first one signs, all of them verify. */
  readonly keys: readonly Uint8Array[]
  readonly clock: Clock
}): CashierTokens => {
  const proof = keyedProof('cashier links', keys)
  const textOf = (expiry: string, orderId: string): string => `cashier link\n${expiry}\n${orderId}`
  return {
    issue(orderId, expiresAt) {
      const expiry = Math.ceil(expiresAt.getTime() / 1000).toString(36)
      return `ct1~${expiry}~${orderId}~${proof.of(textOf(expiry, orderId))}`
    },
    verify(token) {
      const [, expiry, orderId, mac] = TOKEN.exec(token) ?? []
      if (expiry === undefined || orderId === undefined || mac === undefined) return undefined
      if (!proof.isOf(textOf(expiry, orderId), mac)) return undefined
      return Number.parseInt(expiry, 36) * 1000 > clock.now().getTime() ? orderId : undefined
    },
  }
}
