import type { PaymentTransaction } from '../../application/payments/payment-transaction.ts'
import type { Cursor } from '../../application/page.ts'
import type { DayBooks, KnownPayment } from '../../application/reconciliation/day-books.ts'
import type { RefundClue } from '../../application/refunds/refund-clue-repository.ts'
import type { Versioned } from '../../application/versioned.ts'
import type { Payment, Provider } from '../../domain/payment.ts'
import type { Refund } from '../../domain/refund.ts'
import type { Rows } from './table.ts'
import { type Age, isWithin, oldestFirst } from './versioned-rows.ts'

type Tables = {
  readonly payments: Rows<Versioned<Payment>>
  readonly receipts: Rows<PaymentTransaction>
  readonly refunds: Rows<{ readonly refund: Versioned<Refund> }>
  readonly clues: Rows<RefundClue>
  readonly matches: Rows<{ readonly provider: string; readonly subject: string }>
}

const PAID: readonly PaymentTransaction['disposition'][] = ['settled', 'honoured', 'surplus', 'late']

/** The books as they are held against a bill. */
export const memoryDayBooks = ({ payments, receipts, refunds, clues, matches }: Tables): DayBooks => {
  const payment = (provider: Provider, outTradeNo: string): Payment | undefined => {
    const found = payments.getBy('outTradeNo', outTradeNo)?.value
    return found?.provider === provider ? found : undefined
  }
  const refundOf = (test: (refund: Refund) => boolean): Refund | undefined =>
    refunds.where(({ refund }) => test(refund.value))[0]?.refund.value
  return {
    async receipts(provider, span, after, limit) {
      const wanted = receipts.where(
        (one) => one.provider === provider && PAID.includes(one.disposition) && isWithin(span, one.paidAt),
      )
      return pageFrom(wanted, after, limit, ({ paidAt: createdAt, id }) => ({ createdAt, id })).map(
        ({ id, outTradeNo, transactionId, amount, paidAt }) => ({
          id,
          outTradeNo,
          transactionId,
          amount,
          at: paidAt.getTime(),
        }),
      )
    },
    async refunds(provider, span, after, limit) {
      const wanted = refunds
        .where(({ refund: { value } }) => value.provider === provider)
        .flatMap(({ refund: { value } }) => {
          if (value.status !== 'success' || !isWithin(span, value.processedAt)) return []
          const { refundNo, amount, processedAt, paymentId } = value
          return [
            {
              refundNo,
              outTradeNo: payments.get(paymentId)?.value.outTradeNo ?? '',
              amount,
              at: processedAt.getTime(),
            },
          ]
        })
      return pageFrom(wanted, after, limit, ({ at, refundNo: id }) => ({ createdAt: new Date(at), id }))
    },
    async findPayment(provider, outTradeNo): Promise<KnownPayment | undefined> {
      const found = payment(provider, outTradeNo)
      if (found === undefined) return undefined
      const { id: paymentId, amount, status } = found
      const paid = 'transactionId' in found ? { transactionId: found.transactionId, at: found.paidAt } : undefined
      return { paymentId, amount, status, paid }
    },
    async findRefund(provider, outTradeNo, number, refundId) {
      const paid = payment(provider, outTradeNo)
      if (paid === undefined) return undefined
      const [clue] = clues.where((one) => one.paymentId === paid.id && one.number === number)
      const found =
        refundOf((one) => one.paymentId === paid.id && one.refundNo === number) ??
        (clue?.refundNo === undefined ? undefined : refundOf((one) => one.refundNo === clue.refundNo)) ??
        (refundId === undefined
          ? undefined
          : refundOf((one) => one.paymentId === paid.id && 'refundId' in one && one.refundId === refundId))
      if (found === undefined) return undefined
      const { refundNo, amount, status } = found
      return { refundNo, amount, status, processedAt: 'processedAt' in found ? found.processedAt : undefined }
    },
    async matchedElsewhere(provider, subjects) {
      const asked = new Set(subjects)
      const found = matches.where((one) => one.provider === provider && asked.has(one.subject))
      return new Set(found.map(({ subject }) => subject))
    },
    async firstPaymentAt(provider) {
      const all = payments.where(({ value }) => value.provider === provider)
      return oldestFirst(all, ({ value }) => value)[0]?.value.createdAt
    },
  }
}

const pageFrom = <R>(rows: readonly R[], after: Cursor | undefined, limit: number, age: Age<R>): readonly R[] =>
  oldestFirst(rows, age)
    .filter((row) => {
      if (after === undefined) return true
      const { createdAt, id } = age(row)
      const later = createdAt.getTime() - after.createdAt.getTime()
      return later > 0 || (later === 0 && id > after.id)
    })
    .slice(0, limit)
