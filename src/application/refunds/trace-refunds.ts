import { err, ok, type Result } from 'neverthrow'
import type { Fen } from '../../domain/money.ts'
import type { Payment } from '../../domain/payment.ts'
import { subtractFen } from '../../domain/money.ts'
import { type Refund, refundTotals } from '../../domain/refund.ts'
import type { Clock } from '../clock.ts'
import { nextTurn, workOffDue } from '../due-work.ts'
import type { Ids } from '../ids.ts'
import type { FullGateway, Gateways } from '../payments/payment-gateway.ts'
import type { RefreshPayment } from '../payments/refresh-payment.ts'
import type { Readers, Repositories, Transaction, WriteConflict } from '../transaction.ts'
import type { Versioned } from '../versioned.ts'
import { bookRefundFact, findNamed } from './book-refund-fact.ts'
import { isExplained } from './note-returned.ts'
import type { DueClue, RefundClue } from './refund-clue-repository.ts'
import { refundEventOf } from './refund-event.ts'
import type { SettleRefundInput } from './settle-refund.ts'

type Deps = {
  readonly transaction: Transaction
  readonly readers: Pick<Readers, 'payments' | 'refunds' | 'refundClues'>
  readonly clock: Clock
  readonly ids: Ids
  readonly gateways: Gateways
  readonly refreshPayment: RefreshPayment
  /** The gaps between questions about one clue (`RECOVERY_SCHEDULE`); a person is told after the last one. */
  readonly scheduleMs: readonly number[]
}

/** `ended`: nothing more to ask. `untold`: the gateway answered and did not tell enough. `unknown`: no answer. */
type Traced = 'ended' | 'untold' | 'unknown'

/**
 * Asks the gateways about refunds that were made elsewhere and of which they told too little to book them. What is
 * untold at the end of the schedule is an incident. Gives how many were looked at.
 */
export const traceRefunds = (deps: Deps) => (): Promise<number> =>
  workOffDue(
    deps,
    ({ refundClues }, ...claim) => refundClues.claimDue(...claim),
    (one) => trace(deps, one),
  )

const trace = async (deps: Deps, { clue, attempts }: DueClue): Promise<void> => {
  const traced = await traceClue(deps, clue)
  if (traced === 'ended') return
  if (traced === 'untold' && attempts > deps.scheduleMs.length) return giveUp(deps, clue)
  const until = nextTurn(deps, deps.scheduleMs, attempts - 1)
  await deps.transaction.run(
    async ({ refundClues }): Promise<Result<void, never>> => ok(await refundClues.postpone(clue, until)),
  )
}

const traceClue = async (deps: Deps, clue: RefundClue): Promise<Traced> => {
  const payment = await paymentOf(deps, clue)
  const gateway = deps.gateways.find(payment.provider)
  if (gateway === undefined) return 'unknown'
  if (!('transactionId' in payment)) return settleFirst(deps, clue, payment)
  return clue.number === undefined
    ? traceUnnamed(deps, gateway, clue, payment)
    : traceNamed(deps, gateway, clue, clue.number, payment)
}

const paymentOf = async ({ readers }: Deps, { paymentId }: RefundClue): Promise<Payment> => {
  const payment = await readers.payments.find(paymentId)
  if (payment === undefined) throw new Error(`payment ${paymentId} is gone`)
  return payment.value
}

/** A refund of which we hear before its payment: that is asked about first, and booked. */
const settleFirst = async (deps: Deps, clue: RefundClue, payment: Payment): Promise<Traced> => {
  const refreshed = await deps.refreshPayment(payment)
  if (refreshed.isErr()) return 'unknown'
  return 'transactionId' in (await paymentOf(deps, clue)) ? traceClue(deps, clue) : 'untold'
}

type PaidPayment = Extract<Payment, { readonly transactionId: string }>

