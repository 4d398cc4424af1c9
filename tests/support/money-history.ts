import * as fc from 'fast-check'
import { err, ok, type Result } from 'neverthrow'
import type { NotificationRecord } from '../../src/application/notifications/notification-log.ts'
import { type Repositories, type Transaction, WRITE_CONFLICT } from '../../src/application/transaction.ts'
import { fen } from '../../src/domain/money.ts'
import { METHODS, PROVIDERS, type Provider, type PaymentEvent, transitionPayment } from '../../src/domain/payment.ts'
import { type RefundEvent, transitionRefund } from '../../src/domain/refund.ts'
import {
  entityId,
  IDENTITIES,
  minute,
  outTradeNo,
  pendingOrder,
  pendingPayment,
  pendingRefund,
  refundNo,
} from './builders.ts'

/** One thing that happens to money, in a unit of work of its own that may end in any way. */
export type Step = {
  readonly does: 'pay' | 'settle' | 'fail' | 'close' | 'ask_back' | 'decide' | 'call_back' | 'call_again'
  /** Which payment, refund or callback; each number is one of each. */
  readonly which: number
  readonly at: Date
  readonly refund: 'approved' | 'rejected' | 'succeeded' | 'failed' | 'retried'
  readonly delayMs: number | undefined
  readonly ends: 'commits' | 'is refused' | 'conflicts first' | 'throws'
}

const MIDNIGHT = minute(12 * 60).getTime()
const DAY_MS = 86_400_000

/** Mostly within three days, and often at the very end or beginning of one. */
const anyMoment = (from: number) =>
  fc
    .tuple(fc.integer({ min: 0, max: 2 }), fc.oneof(fc.constantFrom(-1, 0, 1), fc.integer({ min: 0, max: DAY_MS - 1 })))
    .map(([day, ms]) => new Date(from + day * DAY_MS + ms))

const weighted = (does: Step['does'], weight: number) => ({ arbitrary: fc.constant(does), weight })

export const anyStep = (numbers: number, from = MIDNIGHT): fc.Arbitrary<Step> =>
  fc.record({
    does: fc.oneof(
      weighted('pay', 5),
      weighted('settle', 5),
      weighted('fail', 1),
      weighted('close', 1),
      weighted('ask_back', 3),
      weighted('decide', 6),
      weighted('call_back', 3),
      weighted('call_again', 2),
    ),
    which: fc.integer({ min: 1, max: numbers }),
    at: anyMoment(from),
    refund: fc.constantFrom('approved', 'rejected', 'succeeded', 'succeeded', 'failed', 'retried'),
    delayMs: fc.constantFrom(undefined, -5000, 0, 400, 30_000, 30_001, 3_600_000),
    ends: fc.oneof(
      { arbitrary: fc.constant('commits' as const), weight: 6 },
      { arbitrary: fc.constantFrom('is refused' as const, 'conflicts first' as const, 'throws' as const), weight: 1 },
    ),
  })

const providerOf = (n: number): Provider => PROVIDERS[n % PROVIDERS.length] ?? 'wechat'

/** Does the step; one that is not possible in the present state changes nothing. */
export const take = async (transaction: Transaction, step: Step): Promise<void> => {
  let run = 0
  const work = async (store: Repositories): Promise<Result<undefined, { readonly code: string }>> => {
    run += 1
    await DOING[step.does](store, step)
    if (step.ends === 'is refused') return err({ code: 'REFUSED' })
    if (step.ends === 'throws') throw new Error('a bug')
    return step.ends === 'conflicts first' && run === 1 ? err(WRITE_CONFLICT) : ok(undefined)
  }
  await transaction.run(work).catch((error: unknown) => {
    if (!(error instanceof Error && error.message === 'a bug')) throw error
  })
}

type Doing = (store: Repositories, step: Step) => Promise<void>

const pay: Doing = async ({ orders, payments }, { which: n, at }) => {
  const ids = { orderId: entityId(1000 + n), id: entityId(2000 + n), outTradeNo: outTradeNo(n) }
  const provider = providerOf(n)
  if ((await payments.find(ids.id)) !== undefined) return
  const amount = fen(100 * n)
  await orders.insert(pendingOrder({ id: ids.orderId, amount, createdAt: at }))
  const payment = pendingPayment({ ...ids, provider, method: METHODS[provider][0], amount, createdAt: at })
  await payments.insert(payment, at)
  await payments.insert({ ...payment, id: entityId(9000 + n), outTradeNo: outTradeNo(9000 + n) }, at) // Is open already.
}

