import { encodeCursor } from '../../src/adapters/http/cursor.ts'
import type { TableName } from '../../src/adapters/persistence/schema.ts'
import type { TestDatabase } from '../support/database.ts'
import { RUN_ID } from './grown-service.ts'
import type { Known } from './known.ts'

/** A list route with one way of asking it. */
export type ListCase = {
  readonly path: string
  readonly filter: Readonly<Record<string, string>>
  /** Whose rows they are, with the columns that order them. */
  readonly table: TableName
  readonly at: 'created_at' | 'received_at' | 'first_seen_at' | 'first_at'
  /** What narrows the rows down in an index of their own, in SQL. */
  readonly where: string
  readonly user?: string
}

type Filtered = readonly (readonly [filter: Readonly<Record<string, string>>, where: string])[]

const RANGE = { from: '2026-03-26T00:00:00.000Z', to: '2026-10-01T00:00:00.000Z' }
const within = (at: string) => `${at} >= ${Date.parse(RANGE.from)} and ${at} < ${Date.parse(RANGE.to)}`

const cases = (path: string, table: TableName, filters: Filtered, rest: Partial<ListCase> = {}): readonly ListCase[] =>
  filters.map(([filter, where]) => ({ path, filter, table, at: 'created_at', where, ...rest }))

/** Every list that has grown: each of its filters alone, and what people usually ask together. */
export const listCases = (known: Known): readonly ListCase[] => [
  ...customerCases(known),
  ...searchCases('/admin/orders', 'orders', 'paid', known),
  ...searchCases('/admin/payments', 'payments', 'closed', known),
  ...searchCases('/admin/refunds', 'refunds', 'failed', known),
  ...codeCases(known),
  ...recordCases(known),
  ...messageCases(known),
  ...reconciliationCases(),
  ...riskCases(known),
]

const customerCases = ({ user }: Known): readonly ListCase[] => {
  const mine = `user_id = '${user}'`
  const own = (path: string, table: TableName, status: string) =>
    cases(
      path,
      table,
      [
        [{}, mine],
        [{ status }, mine],
        [RANGE, `${mine} and ${within('created_at')}`],
      ],
      { user },
    )
  return [
    ...own('/orders', 'orders', 'paid'),
    ...own('/payments', 'payments', 'paid'),
    ...own('/refunds', 'refunds', 'success'),
    ...cases('/access-codes', 'access_codes', [[{}, `buyer_id = '${user}'`]], { user }),
    ...cases('/access', 'entitlements', [[{}, mine]], { user }),
    ...cases('/points/entries', 'points_entries', [[{}, mine]], { user }),
  ]
}

const searchCases = (path: string, table: TableName, status: string, { user }: Known): readonly ListCase[] =>
  cases(path, table, [
    [{}, 'true'],
    [RANGE, within('created_at')],
    [{ userId: user }, `user_id = '${user}'`],
    [{ userId: user, status }, `user_id = '${user}'`],
    [{ status }, `status = '${status}'`],
    [{ status, ...RANGE }, `status = '${status}' and ${within('created_at')}`],
    [{ provider: 'alipay' }, table === 'orders' ? 'true' : `provider = 'alipay'`],
    [{ provider: 'alipay', status }, `status = '${status}'`],
  ])

const codeCases = ({ productId, batchId }: Known): readonly ListCase[] =>
  cases('/admin/access-codes', 'access_codes', [
    [{}, 'true'],
    [{ status: 'revoked' }, `status = 'revoked'`],
    [{ productId }, `product_id = '${productId}'`],
    [{ productId, status: 'available' }, `product_id = '${productId}'`],
    [{ batchId }, `batch_id = '${batchId}'`],
    [{ batchId, status: 'available' }, `batch_id = '${batchId}'`],
  ])

const recordCases = ({ subject }: Known): readonly ListCase[] => [
  ...cases('/admin/inventory/MUG/entries', 'stock_entries', [[{}, `sku = 'MUG'`]]),
  ...cases('/admin/audit', 'audit', [
    [{}, 'true'],
    [RANGE, within('created_at')],
    [{ actor: 'admin' }, `actor = 'admin'`],
    [{ action: 'access_code.revoke' }, 'true'],
    [{ subject }, `subject = '${subject}'`],
  ]),
]

