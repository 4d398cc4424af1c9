const GATEWAY_CALLS = ['create', 'query', 'close', 'refund', 'query refund', 'notification'] as const

/** Where a process has to have died in a run that is worth anything. */
export const EXPECTED_CRASH_POINTS: readonly string[] = [
  'at any moment',
  ...[
    'transaction',
    'commit',
    'idempotency.claim',
    'idempotency.complete',
    'read orders.find',
    'read payments.find',
    'webhook',
  ].flatMap((place) => [`before ${place}`, `after ${place}`]),
  ...(['wechat', 'alipay'] as const).flatMap((provider) =>
    GATEWAY_CALLS.flatMap((call) => [`before ${provider} ${call}`, `after ${provider} ${call}`]),
  ),
]

/**
 * All edges that the machines have but one: a failed payment is paid only where a gateway that refused to open a trade
 * takes money for it. These gateways keep their word; the edge is walked over HTTP.
 */
export const EXPECTED_EDGES: readonly string[] = [
  'order new → pending',
  'order pending → paid',
  'order pending → cancelled',
  'order pending → expired',
  'order cancelled → paid',
  'order expired → paid',
  'order paid → partially_refunded',
  'order paid → refunded',
  'order partially_refunded → partially_refunded',
  'order partially_refunded → refunded',
  'payment new → pending',
  'payment pending → paid',
  'payment pending → failed',
  'payment pending → closed',
  'payment closed → paid',
  'payment paid → partially_refunded',
  'payment paid → refunded',
  'payment partially_refunded → partially_refunded',
  'payment partially_refunded → refunded',
  'refund new → processing',
  'refund processing → processing',
  'refund processing → success',
  'refund processing → failed',
  'refund failed → processing',
  'refund pending → processing',
  'refund pending → cancelled',
  'access_code new → available',
  'access_code available → activated',
  'access_code available → expired',
  'access_code available → revoked',
]
