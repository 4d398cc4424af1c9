import { err, ok, type Result } from 'neverthrow'
import type { Cause, DomainEvent } from '../../domain/event.ts'
import { type Order, type OrderTransition, transitionOrder } from '../../domain/order.ts'
import { type GatewayIdentity, type Payment, type Provider, transitionPayment } from '../../domain/payment.ts'
import type { Refund } from '../../domain/refund.ts'
import { availableOf } from '../../domain/stock.ts'
import { fulfilOrder } from '../fulfilment/fulfil-order.ts'
import type { Ids } from '../ids.ts'
import type { Randomness } from '../randomness.ts'
import { type Repositories, WRITE_CONFLICT, type WriteConflict } from '../transaction.ts'
import { bookHeld } from './book-held.ts'
import { holdReceipt, receiptRecord } from './hold-receipt.ts'
import type { Receipt } from './payment-gateway.ts'
import type { PaymentWithOrder } from './payment-repository.ts'
import type { Disposition } from './payment-transaction.ts'

export type LatePaymentPolicy = 'refund' | 'honour'

export type SettleInput = {
  readonly provider: Provider
  readonly receipt: Receipt
  readonly source: 'notification' | 'query' | 'ledger'
  /** The gateway has given all of it back already: where it funds nothing, nothing is left to send back. */
  readonly isReturned: boolean
  readonly cause: Cause
  readonly at: Date
}

/** Where a verified receipt ended: each ends in exactly one of these, and each but `repeated` is written down. */
export type SettleOutcome = {
  readonly verdict: Disposition | 'repeated' | 'foreign_identity'
  readonly orderId: string | undefined
}

export type SettleDeps = {
  readonly ids: Ids
  readonly randomness: Randomness
  readonly latePaymentPolicy: LatePaymentPolicy
}

type Settled = Result<SettleOutcome, WriteConflict>
type Found = PaymentWithOrder

/** Books a verified receipt inside the caller's transaction: payment, order, delivery, record and events, or an incident. */
export const settlePayment =
  (deps: SettleDeps) =>
  async (repositories: Repositories, input: SettleInput): Promise<Settled> => {
    const { receipt, provider } = input
    const found = await repositories.payments.findWithOrder(receipt.outTradeNo)
    if (found === undefined || found.payment.value.provider !== provider)
      return holdReceipt(deps, repositories, input, undefined, 'unknown_order')
    const payment = found.payment.value
    if (!sameIdentity(receipt.identity, payment.identity))
      return holdReceipt(deps, repositories, input, found, 'foreign_identity')
    if (receipt.amount !== payment.amount || receipt.currency !== payment.currency)
      return holdReceipt(deps, repositories, input, found, 'amount_mismatch')
    const { transactionId, amount, paidAt: at } = receipt
    const paid = transitionPayment(payment, { type: 'succeeded', amount, transactionId, at })
    if (paid.isErr()) return holdReceipt(deps, repositories, input, found, 'contradiction')
    const [settled, events] = paid.value
    if (events.length === 0) return ok({ verdict: 'repeated', orderId: payment.orderId })
    return book(deps, repositories, input, found, settled, events)
  }

const sameIdentity = (receipt: GatewayIdentity, stored: GatewayIdentity): boolean =>
  receipt.appId === stored.appId && receipt.merchantId === stored.merchantId

/** The payment took the money; decides whether it funds its order, then writes everything. */
const book = async (
  deps: SettleDeps,
  repositories: Repositories,
  input: SettleInput,
  found: Found,
  payment: Payment,
  paymentEvents: readonly DomainEvent[],
): Promise<Settled> => {
  const order = found.order.value
  const funding = await fund(deps, repositories, order, input.receipt, payment.id)
  const record = receiptRecord(deps, input, found, funding.disposition)
  const written = (await repositories.transactions.insert(record)) || (await bookHeld(repositories, record, input))
  if (!written) return bookedByOther(deps, repositories, input, found)
  if (!(await repositories.payments.replace(found.payment, payment, input.at))) return err(WRITE_CONFLICT)
  const consequences =
    funding.order === undefined
      ? await refundInFull(deps, repositories, payment, funding.disposition, input)
      : await pay(deps, repositories, found, funding.order, input)
  if (consequences.isErr()) return err(consequences.error)
  await repositories.outbox.append({
    stream: order.id,
    events: [...paymentEvents, ...consequences.value],
    cause: input.cause,
    at: input.at,
  })
  return ok({ verdict: funding.disposition, orderId: order.id })
}

