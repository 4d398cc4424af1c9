import { type Invariant, invariant } from './invariant.ts'

/** The ledger's line of a delivered points line: `purchase` or `bonus`. */
const credited = (kind: 'purchase' | 'bonus', field: 'points' | 'bonusPoints') => ({
  broken: `the ${kind} points of a delivered line were not credited once and in full to its buyer`,
  sql: `select f.order_id as subject, f.line, e.user_id, e.delta
    from fulfilments f
    join orders o on o.id = f.order_id
    join order_items i on i.order_id = f.order_id and i.line = f.line
    left join points_entries e
      on e.source_type = 'order_line' and e.source_id = concat(f.order_id, ':', f.line) and e.kind = '${kind}'
    where f.kind = 'points'
      and (coalesce(e.delta, 0) <> json_extract(i.fulfilment, '$.${field}') * i.quantity or e.user_id <> o.user_id)`,
})

/** What a line of a points package brings, with its bonus. */
const GRANTED = `(json_extract(i.fulfilment, '$.points') + json_extract(i.fulfilment, '$.bonusPoints')) * i.quantity`

export const CODES_POINTS_STOCK: readonly Invariant[] = [
  invariant('I12', 'a code is activated once, by one user', [
    {
      broken: 'activated, but the user has no access from it',
      sql: `select c.id as subject, c.activated_by, e.user_id
        from access_codes c left join entitlements e on e.source_type = 'access_code' and e.source_id = c.id
        where c.status = 'activated' and (e.id is null or e.user_id <> c.activated_by or e.product_id <> c.product_id)`,
    },
    {
      broken: 'gave access, but was not activated',
      sql: `select e.source_id as subject, e.id as entitlement, c.status
        from entitlements e left join access_codes c on c.id = e.source_id
        where e.source_type = 'access_code' and (c.id is null or c.status not in ('activated', 'expired'))`,
    },
    {
      broken: 'the batch does not count its codes',
      sql: `select b.id as subject, b.size, b.made, count(c.id) as codes
        from access_code_batches b left join access_codes c on c.batch_id = b.id
        group by b.id, b.size, b.made having b.made <> count(c.id)`,
    },
    {
      broken: 'the code is of a batch that is not there, or of another product',
      sql: `select c.id as subject, c.batch_id
        from access_codes c left join access_code_batches b on b.id = c.batch_id
        where c.batch_id is not null and (b.id is null or b.product_id <> c.product_id)`,
    },
  ]),
  invariant('I13', 'a bought code belongs to one order line, and ends with its full refund', [
    {
      // The function keeps SQLite from walking through all codes of the product for each order.
      broken: 'not as many codes as were bought',
      sql: `select b.order_id as subject, b.product_id, b.pieces, count(c.id) as codes
        from (select f.order_id, i.product_id, sum(i.quantity) as pieces
          from fulfilments f join order_items i on i.order_id = f.order_id and i.line = f.line
          where f.kind = 'codes' group by f.order_id, i.product_id) b
        left join access_codes c on c.order_id = b.order_id and coalesce(c.product_id, '') = b.product_id
        group by b.order_id, b.product_id, b.pieces having b.pieces <> count(c.id)`,
    },
    {
      broken: 'the code was not bought by this order, or by somebody else',
      sql: `select c.id as subject, c.order_id, c.buyer_id, o.user_id
        from access_codes c join orders o on o.id = c.order_id
        where c.buyer_id <> o.user_id
          or not exists (select 1 from fulfilments f join order_items i on i.order_id = f.order_id and i.line = f.line
            where f.order_id = c.order_id and f.kind = 'codes' and i.product_id = c.product_id)`,
    },
    {
      broken: 'the code is frozen and its order is not held, or the other way round',
      sql: `select c.id as subject, c.order_id, c.frozen, f.held
        from access_codes c join fulfilments f on f.order_id = c.order_id
        where c.status = 'available' and f.kind = 'codes' and c.frozen <> f.held`,
    },
    {
      broken: 'frozen, but of no order or of no use any more',
      sql: `select id as subject, status from access_codes where frozen = 1 and (order_id is null or status <> 'available')`,
    },
    {
      broken: 'its order was refunded in full, and it can still be activated',
      sql: `select c.id as subject, c.order_id
        from access_codes c join orders o on o.id = c.order_id
        where c.status = 'available' and o.status = 'refunded'`,
    },
    {
      broken: 'its order was refunded in full, and the access from it is still valid',
      sql: `select c.id as subject, c.order_id, e.id as entitlement
        from access_codes c join orders o on o.id = c.order_id
        join entitlements e on e.source_type = 'access_code' and e.source_id = c.id
        where o.status = 'refunded' and e.revoked_at is null`,
    },
    {
      broken: 'its order was refunded in full, and the access it granted is still valid',
      sql: `select e.id as subject, o.id as order_id
        from orders o join fulfilments f on f.order_id = o.id and f.kind = 'grant'
        join entitlements e on e.source_type = 'order_line' and e.source_id = concat(f.order_id, ':', f.line)
        where o.status = 'refunded' and e.revoked_at is null`,
    },
  ]),
  invariant('I14', 'a balance is the sum of its entries and was never below zero', [
    {
      broken: 'the balance is not the sum of the entries',
      sql: `select a.user_id as subject, a.balance, coalesce(e.total, 0) as total
        from points_accounts a
        left join (select user_id, sum(delta) as total from points_entries group by user_id) e on e.user_id = a.user_id
        where a.balance <> coalesce(e.total, 0)`,
    },
    {
      broken: 'below zero',
      sql: `select user_id as subject, id as entry, balance_after from points_entries where balance_after < 0`,
    },
    {
      // Each balance but 0 at the start and the present one is left as often as it is reached.
      broken: 'the entries are no chain from nothing to the balance',
      sql: `select user_id as subject, points, sum(reached) as too_often
        from (select user_id, balance_after as points, 1 as reached from points_entries
          union all select user_id, balance_after - delta, -1 from points_entries
          union all select user_id, 0, 1 from points_accounts
          union all select user_id, balance, -1 from points_accounts) steps
        group by user_id, points having sum(reached) <> 0`,
    },
  ]),
  invariant('I15', 'one source moves points once', [
    credited('purchase', 'points'),
    credited('bonus', 'bonusPoints'),
    {
      broken: 'points for a line that was not delivered',
      sql: `select e.id as subject, e.source_id, e.kind, e.delta
        from points_entries e
        left join fulfilments f on f.order_id = substr(e.source_id, 1, instr(e.source_id, ':') - 1)
          and concat(f.order_id, ':', f.line) = e.source_id and f.kind = 'points'
        where e.source_type = 'order_line' and e.kind in ('purchase', 'bonus') and f.line is null`,
    },
    {
      broken: 'paid with points, but not once and by its own user',
      sql: `select p.id as subject, p.user_id, count(e.id) as entries
        from payments p
        left join points_entries e on e.source_type = 'payment' and e.source_id = p.id and e.kind = 'spend'
          and e.user_id = p.user_id and e.delta < 0
        where p.provider = 'points'
        group by p.id, p.user_id having count(e.id) <> 1`,
    },
    {
      broken: 'points spent on no payment with points',
      sql: `select e.id as subject, e.source_id
        from points_entries e left join payments p on p.id = e.source_id and p.provider = 'points'
        where e.kind = 'spend' and (e.source_type <> 'payment' or p.id is null)`,
    },
    {
      // The ledger names each turn of a line after it; the sign after the colon ends the names that begin alike.
      broken: 'the ledger does not show what was taken back of a line',
      sql: `select f.order_id as subject, f.line, f.withheld, -coalesce(sum(e.delta), 0) as ledger
        from fulfilments f
        left join points_entries e on e.source_type = 'order_line' and e.kind = 'take_back'
          and e.source_id > concat(f.order_id, ':', f.line, ':') and e.source_id < concat(f.order_id, ':', f.line, ';')
        where f.kind = 'points'
        group by f.order_id, f.line, f.withheld having f.withheld <> -coalesce(sum(e.delta), 0)`,
    },
    {
      broken: 'more or less was taken back than the line credited',
      sql: `select f.order_id as subject, f.line, f.status, f.held, f.withheld
        from fulfilments f join order_items i on i.order_id = f.order_id and i.line = f.line
        where f.withheld < 0
          or (f.kind <> 'points' and f.withheld <> 0)
          or (f.kind = 'points' and f.status = 'delivered' and f.held = 0 and f.withheld <> 0)
          or (f.kind = 'points' and f.withheld > ${GRANTED})
          or (f.kind = 'points' and f.status = 'taken_back' and f.withheld < ${GRANTED}
            and not exists (select 1 from incidents n where n.order_id = f.order_id and n.kind = 'points_shortfall'))`,
    },
    {
      // Whole points, rounded down over all refunds together.
      broken: 'a refund of a payment with points gave back another share of them',
      sql: `select p.id as subject, p.refunded_fen, p.amount_fen, -s.delta as spent, coalesce(sum(e.delta), 0) as returned
        from payments p
        join points_entries s on s.source_type = 'payment' and s.source_id = p.id and s.kind = 'spend'
        left join refunds r on r.payment_id = p.id
        left join points_entries e on e.source_type = 'refund' and e.source_id = r.refund_no and e.kind = 'spend_refund'
        where p.provider = 'points'
        group by p.id, p.refunded_fen, p.amount_fen, s.delta
        having coalesce(sum(e.delta), 0) * p.amount_fen > -s.delta * p.refunded_fen
          or (coalesce(sum(e.delta), 0) + 1) * p.amount_fen <= -s.delta * p.refunded_fen`,
    },
    {
      broken: 'several entries of one source and kind',
      sql: `select source_id as subject, source_type, kind, count(*) as entries
        from points_entries group by source_type, source_id, kind having count(*) > 1`,
    },
  ]),
  invariant('I16', 'available = on hand - reserved, each the sum of its parts', [
    {
      broken: 'on hand is not the sum of the ledger',
      sql: `select s.sku as subject, s.on_hand, coalesce(e.total, 0) as total
        from stock s left join (select sku, sum(delta) as total from stock_entries group by sku) e on e.sku = s.sku
        where s.on_hand <> coalesce(e.total, 0)`,
    },
    {
      broken: 'reserved is not the sum of what is held',
      sql: `select s.sku as subject, s.reserved, coalesce(r.held, 0) as held
        from stock s
        left join (select sku, sum(quantity) as held from stock_reservations where status = 'held' group by sku) r
          on r.sku = s.sku
        where s.reserved <> coalesce(r.held, 0)`,
    },
    {
      broken: 'less than nothing',
      sql: `select sku as subject, on_hand, reserved from stock where on_hand < 0 or reserved < 0 or reserved > on_hand`,
    },
    {
      broken: 'the ledger has a sku that the stock has not',
      sql: `select e.id as subject, e.sku from stock_entries e left join stock s on s.sku = e.sku where s.sku is null`,
    },
    {
      broken: 'the goods are not where their order is',
      sql: `select r.order_id as subject, r.sku, r.status, o.status as order_status
        from stock_reservations r join orders o on o.id = r.order_id
        where r.status <> case
          when o.status = 'pending' then 'held'
          when o.status in ('cancelled', 'expired') then 'released'
          when o.status = 'refunded' then 'restored'
          else 'sold' end`,
    },
    {
      broken: 'not as many pieces as were ordered',
      sql: `select i.order_id as subject, sum(i.quantity) as ordered,
          (select sum(r.quantity) from stock_reservations r where r.order_id = i.order_id) as promised
        from order_items i where i.fulfilment like '%"type":"goods"%'
        group by i.order_id
        having sum(i.quantity) <> coalesce((select sum(r.quantity) from stock_reservations r where r.order_id = i.order_id), 0)`,
    },
    {
      broken: 'the ledger does not show once that the goods left, or came back',
      sql: `select r.order_id as subject, r.sku, r.status, r.quantity, coalesce(sum(e.delta), 0) as ledger
        from stock_reservations r left join stock_entries e on e.order_id = r.order_id and e.sku = r.sku
        group by r.order_id, r.sku, r.status, r.quantity
        having coalesce(sum(e.delta), 0) <> case when r.status = 'sold' then -r.quantity else 0 end`,
    },
  ]),
]
