import { err, ok, type Result } from 'neverthrow'
import type { Cause } from '../../domain/event.ts'
import { type PaymentEvent, transitionPayment } from '../../domain/payment.ts'
import { type Repositories, WRITE_CONFLICT, type WriteConflict } from '../transaction.ts'

/**
 * Ends an attempt that took no money, inside the caller's transaction; one that was paid meanwhile stays paid. With
 * `onlyVersion` it is left alone where anything was written to it since.
 */
export const endPayment = async (
  { payments, outbox }: Pick<Repositories, 'payments' | 'outbox'>,
  paymentId: string,
  event: Extract<PaymentEvent, { type: 'failed' | 'closed' }>,
  cause: Cause,
  onlyVersion?: number,
): Promise<Result<{ readonly changed: boolean }, WriteConflict>> => {
  const before = await payments.find(paymentId)
  if (before === undefined) throw new Error(`payment ${paymentId} is gone`)
  if (onlyVersion !== undefined && before.version !== onlyVersion) return ok({ changed: false })
  const ended = transitionPayment(before.value, event)
  if (ended.isErr() || ended.value[1].length === 0) return ok({ changed: false })
  const [payment, events] = ended.value
  if (!(await payments.replace(before, payment, event.at))) return err(WRITE_CONFLICT)
  await outbox.append({ stream: payment.orderId, events, cause, at: event.at })
  return ok({ changed: true })
}
