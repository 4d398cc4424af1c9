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

/** Asks the gateway about an order's open payments, books what it says, and gives the one that counts as it is then. */
export const queryPayment =
  ({ readers, refreshPayment }: Deps) =>
  async (viewer: Viewer, provider: Provider, orderId: string): Promise<Result<QueriedPayment, QueryPaymentError>> => {
    const order = await readers.orders.find(orderId)
    if (order === undefined || !maySee(viewer, order.value)) return err({ code: 'ORDER_NOT_FOUND' })
    const payments = await ofProvider(readers, orderId, provider)
    const payment = currentOf(payments, order.value)
    if (payment === undefined) return err({ code: 'PAYMENT_NOT_FOUND' })
    if (payment.value.status === 'refunded') return ok({ payment, order })
    const open = payments.filter(({ value }) => value.status === 'pending')
    // One that is paid may have gone back in the gateway's console since.
    const asking = open.length === 0 || isPaid(payment.value) ? [payment] : open
    const asked = await Promise.all(asking.map(({ value }) => refreshPayment(value)))
    const failed = asked.find((answer) => answer.isErr())
    const now = await reread(readers, provider, { payment, order })
    // What is paid, or what one attempt's answer has settled, is not unknown because another answer is missing.
    return failed?.isErr() === true && !isPaid(now.payment.value) ? err(failed.error) : ok(now)
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
  readers: Deps['readers'],
  provider: Provider,
  { payment, order }: QueriedPayment,
): Promise<QueriedPayment> => {
  const after = (await readers.orders.find(order.value.id)) ?? order
  const payments = await ofProvider(readers, order.value.id, provider)
  return { payment: currentOf(payments, after.value) ?? payment, order: after }
}
