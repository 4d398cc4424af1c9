import { ok, type Result } from 'neverthrow'
import type { Payment } from '../../domain/payment.ts'
import type { Clock } from '../clock.ts'
import { nextTurn, workOffDue } from '../due-work.ts'
import type { Readers, Transaction } from '../transaction.ts'
import type { CloseAttempts } from './close-attempts.ts'
import type { DuePayment } from './payment-repository.ts'
import type { RefreshPayment } from './refresh-payment.ts'

type Deps = {
  readonly transaction: Transaction
  readonly readers: Pick<Readers, 'orders' | 'payments'>
  readonly clock: Clock
  readonly refreshPayment: RefreshPayment
  readonly closeAttempts: CloseAttempts
  /** The gaps between questions about one payment (`RECOVERY_SCHEDULE`), the last one repeated. */
  readonly scheduleMs: readonly number[]
}

const CAUSE = { kind: 'timer', actor: 'recovery' } as const

/**
 * Asks about every pending payment that is due and books the answer, so that a lost callback costs only time. One
 * that nobody should pay any more is closed as well. Gives how many were looked at.
 */
export const recoverPayments = (deps: Deps) => (): Promise<number> =>
  workOffDue(
    deps,
    ({ payments }, ...claim) => payments.claimDue(...claim),
    (one) => recover(deps, one),
  )

const recover = async (deps: Deps, { payment: { value: payment }, attempts }: DuePayment): Promise<void> => {
  const refreshed = await deps.refreshPayment(payment)
  if (refreshed.isOk() && !refreshed.value.changed && (await isOver(deps, payment)))
    await deps.closeAttempts([payment], CAUSE)
  await postpone(deps, payment, attempts)
}

/** Its time is past, or its order was paid by other means or has ended: what is left open would only be money to return. */
const isOver = async ({ readers, clock }: Deps, { orderId, expiresAt }: Payment): Promise<boolean> =>
  clock.now() >= expiresAt || (await readers.orders.find(orderId))?.value.status !== 'pending'

const postpone = ({ transaction, clock, scheduleMs }: Deps, { id }: Payment, attempts: number): Promise<unknown> => {
  // The first gap lay between the payment's making and the first question.
  const until = nextTurn({ clock }, scheduleMs, attempts)
  return transaction.run(async ({ payments }): Promise<Result<void, never>> => ok(await payments.postpone(id, until)))
}
