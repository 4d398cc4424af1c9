/** A hand in the database: what it does, and which invariants must speak up, all of them and no other. */
export type Planted = readonly [what: string, sql: string, invariants: string, quiescent?: 'quiescent']

const first = (table: string, where: string, id = 'id'): string =>
  `${id} = (select ${id} from ${table} where ${where} order by ${id} limit 1)`

const paidPayment = first(
  'payments',
  `provider = 'wechat' and status = 'paid' and order_id in (select id from orders where payment_id = payments.id)`,
)
const surplus = `payment_id in (select payment_id from payment_transactions where disposition = 'surplus')`
const line = (kind: string): string =>
  `(order_id, line) = (select order_id, line from fulfilments where kind = '${kind}' order by order_id limit 1)`

/** The same table without its constraints. */
const withoutRules = (table: string): string =>
  `create table copy as select * from ${table}; drop table ${table}; alter table copy rename to ${table}`

/** A delivery of the first event, with all events handed on. */
const delivery = (id: string): string =>
  `update events set published_at = 1;
    insert into webhook_deliveries (id, endpoint_id, event_id, type, stream, seq, body, status, attempts, failures,
      last_attempt_at, created_at, updated_at, version)
    select '${id}', 'w', id, type, stream, seq, '{}', 'delivered', 1, 0, 1, 1, 1, 1 from events where position = 1`

/** Events queued for the broker a moment ago, with all of them handed on. */
const queued = (which: string): string =>
  `update events set published_at = 1;
    insert into broker_queue (event_id, type, stream, seq, body, happened_at, created_at)
    select id, type, stream, seq, '{}', 1, 4e12 from events where ${which}`

