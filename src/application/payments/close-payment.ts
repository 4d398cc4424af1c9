import { err, ok, type Result } from 'neverthrow'
import type { Order } from '../../domain/order.ts'
import type { Payment, Provider } from '../../domain/payment.ts'
import { maySee, type Viewer } from '../orders/viewer.ts'
import type { Readers } from '../transaction.ts'
import type { Versioned } from '../versioned.ts'
import type { CloseAttempts } from './close-attempts.ts'
import type { RefreshError } from './refresh-payment.ts'

export type ClosePaymentError =
  | RefreshError
  | { readonly code: 'ORDER_NOT_FOUND' }
  | { readonly code: 'PAYMENT_NOT_FOUND' }
  /** The payer was faster; the order is or is being settled. */
  | { readonly code: 'DUPLICATE_PAYMENT' }

export type ClosedPayment = { readonly payment: Versioned<Payment>; readonly order: Versioned<Order> }

type Deps = { readonly readers: Pick<Readers, 'orders' | 'payments'>; readonly closeAttempts: CloseAttempts }

/** Ends what is open of an order at one provider, gateway first; the order stays payable by other means. Safe to repeat. */
export const closePayment =
  ({ readers, closeAttempts }: Deps) =>
  async (viewer: Viewer, provider: Provider, orderId: string): Promise<Result<ClosedPayment, ClosePaymentError>> => {
    const before = await readers.orders.find(orderId)
    if (before === undefined || !maySee(viewer, before.value)) return err({ code: 'ORDER_NOT_FOUND' })
    const open = (await ofProvider(readers, orderId, provider)).filter(({ value }) => value.status === 'pending')
    const cause = { kind: 'request', actor: before.value.userId } as const
    const ended = await closeAttempts(
      open.map(({ value }) => value),
      cause,
    )
    if (ended.isErr()) return err(ended.error)
    const payments = await ofProvider(readers, orderId, provider)
    const payment = payments.at(-1)
    if (payment === undefined) return err({ code: 'PAYMENT_NOT_FOUND' })
    if (ended.value === 'paid' || payments.some(({ value }) => 'transactionId' in value))
      return err({ code: 'DUPLICATE_PAYMENT' })
    return ok({ payment, order: (await readers.orders.find(orderId)) ?? before })
  }

const ofProvider = async (readers: Deps['readers'], orderId: string, provider: Provider) =>
  (await readers.payments.listByOrder(orderId)).filter(({ value }) => value.provider === provider)
