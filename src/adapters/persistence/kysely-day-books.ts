import { type Kysely, sql } from 'kysely'
import type { Cursor, Span } from '../../application/page.ts'
import type {
  BookedReceipt,
  BookedRefund,
  DayBooks,
  KnownPayment,
  KnownRefund,
} from '../../application/reconciliation/day-books.ts'
import { fen } from '../../domain/money.ts'
import type { Provider } from '../../domain/payment.ts'
import type { Executor } from './executor.ts'
import { PAYMENT_STATUSES } from './payment-row.ts'
import { readBy } from './read-by.ts'
import { REFUND_STATUSES } from './refund-row.ts'
import { toDate, toOptionalDate, wordOf } from './row-values.ts'
import type { DB } from './schema.ts'
import { query, statement } from './statement.ts'

const PAID = ['settled', 'honoured', 'surplus', 'late'] as const

const PLACE = {
  provider: 'text',
  to: 'integer',
  after_at: 'integer',
  after_id: 'text',
  limit: 'integer',
} as const

export const dayBooksStatements = (builder: Kysely<DB>) => ({
  receipts: statement(PLACE, (given) =>
    readBy(builder, 'payment_transactions', 'payment_transactions_by_paid')
      .select([
        'id',
        'out_trade_no as outTradeNo',
        'transaction_id as transactionId',
        'amount_fen as amount',
        'paid_at as at',
      ])
      .where('provider', '=', given.provider)
      .where('paid_at', '>=', given.after_at)
      .where('paid_at', '<', given.to)
      .where((eb) => eb.or([eb('paid_at', '>', given.after_at), eb('id', '>', given.after_id)]))
      .where('disposition', 'in', [...PAID])
      .orderBy('paid_at')
      .orderBy('id')
      .limit(given.limit),
  ),
  refunds: statement(PLACE, (given) =>
    readBy(builder, 'refunds', 'refunds_by_processed')
      .innerJoin('payments', 'payments.id', 'refunds.payment_id')
      .select([
        'refunds.refund_no as refundNo',
        'payments.out_trade_no as outTradeNo',
        'refunds.amount_fen as amount',
        'refunds.processed_at as at',
      ])
      .where('refunds.provider', '=', given.provider)
      .where('refunds.processed_at', '>=', given.after_at)
      .where('refunds.processed_at', '<', given.to)
      .where((eb) =>
        eb.or([eb('refunds.processed_at', '>', given.after_at), eb('refunds.refund_no', '>', given.after_id)]),
      )
      .where('refunds.status', '=', 'success')
      .orderBy('refunds.processed_at')
      .orderBy('refunds.refund_no')
      .limit(given.limit),
  ),
  payment: statement({ provider: 'text', out_trade_no: 'text' }, ({ provider, out_trade_no }) =>
    builder
      .selectFrom('payments')
      .select(['id', 'amount_fen', 'status', 'transaction_id', 'paid_at'])
      .where('out_trade_no', '=', out_trade_no)
      .where('provider', '=', provider),
  ),
  refund: statement({ refund_no: 'text', payment_id: 'text' }, ({ refund_no, payment_id }) =>
    builder
      .selectFrom('refunds')
      .select(['refund_no', 'amount_fen', 'status', 'processed_at'])
      .where('refund_no', '=', refund_no)
      .where('payment_id', '=', payment_id),
  ),
  refundOfClue: statement({ payment_id: 'text', number: 'text' }, ({ payment_id, number }) =>
    builder
      .selectFrom('refund_clues')
      .innerJoin('refunds', 'refunds.refund_no', 'refund_clues.refund_no')
      .select(['refunds.refund_no', 'refunds.amount_fen', 'refunds.status', 'refunds.processed_at'])
      .where('refund_clues.payment_id', '=', payment_id)
      .where('refund_clues.number', '=', number),
  ),
  refundOfGateway: statement({ payment_id: 'text', refund_id: 'text' }, ({ payment_id, refund_id }) =>
    builder
      .selectFrom('refunds')
      .select(['refund_no', 'amount_fen', 'status', 'processed_at'])
      .where('payment_id', '=', payment_id)
      .where('refund_id', '=', refund_id)
      .limit(1),
  ),
  matches: (provider: string, subjects: readonly string[]) =>
    builder
      .selectFrom('bill_matches')
      .select('subject')
      .where('provider', '=', provider)
      .where('subject', 'in', [...subjects]),
  first: statement({ provider: 'text' }, ({ provider }) =>
    readBy(builder, 'payments', 'payments_by_provider')
      .select('created_at')
      .where('provider', '=', provider)
      .orderBy('created_at')
      .orderBy(sql`id`)
      .limit(1),
  ),
})

