import type { Kysely } from 'kysely'
import type { Page, PageRequest } from '../../application/page.ts'
import type { DueRefund, RefundFilter, RefundRepository } from '../../application/refunds/refund-repository.ts'
import { changeOf, contributionsOfRefund } from '../../application/statistics/contributions.ts'
import type { Versioned } from '../../application/versioned.ts'
import type { Refund } from '../../domain/refund.ts'
import { insertOnce } from './duplicates.ts'
import type { Executor } from './executor.ts'
import { byOutTradeNo, byTransactionId } from './numbers.ts'
import { equalities, pageConditions, pageOf, type Place, type Slice } from './paging.ts'
import { indexFor, readBy } from './read-by.ts'
import type { Notes } from './notes.ts'
import { toRefund, toRefundRow, toRefundState } from './refund-row.ts'
import { type DB, kindsOf } from './schema.ts'
import { skipLocked } from './skip-locked.ts'
import { countOf, pageInSlices, sliceEnd } from './slices.ts'
import { insertion, query, statement } from './statement.ts'

const STATE = [
  'status',
  'refund_id',
  'abnormal',
  'reason_given',
  'failure_reason',
  'processed_at',
  'updated_at',
] as const

const AGE: Place = { at: 'created_at', id: 'refund_no' }

export const refundStatements = (builder: Kysely<DB>) => {
  const refunds = builder.selectFrom('refunds').selectAll()
  return {
    find: statement(kindsOf('refunds', 'refund_no'), (given) => refunds.where('refund_no', '=', given.refund_no)),
    listByPayment: statement(kindsOf('refunds', 'payment_id'), (given) =>
      refunds.where('payment_id', '=', given.payment_id).orderBy('created_at').orderBy('refund_no'),
    ),
    listByOrder: statement(kindsOf('refunds', 'order_id'), (given) =>
      refunds.where('order_id', '=', given.order_id).orderBy('created_at').orderBy('refund_no'),
    ),
    list: (filter: RefundFilter, page: Slice) => {
      const { userId, provider, status } = filter
      const numbers = [
        ...byOutTradeNo(filter, 'payment_id', 'id'),
        ...byTransactionId(filter, 'payment_id', 'payment_id'),
      ]
      const index = indexFor('refunds', { user: userId, status, provider })
      return readBy(builder, 'refunds', numbers.length > 0 ? undefined : index)
        .selectAll()
        .where((eb) =>
          eb.and([
            ...numbers,
            ...equalities({ user_id: userId, status, provider }, numbers.length > 0),
            ...pageConditions(page, filter, AGE),
          ]),
        )
        .orderBy('created_at', 'desc')
        .orderBy('refund_no', 'desc')
        .limit(page.limit + 1)
    },
    listEnd: (filter: RefundFilter, page: Slice) => {
      const { userId, status, provider } = filter
      const indexed = equalities({ user_id: userId, status, provider }).slice(0, 1)
      const index = indexFor('refunds', { user: userId, status, provider })
      return sliceEnd(builder, { table: 'refunds', index }, [...indexed, ...pageConditions(page, filter, AGE)], AGE)
    },
    insert: insertion(builder, 'refunds'),
    /** `due` is when it is due if it was not before, and null where it is to be due no more. */
    replace: statement(
      { ...kindsOf('refunds', 'refund_no', 'version', ...STATE), due: 'integer?' },
      ({ refund_no, version, due, ...changes }) =>
        builder
          .updateTable('refunds')
          .set(changes)
          .set((eb) => ({
            version: eb('version', '+', 1),
            due_at: eb
              .case()
              .when(eb.val(changes.status), '=', 'processing')
              .then(eb.fn.coalesce('due_at', eb.val(due)))
              .else(null)
              .end(),
          }))
          .where('refund_no', '=', refund_no)
          .where('version', '=', version),
    ),
    due: statement({ now: 'integer', limit: 'integer' }, ({ now, limit }) =>
      skipLocked(builder, refunds.where('due_at', '<=', now).orderBy('due_at').orderBy('refund_no').limit(limit)),
    ),
    lease: statement({ refund_no: 'text', due_at: 'integer?', until: 'integer' }, ({ refund_no, due_at, until }) =>
      builder
        .updateTable('refunds')
        .set((eb) => ({ due_at: until, attempts: eb('attempts', '+', 1) }))
        .where('refund_no', '=', refund_no)
        .where('due_at', '=', due_at),
    ),
    give: statement({ refund_no: 'text', until: 'integer', turn: 'integer' }, ({ refund_no, until, turn }) =>
      builder
        .updateTable('refunds')
        .set({ due_at: until, attempts: turn })
        .where('refund_no', '=', refund_no)
        .where('status', '=', 'processing'),
    ),
    postpone: statement({ refund_no: 'text', until: 'integer' }, ({ refund_no, until }) =>
      builder
        .updateTable('refunds')
        .set({ due_at: until })
        .where('refund_no', '=', refund_no)
        .where('status', '=', 'processing'),
    ),
  }
}

