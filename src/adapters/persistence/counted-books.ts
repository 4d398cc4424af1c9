import { type Expression, type Kysely, type RawBuilder, sql } from 'kysely'
import { SLOW_CALLBACK_MS } from '../../application/statistics/contributions.ts'
import { FIGURES, type Figure, figuresOf } from '../../application/statistics/figures.ts'
import type { ProviderFigures } from '../../application/statistics/statistics.ts'
import { PROVIDERS } from '../../domain/payment.ts'
import type { Executor } from './executor.ts'
import type { DB } from './schema.ts'
import { statement } from './statement.ts'

/** From an instant until before another. */
const SPAN = { from: 'integer', until: 'integer' } as const
type Span = { readonly from: number; readonly until: number }

/** A database counts in text where a sum could be longer than an integer. */
const sumOf = (value: Expression<unknown>): RawBuilder<unknown> => sql`sum(${value})`

const count = sql`count(*)`

const msBetween = (from: string, to: string): RawBuilder<unknown> =>
  sql`case when ${sql.ref(to)} > ${sql.ref(from)} then ${sql.ref(to)} - ${sql.ref(from)} else 0 end`

/** The plain queries whose answers the daily figures always equal; each finds its rows by an index on the time. */
export const bookStatements = (builder: Kysely<DB>) => ({
  payments: statement(SPAN, ({ from, until }) =>
    builder
      .selectFrom('payments')
      .select(['provider', 'status', count.as('count'), sumOf(sql.ref('amount_fen')).as('fen')])
      .where('created_at', '>=', from)
      .where('created_at', '<', until)
      .groupBy(['provider', 'status']),
  ),
  /** A payment that is paid has the receipt that says so, and receipts are found by the time of paying. */
  paid: statement(SPAN, ({ from, until }) =>
    builder
      .selectFrom('payment_transactions as t')
      .innerJoin('payments as p', (join) =>
        join.onRef('p.id', '=', 't.payment_id').onRef('p.transaction_id', '=', 't.transaction_id'),
      )
      .select(['p.provider', count.as('paid'), sumOf(sql.ref('p.amount_fen')).as('paid_fen')])
      .select(sumOf(msBetween('p.created_at', 'p.paid_at')).as('paid_ms'))
      .where('t.provider', 'in', [...PROVIDERS])
      .where('t.paid_at', '>=', from)
      .where('t.paid_at', '<', until)
      .groupBy('p.provider'),
  ),
  refunds: statement(SPAN, ({ from, until }) =>
    builder
      .selectFrom('refunds')
      .select(['provider', 'status', count.as('count'), sumOf(sql.ref('amount_fen')).as('fen')])
      .where('created_at', '>=', from)
      .where('created_at', '<', until)
      .groupBy(['provider', 'status']),
  ),
  returned: statement(SPAN, ({ from, until }) =>
    builder
      .selectFrom('refunds')
      .select(['provider', count.as('returned'), sumOf(sql.ref('amount_fen')).as('returned_fen')])
      .where('provider', 'in', [...PROVIDERS])
      .where('processed_at', '>=', from)
      .where('processed_at', '<', until)
      .where('status', '=', 'success')
      .groupBy('provider'),
  ),
  callbacks: statement(SPAN, ({ from, until }) =>
    builder
      .selectFrom('notifications')
      .select(['provider', count.as('callbacks'), sumOf(msBetween('event_at', 'received_at')).as('callbacks_ms')])
      .select(
        sql`sum(case when received_at - event_at > ${sql.lit(SLOW_CALLBACK_MS)} then 1 else 0 end)`.as(
          'callbacks_slow',
        ),
      )
      .where('received_at', '>=', from)
      .where('received_at', '<', until)
      .where('event_at', 'is not', null)
      .groupBy('provider'),
  ),
})

/** Counts all that the books hold of this time, of each provider that has anything. */
export const countBooks = async (
  on: Executor,
  books: ReturnType<typeof bookStatements>,
  span: Span,
): Promise<readonly ProviderFigures[]> =>
  byProvider([
    ...(await books.payments.rows(on, span)).map((row) => byState('payments', row)),
    ...(await books.paid.rows(on, span)),
    ...(await books.refunds.rows(on, span)).map((row) => byState('refunds', row)),
    ...(await books.returned.rows(on, span)),
    ...(await books.callbacks.rows(on, span)),
  ])

/** Rows with the figures they have, provider by provider; a database may write a number as text. */
export const byProvider = (rows: readonly FigureRow[]): readonly ProviderFigures[] =>
  PROVIDERS.map((provider) => {
    const own = rows.filter((row) => row.provider === provider)
    const valueOf = (figure: Figure) => own.reduce((total, row) => total + Number(row[figure] ?? 0), 0)
    return { provider, figures: figuresOf(FIGURES, valueOf) }
  }).filter(({ figures }) => FIGURES.some((figure) => figures[figure] !== 0))

type FigureRow = { readonly provider: string } & { readonly [F in Figure]?: unknown }

type StateRow = { readonly provider: string; readonly status: string; readonly count: unknown; readonly fen: unknown }

const byState = (what: 'payments' | 'refunds', { provider, status, count: number, fen }: StateRow): FigureRow => ({
  provider,
  [`${what}_${status}`]: number,
  [`${what}_${status}_fen`]: fen,
})
