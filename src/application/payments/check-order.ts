import type { Order } from '../../domain/order.ts'
import type { Readers } from '../transaction.ts'
import { refreshOpenPayments } from './open-payments.ts'
import type { RefreshPayment } from './refresh-payment.ts'

/** How an order stands, without anything else about it. `unknown`: no such order, or its gateway does not answer. */
export type Standing = 'paid' | 'waiting' | 'ended' | 'unknown'

type Deps = { readonly readers: Pick<Readers, 'orders' | 'payments'>; readonly refreshPayment: RefreshPayment }

/**
 * Where an order stands for whoever comes back from a gateway's page. It believes nothing the browser brings: with
 * `mayAsk` the gateways are asked about what is open first, and else it says what is known here.
 */
export const checkOrder =
  ({ readers, refreshPayment }: Deps) =>
  async (orderId: string, mayAsk: boolean): Promise<Standing> => {
    const before = await readers.orders.find(orderId)
    if (before === undefined) return 'unknown'
    if (before.value.status !== 'pending' || !mayAsk) return standingOf(before.value)
    const isKnown = await refreshOpenPayments({ readers, refreshPayment }, orderId)
    const after = standingOf((await readers.orders.find(orderId))?.value ?? before.value)
    return after === 'waiting' && !isKnown ? 'unknown' : after
  }

const standingOf = ({ status }: Order): Standing => {
  switch (status) {
    case 'pending':
      return 'waiting'
    case 'paid':
    case 'partially_refunded':
      return 'paid'
    case 'refunded':
    case 'cancelled':
    case 'expired':
      return 'ended'
  }
}
