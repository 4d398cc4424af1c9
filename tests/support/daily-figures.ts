import type { TestDatabase } from './database.ts'

/** By day and provider, each figure that is not zero. */
export type DailyFigures = Readonly<Record<string, Readonly<Record<string, number>>>>
type Rows = (sql: string) => Promise<readonly object[]>

const dayOf = (time: string): string => `floor((${time} + 28800000) / 86400000)`

const byState = (table: string): string =>
  `select ${dayOf('created_at')} as day, provider, concat('${table}_', status) as figure,
    count(*) as value, sum(amount_fen) as fen from ${table} group by 1, 2, 3`

const happened = (name: string, table: string, time: string, condition: string): string =>
  `select ${dayOf(time)} as day, provider, '${name}' as figure, count(*) as value, sum(amount_fen) as fen
    from ${table} where ${condition} group by 1, 2`

/** The figures as a plain GROUP BY over the books has them, written without any of the code that keeps them. */
export const PLAIN = [
  byState('payments'),
  byState('refunds'),
  happened('paid', 'payments', 'paid_at', 'paid_at is not null'),
  happened('returned', 'refunds', 'processed_at', `status = 'success'`),
  `select ${dayOf('paid_at')} as day, provider, 'paid_ms' as figure,
    sum(case when paid_at > created_at then paid_at - created_at else 0 end) as value, 0 as fen
    from payments where paid_at is not null group by 1, 2`,
  `select ${dayOf('received_at')} as day, provider, 'callbacks' as figure, count(*) as value, 0 as fen
    from notifications where event_at is not null group by 1, 2`,
  `select ${dayOf('received_at')} as day, provider, 'callbacks_ms' as figure,
    sum(case when received_at > event_at then received_at - event_at else 0 end) as value, 0 as fen
    from notifications where event_at is not null group by 1, 2`,
  `select ${dayOf('received_at')} as day, provider, 'callbacks_slow' as figure, count(*) as value, 0 as fen
    from notifications where received_at - event_at > 30000 group by 1, 2`,
]

type Found = { readonly day: number; readonly provider: string; readonly figure: string; value: unknown; fen: unknown }

export const plainFigures = async (rows: Rows): Promise<DailyFigures> => {
  const found = (await Promise.all(PLAIN.map((sql) => rows(sql)))).flat() as readonly Found[] // As the SQL names them.
  return collected(
    found.flatMap(({ day, provider, figure, value, fen }) => [
      [`${day} ${provider}`, figure, Number(value)] as const,
      [`${day} ${provider}`, `${figure}_fen`, Number(fen)] as const,
    ]),
  )
}

/** The figures that are kept. */
export const keptFigures = async (rows: Rows): Promise<DailyFigures> => {
  const found = await rows('select * from daily_stats')
  return collected(
    found.flatMap((row) => {
      const { day, provider, shard: _, ...figures } = row as Readonly<Record<string, unknown>> // As the table is.
      return Object.entries(figures).map(
        ([figure, value]) => [`${String(day)} ${String(provider)}`, figure, Number(value)] as const,
      )
    }),
  )
}

const collected = (values: readonly (readonly [key: string, figure: string, value: number])[]): DailyFigures => {
  const all = new Map<string, Map<string, number>>()
  for (const [key, figure, value] of values) {
    const figures = all.get(key) ?? new Map<string, number>()
    all.set(key, figures.set(figure, (figures.get(figure) ?? 0) + value))
  }
  const any = [...all].map(([key, figures]) => [key, [...figures].filter(([, value]) => value !== 0)] as const)
  return Object.fromEntries(
    any.filter(([, figures]) => figures.length > 0).map(([key, figures]) => [key, Object.fromEntries(figures)]),
  )
}

export const rowsOf =
  (database: Pick<TestDatabase, 'rows'>): Rows =>
  (sql) =>
    database.rows(sql)
