import { err, ok, type Result } from 'neverthrow'
import type { DomainEvent } from '../../domain/event.ts'
import { transitionOrder } from '../../domain/order.ts'
import { type Payment, transitionPayment } from '../../domain/payment.ts'
import { type Refund, refundTotals } from '../../domain/refund.ts'
import { syncDelivery } from '../fulfilment/sync-delivery.ts'
import type { Ids } from '../ids.ts'
import { type Repositories, WRITE_CONFLICT, type WriteConflict } from '../transaction.ts'

type Deps = { readonly ids: Ids }

/**
 * After a refund has ended: raises what has gone back on its payment and, where that funds the order, on the order, and
 * brings to that point what was delivered. The payment is written even where it stays as it is, so that nobody who is
 * just counting what is left of it goes by a sum that is over.
 */
export const followRefunds =
  (deps: Deps) =>
  async (
    repositories: Repositories,
    refund: Refund,
    at: Date,
  ): Promise<Result<readonly DomainEvent[], WriteConflict>> => {
    const { payments, refunds } = repositories
    const before = await payments.find(refund.paymentId)
    if (before === undefined) throw new Error(`payment ${refund.paymentId} is gone`)
    const { returned, reserved } = refundTotals(
      (await refunds.listByPayment(refund.paymentId)).map(({ value }) => value),
    )
    const raised = transitionPayment(before.value, { type: 'refunded', total: returned, at })
    if (raised.isErr()) throw new Error(`payment ${refund.paymentId} can't be refunded: ${raised.error.code}`)
    const [payment, paymentEvents] = raised.value
    if (!(await payments.replace(before, payment, at))) return err(WRITE_CONFLICT)
    const order = await followOrder(deps, repositories, { refund, payment, returned, reserved }, at)
    return order.map((events) => [...paymentEvents, ...events])
  }

type Sums = ReturnType<typeof refundTotals> & { readonly refund: Refund; readonly payment: Payment }

const followOrder = async (
  deps: Deps,
  repositories: Repositories,
  { refund, payment, returned, reserved }: Sums,
  at: Date,
): Promise<Result<readonly DomainEvent[], WriteConflict>> => {
  const { id: paymentId, orderId } = payment
  const before = await repositories.orders.find(orderId)
  if (before === undefined) throw new Error(`order ${orderId} is gone`)
  // What did not fund the order, such as a surplus payment, has nothing to do with what it delivered.
  if (!('paymentId' in before.value) || before.value.paymentId !== paymentId) return ok([])
  const raised = transitionOrder(before.value, { type: 'refunded', paymentId, total: returned, at })
  if (raised.isErr()) throw new Error(`order ${orderId} can't be refunded: ${raised.error.code}`)
  const [order, orderEvents] = raised.value
  if (orderEvents.length > 0 && !(await repositories.orders.replace(before, order, at))) return err(WRITE_CONFLICT)
  const synced = await syncDelivery(deps)(repositories, { order, returned, reserved, mayFallShort: true }, at)
  if (synced.isErr()) {
    if (synced.error.code === 'WRITE_CONFLICT') return err(synced.error)
    throw new Error(`the delivery of order ${orderId} may fall short and refused to`)
  }
  const { events, shortfall } = synced.value
  if (shortfall > 0) await reportShortfall(deps, repositories, refund, payment, shortfall, at)
  return ok([...orderEvents, ...events])
}

const reportShortfall = (
  { ids }: Deps,
  { incidents }: Repositories,
  { refundNo, userId, orderId }: Refund,
  { provider, outTradeNo }: Payment,
  pointsMissing: number,
  at: Date,
): Promise<void> => {
  const evidence = { refundNo, userId, pointsMissing }
  const facts = { id: ids.entity(), kind: 'points_shortfall', provider, outTradeNo, orderId } as const
  return incidents.report({ ...facts, evidence, subject: refundNo, at })
}
