import { err, ok, type Result } from 'neverthrow'
import type { Cause } from '../../domain/event.ts'
import type { Fen } from '../../domain/money.ts'
import type { Order } from '../../domain/order.ts'
import type { Payment, Provider } from '../../domain/payment.ts'
import { needsTwoPeople } from '../../domain/four-eyes.ts'
import type { Refund, RefundFacts } from '../../domain/refund.ts'
import type { Operator } from '../catalogue/maintain-catalogue.ts'
import type { Clock } from '../clock.ts'
import type { PointsAlreadySpent } from '../fulfilment/move-points.ts'
import type { Ids } from '../ids.ts'
import type { Gateways } from '../payments/payment-gateway.ts'
import {
  type Readers,
  type Repositories,
  type Transaction,
  WRITE_CONFLICT,
  type WriteConflict,
} from '../transaction.ts'
import type { Versioned } from '../versioned.ts'
import { storedRefund } from './find-refund.ts'
import { type NoRoom, refundRulesOf, reserveRoom } from './reserve-room.ts'
import type { SendRefund } from './send-refund.ts'
import { startRefund } from './start-refund.ts'

export type RefundApproval = 'auto' | 'manual'

/** Who asks for money back: the order's owner, or an operator for anybody's order. */
export type RefundRequester =
  | { readonly kind: 'user'; readonly userId: string }
  | { readonly kind: 'operator'; readonly operator: Operator }

export type RefundRequest = {
  readonly requester: RefundRequester
  readonly provider: Provider
  readonly orderId: string
  readonly amount: Fen
  readonly reason: string
  /** The caller's own number, which makes the request idempotent. */
  readonly refundNo: string | undefined
  /** Fixed by the caller, so that a request repeated without a number is still one refund. */
  readonly resourceId: string
}

export type RequestRefundError =
  | NoRoom
  | PointsAlreadySpent
  | { readonly code: 'ORDER_NOT_FOUND' }
  | { readonly code: 'PROVIDER_NOT_CONFIGURED' }
  | { readonly code: 'REFUND_WINDOW_CLOSED' }
  /** The number names another refund. */
  | { readonly code: 'REFUND_NO_TAKEN' }

type Deps = {
  readonly transaction: Transaction
  readonly readers: Pick<Readers, 'refunds'>
  readonly clock: Clock
  readonly ids: Ids
  readonly gateways: Gateways
  readonly sendRefund: SendRefund
  readonly approval: RefundApproval
  /** What an operator asks for above it waits for another person, whatever the approval. */
  readonly fourEyesAbove: Fen | undefined
  /** How long after the payment money may be asked back. */
  readonly windowMs: number
  /** When the jobs may take over a refund whose caller never came back from the gateway. */
  readonly leaseMs: number
}

type Requested = { readonly refund: Refund; readonly next: 'send' | 'done' }

/**
 * Takes the room for a refund of what funded the order, commits it, and only then sends it: the answer tells how far it
 * came. Whatever happens after the commit, the jobs go on with it under the same number.
 */
export const requestRefund =
  (deps: Deps) =>
  async (request: RefundRequest): Promise<Result<Versioned<Refund>, RequestRefundError>> => {
    const requested = await deps.transaction.run((repositories) => commitRequest(deps, repositories, request))
    if (requested.isErr()) return err(requested.error)
    const { refund, next } = requested.value
    if (next === 'send') await deps.sendRefund(refund, 1)
    return ok(await storedRefund(deps.readers, refund.refundNo))
  }

const commitRequest = async (
  deps: Deps,
  repositories: Repositories,
  request: RefundRequest,
): Promise<Result<Requested, RequestRefundError | WriteConflict>> => {
  const at = deps.clock.now()
  const order = (await repositories.orders.find(request.orderId))?.value
  if (order === undefined || !mayRefund(request.requester, order)) return err({ code: 'ORDER_NOT_FOUND' })
  // A number of our own carries the random bits of the id it is made from.
  const refundNo = request.refundNo ?? `R${request.resourceId}`
  const known = await repositories.refunds.find(refundNo)
  if (known !== undefined) return repeated(known.value, request)
  const payment = await fundingOf(repositories, order, request.provider)
  if (payment === undefined) return err({ code: 'ORDER_NOT_REFUNDABLE' })
  const rules = refundRulesOf(deps.gateways, request.provider)
  if (rules === undefined) return err({ code: 'PROVIDER_NOT_CONFIGURED' })
  if (at.getTime() > payment.paidAt.getTime() + deps.windowMs) return err({ code: 'REFUND_WINDOW_CLOSED' })
  const facts = factsOf(request, payment.stored.value, refundNo, at)
  const room = await reserveRoom(repositories, payment.stored, facts, rules, at)
  if (room.isErr()) return err(room.error)
  return write(deps, repositories, request, facts)
}

