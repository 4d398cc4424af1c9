import type { Payment } from '../../domain/payment.ts'
import { refundTotals } from '../../domain/refund.ts'
import type { TradeState } from '../payments/payment-gateway.ts'
import type { Repositories } from '../transaction.ts'

/** What a trade shows of its refunds. */
export type ShownRefunds = Extract<TradeState, { state: 'paid' }>['refunded']

/**
 * Notes, inside the caller's transaction, that a trade shows more refunds than are known here, so that they are asked
 * about. `false` where what it shows is explained, or noted already.
 */
export const noteReturned = async (
  { refunds, refundClues }: Pick<Repositories, 'refunds' | 'refundClues'>,
  { id: paymentId, amount }: Payment,
  shown: ShownRefunds,
  at: Date,
): Promise<boolean> => {
  const known = (await refunds.listByPayment(paymentId)).map(({ value }) => value)
  if (isExplained(shown, amount, known)) return false
  return refundClues.insert({ paymentId, number: undefined, amount: undefined, refundNo: undefined, createdAt: at })
}

/** Whether the refunds known here are all that a trade shows. */
export const isExplained = (
  shown: ShownRefunds,
  amount: number,
  known: Parameters<typeof refundTotals>[0],
): boolean => {
  switch (shown) {
    case 'none':
      return true
    case 'some': // One that is on its way shows as well, before it has ended.
      return known.some(({ status }) => status === 'success' || status === 'processing')
    case 'all':
      return refundTotals(known).returned === amount
  }
}
