import type { PaymentReader, PaymentRepository } from '../../application/payments/payment-repository.ts'
import type {
  PaymentTransaction,
  PaymentTransactionReader,
  PaymentTransactionRepository,
} from '../../application/payments/payment-transaction.ts'
import type { Versioned } from '../../application/versioned.ts'
import type { Order } from '../../domain/order.ts'
import type { Payment } from '../../domain/payment.ts'
import { claimDue, type Dues, moveDue, setDue } from './due-times.ts'
import type { Links } from './links.ts'
import { createTable, type Draft, insertOnce, joined, type Rows } from './table.ts'
import { type Age, firstVersion, isWithin, oldestFirst, pageOf, replaceVersion } from './versioned-rows.ts'

type PaymentRow = Versioned<Payment>

export const paymentTable = () =>
  createTable<PaymentRow>(({ value }) => value.id, {
    outTradeNo: ({ value }) => value.outTradeNo,
    open: ({ value }) => (value.status === 'pending' ? joined(value.orderId, value.provider, value.method) : undefined),
  })

export const transactionTable = () =>
  createTable<PaymentTransaction>((row) => row.id, {
    receipt: (row) => joined(row.provider, row.transactionId),
  })

/** The refund that was sent last for each payment. */
type RefundTurn = { readonly paymentId: string; readonly refundNo: string; readonly at: Date }

export const refundTurnTable = () => createTable<RefundTurn>(({ paymentId }) => paymentId)

const age: Age<PaymentRow> = ({ value }) => ({ createdAt: value.createdAt, id: value.id })

export const paymentReader = (
  payments: Rows<PaymentRow>,
  orders: Rows<Versioned<Order>>,
  links: Links,
): PaymentReader => ({
  find: async (id) => payments.get(id),
  findByOutTradeNo: async (outTradeNo) => payments.getBy('outTradeNo', outTradeNo),
  async findWithOrder(outTradeNo) {
    const payment = payments.getBy('outTradeNo', outTradeNo)
    const order = payment && orders.get(payment.value.orderId)
    return payment && order && { payment, order }
  },
  findOpen: async (orderId, provider, method) => payments.getBy('open', joined(orderId, provider, method)),
  listByOrder: async (orderId) =>
    oldestFirst(
      payments.where(({ value }) => value.orderId === orderId),
      age,
    ),
  async list(filter, page) {
    const { userId, provider, status } = filter
    const isNamed = links.paymentsNamed(filter)
    const wanted = ({ value }: PaymentRow): boolean =>
      (userId === undefined || value.userId === userId) &&
      (provider === undefined || value.provider === provider) &&
      (status === undefined || value.status === status) &&
      isNamed(value.id) &&
      isWithin(filter, value.createdAt)
    return pageOf(payments.where(wanted), page, age)
  },
})

export const paymentRepository = (
  payments: Draft<PaymentRow>,
  orders: Rows<Versioned<Order>>,
  links: Links,
  { dues, turns }: { readonly dues: Dues; readonly turns: Draft<RefundTurn> },
): PaymentRepository => ({
  ...paymentReader(payments, orders, links),
  async insert(payment, askAt) {
    const { orderId, provider, method } = payment
    if (payments.getBy('open', joined(orderId, provider, method)) !== undefined) return false
    insertOnce(payments, firstVersion(payment, payment.createdAt))
    if (payment.status === 'pending') setDue(dues, payment.id, askAt)
    return true
  },
  async replace(before, after, at) {
    const written = replaceVersion(payments, after.id, before, after, at)
    if (written && after.status !== 'pending') moveDue(dues, after.id, undefined)
    return written
  },
  claimDue: async (now, leaseUntil, limit) =>
    claimDue(dues, { now, leaseUntil, limit }).flatMap(({ id, attempts }) => {
      const payment = payments.get(id)
      return payment === undefined ? [] : [{ payment, attempts }]
    }),
  postpone: async (paymentId, until) => moveDue(dues, paymentId, until),
  async takeRefundTurn(paymentId, refundNo, at, gapMs) {
    const last = turns.get(paymentId)
    // A time that lies ahead is that of a clock which was put back since: it binds nobody.
    const isFree = last === undefined || last.refundNo === refundNo || last.at > at
    const free = isFree ? at : new Date(Math.max(at.getTime(), last.at.getTime() + gapMs))
    if (free <= at) turns.put({ paymentId, refundNo, at })
    return free
  },
})

export const transactionReader = (transactions: Rows<PaymentTransaction>): PaymentTransactionReader => ({
  find: async (provider, transactionId) => transactions.getBy('receipt', joined(provider, transactionId)),
  listByOrder: async (orderId) =>
    oldestFirst(
      transactions.where((row) => row.orderId === orderId),
      (row) => row,
    ),
})

export const transactionRepository = (transactions: Draft<PaymentTransaction>): PaymentTransactionRepository => ({
  ...transactionReader(transactions),
  async insert(transaction) {
    if (transactions.getBy('receipt', joined(transaction.provider, transaction.transactionId))) return false
    insertOnce(transactions, transaction)
    return true
  },
  async book(held, { paymentId, orderId, disposition }) {
    const known = transactions.get(held.id)
    if (known?.disposition !== held.disposition) return false
    transactions.put({ ...known, paymentId, orderId, disposition })
    return true
  },
})
