import { ok, type Result } from 'neverthrow'
import type { Refund } from '../../domain/refund.ts'
import type { Clock } from '../clock.ts'
import { nextTurn } from '../due-work.ts'
import type { Ids } from '../ids.ts'
import type { FullGateway, Gateways, GatewayError, RefundOrder, RefundState } from '../payments/payment-gateway.ts'
import type { Readers, Transaction } from '../transaction.ts'
import { refundEventOf } from './refund-event.ts'
import { type SettleRefundInput, settleRefund } from './settle-refund.ts'

/** Takes a processing refund that is leased to the caller one step further; `turn` counts the steps, this one included. */
export type SendRefund = (refund: Refund, turn: number) => Promise<void>

/** Brings a refund under way up to what the gateway says of it now; tells whether it said anything. */
export type RefreshRefund = (refund: Refund) => Promise<'asked' | 'unknown'>

export type SendRefundDeps = {
  readonly transaction: Transaction
  readonly readers: Pick<Readers, 'payments'>
  readonly clock: Clock
  readonly ids: Ids
  readonly gateways: Gateways
  /** The gaps between questions about one refund (`RECOVERY_SCHEDULE`), the last one repeated. */
  readonly scheduleMs: readonly number[]
}

type Booked = SettleRefundInput['event']

/**
 * Sends it to its gateway, or asks about it, and books the answer. An unknown outcome leaves it processing under its
 * number for the next turn. One that may have been sent is asked about first, and repeated word for word only where the
 * gateway knows nothing of it. One that was made in the gateway's own console is only asked about.
 */
export const sendRefund =
  (deps: SendRefundDeps): SendRefund =>
  async (refund, turn) => {
    const usual = (): Date => nextTurn(deps, deps.scheduleMs, turn - 1)
    const gateway = deps.gateways.find(refund.provider)
    if (gateway === undefined) return book(deps, refund, undefined, usual())
    const isOurs = refund.requestedBy !== 'gateway'
    if (turn > 1 || !isOurs) {
      const known = await askAbout(deps, gateway, refund)
      if (known !== 'not_found') return book(deps, refund, known, usual())
      if (!isOurs) return book(deps, refund, undefined, usual())
    }
    const order = await orderOf(deps, refund)
    const free = await takeTurn(deps, gateway, refund)
    if (free !== undefined) return book(deps, refund, undefined, free)
    const answer = await gateway.refund(order)
    return book(deps, refund, answeredWith(answer, deps.clock.now()), usual())
  }

/** Asks the gateway about a refund under way and books what it says; an answer that is none changes nothing. */
export const refreshRefund =
  (deps: SendRefundDeps): RefreshRefund =>
  async (refund) => {
    const gateway = deps.gateways.find(refund.provider)
    const known = gateway === undefined ? undefined : await askAbout(deps, gateway, refund)
    if (known === undefined) return 'unknown'
    if (known !== 'not_found') await book(deps, refund, known, undefined)
    return 'asked'
  }

/** Whatever a question is refused with, the refund's state stays unknown. */
const askAbout = async (
  { readers, clock }: SendRefundDeps,
  gateway: FullGateway,
  { refundNo, paymentId }: Refund,
): Promise<Booked | 'not_found' | undefined> => {
  const payment = await readers.payments.find(paymentId)
  if (payment === undefined) throw new Error(`refund ${refundNo} of no payment`)
  const known = await gateway.queryRefund({ refundNo, outTradeNo: payment.value.outTradeNo })
  return known.isErr() ? undefined : (refundEventOf(known.value, clock.now()) ?? 'not_found')
}

const orderOf = async ({ readers }: SendRefundDeps, refund: Refund): Promise<RefundOrder> => {
  const payment = (await readers.payments.find(refund.paymentId))?.value
  if (payment === undefined || !('transactionId' in payment))
    throw new Error(`refund ${refund.refundNo} of nothing paid`)
  const { outTradeNo, transactionId, amount: paid } = payment
  const { refundNo, amount, currency, reason } = refund
  return { refundNo, outTradeNo, transactionId, amount, paid, currency, reason }
}

/** When it may be sent, where that is not now: gateways want some time between two refunds of one payment. */
const takeTurn = async (
  { transaction, clock }: SendRefundDeps,
  { refundRules }: FullGateway,
  { paymentId, refundNo }: Refund,
): Promise<Date | undefined> => {
  const at = clock.now()
  const free = await transaction.run(
    async ({ payments }): Promise<Result<Date, never>> =>
      ok(await payments.takeRefundTurn(paymentId, refundNo, at, refundRules.gapMs)),
  )
  return free.isOk() && free.value > at ? free.value : undefined
}

/** Anything but a definite "no" keeps it open under the same number. */
const answeredWith = (answer: Result<RefundState, GatewayError>, at: Date): Booked | undefined => {
  if (answer.isOk()) return refundEventOf(answer.value, at)
  return answer.error.code === 'GATEWAY_REJECTED' ? { type: 'failed', reason: answer.error.gatewayCode, at } : undefined
}

/** Books what is known now, and when to look at it next where it is still under way then. */
const book = async (
  deps: SendRefundDeps,
  { refundNo, provider }: Refund,
  event: Booked | undefined,
  next: Date | undefined,
): Promise<void> => {
  await deps.transaction.run(async (repositories) => {
    if (event !== undefined) {
      const cause = { kind: 'query', actor: provider } as const
      const settled = await settleRefund(deps)(repositories, { refundNo, event, cause, at: deps.clock.now() })
      if (settled.isErr()) return settled
    }
    if (next !== undefined) await repositories.refunds.postpone(refundNo, next)
    return ok('booked')
  })
}
