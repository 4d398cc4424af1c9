import { type Invariant, invariant, PAID, violationsOf } from './invariant.ts'
import { replay } from './replay.ts'

/** How a line is delivered, as the JSON of its item says. */
const KIND_OF_ITEM = `case
  when i.fulfilment like '%"delivery":"grant"%' then 'grant'
  when i.fulfilment like '%"delivery":"code"%' then 'codes'
  when i.fulfilment like '%"type":"points"%' then 'points'
  when i.fulfilment like '%"type":"goods"%' then 'goods' end`

const GAPS = {
  broken: 'its events are not numbered 1 to n',
  sql: `select stream as subject, count(*) as events, min(seq) as first, max(seq) as last
    from events group by stream having min(seq) <> 1 or max(seq) <> count(*)`,
} as const

export const ORDERS: readonly Invariant[] = [
  invariant('I08', 'a funded order is delivered once, any other never', [
    {
      broken: 'paid, but a line is not delivered',
      sql: `select o.id as subject, o.status, i.line
        from orders o join order_items i on i.order_id = o.id
        left join fulfilments f on f.order_id = i.order_id and f.line = i.line
        where o.payment_id is not null and f.line is null`,
    },
    {
      broken: 'delivered, but not paid',
      sql: `select f.order_id as subject, o.status, f.line
        from fulfilments f left join orders o on o.id = f.order_id
        where o.id is null or o.payment_id is null or o.status not in ${PAID}`,
    },
    {
      broken: 'a delivery that nobody ordered',
      sql: `select f.order_id as subject, f.line, f.kind
        from fulfilments f left join order_items i on i.order_id = f.order_id and i.line = f.line
        where i.line is null or f.kind <> ${KIND_OF_ITEM}`,
    },
    {
      broken: 'it is not held or taken back as the refunds of its order say',
      sql: `select f.order_id as subject, f.line, f.status, f.held, o.status as order_status, o.refunded_fen, r.reserved
        from fulfilments f join orders o on o.id = f.order_id
        left join (select payment_id, sum(amount_fen) as reserved
          from refunds where status in ('pending', 'processing') group by payment_id) r on r.payment_id = o.payment_id
        where case when f.held = 1 then 'held' else f.status end <> case
          when o.status = 'refunded' then 'taken_back'
          when o.refunded_fen + coalesce(r.reserved, 0) >= o.amount_fen then 'held'
          else 'delivered' end`,
    },
    {
      broken: 'access was delivered, but not granted to the buyer',
      sql: `select f.order_id as subject, f.line, e.user_id
        from fulfilments f join orders o on o.id = f.order_id
        left join entitlements e on e.source_type = 'order_line' and e.source_id = concat(f.order_id, ':', f.line)
        where f.kind = 'grant' and (e.id is null or e.user_id <> o.user_id)`,
    },
    {
      broken: 'access was granted for no delivery',
      sql: `select e.id as subject, e.source_id
        from entitlements e
        left join fulfilments f on f.order_id = substr(e.source_id, 1, instr(e.source_id, ':') - 1)
          and concat(f.order_id, ':', f.line) = e.source_id and f.kind = 'grant'
        where e.source_type = 'order_line' and f.line is null`,
    },
  ]),
  {
    id: 'I09 I10',
    title: 'the events, numbered without gaps, walk drawn arrows only and make the rows',
    rules: [GAPS],
    check: async (on, options) => [...(await violationsOf('I09', GAPS, on, options)), ...(await replay(on))],
  },
  invariant('I11', 'an order that ended unpaid holds nothing', [
    {
      broken: 'it holds goods',
      sql: `select r.order_id as subject, o.status, r.sku, r.quantity
        from stock_reservations r join orders o on o.id = r.order_id
        where r.status = 'held' and o.status in ('cancelled', 'expired')`,
    },
    {
      broken: 'it holds points',
      sql: `select o.id as subject, o.status, p.id as payment
        from payments p join orders o on o.id = p.order_id
        where p.provider = 'points' and p.status <> 'refunded' and o.status in ('cancelled', 'expired')
          and exists (select 1 from points_entries e where e.source_type = 'payment' and e.source_id = p.id)`,
    },
  ]),
]
