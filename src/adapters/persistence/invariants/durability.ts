import { graceEnd, type Invariant, invariant } from './invariant.ts'

/** What is looked at again by a job, each with the state in which it waits. */
const WAITING = [
  { what: 'order', table: 'orders', id: 'id', state: 'pending' },
  { what: 'payment', table: 'payments', id: 'id', state: 'pending' },
  { what: 'refund', table: 'refunds', id: 'refund_no', state: 'processing' },
] as const

export const DURABILITY: readonly Invariant[] = [
  invariant('I19', 'events are handed on once and in order', [
    {
      broken: 'a later event was published before an earlier one',
      sql: `select stream as subject,
          min(case when published_at is null then seq end) as waiting,
          max(case when published_at is not null then seq end) as published
        from events group by stream
        having min(case when published_at is null then seq end) < max(case when published_at is not null then seq end)`,
    },
    {
      broken: 'several deliveries of one event to one endpoint',
      sql: `select event_id as subject, endpoint_id, count(*) as deliveries
        from webhook_deliveries group by endpoint_id, event_id having count(*) > 1`,
    },
    {
      broken: 'a delivery of an event that is not there, or was not handed on',
      sql: `select d.id as subject, d.event_id
        from webhook_deliveries d left join events e on e.id = d.event_id
        where e.id is null or e.published_at is null or e.stream <> d.stream or e.seq <> d.seq`,
    },
    {
      broken: 'queued for the broker: an event that is not there, or was not handed on',
      sql: `select q.event_id as subject, q.stream, q.seq
        from broker_queue q left join events e on e.id = q.event_id
        where e.id is null or e.published_at is null or e.stream <> q.stream or e.seq <> q.seq`,
    },
    {
      broken: 'queued for the broker: a later event in front of an earlier one',
      sql: `select stream as subject, seq, later
        from (select stream, seq, lag(seq) over (partition by stream order by position) as later from broker_queue) q
        where later >= seq`,
    },
  ]),
  invariant(
    'I20',
    'what is unfinished belongs to recovery',
    WAITING.map(({ what, table, id, state }) => ({
      broken: `${what}: nothing will look at it again`,
      sql: `select ${id} as subject, status from ${table} where status = '${state}' and due_at is null`,
    })),
  ),
  invariant('I22', 'nothing waits on us', [
    ...WAITING.map(({ what, table, id }) => ({
      broken: `${what}: it was due and nobody came`,
      sql: `select ${id} as subject, status, due_at from ${table} where due_at < ?`,
      values: (options: Parameters<typeof graceEnd>[0]) => [graceEnd(options)],
    })),
    {
      broken: 'event: nobody has handed it on',
      sql: `select id as subject, stream, seq, type from events where published_at is null and created_at < ?`,
      values: (options) => [graceEnd(options)],
    },
    {
      // Later ones of its stream wait for it, so that their time may be past.
      broken: 'delivery: it was due and nobody came',
      sql: `select d.id as subject, d.endpoint_id, d.due_at
        from webhook_deliveries d join webhook_endpoints w on w.id = d.endpoint_id
        where d.due_at < ? and w.status <> 'disabled'
          and not exists (select 1 from webhook_deliveries b
            where b.endpoint_id = d.endpoint_id and b.stream = d.stream and b.status = 'due' and b.seq < d.seq)`,
      values: (options) => [graceEnd(options)],
    },
    {
      broken: 'event: the broker has not taken it',
      sql: `select event_id as subject, stream, seq, type from broker_queue where created_at < ?`,
      values: (options) => [graceEnd(options)],
    },
    {
      broken: 'refund made elsewhere: it was due and nobody asked',
      sql: `select payment_id as subject, number, due_at from refund_clues where due_at < ?`,
      values: (options) => [graceEnd(options)],
    },
    {
      broken: 'code: it has lapsed and is not marked',
      sql: `select id as subject, expires_at from access_codes where status = 'available' and expires_at < ?`,
      values: (options) => [graceEnd(options)],
    },
    {
      broken: 'order: its time is over and it is still open',
      whenQuiescent: true,
      sql: `select id as subject, expires_at from orders where status = 'pending' and expires_at < ?`,
      values: (options) => [graceEnd(options)],
    },
    {
      broken: 'payment: its time is over and it is still open',
      whenQuiescent: true,
      sql: `select id as subject, order_id, expires_at from payments where status = 'pending' and expires_at < ?`,
      values: (options) => [graceEnd(options)],
    },
    {
      broken: 'refund: it is still under way',
      whenQuiescent: true,
      sql: `select refund_no as subject, payment_id, attempts from refunds
        where status = 'processing' and abnormal = 0 and updated_at < ?`,
      values: (options) => [graceEnd(options)],
    },
  ]),
  invariant('I23', 'the same key gives the same answer', [
    {
      broken: 'an answer that says nothing about the next try was kept',
      sql: `select idempotency_key as subject, caller, route, answer_status
        from idempotency_keys where answer_status < 200 or answer_status = 429 or answer_status >= 500`,
    },
    {
      broken: 'two requests were given one new number',
      sql: `select resource_id as subject, count(*) as uses
        from idempotency_keys group by resource_id having count(*) > 1`,
    },
  ]),
  invariant('I25', 'what an operator did is on record', [
    {
      broken: 'a record without actor, action, subject or request',
      sql: `select id as subject, actor, action from audit
        where actor = '' or action = '' or subject = '' or request_id = ''
          or (state_before is null and state_after is null)`,
    },
    {
      broken: 'stock was corrected more or less often than is on record',
      sql: `select s.sku as subject, s.corrections, count(a.id) as records
        from (select sku, count(*) as corrections from stock_entries where kind = 'adjustment' group by sku) s
        left join audit a on a.subject = s.sku and a.action = 'inventory.adjust'
        group by s.sku, s.corrections having s.corrections <> count(a.id)`,
    },
    {
      // One action may have several consequences; what it was done to is named in one of them.
      broken: 'an operator changed it, and there is no record',
      sql: `select e.stream as subject, min(e.type) as event, e.cause_actor
        from events e
        left join audit a on a.actor = e.cause_actor and a.created_at = e.created_at
          and (a.subject = e.stream or e.data like concat('%"', a.subject, '"%'))
        where e.cause_kind = 'admin'
        group by e.stream, e.cause_actor, e.created_at having count(a.id) = 0`,
    },
  ]),
]