/** An index finds the rows of a payment's number, or of one of the others; where two are asked for, it finds too many. */
const isSparse = ({ outTradeNo, transactionId, userId, status, provider }: RefundFilter): boolean =>
  countOf(outTradeNo, transactionId) === 0 && countOf(userId, status, provider) > 1

export class KyselyRefundRepository implements RefundRepository {
  readonly #sql: ReturnType<typeof refundStatements>
  readonly #on: Executor
  readonly #count: Notes['count']

  constructor(sql: ReturnType<typeof refundStatements>, on: Executor, count: Notes['count']) {
    this.#sql = sql
    this.#on = on
    this.#count = count
  }

  async find(refundNo: string): Promise<Versioned<Refund> | undefined> {
    const row = await this.#sql.find.first(this.#on, { refund_no: refundNo })
    return row && toRefund(row)
  }

  async listByPayment(paymentId: string): Promise<readonly Versioned<Refund>[]> {
    return (await this.#sql.listByPayment.rows(this.#on, { payment_id: paymentId })).map(toRefund)
  }

  async listByOrder(orderId: string): Promise<readonly Versioned<Refund>[]> {
    return (await this.#sql.listByOrder.rows(this.#on, { order_id: orderId })).map(toRefund)
  }

  async list(filter: RefundFilter, page: PageRequest): Promise<Page<Versioned<Refund>>> {
    const list = async (slice: Slice) => (await query(this.#on, this.#sql.list(filter, slice))).map(toRefund)
    const end = (slice: Slice) => this.#sql.listEnd(filter, slice)
    const place = ({ value }: Versioned<Refund>) => ({ createdAt: value.createdAt, id: value.refundNo })
    return isSparse(filter)
      ? pageInSlices({ on: this.#on, end, list }, page, place)
      : pageOf(await list(page), page, place)
  }

  async insert(refund: Refund): Promise<boolean> {
    const inserted = await insertOnce(
      () => this.#sql.insert(this.#on, [toRefundRow(refund)]),
      async () => true, // The number is its only key.
    )
    if (inserted) this.#count(contributionsOfRefund(refund))
    return inserted
  }

  async replace(before: Versioned<Refund>, after: Refund, at: Date): Promise<boolean> {
    const { version } = before
    const updated_at = at.getTime()
    const parameters = { refund_no: after.refundNo, version, ...toRefundState(after), updated_at, due: updated_at }
    if ((await this.#sql.replace.change(this.#on, parameters)) !== 1) return false
    this.#count(changeOf(contributionsOfRefund(before.value), contributionsOfRefund(after)))
    return true
  }

  async claimDue(now: Date, leaseUntil: Date, limit: number): Promise<readonly DueRefund[]> {
    const until = leaseUntil.getTime()
    const claimed: DueRefund[] = []
    for (const row of await this.#sql.due.rows(this.#on, { now: now.getTime(), limit })) {
      const { refund_no, due_at, attempts } = row
      const mine = (await this.#sql.lease.change(this.#on, { refund_no, due_at, until })) === 1
      if (mine) claimed.push({ refund: toRefund(row), attempts: attempts + 1 })
    }
    return claimed
  }

  async lease(refundNo: string, until: Date, turn: number): Promise<void> {
    await this.#sql.give.change(this.#on, { refund_no: refundNo, until: until.getTime(), turn })
  }

  async postpone(refundNo: string, until: Date): Promise<void> {
    await this.#sql.postpone.change(this.#on, { refund_no: refundNo, until: until.getTime() })
  }
}
