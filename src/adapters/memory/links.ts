import type { PaymentTransaction } from '../../application/payments/payment-transaction.ts'
import type { Versioned } from '../../application/versioned.ts'
import type { Payment, Provider } from '../../domain/payment.ts'
import type { Rows } from './table.ts'

type Numbers = { readonly outTradeNo?: string | undefined; readonly transactionId?: string | undefined }

/** How orders and refunds are found by what their payments are called. */
export type Links = {
  /** Tells whether a payment has the given numbers; every payment has, where none is given. */
  paymentsNamed(numbers: Numbers): (paymentId: string) => boolean
  /** Tells whether an order has payments of the given numbers and provider. */
  ordersOf(wanted: Numbers & { readonly provider?: Provider | undefined }): (orderId: string) => boolean
}

export const linksOf = (payments: Rows<Versioned<Payment>>, receipts: Rows<PaymentTransaction>): Links => {
  const paymentOf = ({ outTradeNo }: Numbers) =>
    outTradeNo === undefined ? undefined : { found: payments.getBy('outTradeNo', outTradeNo)?.value }
  const receiptsOf = ({ transactionId }: Numbers) =>
    transactionId === undefined ? undefined : receipts.where((one) => one.transactionId === transactionId)
  return {
    paymentsNamed(numbers) {
      const payment = paymentOf(numbers)
      const named = receiptsOf(numbers)
      return (id) =>
        (payment === undefined || payment.found?.id === id) &&
        (named === undefined || named.some(({ paymentId }) => paymentId === id))
    },
    ordersOf({ provider, ...numbers }) {
      const payment = paymentOf(numbers)
      const named = receiptsOf(numbers)
      const paidOver =
        provider &&
        new Set(payments.where(({ value }) => value.provider === provider).map(({ value }) => value.orderId))
      return (id) =>
        (payment === undefined || payment.found?.orderId === id) &&
        (named === undefined || named.some(({ orderId }) => orderId === id)) &&
        (paidOver === undefined || paidOver.has(id))
    },
  }
}