/** Everything else looks to them as if it did not exist. */
export const mayRefund = (requester: RefundRequester, { userId }: Order): boolean =>
  requester.kind === 'operator' || requester.userId === userId

/** The same number for the same order and amount is the same refund; for anything else it is taken. */
const repeated = (
  known: Refund,
  { orderId, amount, provider }: RefundRequest,
): Result<Requested, RequestRefundError> =>
  known.orderId === orderId && known.amount === amount && known.provider === provider
    ? ok({ refund: known, next: 'done' })
    : err({ code: 'REFUND_NO_TAKEN' })

type Funding = { readonly stored: Versioned<Payment>; readonly paidAt: Date }

/** The payment that funded the order, where it came through this provider. */
const fundingOf = async (
  { payments }: Repositories,
  order: Order,
  provider: Provider,
): Promise<Funding | undefined> => {
  if (!('paymentId' in order)) return undefined
  const stored = await payments.find(order.paymentId)
  if (stored === undefined || !('paidAt' in stored.value)) throw new Error(`order ${order.id} was funded by nothing`)
  return stored.value.provider === provider ? { stored, paidAt: stored.value.paidAt } : undefined
}

const factsOf = (
  { requester, amount, reason }: RefundRequest,
  { id: paymentId, orderId, userId, provider, currency }: Payment,
  refundNo: string,
  createdAt: Date,
): RefundFacts => {
  const requestedBy = requester.kind === 'user' ? requester.userId : requester.operator.actor
  return { refundNo, orderId, paymentId, userId, provider, amount, currency, reason, requestedBy, createdAt }
}

const write = async (
  deps: Deps,
  repositories: Repositories,
  { requester, reason }: RefundRequest,
  facts: RefundFacts,
): Promise<Result<Requested, RequestRefundError | WriteConflict>> => {
  const { refunds, outbox, audit } = repositories
  const waits = deps.approval === 'manual' || (await waitsForAnother(deps, repositories, requester, facts))
  const refund: Refund = waits
    ? { ...facts, status: 'pending' }
    : { ...facts, status: 'processing', refundId: undefined, abnormal: false }
  if (!(await refunds.insert(refund))) return err(WRITE_CONFLICT)
  const { refundNo, orderId, paymentId, createdAt: at } = facts
  const cause = causeOf(requester)
  const events = [{ type: 'refund.requested', refundNo, orderId, paymentId, at } as const]
  await outbox.append({ stream: orderId, events, cause, at })
  if (requester.kind === 'operator') {
    const entry = { action: 'refund.request', subject: refundNo, reason, before: undefined, after: refund }
    await audit.append({ ...requester.operator, ...entry, id: deps.ids.entity(), at })
  }
  const started = await startRefund(deps)(repositories, refund, { cause, turn: 1, at })
  return started.map((next) => ({ refund, next }))
}

/** Users ask for their own money, and `REFUND_APPROVAL` says who looks at that. */
const waitsForAnother = async (
  { fourEyesAbove }: Deps,
  { refunds }: Repositories,
  requester: RefundRequester,
  facts: RefundFacts,
): Promise<boolean> => {
  if (requester.kind === 'user' || fourEyesAbove === undefined) return false
  const ofPayment = (await refunds.listByPayment(facts.paymentId)).map(({ value }) => value)
  return needsTwoPeople(facts, ofPayment, fourEyesAbove)
}

const causeOf = (requester: RefundRequester): Cause =>
  requester.kind === 'user'
    ? { kind: 'request', actor: requester.userId }
    : { kind: 'admin', actor: requester.operator.actor }
