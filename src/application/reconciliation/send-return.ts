import { err, ok, type Result } from 'neverthrow'
import { type DiscrepancyEvent, transitionDiscrepancy } from '../../domain/discrepancy.ts'
import type { IncidentKind } from '../../domain/incident.ts'
import type { Clock } from '../clock.ts'
import { nextTurn } from '../due-work.ts'
import type { FullGateway, GatewayError, Gateways, RefundOrder, RefundState } from '../payments/payment-gateway.ts'
import type { PaymentTransaction } from '../payments/payment-transaction.ts'
import { judgeRest } from './judge-run.ts'
import {
  type Readers,
  type Repositories,
  type Transaction,
  WRITE_CONFLICT,
  type WriteConflict,
} from '../transaction.ts'

/** Takes money that is on its way back for a discrepancy one step further; `turn` counts the steps, this one included. */
export type SendReturn = (discrepancyId: string, turn: number) => Promise<void>

type Deps = {
  readonly transaction: Transaction
  readonly readers: Pick<Readers, 'discrepancies' | 'transactions'>
  readonly clock: Clock
  readonly gateways: Gateways
  readonly scheduleMs: readonly number[]
}

/** Kinds of incidents by which money that funds nothing is held. */
const HELD_AS: readonly IncidentKind[] = ['unknown_order', 'amount_mismatch', 'contradiction']

/**
 * Gives back a receipt that funds nothing here. Its number was committed first; as long as the gateway has given no
 * definite answer it is asked about, and repeated under the same number only where the gateway knows nothing of it.
 */
export const sendReturn =
  (deps: Deps): SendReturn =>
  async (discrepancyId, turn) => {
    const found = await returningOf(deps, discrepancyId)
    if (found === undefined) return
    const { gateway, order, receipt } = found
    const answer = await goOn(gateway, order, turn)
    const at = deps.clock.now()
    const by = 'system'
    const next = nextTurn(deps, deps.scheduleMs, turn - 1)
    if (answer.isErr() && answer.error.code === 'GATEWAY_REJECTED') {
      const note = `支付平台拒绝退款：${answer.error.gatewayCode}`
      return write(deps, discrepancyId, { type: 'return_refused', note }, undefined, [])
    }
    if (answer.isOk() && answer.value.state === 'closed') {
      const note = `退款关闭：${answer.value.reason}`
      return write(deps, discrepancyId, { type: 'return_refused', note }, undefined, [])
    }
    if (answer.isErr() || answer.value.state !== 'success') return write(deps, discrepancyId, undefined, next, [])
    const note = `已原路退回，退款单号 ${order.refundNo}`
    await write(deps, discrepancyId, { type: 'resolved', resolution: 'refund', note, by, at }, undefined, [
      receipt,
      note,
      at,
    ])
  }

type Found = { readonly gateway: FullGateway; readonly order: RefundOrder; readonly receipt: PaymentTransaction }

const returningOf = async ({ readers, gateways }: Deps, id: string): Promise<Found | undefined> => {
  const discrepancy = (await readers.discrepancies.find(id))?.value
  if (discrepancy?.status !== 'open' || discrepancy.returning === undefined) return undefined
  const { provider, transactionId = '', returning } = discrepancy
  const gateway = gateways.find(provider)
  if (gateway === undefined) return undefined
  const receipt = await readers.transactions.find(provider, transactionId)
  if (receipt === undefined) throw new Error(`money is to go back of which there is no receipt: ${transactionId}`)
  const { outTradeNo, amount: paid, currency } = receipt
  const order = { ...returning, outTradeNo, transactionId, paid, currency, reason: '对账差异退款' }
  return { gateway, order, receipt }
}

const goOn = async (
  gateway: FullGateway,
  order: RefundOrder,
  turn: number,
): Promise<Result<RefundState, GatewayError>> => {
  if (turn > 1) {
    const known = await gateway.queryRefund(order)
    if (known.isErr()) return err({ code: 'GATEWAY_UNAVAILABLE', reason: known.error.code })
    if (known.value.state !== 'not_found') return known
  }
  return gateway.refund(order)
}

type Settled = readonly [] | readonly [PaymentTransaction, note: string, at: Date]

const write = async (
  { transaction, clock }: Deps,
  id: string,
  event: DiscrepancyEvent | undefined,
  next: Date | undefined,
  [receipt, note, at]: Settled,
): Promise<void> => {
  await transaction.run(async (repositories): Promise<Result<void, WriteConflict>> => {
    const before = await repositories.discrepancies.find(id)
    if (before === undefined) throw new Error(`discrepancy ${id} is gone`)
    const now = clock.now()
    const after = event === undefined ? ok(before.value) : transitionDiscrepancy(before.value, event)
    if (after.isErr()) return ok(undefined)
    if (after.value !== before.value && !(await repositories.discrepancies.replace(before, after.value, now)))
      return err(WRITE_CONFLICT)
    await repositories.discrepancies.postpone(id, next)
    if (after.value.status !== 'open') await judgeRest(repositories, after.value, now)
    if (receipt !== undefined && note !== undefined && at !== undefined)
      await closeIncidents(repositories, receipt, note, at)
    return ok(undefined)
  })
}

/** What the money was held by is dealt with. */
const closeIncidents = async (
  { incidents }: Repositories,
  { provider, transactionId }: PaymentTransaction,
  note: string,
  at: Date,
): Promise<void> => {
  for (const kind of HELD_AS) {
    const incident = await incidents.findSame(kind, provider, transactionId)
    if (incident?.status === 'open')
      await incidents.resolve({ ...incident, status: 'resolved', resolution: { note, by: 'system', at } })
  }
}