const move = async ({ payments }: Repositories, n: number, event: PaymentEvent): Promise<boolean> => {
  const before = await payments.find(entityId(2000 + n))
  const moved = before && transitionPayment(before.value, event)
  if (before === undefined || moved?.isOk() !== true || moved.value[1].length === 0) return false
  return payments.replace(before, moved.value[0], event.at)
}

const settle: Doing = async (store, { which: n, at }) => {
  const provider = providerOf(n)
  const receipt = { transactionId: `t${n}`, amount: fen(100 * n) }
  if (!(await move(store, n, { type: 'succeeded', ...receipt, at }))) return
  await store.transactions.insert({
    ...receipt,
    id: entityId(3000 + n),
    provider,
    outTradeNo: outTradeNo(n),
    paymentId: entityId(2000 + n),
    orderId: entityId(1000 + n),
    identity: IDENTITIES[provider],
    currency: 'CNY',
    disposition: n % 5 === 0 ? 'surplus' : 'settled',
    payer: undefined,
    source: 'query',
    paidAt: at,
    createdAt: at,
  })
}

/** Two refunds a payment at most, the second of them as large as what the first leaves. */
const askBack: Doing = async ({ payments, refunds }, { which: n, at }) => {
  const payment = await payments.find(entityId(2000 + n))
  if (payment === undefined || !('paidAt' in payment.value)) return
  const { orderId, id: paymentId, provider } = payment.value
  const first = pendingRefund({
    refundNo: refundNo(n),
    orderId,
    paymentId,
    provider,
    amount: fen(30 * n),
    createdAt: at,
  })
  if (await refunds.insert(first)) return
  await refunds.insert({ ...first, refundNo: refundNo(500 + n), amount: fen(70 * n) })
}

const decide: Doing = async (store, step) => {
  const { which: n, at } = step
  const number = refundNo(step.at.getTime() % 2 === 0 ? n : 500 + n)
  const before = await store.refunds.find(number)
  const moved = before && transitionRefund(before.value, refundEvent(step, before.value.amount))
  if (before === undefined || moved?.isOk() !== true) return
  const [refund, events] = moved.value
  if (events.length === 0 || !(await store.refunds.replace(before, refund, at)) || refund.status !== 'success') return
  const all = await store.refunds.listByPayment(refund.paymentId)
  const total = all.reduce((sum, { value }) => sum + (value.status === 'success' ? value.amount : 0), 0)
  await move(store, n, { type: 'refunded', total: fen(total), at })
}

const refundEvent = ({ refund: type, at }: Step, amount: ReturnType<typeof fen>): RefundEvent => {
  switch (type) {
    case 'approved':
    case 'retried':
      return { type, at }
    case 'rejected':
    case 'failed':
      return { type, reason: 'r', at }
    case 'succeeded':
      return { type, refundId: undefined, amount, at }
  }
}

const callBack: Doing = async ({ notifications }, { which: n, at, delayMs }) => {
  const record: NotificationRecord = {
    id: entityId(4000 + n),
    provider: providerOf(n),
    kind: 'payment',
    notificationId: `n${n}`,
    outTradeNo: undefined,
    orderId: undefined,
    verdict: 'unreadable',
    eventAt: delayMs === undefined ? undefined : new Date(at.getTime() - delayMs),
    receivedAt: at,
    retries: 0,
    raw: { headers: {}, body: new Uint8Array() },
  }
  await notifications.insert(record)
}

const callAgain: Doing = async ({ notifications }, { which: n, at, delayMs = 0 }) => {
  const entry = await notifications.findEntry(entityId(4000 + n))
  if (entry === undefined) return
  const eventAt = new Date(at.getTime() - delayMs)
  await notifications.replace(entry, { ...entry, eventAt, verdict: 'recorded', retries: entry.retries + 1 })
}

const DOING: Readonly<Record<Step['does'], Doing>> = {
  pay,
  settle,
  fail: async (store, { which, at }) => void (await move(store, which, { type: 'failed', reason: 'r', at })),
  close: async (store, { which, at }) => void (await move(store, which, { type: 'closed', at })),
  ask_back: askBack,
  decide,
  call_back: callBack,
  call_again: callAgain,
}
