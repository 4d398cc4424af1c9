import type { Kysely } from 'kysely'
import type { Encryption } from '../../application/encryption.ts'
import type { OrderReader } from '../../application/orders/order-repository.ts'
import type { Page, PageRequest } from '../../application/page.ts'
import type {
  DuePayment,
  PaymentFilter,
  PaymentRepository,
  PaymentWithOrder,
} from '../../application/payments/payment-repository.ts'
import { changeOf, contributionsOfPayment } from '../../application/statistics/contributions.ts'
import type { Versioned } from '../../application/versioned.ts'
import type { Payment, PaymentMethod, Provider } from '../../domain/payment.ts'
import { insertOnce } from './duplicates.ts'
import type { Executor } from './executor.ts'
import { byTransactionId } from './numbers.ts'
import { equalities, pageConditions, pageOf, type Slice } from './paging.ts'
import { openKey, toPayment, toPaymentRow, toPaymentState } from './payment-row.ts'
import { indexFor, readBy } from './read-by.ts'
import type { Notes } from './notes.ts'
import { type DB, kindsOf, type Row } from './schema.ts'
import { skipLocked } from './skip-locked.ts'
import { countOf, pageInSlices, sliceEnd } from './slices.ts'
import { insertion, query, statement } from './statement.ts'

const STATE = [
  'status',
  'open_key',
  'refunded_fen',
  'transaction_id',
  'paid_at',
  'failure_reason',
  'updated_at',
] as const

export const paymentStatements = (builder: Kysely<DB>) => {
  const payments = builder.selectFrom('payments').selectAll()
  return {
    find: statement(kindsOf('payments', 'id'), ({ id }) => payments.where('id', '=', id)),
    findByOutTradeNo: statement(kindsOf('payments', 'out_trade_no'), (given) =>
      payments.where('out_trade_no', '=', given.out_trade_no),
    ),
    findOpen: statement({ open_key: 'text' }, (given) => payments.where('open_key', '=', given.open_key)),
    listByOrder: statement(kindsOf('payments', 'order_id'), (given) =>
      payments.where('order_id', '=', given.order_id).orderBy('created_at').orderBy('id'),
    ),
    insert: insertion(builder, 'payments'),
    replace: statement(kindsOf('payments', 'id', 'version', ...STATE), ({ id, version, ...changes }) =>
      builder
        .updateTable('payments')
        .set(changes)
        .set((eb) => ({
          version: eb('version', '+', 1),
          due_at: eb.case().when(eb.val(changes.status), '=', 'pending').then(eb.ref('due_at')).else(null).end(),
        }))
        .where('id', '=', id)
        .where('version', '=', version),
    ),
    due: statement({ now: 'integer', limit: 'integer' }, ({ now, limit }) =>
      skipLocked(builder, payments.where('due_at', '<=', now).orderBy('due_at').orderBy('id').limit(limit)),
    ),
    lease: statement({ id: 'text', due_at: 'integer?', until: 'integer' }, ({ id, due_at, until }) =>
      builder
        .updateTable('payments')
        .set((eb) => ({ due_at: until, attempts: eb('attempts', '+', 1) }))
        .where('id', '=', id)
        .where('due_at', '=', due_at),
    ),
    postpone: statement({ id: 'text', until: 'integer' }, ({ id, until }) =>
      builder.updateTable('payments').set({ due_at: until }).where('id', '=', id).where('status', '=', 'pending'),
    ),
    takeTurn: statement(
      { id: 'text', refund_no: 'text', at: 'integer', since: 'integer' },
      ({ id, refund_no, at, since }) =>
        builder
          .updateTable('payments')
          .set({ last_refund_no: refund_no, last_refund_at: at })
          .where('id', '=', id)
          .where((eb) =>
            eb.or([
              eb('last_refund_at', 'is', null),
              eb('last_refund_at', '<=', since),
              eb('last_refund_no', '=', refund_no),
              // A time that lies ahead is that of a clock which was put back since: it binds nobody.
              eb('last_refund_at', '>', at),
            ]),
          ),
    ),
    list: (filter: PaymentFilter, page: Slice) => {
      const { userId, provider, status, outTradeNo } = filter
      const numbers = byTransactionId(filter, 'id', 'payment_id')
      const columns = { out_trade_no: outTradeNo, user_id: userId, status, provider }
      const index = indexFor('payments', { user: userId, status, provider })
      return readBy(builder, 'payments', isNumbered(filter) ? undefined : index)
        .selectAll()
        .where((eb) =>
          eb.and([...numbers, ...equalities(columns, numbers.length > 0), ...pageConditions(page, filter)]),
        )
        .orderBy('created_at', 'desc')
        .orderBy('id', 'desc')
        .limit(page.limit + 1)
    },
    listEnd: (filter: PaymentFilter, page: Slice) => {
      const { userId, status, provider } = filter
      const indexed = equalities({ user_id: userId, status, provider }).slice(0, 1)
      const index = indexFor('payments', { user: userId, status, provider })
      return sliceEnd(builder, { table: 'payments', index }, [...indexed, ...pageConditions(page, filter)])
    },
  }
}

