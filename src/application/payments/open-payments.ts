import type { Payment } from '../../domain/payment.ts'
import type { Readers } from '../transaction.ts'
import type { RefreshPayment } from './refresh-payment.ts'

/** An order's attempts that may still take money. */
export const openPaymentsOf = async (
  { payments }: Pick<Readers, 'payments'>,
  orderId: string,
): Promise<readonly Payment[]> =>
  (await payments.listByOrder(orderId)).map(({ value }) => value).filter(({ status }) => status === 'pending')

type Deps = { readonly readers: Pick<Readers, 'payments'>; readonly refreshPayment: RefreshPayment }

/** Asks about all that is open of an order; `false` where a gateway gave no answer, so that something stays unknown. */
export const refreshOpenPayments = async ({ readers, refreshPayment }: Deps, orderId: string): Promise<boolean> => {
  const asked = await Promise.all((await openPaymentsOf(readers, orderId)).map((payment) => refreshPayment(payment)))
  return asked.every((answer) => answer.isOk())
}
