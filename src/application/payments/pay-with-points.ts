import { err, ok, type Result } from 'neverthrow'
import type { Order } from '../../domain/order.ts'
import { type PointsDomainEvent, pointsFor, postPoints } from '../../domain/points.ts'
import type { Clock } from '../clock.ts'
import { maySee } from '../orders/viewer.ts'
import { type RiskControl, underRiskControl } from '../risk/judge-risk.ts'
import type { RiskDenied } from '../risk/refusals.ts'
import { type Repositories, type Transaction, WRITE_CONFLICT, type WriteConflict } from '../transaction.ts'
import type { CreatedPayment, CreatePaymentInput } from './create-payment.ts'
import {
  newAttempt,
  type Payee,
  type PayableError,
  type PendingPayment,
  refusalOf,
  riskOfPayment,
} from './payment-attempt.ts'
import { type SettleDeps, settlePayment } from './settle-payment.ts'

export type PayWithPointsError =
  | PayableError
  | RiskDenied
  | { readonly code: 'ORDER_NOT_FOUND' }
  | { readonly code: 'INSUFFICIENT_POINTS' }
  /** A cashier link pays its order, but not out of somebody's points: that takes the user's own token. */
  | { readonly code: 'POINTS_NEED_THEIR_OWNER' }

export type PayWithPoints = (input: CreatePaymentInput) => Promise<Result<CreatedPayment, PayWithPointsError>>

type Deps = SettleDeps & {
  readonly transaction: Transaction
  readonly clock: Clock
  readonly pointsPerYuan: number
  readonly risk: RiskControl
}

/** The ledger is its own gateway: it takes the points and says so at once. */
const LEDGER: Payee = {
  identity: { merchantId: 'points', appId: 'points' },
  credentialsVersion: 'ledger',
  notifyUrl: 'none',
}

/** Takes the points, settles and delivers in one transaction: the payment it gives is paid. The same id gives the same payment. */
export const payWithPoints =
  (deps: Deps): PayWithPoints =>
  (input) =>
    underRiskControl(
      deps,
      async (repositories): Promise<Result<CreatedPayment, PayWithPointsError | WriteConflict>> => {
        const at = deps.clock.now()
        const order = (await repositories.orders.find(input.orderId))?.value
        if (order === undefined || !maySee(input.viewer, order)) return err({ code: 'ORDER_NOT_FOUND' })
        if (input.viewer.kind !== 'user') return err({ code: 'POINTS_NEED_THEIR_OWNER' })
        const known = await repositories.payments.find(input.paymentId)
        if (known !== undefined) return ok({ payment: known, action: { type: 'none' } })
        const refusal = refusalOf(order, input, at) ?? circular(order)
        if (refusal !== undefined) return err(refusal)
        const judged = await deps.risk.judgeRisk(repositories, riskOfPayment(order, input.clientIp, at))
        if (judged.isErr()) return err(judged.error)
        const payment = { ...newAttempt(deps.ids, LEDGER, order, input, at), id: input.paymentId }
        if (!(await repositories.payments.insert(payment, at))) return err(WRITE_CONFLICT)
        const spent = await spend(deps, repositories, payment, at)
        if (spent.isErr()) return err(spent.error)
        const created = { type: 'payment.created', paymentId: payment.id, orderId: order.id, at } as const
        const cause = { kind: 'request', actor: order.userId } as const
        await repositories.outbox.append({ stream: order.id, events: [created, ...spent.value], cause, at })
        return settle(deps, repositories, payment, at)
      },
    )

/** Points that buy points, with their bonus, would make points out of nothing. */
const circular = ({ items }: Order): PayableError | undefined =>
  items.some(({ fulfilment }) => fulfilment.type === 'points') ? { code: 'ORDER_NOT_PAYABLE' } : undefined

const spend = async (
  { ids, pointsPerYuan }: Deps,
  { points }: Repositories,
  { id, userId, amount }: PendingPayment,
  at: Date,
): Promise<Result<readonly PointsDomainEvent[], PayWithPointsError | WriteConflict>> => {
  const before = await points.account(userId)
  const source = { type: 'payment', id } as const
  const delta = -pointsFor(amount, pointsPerYuan)
  const posted = postPoints(before.value, { id: ids.entity(), userId, kind: 'spend', delta, source, createdAt: at })
  if (posted.isErr()) return err({ code: 'INSUFFICIENT_POINTS' })
  const [after, entry, events] = posted.value
  return (await points.post(before, after, entry)) === 'posted' ? ok(events) : err(WRITE_CONFLICT)
}

const settle = async (
  deps: Deps,
  repositories: Repositories,
  { id, outTradeNo, amount, currency, identity, userId, provider }: PendingPayment,
  at: Date,
): Promise<Result<CreatedPayment, WriteConflict>> => {
  const receipt = { outTradeNo, transactionId: outTradeNo, identity, amount, currency, paidAt: at, payer: undefined }
  const cause = { kind: 'request', actor: userId } as const
  const input = { provider, receipt, source: 'ledger', isReturned: false, cause, at } as const
  const settled = await settlePayment(deps)(repositories, input)
  if (settled.isErr()) return err(settled.error)
  const { verdict } = settled.value
  // It was payable when it was read: another writer has paid or ended it since.
  if (verdict === 'honoured' || verdict === 'surplus' || verdict === 'late') return err(WRITE_CONFLICT)
  const payment = await repositories.payments.find(id)
  if (verdict !== 'settled' || payment === undefined) throw new Error(`a payment with points ended as ${verdict}`)
  return ok({ payment, action: { type: 'none' } })
}
