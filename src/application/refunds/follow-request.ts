import { err, ok, type Result } from 'neverthrow'
import type { Cause } from '../../domain/event.ts'
import { type Refund, refundTotals } from '../../domain/refund.ts'
import { type SyncDeliveryError, syncDelivery } from '../fulfilment/sync-delivery.ts'
import type { Ids } from '../ids.ts'
import type { Repositories } from '../transaction.ts'

/**
 * After somebody has asked for a refund, or turned one down: brings what the order has delivered to where its refunds
 * stand now, in the same transaction. Points that were bought and spent meanwhile refuse it.
 */
export const followRequest =
  (deps: { readonly ids: Ids }) =>
  async (
    repositories: Repositories,
    { paymentId, orderId }: Refund,
    cause: Cause,
    at: Date,
  ): Promise<Result<void, SyncDeliveryError>> => {
    const order = (await repositories.orders.find(orderId))?.value
    if (order === undefined) throw new Error(`order ${orderId} is gone`)
    // What did not fund the order, such as a surplus payment, has nothing to do with what it delivered.
    if (!('paymentId' in order) || order.paymentId !== paymentId) return ok(undefined)
    const { returned, reserved } = refundTotals(
      (await repositories.refunds.listByPayment(paymentId)).map(({ value }) => value),
    )
    const synced = await syncDelivery(deps)(repositories, { order, returned, reserved, mayFallShort: false }, at)
    if (synced.isErr()) return err(synced.error)
    const { events } = synced.value
    if (events.length > 0) await repositories.outbox.append({ stream: orderId, events, cause, at })
    return ok(undefined)
  }
