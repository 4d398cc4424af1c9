import { ok, type Result } from 'neverthrow'
import type { Order } from '../../domain/order.ts'
import type { Clock } from '../clock.ts'
import { nextTurn, workOffDue } from '../due-work.ts'
import type { CloseAttempts } from '../payments/close-attempts.ts'
import { openPaymentsOf, refreshOpenPayments } from '../payments/open-payments.ts'
import type { RefreshPayment } from '../payments/refresh-payment.ts'
import type { Readers, Transaction } from '../transaction.ts'
import { endOrder } from './end-order.ts'
import type { DueOrder } from './order-repository.ts'

type Deps = {
  readonly transaction: Transaction
  readonly readers: Pick<Readers, 'payments'>
  readonly clock: Clock
  readonly refreshPayment: RefreshPayment
  readonly closeAttempts: CloseAttempts
  /** The gaps between tries to end one order (`RECOVERY_SCHEDULE`), the last one repeated. */
  readonly scheduleMs: readonly number[]
}

const CAUSE = { kind: 'timer', actor: 'expiry' } as const

/**
 * Ends every order whose time is over: its open payments are asked about and closed at the gateways, then it expires
 * and its goods are free. An unknown outcome leaves it pending for a later turn. Gives how many were looked at.
 */
export const expireOrders = (deps: Deps) => (): Promise<number> =>
  workOffDue(
    deps,
    ({ orders }, ...claim) => orders.claimDue(...claim),
    (one) => expire(deps, one),
  )

const expire = async (deps: Deps, { order: { value: order }, attempts }: DueOrder): Promise<void> => {
  if (!(await isClosed(deps, order)) || !(await end(deps, order))) await postpone(deps, order, attempts)
}

/** Asks first, which settles what was paid, then closes what is still open. */
const isClosed = async (deps: Deps, { id }: Order): Promise<boolean> => {
  if (!(await refreshOpenPayments(deps, id))) return false
  const closed = await deps.closeAttempts(await openPaymentsOf(deps.readers, id), CAUSE)
  return closed.isOk()
}

/** `false` where a payment is open all the same: opened meanwhile, or paid in a way a person has to look at. */
const end = async ({ transaction, clock }: Deps, { id }: Order): Promise<boolean> => {
  const event = { type: 'expired', at: clock.now() } as const
  const ended = await transaction.run((repositories) => endOrder(repositories, id, event, CAUSE))
  return ended.isOk()
}

const postpone = ({ transaction, clock, scheduleMs }: Deps, { id }: Order, attempts: number): Promise<unknown> => {
  const until = nextTurn({ clock }, scheduleMs, attempts - 1)
  return transaction.run(async ({ orders }): Promise<Result<void, never>> => ok(await orders.postpone(id, until)))
}
