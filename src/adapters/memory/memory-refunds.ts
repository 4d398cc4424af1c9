import type { RefundReader, RefundRepository } from '../../application/refunds/refund-repository.ts'
import type { Versioned } from '../../application/versioned.ts'
import type { Refund } from '../../domain/refund.ts'
import type { Links } from './links.ts'
import { createTable, type Draft, type Rows } from './table.ts'
import { type Age, firstVersion, isWithin, oldestFirst, pageOf } from './versioned-rows.ts'

type RefundRow = {
  readonly refund: Versioned<Refund>
  /** Only while it is processing. */
  readonly dueAt: Date | undefined
  readonly attempts: number
}

export const refundTable = () => createTable<RefundRow>(({ refund }) => refund.value.refundNo)

const age: Age<RefundRow> = ({ refund: { value } }) => ({ createdAt: value.createdAt, id: value.refundNo })

/** Due times come first, so that none waits for ever behind others. */
const dueAge: Age<RefundRow> = ({ refund: { value }, dueAt }) => ({
  createdAt: dueAt ?? value.createdAt,
  id: value.refundNo,
})

export const refundReader = (refunds: Rows<RefundRow>, links: Links): RefundReader => {
  const list = (test: (refund: Refund) => boolean): readonly Versioned<Refund>[] =>
    oldestFirst(
      refunds.where(({ refund }) => test(refund.value)),
      age,
    ).map(({ refund }) => refund)
  return {
    find: async (refundNo) => refunds.get(refundNo)?.refund,
    listByPayment: async (paymentId) => list((refund) => refund.paymentId === paymentId),
    listByOrder: async (orderId) => list((refund) => refund.orderId === orderId),
    async list(filter, page) {
      const { userId, provider, status } = filter
      const isNamed = links.paymentsNamed(filter)
      const wanted = ({ refund: { value } }: RefundRow): boolean =>
        (userId === undefined || value.userId === userId) &&
        (provider === undefined || value.provider === provider) &&
        (status === undefined || value.status === status) &&
        isNamed(value.paymentId) &&
        isWithin(filter, value.createdAt)
      const { items, next } = pageOf(refunds.where(wanted), page, age)
      return { items: items.map(({ refund }) => refund), next }
    },
  }
}

export const refundRepository = (refunds: Draft<RefundRow>, links: Links): RefundRepository => ({
  ...refundReader(refunds, links),
  async insert(refund) {
    const dueAt = refund.status === 'processing' ? refund.createdAt : undefined
    return refunds.insert({ refund: firstVersion(refund, refund.createdAt), dueAt, attempts: 0 }) === undefined
  },
  async replace(before, after, at) {
    const row = refunds.get(after.refundNo)
    if (row?.refund.version !== before.version) return false
    const dueAt = after.status === 'processing' ? (row.dueAt ?? at) : undefined
    refunds.put({ ...row, refund: { value: after, version: before.version + 1, updatedAt: at }, dueAt })
    return true
  },
  async claimDue(now, leaseUntil, limit) {
    const due = refunds.where(({ dueAt }) => dueAt !== undefined && dueAt <= now)
    const claimed = oldestFirst(due, dueAge).slice(0, limit)
    return claimed.map(({ refund, attempts }) => {
      refunds.put({ refund, dueAt: leaseUntil, attempts: attempts + 1 })
      return { refund, attempts: attempts + 1 }
    })
  },
  async lease(refundNo, until, turn) {
    const row = refunds.get(refundNo)
    if (row?.dueAt !== undefined) refunds.put({ ...row, dueAt: until, attempts: turn })
  },
  async postpone(refundNo, until) {
    const row = refunds.get(refundNo)
    if (row?.dueAt !== undefined) refunds.put({ ...row, dueAt: until })
  },
})
