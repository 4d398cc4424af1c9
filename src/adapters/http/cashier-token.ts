import { createHmac, timingSafeEqual } from 'node:crypto'
import type { Clock } from '../../application/clock.ts'

/** What a cashier link carries: the right to see and pay one order, for a while. */
export interface CashierTokens {
  issue(orderId: string, expiresAt: Date): string
  /** The order it opens, if it is ours, unaltered and not expired. */
  verify(token: string): string | undefined
}

const MIN_KEY_BYTES = 32
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
  const [signing] = keys
  if (signing === undefined || keys.some(({ length }) => length < MIN_KEY_BYTES))
    throw new Error(`a key of cashier links needs at least ${MIN_KEY_BYTES} bytes`)
  const macOf = (expiry: string, orderId: string, key: Uint8Array): string =>
    createHmac('sha256', key).update(`cashier link\n${expiry}\n${orderId}`).digest('base64url')
  return {
    issue(orderId, expiresAt) {
      const expiry = Math.ceil(expiresAt.getTime() / 1000).toString(36)
      return `ct1~${expiry}~${orderId}~${macOf(expiry, orderId, signing)}`
    },
    verify(token) {
      const [, expiry, orderId, mac] = TOKEN.exec(token) ?? []
      if (expiry === undefined || orderId === undefined || mac === undefined) return undefined
      // Compared as text: several texts decode to the same bytes, and only one of them was issued.
      const isOf = (key: Uint8Array) => timingSafeEqual(Buffer.from(mac), Buffer.from(macOf(expiry, orderId, key)))
      if (!keys.some(isOf)) return undefined
      return Number.parseInt(expiry, 36) * 1000 > clock.now().getTime() ? orderId : undefined
    },
  }
}
