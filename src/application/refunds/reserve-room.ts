import { err, ok, type Result } from 'neverthrow'
import { type Payment, type Provider } from '../../domain/payment.ts'
import { isReserving, type Refund, refundableOf } from '../../domain/refund.ts'
import type { Gateways, RefundRules } from '../payments/payment-gateway.ts'
import { type Repositories, WRITE_CONFLICT, type WriteConflict } from '../transaction.ts'
import type { Versioned } from '../versioned.ts'

export type NoRoom = { readonly code: 'REFUND_EXCEEDS_PAYMENT' } | { readonly code: 'ORDER_NOT_REFUNDABLE' }

type Wanted = Pick<Refund, 'refundNo' | 'amount'>

/** Points are given back here, in one step: no gateway sets any rules. */
const NO_RULES: RefundRules = { mostRefunds: undefined, gapMs: 0 }

/** What the provider asks of its refunds, if it is configured. */
export const refundRulesOf = (gateways: Gateways, provider: Provider): RefundRules | undefined =>
  provider === 'points' ? NO_RULES : gateways.find(provider)?.refundRules

/**
 * Takes the room for one refund of a payment, inside the caller's transaction. Whoever takes room writes the payment, so
 * of two who read the same refunds one meets a conflict and looks again; the payment must have been read before them.
 */
export const reserveRoom = async (
  { payments, refunds }: Pick<Repositories, 'payments' | 'refunds'>,
  payment: Versioned<Payment>,
  wanted: Wanted,
  { mostRefunds }: RefundRules,
  at: Date,
): Promise<Result<void, NoRoom | WriteConflict>> => {
  const all = (await refunds.listByPayment(payment.value.id)).map(({ value }) => value)
  const others = all.filter(({ refundNo }) => refundNo !== wanted.refundNo)
  if (wanted.amount > refundableOf(payment.value, others)) return err({ code: 'REFUND_EXCEEDS_PAYMENT' })
  if (mostRefunds !== undefined && others.filter(counts).length >= mostRefunds)
    return err({ code: 'ORDER_NOT_REFUNDABLE' })
  return (await payments.replace(payment, payment.value, at)) ? ok(undefined) : err(WRITE_CONFLICT)
}

/** What the gateway counts or is going to. */
const counts = (refund: Refund): boolean => refund.status === 'success' || isReserving(refund)