export class KyselyDayBooks implements DayBooks {
  readonly #sql: ReturnType<typeof dayBooksStatements>
  readonly #on: Executor

  constructor(sql: ReturnType<typeof dayBooksStatements>, on: Executor) {
    this.#sql = sql
    this.#on = on
  }

  async receipts(provider: Provider, span: Span, after: Cursor | undefined, limit: number) {
    // As they are selected: a million rows are not to be made twice, and no column holds what is no amount.
    return (await this.#sql.receipts.rows(this.#on, placeOf(provider, span, after, limit))) as readonly BookedReceipt[]
  }

  async refunds(provider: Provider, span: Span, after: Cursor | undefined, limit: number) {
    // As above; only what was processed is selected.
    return (await this.#sql.refunds.rows(this.#on, placeOf(provider, span, after, limit))) as readonly BookedRefund[]
  }

  async findPayment(provider: Provider, outTradeNo: string): Promise<KnownPayment | undefined> {
    const row = await this.#sql.payment.first(this.#on, { provider, out_trade_no: outTradeNo })
    if (row === undefined) return undefined
    const { transaction_id: transactionId, paid_at } = row
    const paid = transactionId === null || paid_at === null ? undefined : { transactionId, at: toDate(paid_at) }
    return { paymentId: row.id, amount: fen(row.amount_fen), status: wordOf(PAYMENT_STATUSES, row.status), paid }
  }

  async findRefund(
    provider: Provider,
    outTradeNo: string,
    number: string,
    refundId: string | undefined,
  ): Promise<KnownRefund | undefined> {
    const payment = await this.findPayment(provider, outTradeNo)
    if (payment === undefined) return undefined
    const payment_id = payment.paymentId
    const row =
      (await this.#sql.refund.first(this.#on, { refund_no: number, payment_id })) ??
      (await this.#sql.refundOfClue.first(this.#on, { payment_id, number })) ??
      (refundId === undefined
        ? undefined
        : await this.#sql.refundOfGateway.first(this.#on, { payment_id, refund_id: refundId }))
    if (row === undefined) return undefined
    const { refund_no: refundNo, processed_at } = row
    const status = wordOf(REFUND_STATUSES, row.status)
    return { refundNo, amount: fen(row.amount_fen), status, processedAt: toOptionalDate(processed_at) }
  }

  async matchedElsewhere(provider: Provider, subjects: readonly string[]): Promise<ReadonlySet<string>> {
    if (subjects.length === 0) return new Set()
    const rows = await query(this.#on, this.#sql.matches(provider, subjects))
    return new Set(rows.map(({ subject }) => subject))
  }

  async firstPaymentAt(provider: Provider): Promise<Date | undefined> {
    const row = await this.#sql.first.first(this.#on, { provider })
    return row && toDate(row.created_at)
  }
}

/** No number is smaller than the empty one, so the first page begins before all of them. */
const placeOf = (provider: Provider, { from, to }: Span, after: Cursor | undefined, limit: number) => ({
  provider,
  to: to.getTime(),
  after_at: after?.createdAt.getTime() ?? from.getTime(),
  after_id: after?.id ?? '',
  limit,
})
