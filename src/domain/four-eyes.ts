import { type Fen, sumFen } from './money.ts'
import { isReserving, type Refund } from './refund.ts'

/**
 * Whether a refund is more than one person may give back: together with all of its payment that went back or is on its
 * way, so that it is the same in one part or in many.
 */
export const needsTwoPeople = (
  wanted: Pick<Refund, 'refundNo' | 'amount'>,
  ofPayment: readonly Refund[],
  above: Fen | undefined,
): boolean => {
  if (above === undefined) return false
  const others = ofPayment.filter((one) => one.refundNo !== wanted.refundNo && counts(one))
  return sumFen([wanted, ...others].map(({ amount }) => amount)) > above
}

const counts = (refund: Refund): boolean => refund.status === 'success' || isReserving(refund)