/** An index finds the rows of a number, or of one of the others; where two of those are asked for, it finds too many. */
const isSparse = (filter: PaymentFilter): boolean =>
  !isNumbered(filter) && countOf(filter.userId, filter.status, filter.provider) > 1

const isNumbered = ({ outTradeNo, transactionId }: PaymentFilter): boolean => countOf(outTradeNo, transactionId) > 0

export class KyselyPaymentRepository implements PaymentRepository {
  readonly #sql: ReturnType<typeof paymentStatements>
  readonly #on: Executor
  readonly #encryption: Encryption
  readonly #orders: OrderReader
  readonly #count: Notes['count']

  constructor(
    sql: ReturnType<typeof paymentStatements>,
    on: Executor,
    given: Pick<Notes, 'count'> & { readonly encryption: Encryption; readonly orders: OrderReader },
  ) {
    this.#sql = sql
    this.#on = on
    this.#encryption = given.encryption
    this.#orders = given.orders
    this.#count = given.count
  }

  async find(id: string): Promise<Versioned<Payment> | undefined> {
    return this.#toOptional(await this.#sql.find.first(this.#on, { id }))
  }

  async findByOutTradeNo(outTradeNo: string): Promise<Versioned<Payment> | undefined> {
    return this.#toOptional(await this.#sql.findByOutTradeNo.first(this.#on, { out_trade_no: outTradeNo }))
  }

  async findWithOrder(outTradeNo: string): Promise<PaymentWithOrder | undefined> {
    const payment = await this.findByOutTradeNo(outTradeNo)
    const order = payment && (await this.#orders.find(payment.value.orderId))
    return payment && order && { payment, order }
  }

  async findOpen(orderId: string, provider: Provider, method: PaymentMethod): Promise<Versioned<Payment> | undefined> {
    const open_key = openKey(orderId, provider, method)
    return this.#toOptional(await this.#sql.findOpen.first(this.#on, { open_key }))
  }

  async listByOrder(orderId: string): Promise<readonly Versioned<Payment>[]> {
    const rows = await this.#sql.listByOrder.rows(this.#on, { order_id: orderId })
    return rows.map((row) => toPayment(row, this.#encryption))
  }

  async list(filter: PaymentFilter, page: PageRequest): Promise<Page<Versioned<Payment>>> {
    const list = async (slice: Slice) => {
      const rows = await query(this.#on, this.#sql.list(filter, slice))
      return rows.map((row) => toPayment(row, this.#encryption))
    }
    const end = (slice: Slice) => this.#sql.listEnd(filter, slice)
    const place = ({ value }: Versioned<Payment>) => value
    return isSparse(filter)
      ? pageInSlices({ on: this.#on, end, list }, page, place)
      : pageOf(await list(page), page, place)
  }

  async insert(payment: Payment, askAt: Date): Promise<boolean> {
    const inserted = await insertOnce(
      () => this.#sql.insert(this.#on, [toPaymentRow(payment, this.#encryption, askAt)]),
      async () => (await this.findOpen(payment.orderId, payment.provider, payment.method)) !== undefined,
    )
    if (inserted) this.#count(contributionsOfPayment(payment))
    return inserted
  }

  async replace(before: Versioned<Payment>, after: Payment, at: Date): Promise<boolean> {
    const { version } = before
    const parameters = { id: after.id, version, ...toPaymentState(after), updated_at: at.getTime() }
    if ((await this.#sql.replace.change(this.#on, parameters)) !== 1) return false
    this.#count(changeOf(contributionsOfPayment(before.value), contributionsOfPayment(after)))
    return true
  }

  async claimDue(now: Date, leaseUntil: Date, limit: number): Promise<readonly DuePayment[]> {
    const until = leaseUntil.getTime()
    const claimed: DuePayment[] = []
    for (const row of await this.#sql.due.rows(this.#on, { now: now.getTime(), limit })) {
      const { id, due_at, attempts } = row
      const mine = (await this.#sql.lease.change(this.#on, { id, due_at, until })) === 1
      if (mine) claimed.push({ payment: toPayment(row, this.#encryption), attempts: attempts + 1 })
    }
    return claimed
  }

  async postpone(paymentId: string, until: Date): Promise<void> {
    await this.#sql.postpone.change(this.#on, { id: paymentId, until: until.getTime() })
  }

  async takeRefundTurn(paymentId: string, refundNo: string, at: Date, gapMs: number): Promise<Date> {
    const now = at.getTime()
    const turn = { id: paymentId, refund_no: refundNo, at: now, since: now - gapMs }
    if ((await this.#sql.takeTurn.change(this.#on, turn)) === 1) return at
    const row = await this.#sql.find.first(this.#on, { id: paymentId })
    return new Date(Math.max(now + 1, (row?.last_refund_at ?? now) + gapMs))
  }

  #toOptional(row: Row<'payments'> | undefined): Versioned<Payment> | undefined {
    return row && toPayment(row, this.#encryption)
  }
}
