import type { PlanStep, Recorder, Sent } from './recorder.ts'

/** From this size on a table may not be walked through. */
const LARGE = 10_000
/** What one statement may touch: a page with what belongs to it, or one thing with all that happened to it. */
const FEW = 300

/** Statements that touch more by their nature. */
const MEANT: readonly { readonly has: RegExp; readonly atMost: number; readonly why: string }[] = [
  { has: /limit \? offset \?$/, atMost: 1100, why: 'the end of a slice: a thousand entries of an index' },
  {
    has: /force index .*(coalesce\(`|and exists|`revoked_at` is null)/,
    atMost: 2300,
    why: 'a slice: a thousand rows are looked at, and as many payments where orders over one provider are looked for',
  },
  {
    has: /from `risk_hits` .*`orders`\.`id` = `risk_hits`|`orders`\.`id` = `risk_hits`.* from `risk_hits` /,
    atMost: 20_500,
    why: 'the last 5000 matches of a rule',
  },
  {
    has: /^select (`created_at`(, `attempts`)?|`kind`) from `(payments|refunds|events|incidents|webhook_deliveries)`/,
    atMost: 1100,
    why: 'what waits is counted for those who watch, to a thousand',
  },
  {
    has: /^select `subject` from `alerts` where `rule`/,
    atMost: 1100,
    why: 'what a rule told of already, to a thousand',
  },
  {
    has: /from `information_schema`/,
    atMost: 5000,
    why: 'the doctor looks at the columns there are, however many rows',
  },
  { has: /order by `retries`, /, atMost: 500, why: 'what one call tries again of what failed' },
  { has: /from `notifications` .* group by `verdict`$/, atMost: 20_000, why: 'one day is counted' },
  {
    has: /from `daily_stats`/,
    atMost: 20_000,
    why: 'a row for each day, provider and shard of a year, and what grouping them takes',
  },
  {
    has: /^select .* from `(payments|payment_transactions|refunds|notifications)` .* group by `(p`\.`)?provider`/,
    atMost: 50_000,
    why: 'one day is counted anew',
  },
  {
    has: /from `entitlements` where `user_id` = \? and `product_id` = \?/,
    atMost: 50_000,
    why: 'what one person was ever granted: all of one product decides when the next begins',
  },
]

/** What is wrong with how the server answers a statement, where it may touch so many rows. */
export const faultsOf = async (recorder: Recorder, { sql, shape }: Sent, few = FEW): Promise<readonly string[]> => {
  const atMost = MEANT.find(({ has }) => has.test(shape))?.atMost ?? few
  const plan = await recorder.plan(sql)
  const large = plan.filter(({ table }) => recorder.rowsOf(table) > LARGE)
  if (!/^\s*select\b/i.test(sql))
    return large.filter(({ type, rows }) => type === 'ALL' || type === 'index' || rows > atMost).map(described)
  const walks = large.filter(({ type }) => type === 'ALL').map(described)
  // Walking through an index and sorting are fine where they end soon, which is what counts in the end.
  const reads = await recorder.reads(sql)
  return reads > atMost ? [...walks, `touches ${reads} rows: ${plan.map(described).join('; ')}`] : walks
}

const described = ({ table, type, key, rows, extra }: PlanStep): string =>
  `${table} by ${type} of ${key ?? 'nothing'}, about ${rows} rows, ${extra}`
