import { err, ok, type Result } from 'neverthrow'
import type { Order } from '../../domain/order.ts'
import type { Clock } from '../clock.ts'
import type { CloseAttempts } from '../payments/close-attempts.ts'
import { openPaymentsOf } from '../payments/open-payments.ts'
import type { RefreshError } from '../payments/refresh-payment.ts'
import type { Readers, Transaction } from '../transaction.ts'
import type { Versioned } from '../versioned.ts'
import { endOrder } from './end-order.ts'
import { maySee, type Viewer } from './viewer.ts'

export type CancelOrderError =
  | RefreshError
  | { readonly code: 'ORDER_NOT_FOUND' }
  | { readonly code: 'ORDER_NOT_CANCELLABLE' }

type Deps = {
  readonly transaction: Transaction
  readonly readers: Pick<Readers, 'orders' | 'payments'>
  readonly clock: Clock
  readonly closeAttempts: CloseAttempts
}

/** A payer may open a further attempt while the others are being closed. */
const ROUNDS = 3

/** Closes what is open of an order at the gateways, then cancels it and gives its goods free. Safe to repeat. */
export const cancelOrder =
  (deps: Deps) =>
  async (viewer: Viewer, orderId: string): Promise<Result<Versioned<Order>, CancelOrderError>> => {
    const found = await deps.readers.orders.find(orderId)
    if (found === undefined || !maySee(viewer, found.value)) return err({ code: 'ORDER_NOT_FOUND' })
    if (found.value.status !== 'pending') return cancelledOrNot(found)
    const cause = { kind: 'request', actor: found.value.userId } as const
    for (let round = 1; round <= ROUNDS; round += 1) {
      const closed = await deps.closeAttempts(await openPaymentsOf(deps.readers, orderId), cause)
      if (closed.isErr()) return err(closed.error)
      if (closed.value === 'paid') return err({ code: 'ORDER_NOT_CANCELLABLE' })
      const event = { type: 'cancelled', at: deps.clock.now() } as const
      const ended = await deps.transaction.run((repositories) => endOrder(repositories, orderId, event, cause))
      if (ended.isOk()) return cancelledOrNot(ended.value)
    }
    return err({ code: 'GATEWAY_UNAVAILABLE' })
  }

const cancelledOrNot = (order: Versioned<Order>): Result<Versioned<Order>, CancelOrderError> =>
  order.value.status === 'cancelled' ? ok(order) : err({ code: 'ORDER_NOT_CANCELLABLE' })
