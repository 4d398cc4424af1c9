import { err, ok, type Result } from 'neverthrow'
import type { Order } from '../../domain/order.ts'
import type { Payment, Provider } from '../../domain/payment.ts'
import { maySee, type Viewer } from '../orders/viewer.ts'
import type { Readers } from '../transaction.ts'
import type { Versioned } from '../versioned.ts'
import type { RefreshError, RefreshPayment } from './refresh-payment.ts'

export type QueryPaymentError =
  | RefreshError
  | { readonly code: 'ORDER_NOT_FOUND' }
  | { readonly code: 'PAYMENT_NOT_FOUND' }

export type QueriedPayment = { readonly payment: Versioned<Payment>; readonly order: Versioned<Order> }

type Deps = { readonly readers: Pick<Readers, 'orders' | 'payments'>; readonly refreshPayment: RefreshPayment }

/** Asks the gateway about an order's payment, books what it says, and gives both as they are then. */
export const queryPayment =
  ({ readers, refreshPayment }: Deps) =>
  async (viewer: Viewer, provider: Provider, orderId: string): Promise<Result<QueriedPayment, QueryPaymentError>> => {
    const order = await readers.orders.find(orderId)
    if (order === undefined || !maySee(viewer, order.value)) return err({ code: 'ORDER_NOT_FOUND' })
    const payment = currentOf(await ofProvider(readers, orderId, provider), order.value)
    if (payment === undefined) return err({ code: 'PAYMENT_NOT_FOUND' })
    if (isPaid(payment.value)) return ok({ payment, order })
    const refreshed = await refreshPayment(payment.value)
    if (refreshed.isErr()) return err(refreshed.error)
    return reread(readers, payment, order)
  }

const ofProvider = async (readers: Deps['readers'], orderId: string, provider: Provider) =>
  (await readers.payments.listByOrder(orderId)).filter(({ value }) => value.provider === provider)

/** The one that funds the order, else one still open, else the newest. */
const currentOf = (payments: readonly Versioned<Payment>[], order: Order): Versioned<Payment> | undefined =>
  payments.find(({ value }) => 'paymentId' in order && value.id === order.paymentId) ??
  payments.findLast(({ value }) => value.status === 'pending') ??
  payments.at(-1)

const isPaid = ({ status }: Payment): boolean => {
  switch (status) {
    case 'paid':
    case 'partially_refunded':
    case 'refunded':
      return true
    case 'pending':
    case 'failed':
    case 'closed':
      return false
  }
}

const reread = async (
  { orders, payments }: Deps['readers'],
  payment: Versioned<Payment>,
  order: Versioned<Order>,
): Promise<Result<QueriedPayment, never>> =>
  ok({
    payment: (await payments.find(payment.value.id)) ?? payment,
    order: (await orders.find(order.value.id)) ?? order,
  })