export const PLANTED: readonly Planted[] = [
  // Money
  [
    'more given back than the refunds say',
    `update payments set refunded_fen = 1, status = 'partially_refunded' where ${paidPayment}`,
    'I01 I09',
  ],
  ['a refund of more than was paid', `update refunds set amount_fen = amount_fen + 1 where status = 'success'`, 'I01'],
  ['a payment refunded that is not', `update payments set status = 'refunded' where ${paidPayment}`, 'I01 I09'],
  [
    'an order refunded in part',
    `update orders set status = 'partially_refunded', refunded_fen = 1 where ${first('orders', `status = 'paid'`)}`,
    'I01 I09',
  ],
  [
    'a refund of an unpaid payment',
    `update payments set status = 'closed' where id in (select payment_id from refunds where status = 'success')`,
    'I01 I04 I09',
  ],
  [
    'an order whose state does not say what went back',
    `update orders set status = 'refunded' where ${first('orders', `status = 'expired'`)}`,
    'I01 I09',
  ],
  [
    'another amount of an order',
    `update orders set amount_fen = amount_fen + 1 where ${first('orders', `status = 'paid'`)}`,
    'I03',
  ],
  [
    'another amount of an attempt',
    `update payments set amount_fen = amount_fen - 1 where ${first('payments', `status = 'closed'`)}`,
    'I03',
  ],
  [
    'an attempt of somebody else',
    `update payments set user_id = 'thief' where ${first('payments', `status = 'closed'`)}`,
    'I03',
  ],
  [
    'a receipt of another merchant',
    `update payment_transactions set merchant_id = 'x' where ${first('payment_transactions', `disposition = 'settled'`)}`,
    'I03',
  ],
  [
    'a receipt that is gone',
    `delete from payment_transactions where ${first('payment_transactions', `disposition = 'settled'`)}`,
    'I04',
  ],
  [
    'a success that is gone',
    `update payments set status = 'pending', transaction_id = null, paid_at = null, due_at = 1e15 where ${paidPayment}`,
    'I04 I09',
  ],
  [
    'an order funded by a payment of another',
    `update orders set payment_id = (select id from payments where status = 'closed' limit 1) where ${first('orders', `status = 'paid'`)}`,
    'I04 I07 I09',
  ],
  [
    'a number used again in another case',
    `update payments set out_trade_no = lower((select out_trade_no from payments p where p.id <> payments.id and p.status = 'closed' limit 1)) where ${first('payments', `status = 'expired' or status = 'closed'`)}`,
    'I05',
  ],
  [
    'a transaction recorded twice',
    `drop index if exists x; insert into payment_transactions select 'twin', provider, transaction_id || 'A', out_trade_no, null, null, merchant_id, app_id, amount_fen, currency, 'unknown_order', payer, source, paid_at, created_at from payment_transactions where disposition = 'unknown_order' limit 1; insert into payment_transactions select 'twin2', provider, transaction_id || 'a', out_trade_no, null, null, merchant_id, app_id, amount_fen, currency, 'unknown_order', payer, source, paid_at, created_at from payment_transactions where disposition = 'unknown_order' and id <> 'twin' limit 1`,
    'I05 I07',
  ],
  [
    'a refund number used twice',
    `${withoutRules('refunds')}; insert into refunds select * from refunds where status = 'failed' limit 1`,
    'I05',
  ],
  [
    'a refund of another payment',
    `update refunds set payment_id = (select id from payments where status = 'closed' limit 1) where status = 'failed'`,
    'I06 I07',
  ],
  ['a refund of nothing', `update refunds set amount_fen = 0 where status = 'failed'`, 'I06'],
  ['one gateway number for two refunds', `update refunds set refund_id = 'same' where provider = 'wechat'`, 'I06'],
  [
    'a receipt that funds an order not its own',
    `update payment_transactions set order_id = (select id from orders where status = 'cancelled' limit 1) where ${first('payment_transactions', `disposition = 'settled'`)}`,
    'I07',
  ],
  [
    'a funding receipt that is called surplus',
    `update payment_transactions set disposition = 'surplus' where ${first('payment_transactions', `disposition = 'settled'`)}`,
    'I07',
  ],
  [
    'a surplus whose refund is gone',
    `update refunds set status = 'failed', failure_reason = 'x' where status = 'success' and ${surplus}`,
    'I01 I07 I09',
  ],
  ['an incident that is gone', `delete from incidents where kind = 'unknown_order'`, 'I07'],
  [
    'money held for a person and booked',
    `update payment_transactions set disposition = 'amount_mismatch' where ${first('payment_transactions', `disposition = 'settled'`)}`,
    'I04 I07',
  ],
  [
    'a funded order whose money goes back by itself',
    `insert into refunds select 'Rx', order_id, id, user_id, provider, 'failed', 1, 'CNY', 'r', 'system', null, 0, null, 'f', 1, null, 0, 1, 1, 1 from payments where ${paidPayment}`,
    'I07 I09',
  ],
  [
    'two receipts for one payment',
    `update payment_transactions set disposition = 'settled', order_id = (select order_id from payments where ${paidPayment}), payment_id = (select id from payments where ${paidPayment}) where ${first('payment_transactions', `disposition = 'unknown_order'`)}`,
    'I03 I04 I07',
  ],
  // Orders
  ['a delivery that is gone', `delete from fulfilments where ${line('goods')}`, 'I08'],
  [
    'a delivery of an unpaid order',
    `update fulfilments set order_id = (select id from orders where status = 'cancelled' limit 1) where ${line('goods')}`,
    'I08',
  ],
  ['a delivery of another kind', `update fulfilments set kind = 'goods' where ${line('grant')}`, 'I08'],
  [
    'a delivery of a line that is not there',
    `insert into fulfilments (order_id, line, kind, status, delivered_at) select order_id, 7, kind, status, delivered_at from fulfilments where kind = 'goods' limit 1`,
    'I08',
  ],
  ['a delivery held for nothing', `update fulfilments set held = 1 where ${line('goods')}`, 'I08'],
  [
    'access for somebody else',
    `update entitlements set user_id = 'thief' where ${first('entitlements', `source_type = 'order_line'`)}`,
    'I08',
  ],
  [
    'access for nothing',
    `insert into entitlements select 'e', user_id, product_id, 'order_line', order_id || ':0', 1, 2, null, 1 from orders join order_items on order_id = id where status = 'cancelled' limit 1`,
    'I08',
  ],
  [
    'a gap in the events',
    `update events set seq = seq + 1 where stream = (select id from orders where status = 'expired' limit 1) and type = 'order.expired'`,
    'I09',
  ],
  [
    'an event that is gone',
    `delete from events where type = 'order.paid' and stream = (select id from orders where status = 'paid' limit 1)`,
    'I09',
  ],
  [
    'an event nobody can read',
    `update events set data = '{}' where ${first('events', `type = 'order.expired'`)}`,
    'I09',
  ],
  [
    'an event of another payment',
    `update events set data = replace(data, '"paymentId":"', '"paymentId":"x') where ${first('events', `type = 'payment.closed'`)}`,
    'I09',
  ],
  [
    'a row that no event made',
    `update orders set status = 'expired', expired_at = cancelled_at, cancelled_at = null where ${first('orders', `status = 'cancelled'`)}`,
    'I09',
  ],
  [
    'a row nobody can read',
    `update payments set method = 'CASH' where ${first('payments', `status = 'closed'`)}`,
    'I09',
  ],
  ['a code activated without an event', `delete from events where type = 'access_code.activated'`, 'I09'],
  [
    'an arrow that is not drawn',
    `update events set type = 'order.cancelled' where ${first('events', `type = 'order.paid'`)}; update events set data = json_remove(data, '$.paymentId') where type = 'order.cancelled'`,
    'I09',
  ],
  [
    'a repeat written as an event',
    `insert into events (id, stream, seq, type, data, cause_kind, cause_actor, created_at, published_at) select 'again', stream, seq + 1, type, data, cause_kind, cause_actor, created_at, published_at from events where type = 'order.expired' and seq = (select max(seq) from events e where e.stream = events.stream) limit 1`,
    'I10',
  ],
  [
    'an event before the first',
    `update events set type = 'payment.closed' where ${first('events', `type = 'payment.created'`)}`,
    'I09 I10',
  ],
  [
    'goods held for an order that ended',
    `update stock_reservations set status = 'held' where status = 'released'; update stock set reserved = (select coalesce(sum(quantity), 0) from stock_reservations where status = 'held')`,
    'I11 I16',
  ],
  [
    'points held for an order that ended',
    `update orders set status = 'cancelled', cancelled_at = 1, payment_id = null, paid_at = null where id in (select order_id from payments where provider = 'points')`,
    'I07 I08 I09 I11',
  ],
  // Codes, points, stock
  ['an activated code without its access', `delete from entitlements where source_type = 'access_code'`, 'I12'],
  [
    'access from a code that was not activated',
    `update entitlements set source_id = (select id from access_codes where status = 'available' limit 1) where ${first('entitlements', `source_type = 'access_code'`)}`,
    'I12',
  ],
  [
    'a batch that lost a code',
    `delete from access_codes where ${first('access_codes', `status = 'available' and batch_id is not null`)}`,
    'I12',
  ],
  [
    'a code of another product than its batch',
    `update access_codes set product_id = 'x' where ${first('access_codes', `batch_id is not null`)}`,
    'I12',
  ],
  [
    'a bought code that is gone',
    `delete from access_codes where ${first('access_codes', `status = 'available' and order_id is not null`)}`,
    'I09 I13',
  ],
  [
    'a bought code of somebody else',
    `update access_codes set buyer_id = 'thief' where ${first('access_codes', `order_id is not null`)}`,
    'I13',
  ],
  [
    'a code of an order that bought none',
    `update access_codes set product_id = 'x' where ${first('access_codes', `status = 'available' and order_id is not null`)}`,
    'I13',
  ],
  [
    'a full refund that took nothing back',
    `update orders set status = 'refunded', refunded_fen = amount_fen where status = 'paid'`,
    'I01 I08 I09 I13 I16',
  ],
  [
    'a code frozen for nothing',
    `update access_codes set frozen = 1 where ${first('access_codes', `status = 'available' and order_id is not null`)}`,
    'I09 I13',
  ],
  [
    'a frozen code of a batch',
    `update access_codes set frozen = 1 where ${first('access_codes', `status = 'available' and batch_id is not null`)}`,
    'I09 I13',
  ],
  ['a balance out of thin air', `update points_accounts set balance = balance + 1`, 'I14'],
  ['a balance below zero', `update points_entries set balance_after = -1 where kind = 'spend'`, 'I14'],
  [
    'entries that do not follow one another',
    `update points_entries set balance_after = balance_after + 5 where kind = 'bonus'`,
    'I14',
  ],
  [
    'a credit that is gone',
    `update points_accounts set balance = balance - (select delta from points_entries where kind = 'purchase' limit 1); delete from points_entries where rowid = (select rowid from points_entries where kind = 'purchase' order by rowid limit 1)`,
    'I14 I15',
  ],
  ['a bonus of another size', `update points_entries set delta = delta + 1 where kind = 'bonus'`, 'I14 I15'],
  [
    'a credit that came twice',
    `${withoutRules('points_entries')}; update points_accounts set balance = balance + (select delta from points_entries where kind = 'bonus' limit 1); insert into points_entries select 'x', user_id, kind, delta, (select balance from points_accounts), source_type, source_id, 1 from points_entries where kind = 'bonus' limit 1`,
    'I15',
  ],
  [
    'points for a line that was not delivered',
    `update points_entries set source_id = 'nothing:0' where rowid = (select rowid from points_entries where kind = 'bonus' limit 1)`,
    'I15',
  ],
  [
    'points withheld without an entry',
    `update fulfilments set withheld = 1, held = 1 where ${line('points')}`,
    'I08 I15',
  ],
  ['points withheld of what is not held', `update fulfilments set withheld = 1 where ${line('points')}`, 'I15'],
  [
    'points refunded without an entry',
    `update payments set status = 'partially_refunded', refunded_fen = 100 where provider = 'points'`,
    'I01 I09 I15',
  ],
  ['a payment that took no points', `update points_entries set source_id = 'nothing' where kind = 'spend'`, 'I15'],
  ['more on hand than came in', `update stock set on_hand = on_hand + 1`, 'I16'],
  ['more reserved than is held', `update stock set reserved = reserved + 1`, 'I16'],
  [
    'less than nothing',
    `update stock set on_hand = -1; insert into stock_entries select 'x', 'MUG', 'adjustment', -1 - sum(delta), null, 'system', 'r', 1 from stock_entries; insert into audit values ('x', 'a', 'inventory.adjust', 'MUG', null, '{}', '{}', 'r', null, 1)`,
    'I16 I25',
  ],
  ['a ledger of nothing', `insert into stock_entries values ('x', 'CUP', 'sale', 1, null, 'a', 'r', 1)`, 'I16'],
  [
    'goods that are not where their order is',
    `update stock_reservations set status = 'released' where ${first('stock_reservations', `status = 'sold'`, 'order_id')}`,
    'I16',
  ],
  [
    'goods nobody promised',
    `delete from stock_reservations where ${first('stock_reservations', `status = 'released'`, 'order_id')}`,
    'I16',
  ],
  [
    'goods sold twice',
    `insert into stock_entries select 'x', sku, kind, delta, order_id, actor, reason, 1 from stock_entries where kind = 'sale' limit 1; update stock set on_hand = on_hand - 1`,
    'I16',
  ],
  // Durability and repetition
  [
    'an event published before its elders',
    `update events set published_at = null, created_at = 4e12 where type = 'order.created'`,
    'I19',
  ],
  ['an event handed on twice', `${withoutRules('webhook_deliveries')}; ${delivery('d1')}; ${delivery('d2')}`, 'I19'],
  [
    'an event handed on and not marked',
    `${delivery('d')}; update events set published_at = null, created_at = 4e12 where stream = (select stream from webhook_deliveries)`,
    'I19',
  ],
  [
    'an event queued for the broker and not marked',
    `${queued('position = 1')}; update events set published_at = null, created_at = 4e12 where stream = (select stream from broker_queue)`,
    'I19',
  ],
  [
    'events queued for the broker in the wrong order',
    queued(`stream = (select id from orders where status = 'expired' limit 1) order by seq desc`),
    'I19',
  ],
  ['an order nothing will look at', `update orders set due_at = null where status = 'pending'`, 'I20'],
  ['a payment nothing will look at', `update payments set due_at = null where status = 'pending'`, 'I20'],
  [
    'a refund nothing will look at',
    `update refunds set status = 'processing', processed_at = null where status = 'success'`,
    'I01 I09 I20',
  ],
  ['an order nobody came for', `update orders set due_at = 1 where status = 'pending'`, 'I22'],
  ['a refund nobody came for', `update refunds set due_at = 1 where status = 'success'`, 'I22'],
  [
    'an event nobody hands on',
    `update events set published_at = null, created_at = 1 where stream = (select id from orders where status = 'expired' limit 1)`,
    'I22',
  ],
  [
    'a webhook nobody sends',
    `insert into webhook_endpoints values ('w', 'u', 'd', null, 'enabled', null, 's', 's', null, null, 1, 1, 1); ${delivery('d')}; update webhook_deliveries set status = 'due', due_at = 1`,
    'I22',
  ],
  ['an event the broker never took', `${queued('position = 1')}; update broker_queue set created_at = 1`, 'I22'],
  ['a payment nobody came for', `update payments set due_at = 1 where status = 'pending'`, 'I22'],
  [
    'a refund made elsewhere that nobody asked about',
    `insert into refund_clues select id, 'X', null, null, 1, 0, 1 from payments where ${paidPayment}`,
    'I22',
  ],
  [
    'a lapsed code that is not marked',
    `update access_codes set expires_at = 1 where ${first('access_codes', `status = 'available' and batch_id is not null`)}`,
    'I22',
  ],
  ['an order that is open for ever', `update orders set expires_at = 1 where status = 'pending'`, 'I22', 'quiescent'],
  [
    'a payment that is open for ever',
    `update payments set expires_at = 1 where status = 'pending'`,
    'I22',
    'quiescent',
  ],
  [
    'a surplus that does not go back',
    `update refunds set status = 'processing', processed_at = null, due_at = 1e15, updated_at = 1 where status = 'success'`,
    'I01 I07 I09 I22',
    'quiescent',
  ],
  [
    'a failure kept as an answer',
    `insert into idempotency_keys values ('c', 'r', 'k', 'h', 'i', 503, '{}', 0, 1)`,
    'I23',
  ],
  [
    'one number for two requests',
    `insert into idempotency_keys values ('c', 'r', 'k', 'h', 'i', null, null, 0, 1), ('c', 'r', 'l', 'h', 'i', null, null, 0, 1)`,
    'I23',
  ],
  [
    'an operator without a name',
    `update audit set actor = '' where ${first('audit', `action = 'product.create'`)}`,
    'I25',
  ],
  ['a correction without a record', `delete from audit where action = 'inventory.adjust'`, 'I25'],
  ['a revocation without a record', `delete from audit where action = 'access_code.revoke'`, 'I25'],
  ['an entry that was put in', `insert into audit values ('x', 'a', 'b', 'c', null, '{}', null, 'r', null, 1)`, 'I25'],
]

/** Some that SQL of both dialects can plant, one on top of the other, and the invariants that speak up by then. */
export const PLANTED_ON_MARIADB: readonly (readonly [sql: string, invariants: readonly string[]])[] = [
  [`update stock set on_hand = on_hand + 1`, ['I16']],
  [`update points_accounts set balance = balance + 1`, ['I14', 'I16']],
  [`update points_entries set delta = delta + 1 where kind = 'bonus'`, ['I14', 'I15', 'I16']],
  [`delete from entitlements where source_type = 'order_line'`, ['I08', 'I14', 'I15', 'I16']],
  [`update access_codes set buyer_id = 'thief' where order_id is not null`, ['I08', 'I13', 'I14', 'I15', 'I16']],
  [`update events set seq = seq + 100 where type = 'order.expired'`, ['I08', 'I09', 'I13', 'I14', 'I15', 'I16']],
]
