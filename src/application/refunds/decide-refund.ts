import { err, ok, type Result } from 'neverthrow'
import { needsTwoPeople } from '../../domain/four-eyes.ts'
import type { Fen } from '../../domain/money.ts'
import type { Refund, RefundEvent, RefundTransition } from '../../domain/refund.ts'
import { transitionRefund } from '../../domain/refund.ts'
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

/** What an operator decides about one refund. */
export type Decision = {
  readonly refundNo: string
  /** Fixed by the caller, so that a repeated request decides once. */
  readonly actionId: string
  /** Who decides, and why. */
  readonly operator: Operator
}

export type DecisionError =
  | NoRoom
  | PointsAlreadySpent
  | { readonly code: 'REFUND_NOT_FOUND' }
  | { readonly code: 'PROVIDER_NOT_CONFIGURED' }
  | SecondPersonNeeded

/** It is more than one person may give back, and whoever decides has asked for it. */
export type SecondPersonNeeded = { readonly code: 'SECOND_PERSON_NEEDED' }

export type DecisionDeps = {
  readonly transaction: Transaction
  readonly readers: Pick<Readers, 'refunds'>
  readonly clock: Clock
  readonly ids: Ids
  readonly gateways: Gateways
  readonly sendRefund: SendRefund
  readonly leaseMs: number
  /** Above it two people take part in what operators give back. */
  readonly fourEyesAbove: Fen | undefined
}

export type Decided = Promise<Result<Versioned<Refund>, DecisionError>>

/** Releases a refund that waits for approval, and sends it. */
export const approveRefund =
  (deps: DecisionDeps) =>
  (decision: Decision): Decided =>
    decide(deps, decision, (repositories, before) => {
      if (before.value.status !== 'pending') return notNow()
      const event = { type: 'approved', at: deps.clock.now() } as const
      return goOn(deps, repositories, before, event, { ...decision, action: 'refund.approve', turn: 1 })
    })

/**
 * Sends a failed refund again under its number, with its room taken again. One that turned abnormal is only asked about:
 * it has its room, and the gateway knows it.
 */
export const retryRefund =
  (deps: DecisionDeps) =>
  (decision: Decision): Decided =>
    decide(deps, decision, (repositories, before) => {
      const retry = { ...decision, action: 'refund.retry', turn: 2 }
      const at = deps.clock.now()
      if (before.value.status === 'failed') return goOn(deps, repositories, before, { type: 'retried', at }, retry)
      return isAbnormal(before.value) ? askAgain(deps, repositories, before, retry, at) : notNow()
    })

/** It needs a person: the gateway can't reach the payer's account. */
export const isAbnormal = (refund: Refund): boolean => refund.status === 'processing' && refund.abnormal

type Begun = { readonly send: { readonly refund: Refund; readonly turn: number } | undefined }
type BegunOrNot = Result<Begun, DecisionError | WriteConflict>

const notNow = async (): Promise<BegunOrNot> => err({ code: 'ORDER_NOT_REFUNDABLE' })

/** Commits the decision, does what it allows, and answers with the refund as it is then. */
const decide = async (
  deps: DecisionDeps,
  { refundNo, actionId }: Decision,
  work: (repositories: Repositories, before: Versioned<Refund>) => Promise<BegunOrNot>,
): Decided => {
  const begun = await deps.transaction.run(async (repositories): Promise<BegunOrNot> => {
    const before = await repositories.refunds.find(refundNo)
    if (before === undefined) return err({ code: 'REFUND_NOT_FOUND' })
    if (await repositories.audit.has(actionId)) return ok({ send: undefined })
    return work(repositories, before)
  })
  if (begun.isErr()) return err(begun.error)
  const { send } = begun.value
  if (send !== undefined) await deps.sendRefund(send.refund, send.turn)
  return ok(await storedRefund(deps.readers, refundNo))
}

type Action = Decision & { readonly action: string; readonly turn: number }

/** From here on it is under way: with its room, its event and its audit entry in one transaction. */
const goOn = async (
  deps: DecisionDeps,
  repositories: Repositories,
  before: Versioned<Refund>,
  event: Extract<RefundEvent, { type: 'approved' | 'retried' }>,
  action: Action,
): Promise<BegunOrNot> => {
  const { at } = event
  const rules = refundRulesOf(deps.gateways, before.value.provider)
  if (rules === undefined) return err({ code: 'PROVIDER_NOT_CONFIGURED' })
  const payment = await repositories.payments.find(before.value.paymentId)
  if (payment === undefined) throw new Error(`refund ${before.value.refundNo} of no payment`)
  if (await isOneAlone(deps, repositories, before.value, action)) return err({ code: 'SECOND_PERSON_NEEDED' })
  const room = await reserveRoom(repositories, payment, before.value, rules, at)
  if (room.isErr()) return err(room.error)
  const moved = transitionRefund(before.value, event)
  if (moved.isErr()) throw new Error(`refund ${before.value.refundNo} can't go on: ${moved.error.code}`)
  const [refund] = moved.value
  const written = await writeDecision(repositories, before, moved.value, action, at)
  if (written.isErr()) return err(written.error)
  const cause = { kind: 'admin', actor: action.operator.actor } as const
  const started = await startRefund(deps)(repositories, refund, { cause, turn: action.turn, at })
  return started.map((next) => ({ send: next === 'send' ? { refund, turn: action.turn } : undefined }))
}

/** A retry counts too: else what had failed could be asked for in parts, and then sent after all. */
const isOneAlone = async (
  { fourEyesAbove }: DecisionDeps,
  { refunds }: Repositories,
  refund: Refund,
  { operator }: Decision,
): Promise<boolean> => {
  if (fourEyesAbove === undefined || refund.requestedBy !== operator.actor) return false
  const ofPayment = (await refunds.listByPayment(refund.paymentId)).map(({ value }) => value)
  return needsTwoPeople(refund, ofPayment, fourEyesAbove)
}

const askAgain = async (
  deps: DecisionDeps,
  { refunds, audit }: Repositories,
  { value: refund }: Versioned<Refund>,
  { operator, action, actionId, turn }: Action,
  at: Date,
): Promise<BegunOrNot> => {
  const { refundNo } = refund
  const entry = { action, subject: refundNo, before: refund, after: refund }
  await audit.append({ reason: undefined, ...operator, ...entry, id: actionId, at })
  await refunds.lease(refundNo, new Date(at.getTime() + deps.leaseMs), turn)
  return ok({ send: { refund, turn } })
}

/** The refund's new state, its events, and who decided it and why. */
export const writeDecision = async (
  { refunds, outbox, audit }: Repositories,
  before: Versioned<Refund>,
  [after, events]: RefundTransition,
  { operator, action, actionId }: Decision & { readonly action: string },
  at: Date,
): Promise<Result<void, WriteConflict>> => {
  if (!(await refunds.replace(before, after, at))) return err(WRITE_CONFLICT)
  const { refundNo, orderId } = after
  await outbox.append({ stream: orderId, events, cause: { kind: 'admin', actor: operator.actor }, at })
  const entry = { action, subject: refundNo, before: before.value, after }
  await audit.append({ reason: undefined, ...operator, ...entry, id: actionId, at })
  return ok(undefined)
}
