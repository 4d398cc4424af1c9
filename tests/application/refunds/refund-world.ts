import { ok } from 'neverthrow'
import { expect } from 'vitest'
import { handleNotification } from '../../../src/application/notifications/handle-notification.ts'
import { approveRefund, type Decision, retryRefund } from '../../../src/application/refunds/decide-refund.ts'
import { dispatchRefunds } from '../../../src/application/refunds/dispatch-refunds.ts'
import { findRefund } from '../../../src/application/refunds/find-refund.ts'
import { rejectRefund } from '../../../src/application/refunds/reject-refund.ts'
import {
  type RefundApproval,
  type RefundRequest,
  requestRefund,
} from '../../../src/application/refunds/request-refund.ts'
import { refreshRefund, sendRefund } from '../../../src/application/refunds/send-refund.ts'
import { type Fen, fen } from '../../../src/domain/money.ts'
import { refundedOf } from '../../../src/domain/payment.ts'
import { postPoints } from '../../../src/domain/points.ts'
import type { Product } from '../../../src/domain/product.ts'
import { refundTotals } from '../../../src/domain/refund.ts'
import { accessProduct, minute } from '../../support/builders.ts'
import { nativePayment, openPayment, paidNotification, RAW, receiptFor, world } from '../world.ts'

export const PRICE = fen(9900)
export const SCHEDULE_MS = [15_000, 30_000]
export const DAY_MS = 86_400_000
export const OPERATOR = { actor: 'boss', requestId: 'request-1', ip: '127.0.0.1' }

type Options = {
  readonly provider?: 'wechat' | 'alipay'
  readonly approval?: RefundApproval
  readonly fourEyesAbove?: Fen
  readonly product?: Product
}

/** An order of `user-1`, paid five minutes ago, and everything that refunds of it go through. */
export const refundWorld = async ({ provider = 'wechat', approval = 'auto', product, fourEyesAbove }: Options = {}) => {
  const sold = product ?? accessProduct({ id: 'p1', price: PRICE })
  const made = await world([sold], 'refund', provider)
  const { payment } = await openPayment(made, sold.id)
  made.script.notification = paidNotification(receiptFor(payment))
  const notify = async () => (await handleNotification(made.deps)(provider, RAW)).verdict
  expect(await notify()).toBe('settled')
  made.clock.advance(10 * 60_000)
  return { ...refunding(made, approval, fourEyesAbove), payment, notify }
}

/** An order of `user-1` that was paid with so many points. */
export const pointsWorld = async ({ approval = 'auto', pointsPerYuan = 100 } = {}) => {
  const made = await world([accessProduct({ id: 'p1', price: PRICE })], 'refund', 'wechat', pointsPerYuan)
  await made.store.transaction.run(async ({ points }) => {
    const before = await points.account('user-1')
    const source = { type: 'admin', id: 'gift' } as const
    const facts = {
      id: 'e0',
      userId: 'user-1',
      kind: 'adjustment',
      delta: 100_000,
      source,
      createdAt: minute(0),
    } as const
    const [after, entry] = postPoints(before.value, facts)._unsafeUnwrap()
    await points.post(before, after, entry)
    return ok(undefined)
  })
  await made.createOrder({ orderId: 'order-1', userId: 'user-1', items: [{ productId: 'p1', quantity: 1 }] })
  const paid = await made.createPayment({ ...nativePayment, provider: 'points', method: 'POINTS' })
  made.clock.advance(10 * 60_000)
  return { ...refunding(made, approval === 'manual' ? 'manual' : 'auto'), payment: paid._unsafeUnwrap().payment.value }
}

type Deciding = { readonly reason?: string; readonly actionId?: string; readonly by?: string }

const refunding = (made: Awaited<ReturnType<typeof world>>, approval: RefundApproval, fourEyesAbove?: Fen) => {
  const { deps, store, clock } = made
  const sending = { ...deps, scheduleMs: SCHEDULE_MS }
  const send = sendRefund(sending)
  const refunds = { ...deps, sendRefund: send, refreshRefund: refreshRefund(sending), leaseMs: 15_000, fourEyesAbove }
  let requests = 0
  const ask = {
    requester: { kind: 'user', userId: 'user-1' },
    orderId: 'order-1',
    amount: PRICE,
    reason: '不想要了',
    refundNo: undefined,
  } as const
  const decided = (refundNo: string, { reason, actionId, by = OPERATOR.actor }: Deciding): Decision => {
    requests += 1
    return { refundNo, actionId: actionId ?? `action-${requests}`, operator: { ...OPERATOR, actor: by, reason } }
  }
  const paymentNow = async () => (await store.readers.payments.listByOrder('order-1')).map(({ value }) => value)[0]
  return {
    ...made,
    refunds,
    /** What stands in the audit log, oldest first. */
    audited: async () => {
      const all = { limit: 100, after: undefined }
      return (await store.readers.audit.list({ from: undefined, to: undefined }, all)).items.toReversed()
    },
    /** Asks for money back as the order's owner does, all of it where nothing else is said. */
    request: async (given: Partial<RefundRequest> = {}) => {
      requests += 1
      const resourceId = `request${requests}`
      const provider = (await paymentNow())?.provider ?? 'wechat'
      const use = requestRefund({ ...refunds, approval, windowMs: 365 * DAY_MS })
      return use({ ...ask, provider, resourceId, ...given })
    },
    approve: (refundNo: string, given: Deciding = {}) => approveRefund(refunds)(decided(refundNo, given)),
    reject: (refundNo: string, given: Deciding = {}) => rejectRefund(refunds)(decided(refundNo, given)),
    retry: (refundNo: string, given: Deciding = {}) => retryRefund(refunds)(decided(refundNo, given)),
    find: (refundNo: string, userId = 'user-1', isOperator = false) =>
      findRefund(refunds)({ userId, isOperator }, refundNo),
    /** The jobs, some time later. */
    later: (ms: number) => {
      clock.advance(ms)
      return dispatchRefunds({ ...deps, sendRefund: send })()
    },
    statuses: async () => (await store.readers.refunds.listByOrder('order-1')).map(({ value }) => value.status),
    order: async () => (await store.readers.orders.find('order-1'))?.value,
    paymentNow,
    eventTypes: async () => (await store.readers.events.eventsOf('order-1')).map(({ event }) => event.type),
    balance: async () => (await store.readers.points.account('user-1')).value.balance,
  }
}

export type RefundWorld = Awaited<ReturnType<typeof refundWorld>>

/** I01: what was paid is what is kept, what went back and what is on its way, and no part of it below zero. */
export const expectMoneyConserved = async ({
  store,
  paymentNow,
}: Pick<RefundWorld, 'store' | 'paymentNow'>): Promise<{
  readonly kept: number
  readonly returned: Fen
  readonly reserved: Fen
}> => {
  const payment = await paymentNow()
  if (payment === undefined) throw new Error('no payment')
  const refunds = (await store.readers.refunds.listByPayment(payment.id)).map(({ value }) => value)
  const { returned, reserved } = refundTotals(refunds)
  expect(refundedOf(payment)).toBe(returned)
  const kept = payment.amount - returned - reserved
  expect(kept).toBeGreaterThanOrEqual(0)
  return { kept, returned, reserved }
}