const traceNamed = async (
  deps: Deps,
  gateway: FullGateway,
  clue: RefundClue,
  number: string,
  { id, outTradeNo, transactionId }: PaidPayment,
): Promise<Traced> => {
  const known = await findNamed(deps.readers, id, number)
  if (known?.value.status === 'success') return end(deps, clue, known.value)
  // A refund made without a number has its trade's, of which Alipay may tell either.
  const refundNo = number === transactionId ? outTradeNo : number
  const answer = await gateway.queryRefund({ refundNo, outTradeNo })
  if (answer.isErr()) return answer.error.code === 'GATEWAY_UNAVAILABLE' ? 'unknown' : 'untold'
  const event = refundEventOf(answer.value, deps.clock.now())
  if (event === undefined) return 'untold'
  return book(deps, clue, event, event.type === 'succeeded' ? event.amount : clue.amount)
}

const traceUnnamed = async (
  deps: Deps,
  gateway: FullGateway,
  clue: RefundClue,
  { id, outTradeNo, amount }: PaidPayment,
): Promise<Traced> => {
  const trade = await gateway.query(outTradeNo)
  if (trade.isErr()) return 'unknown'
  if (trade.value.state !== 'paid') return 'untold'
  const { refunded } = trade.value
  const known = (await deps.readers.refunds.listByPayment(id)).map(({ value }) => value)
  if (refunded !== 'none' && isExplained(refunded, amount, known)) return end(deps, clue, undefined)
  if (refunded !== 'all') return 'untold'
  // What is under way here, or known by its number, may be what shows there.
  const named = (await deps.readers.refundClues.listOpen(id)).filter((other) => other.number !== undefined)
  if (named.length > 0 || known.some(({ status }) => status === 'processing')) return 'unknown'
  const rest = subtractFen(amount, refundTotals(known).returned)
  const at = deps.clock.now()
  return book(deps, clue, { type: 'succeeded', refundId: undefined, amount: rest, at }, rest)
}

const book = async (
  deps: Deps,
  clue: RefundClue,
  event: SettleRefundInput['event'],
  amount: Fen | undefined,
): Promise<Traced> => {
  const { paymentId, number } = clue
  const at = deps.clock.now()
  const booked = await deps.transaction.run(async (repositories): Promise<Result<Traced, WriteConflict>> => {
    const payment = await paid(repositories, paymentId)
    const cause = { kind: 'query', actor: payment.value.provider } as const
    const fact = await bookRefundFact(deps)(repositories, { payment, number, amount, event, cause, at })
    if (fact.isErr()) return err(fact.error)
    if (fact.value === 'untold') return ok('untold')
    if (fact.value === 'held') return ok('unknown') // What holds its room is asked about by its own job.
    const named = await findNamed(repositories, paymentId, number)
    await repositories.refundClues.end({ ...clue, refundNo: named?.value.refundNo })
    return ok('ended')
  })
  return booked.match(
    (traced) => traced,
    (impossible: never) => impossible,
  )
}

const paid = async ({ payments }: Repositories, paymentId: string): Promise<Versioned<Payment>> => {
  const payment = await payments.find(paymentId)
  if (payment === undefined) throw new Error(`payment ${paymentId} is gone`)
  return payment
}

const end = async ({ transaction }: Deps, clue: RefundClue, known: Refund | undefined): Promise<'ended'> => {
  await transaction.run(
    async ({ refundClues }): Promise<Result<void, never>> =>
      ok(await refundClues.end({ ...clue, refundNo: known?.refundNo })),
  )
  return 'ended'
}

/** Money may have gone back, and no more can be asked: somebody has to look it up in the gateway's console or its bill. */
const giveUp = async (deps: Deps, clue: RefundClue): Promise<void> => {
  const { provider, outTradeNo, orderId } = await paymentOf(deps, clue)
  const at = deps.clock.now()
  await deps.transaction.run(async ({ refundClues, incidents }): Promise<Result<void, never>> => {
    await refundClues.end({ ...clue, refundNo: undefined })
    const evidence = {
      untoldRefund: clue.number ?? '',
      ...(clue.amount === undefined ? {} : { amountFen: clue.amount }),
    }
    const facts = { id: deps.ids.entity(), kind: 'contradiction', provider, outTradeNo, orderId } as const
    await incidents.report({ ...facts, evidence, subject: outTradeNo, at })
    return ok(undefined)
  })
}