/**
 * The receipt is on record although its payment was read as unpaid. Either another writer is booking the very same one,
 * or the gateway gave this transaction to another number before, and nobody but a person can say whose it is.
 */
const bookedByOther = async (
  deps: SettleDeps,
  repositories: Repositories,
  input: SettleInput,
  found: Found,
): Promise<Settled> => {
  const known = await repositories.transactions.find(input.provider, input.receipt.transactionId)
  return known?.paymentId === found.payment.value.id
    ? err(WRITE_CONFLICT)
    : holdReceipt(deps, repositories, input, found, 'contradiction')
}

type Funding =
  | { readonly disposition: 'settled' | 'honoured'; readonly order: OrderTransition }
  | { readonly disposition: 'surplus' | 'late'; readonly order: undefined }

const fund = async (
  { latePaymentPolicy }: SettleDeps,
  repositories: Repositories,
  order: Order,
  { amount, paidAt: at }: Receipt,
  paymentId: string,
): Promise<Funding> => {
  const paid = transitionOrder(order, { type: 'paid', paymentId, amount, at })
  if (paid.isOk()) return { disposition: 'settled', order: paid.value }
  if (paid.error.code !== 'ORDER_ENDED') return { disposition: 'surplus', order: undefined }
  if (latePaymentPolicy === 'refund' || !(await isStillDeliverable(repositories, order)))
    return { disposition: 'late', order: undefined }
  const honoured = transitionOrder(order, { type: 'honoured', paymentId, amount, at })
  return honoured.isOk()
    ? { disposition: 'honoured', order: honoured.value }
    : { disposition: 'late', order: undefined }
}

/** An ended order has given its goods back; it can be delivered only where they are still there. */
const isStillDeliverable = async ({ stock }: Repositories, order: Order): Promise<boolean> => {
  for (const { sku, quantity } of await stock.reservationsOf(order.id))
    if (availableOf((await stock.find(sku)).value) < quantity) return false
  return true
}

const pay = async (
  deps: SettleDeps,
  repositories: Repositories,
  found: Found,
  [order, orderEvents]: OrderTransition,
  { at }: SettleInput,
): Promise<Result<readonly DomainEvent[], WriteConflict>> => {
  if (!(await repositories.orders.replace(found.order, order, at))) return err(WRITE_CONFLICT)
  const delivered = await fulfilOrder(deps)(repositories, order, at)
  if (delivered.isOk()) return ok([...orderEvents, ...delivered.value])
  // Goods were reserved or just counted in this transaction: only another writer can have taken them since.
  return err(WRITE_CONFLICT)
}

/** A payment that funds nothing goes back whole: the intent is a row before any call is made. */
const refundInFull = async (
  { ids }: SettleDeps,
  { refunds }: Repositories,
  payment: Payment,
  disposition: 'surplus' | 'late',
  { isReturned, at }: SettleInput,
): Promise<Result<readonly DomainEvent[], WriteConflict>> => {
  if (isReturned) return ok([])
  const refund: Refund = {
    refundNo: ids.refundNo(at),
    orderId: payment.orderId,
    paymentId: payment.id,
    userId: payment.userId,
    provider: payment.provider,
    amount: payment.amount,
    currency: payment.currency,
    reason: disposition === 'surplus' ? '重复支付自动退款' : '订单已结束自动退款',
    requestedBy: 'system',
    createdAt: at,
    status: 'processing',
    refundId: undefined,
    abnormal: false,
  }
  if (!(await refunds.insert(refund))) throw new Error('a number made here was taken')
  const { refundNo, orderId, paymentId } = refund
  return ok([{ type: 'refund.requested', refundNo, orderId, paymentId, at }])
}