const messageCases = ({ orderId, outTradeNo, endpointId }: Known): readonly ListCase[] => {
  const incidents: Filtered = [
    [{}, 'true'],
    [{ status: 'open' }, `status = 'open'`],
    [{ kind: 'late_payment' }, 'true'],
    [{ status: 'open', kind: 'late_payment' }, `status = 'open'`],
  ]
  const alerts: Filtered = [
    [{}, 'true'],
    [{ status: 'firing' }, `status = 'firing'`],
    [{ rule: 'incident_opened' }, 'true'],
    [{ severity: 'critical', status: 'firing' }, `status = 'firing'`],
  ]
  const notifications: Filtered = [
    [{}, 'true'],
    [RANGE, within('received_at')],
    [{ provider: 'alipay' }, 'true'],
    [{ kind: 'refund' }, 'true'],
    [{ verdict: 'late' }, `verdict = 'late'`],
    [{ verdict: 'settled', provider: 'wechat' }, `verdict = 'settled'`],
    [{ orderId }, `order_id = '${orderId}'`],
    [{ outTradeNo }, `out_trade_no = '${outTradeNo}'`],
  ]
  const sent = `endpoint_id = '${endpointId}'`
  return [
    ...cases('/admin/incidents', 'incidents', incidents, { at: 'first_seen_at' }),
    ...cases('/admin/alerts', 'alerts', alerts, { at: 'first_at' }),
    ...cases('/admin/notifications', 'notifications', notifications, { at: 'received_at' }),
    ...cases(`/admin/webhook-endpoints/${endpointId}/deliveries`, 'webhook_deliveries', [
      [{}, sent],
      [{ status: 'delivered' }, `${sent} and status = 'delivered'`],
    ]),
  ]
}

const reconciliationCases = (): readonly ListCase[] => {
  const day = `provider = 'wechat' and bill_day = '2025-06-09'`
  return [
    ...cases('/admin/reconciliations', 'reconciliations', [
      [{}, 'true'],
      [{ provider: 'wechat' }, `provider = 'wechat'`],
      [{ status: 'failed' }, `status = 'failed'`],
    ]),
    ...cases(`/admin/reconciliations/${RUN_ID}/discrepancies`, 'discrepancies', [
      [{}, day],
      [{ status: 'open' }, `${day} and status = 'open'`],
      [{ class: 'missing_local' }, day],
      [{ class: 'missing_local', status: 'open' }, `${day} and status = 'open'`],
    ]),
  ]
}

const riskCases = ({ user, orderId }: Known): readonly ListCase[] => {
  const matched = `id in (select decision_id from risk_hits where rule = 'velocity')`
  return cases('/admin/risk/decisions', 'risk_decisions', [
    [{}, 'true'],
    [RANGE, within('created_at')],
    [{ userId: user }, `user_id = '${user}'`],
    [{ outcome: 'allow' }, `outcome = 'allow'`],
    [{ userId: user, outcome: 'allow' }, `user_id = '${user}'`],
    [{ orderId }, `order_id = '${orderId}'`],
    [{ rule: 'velocity' }, matched],
    [{ rule: 'velocity', outcome: 'allow' }, matched],
  ])
}

/** Filters under which a single page is all there is. */
export const numberCases = ({
  outTradeNo,
  transactionId,
  user,
}: Known): readonly Pick<ListCase, 'path' | 'filter'>[] => [
  ...['/admin/orders', '/admin/payments', '/admin/refunds'].flatMap((path) => [
    { path, filter: { outTradeNo } },
    { path, filter: { transactionId } },
    { path, filter: { outTradeNo, transactionId, userId: user } },
  ]),
  { path: '/admin/sessions', filter: { operator: 'li.lei' } },
]

export const nameOf = ({ path, filter }: Pick<ListCase, 'path' | 'filter'>): string =>
  `${path.replace(/[0-9a-f]{32}/, ':id')}?${Object.keys(filter).join('&')}`

/** A cursor behind which the given part of the rows is left; they are spread evenly over the time they took. */
export const cursorAt = async (
  database: TestDatabase,
  { table, at, where }: ListCase,
  gone: number,
): Promise<string> => {
  const [span] = await database.rows(`select min(${at}) as first, max(${at}) as last from ${table} where ${where}`)
  const [first, last] = [Number(span?.['first']), Number(span?.['last'])]
  return encodeCursor([Math.round(last - (last - first) * gone), 'm'])
}
