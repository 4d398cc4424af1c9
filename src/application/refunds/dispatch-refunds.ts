import { ok, type Result } from 'neverthrow'
import type { Refund } from '../../domain/refund.ts'
import type { Clock } from '../clock.ts'
import { nextTurn, workOffDue } from '../due-work.ts'
import type { Ids } from '../ids.ts'
import type { FullGateway, GatewayError, Gateways, RefundState } from '../payments/payment-gateway.ts'
import type { Readers, Transaction } from '../transaction.ts'
import type { DueRefund } from './refund-repository.ts'
import { type SettleRefundInput, settleRefund } from './settle-refund.ts'

type Deps = {
  readonly transaction: Transaction
  readonly readers: Pick<Readers, 'payments'>
  readonly clock: Clock
  readonly ids: Ids
  readonly gateways: Gateways
  /** The gaps between questions about one refund (`RECOVERY_SCHEDULE`), the last one repeated. */
  readonly scheduleMs: readonly number[]
}

/**
 * Sends every refund that is due to its gateway, or asks about it, and books the answer. An unknown outcome leaves
 * it processing under its number for the next turn. Gives how many were looked at.
 */
export const dispatchRefunds = (deps: Deps) => (): Promise<number> =>
  workOffDue(
    deps,
    ({ refunds }, ...claim) => refunds.claimDue(...claim),
    (one) => dispatch(deps, one),
  )

const dispatch = async (deps: Deps, { refund, attempts }: DueRefund): Promise<void> => {
  const gateway = deps.gateways.find(refund.value.provider)
  const state = gateway === undefined ? undefined : await ask(deps, gateway, refund.value, attempts)
  const event = state === undefined ? undefined : eventOf(state, deps.clock.now())
  if (event !== undefined) await book(deps, refund.value, event)
  await postpone(deps, refund.value, attempts)
}

/** The first turn sends it; later ones ask first and repeat the same request only where the gateway knows nothing of it. */
const ask = async (
  { readers }: Deps,
  gateway: FullGateway,
  refund: Refund,
  attempts: number,
): Promise<Result<RefundState, GatewayError> | undefined> => {
  const payment = (await readers.payments.find(refund.paymentId))?.value
  if (payment === undefined || !('transactionId' in payment))
    throw new Error(`refund ${refund.refundNo} of nothing paid`)
  const { outTradeNo, transactionId, amount: paid } = payment
  const { refundNo, amount, currency, reason } = refund
  if (attempts > 1) {
    const known = await gateway.queryRefund({ refundNo, outTradeNo })
    if (known.isErr() || known.value.state !== 'not_found') return known
  }
  return gateway.refund({ refundNo, outTradeNo, transactionId, amount, paid, currency, reason })
}

type Booked = SettleRefundInput['event']

const eventOf = (answer: Result<RefundState, GatewayError>, at: Date): Booked | undefined => {
  if (answer.isErr()) {
    const { error } = answer
    // Anything but a definite "no" keeps it open under the same number.
    return error.code === 'GATEWAY_REJECTED' ? { type: 'failed', reason: error.gatewayCode, at } : undefined
  }
  const state = answer.value
  switch (state.state) {
    case 'success':
      return { type: 'succeeded', refundId: state.refundId, amount: state.amount, at: state.at }
    case 'processing':
      return { type: 'accepted', refundId: state.refundId, at }
    case 'abnormal':
      return { type: 'turned_abnormal', refundId: state.refundId, at }
    case 'closed':
      return { type: 'failed', reason: state.reason, at }
    case 'not_found':
      return undefined
  }
}

const book = (deps: Deps, { refundNo, provider }: Refund, event: Booked): Promise<unknown> =>
  deps.transaction.run((repositories) =>
    settleRefund(deps)(repositories, {
      refundNo,
      event,
      cause: { kind: 'query', actor: provider },
      at: deps.clock.now(),
    }),
  )

const postpone = (
  { transaction, clock, scheduleMs }: Deps,
  { refundNo }: Refund,
  attempts: number,
): Promise<unknown> => {
  const until = nextTurn({ clock }, scheduleMs, attempts - 1)
  return transaction.run(
    async ({ refunds }): Promise<Result<void, never>> => ok(await refunds.postpone(refundNo, until)),
  )
}
