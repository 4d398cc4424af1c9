import { type Kysely, MysqlAdapter, type RawBuilder, sql } from 'kysely'
import { FIGURES, type Figure, figuresOf, FLOW } from '../../application/statistics/figures.ts'
import { PROVIDERS } from '../../domain/payment.ts'
import { bookStatements } from './counted-books.ts'
import { DayTally } from './day-tally.ts'
import type { Executor } from './executor.ts'
import { type DB, kindsOf, type Row, TABLES } from './schema.ts'
import type { Session } from './session.ts'
import { insertion, type Statement, statement } from './statement.ts'

const RANGE = { first: 'integer', last: 'integer' } as const
const KEY = ['day', 'provider', 'shard'] as const

const sumOf = (figure: Figure) => sql`sum(${sql.ref(figure)})`.as(figure)

export const statisticsStatements = (builder: Kysely<DB>) => {
  const inRange = ({ first, last }: { readonly first: number; readonly last: number }) =>
    builder.selectFrom('daily_stats').where('day', '>=', first).where('day', '<=', last)
  return {
    books: bookStatements(builder),
    span: spanStatement(builder),
    addTo: additions(builder),
    clear: statement(kindsOf('daily_stats', 'day'), ({ day }) =>
      builder.deleteFrom('daily_stats').where('day', '=', day),
    ),
    /** One after another: grouping them takes MySQL twice as long, since it goes through a table of its own. */
    byProvider: statement(RANGE, (range) =>
      PROVIDERS.map((provider) =>
        inRange(range)
          .where('provider', '=', provider)
          .select(sql.lit(provider).as('provider'))
          .select(FIGURES.map(sumOf)),
      ).reduce((all, one) => all.unionAll(one)),
    ),
    byDay: statement(RANGE, (range) => inRange(range).select('day').select(FLOW.map(sumOf)).groupBy('day')),
    byDayOf: statement({ ...RANGE, provider: 'text' }, ({ provider, ...range }) =>
      inRange(range).where('provider', '=', provider).select('day').select(FLOW.map(sumOf)).groupBy('day'),
    ),
    firstCount: statement(kindsOf('daily_stats_first_count', 'id'), ({ id }) =>
      builder.selectFrom('daily_stats_first_count').selectAll().where('id', '=', id),
    ),
    begin: insertion(builder, 'daily_stats_first_count'),
    advance: statement({ id: 'text', day: 'integer' }, ({ id, day }) =>
      builder
        .updateTable('daily_stats_first_count')
        .set({ next_day: day })
        .where('id', '=', id)
        .where('next_day', '<', day),
    ),
    complete: statement(kindsOf('daily_stats_first_count', 'id'), ({ id }) =>
      builder.updateTable('daily_stats_first_count').set({ next_day: null }).where('id', '=', id),
    ),
  }
}

export type StatisticsStatements = ReturnType<typeof statisticsStatements>

type Addition = Statement<Row<'daily_stats'>, unknown>

/**
 * Adds to these figures of a day, or makes its row. SQLite has one statement for all, which it prepares once; to MySQL
 * each goes as text that is read anew, so it has one for each set of figures that change together, made when first needed.
 */
const additions = (builder: Kysely<DB>): ((figures: readonly Figure[]) => Addition) => {
  if (!(builder.getExecutor().adapter instanceof MysqlAdapter)) {
    const all = statement(TABLES.daily_stats, (row) => sqliteAddition(builder, row))
    return () => all
  }
  const made = new Map<string, Addition>()
  return (figures) => {
    const names = figures.join()
    const known = made.get(names) ?? statement(TABLES.daily_stats, (row) => mysqlAddition(builder, row, figures))
    made.set(names, known)
    return known
  }
}

const sqliteAddition = (builder: Kysely<DB>, row: Row<'daily_stats'>) => {
  const sum = (figure: Figure) => sql<number>`${sql.ref(`daily_stats.${figure}`)} + ${sql.ref(`excluded.${figure}`)}`
  const insert = builder.insertInto('daily_stats').values(row)
  return insert.onConflict((conflict) => conflict.columns(KEY).doUpdateSet(figuresOf(FIGURES, sum)))
}

const mysqlAddition = (builder: Kysely<DB>, row: Row<'daily_stats'>, figures: readonly Figure[]) => {
  const { day, provider, shard } = row
  const given = { day, provider, shard, ...figuresOf(figures, (figure) => row[figure]) }
  const sum = (figure: Figure) => sql<number>`${sql.ref(figure)} + values(${sql.ref(figure)})`
  // The figures that are not given are 0 by the table's own default.
  const insert = builder.insertInto('daily_stats').values(given)
  return insert.onDuplicateKeyUpdate({ day: sql<number>`day`, ...figuresOf(figures, sum) })
}

/** Whatever a day is counted by: a table's column with an index on it, or behind the provider. */
const TIMES = [
  { table: 'payments', time: 'created_at', behindProvider: false },
  { table: 'payment_transactions', time: 'paid_at', behindProvider: true },
  { table: 'refunds', time: 'created_at', behindProvider: false },
  { table: 'refunds', time: 'processed_at', behindProvider: true },
  { table: 'notifications', time: 'received_at', behindProvider: false },
] as const

/** Each end of an index by itself, as no database finds both, or those behind several providers, at once. */
const spanStatement = (builder: Kysely<DB>) => {
  const ends = TIMES.flatMap(({ table, time, behindProvider }) =>
    (behindProvider ? PROVIDERS.map((provider) => sql` where provider = ${sql.lit(provider)}`) : [sql``]).flatMap(
      (where) => endsOf(table, time, where),
    ),
  )
  return {
    times: statement({}, () => compilable<{ at: number | null }>(builder, ends)),
    days: statement({}, () => compilable<{ at: number | null }>(builder, endsOf('daily_stats', 'day', sql``))),
  }
}

const endsOf = (table: string, column: string, where: RawBuilder<unknown>): readonly RawBuilder<unknown>[] =>
  [sql`min`, sql`max`].map((end) => sql`select ${end}(${sql.ref(column)}) as at from ${sql.table(table)}${where}`)

const compilable = <O>(builder: Kysely<DB>, parts: readonly RawBuilder<unknown>[]) => ({
  compile: () => sql<O>`${sql.join(parts, sql` union all `)}`.compile(builder),
})

/** Adds what units of work have noted to the figures of the days, each in the shard its day says, within their commit. */
export const writeTallies = async (
  { addTo }: Pick<StatisticsStatements, 'addTo'>,
  on: Executor,
  sessions: readonly Session[],
  shardOf: (day: number) => number,
): Promise<void> => {
  const all = new DayTally()
  for (const { tally } of sessions) all.merge(tally)
  for (const row of all.changes()) {
    const changed = FIGURES.filter((figure) => row[figure] !== 0)
    await addTo(changed).change(on, { ...row, shard: shardOf(row.day) })
  }
}
