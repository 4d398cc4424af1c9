import type { SqliteConnection } from '../../src/adapters/persistence/sqlite-connection.ts'

type Row = { readonly type: string; readonly data: string; readonly total: number | null }

/** Where each event leads; an edge is named by where it came from and where it went. */
const STATES: Readonly<Record<string, string>> = {
  'order.created': 'pending',
  'order.paid': 'paid',
  'order.cancelled': 'cancelled',
  'order.expired': 'expired',
  'payment.created': 'pending',
  'payment.succeeded': 'paid',
  'payment.failed': 'failed',
  'payment.closed': 'closed',
  'refund.requested': 'processing',
  'refund.approved': 'processing',
  'refund.cancelled': 'cancelled',
  'refund.accepted': 'processing',
  'refund.abnormal': 'processing',
  'refund.succeeded': 'success',
  'refund.failed': 'failed',
  'refund.retried': 'processing',
  'access_code.issued': 'available',
  'access_code.activated': 'activated',
  'access_code.expired': 'expired',
  'access_code.revoked': 'revoked',
}

/** Which edges of the machines a run has walked, out of the events it has left. */
export const walkedEdges = ({ database }: SqliteConnection): ReadonlyMap<string, number> => {
  const rows = database
    .prepare(
      `select e.type, e.data, coalesce(p.amount_fen, o.amount_fen) as total from events e
       left join payments p on p.id = json_extract(e.data, '$.paymentId') and e.type like 'payment.%'
       left join orders o on o.id = e.stream and e.type like 'order.%' order by e.position`,
    )
    .all() as readonly Row[] // As selected just here.
  const waited = new Set(
    rows
      .filter(({ type }) => type === 'refund.approved' || type === 'refund.cancelled')
      .map(({ data }) => refundNoOf(data)),
  )
  const states = new Map<string, string>()
  const edges = new Map<string, number>()
  for (const row of rows) {
    const data = JSON.parse(row.data) as Readonly<Record<string, string | number>> // Events are kept as flat JSON.
    const machine = row.type.split('.')[0] ?? ''
    const key = `${machine} ${data['refundNo'] ?? data['codeId'] ?? data['paymentId'] ?? data['orderId']}`
    const own = machine === 'order' ? `order ${data['orderId']}` : key
    const state = row.type.endsWith('.refunded')
      ? data['refunded'] === row.total
        ? 'refunded'
        : 'partially_refunded'
      : STATES[row.type]
    if (state === undefined) continue
    if (row.type === 'refund.requested' && waited.has(refundNoOf(row.data))) {
      states.set(own, 'pending')
      continue
    }
    // A code of a batch has no history before its first use.
    const first = machine === 'access_code' && state !== 'available' ? 'available' : 'new'
    const edge = `${machine} ${states.get(own) ?? first} → ${state}`
    edges.set(edge, (edges.get(edge) ?? 0) + 1)
    states.set(own, state)
  }
  return edges
}

const refundNoOf = (data: string): unknown => (JSON.parse(data) as Readonly<Record<string, unknown>>)['refundNo'] // As above.
