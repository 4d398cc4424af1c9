import { BOOKED, type Invariant, invariant, PAID } from './invariant.ts'

/** A state and an amount gone back that do not go together, in a table of payments or orders. */
const OUT_OF_STEP = `(status = 'refunded' and refunded_fen <> amount_fen)
  or (status = 'partially_refunded' and (refunded_fen = 0 or refunded_fen >= amount_fen))
  or (status not in ('refunded', 'partially_refunded') and refunded_fen <> 0)`

export const MONEY: readonly Invariant[] = [
  invariant('I01', 'paid = kept + refunded + refunding', [
    {
      broken: 'what went back is not the sum of the successful refunds',
      sql: `select p.id as subject, p.refunded_fen, coalesce(r.returned, 0) as sum_fen
        from payments p
        left join (select payment_id, sum(amount_fen) as returned from refunds where status = 'success' group by payment_id) r
          on r.payment_id = p.id
        where p.refunded_fen <> coalesce(r.returned, 0)`,
    },
    {
      broken: 'its refunds take more than was paid',
      sql: `select p.id as subject, p.status, p.amount_fen, sum(r.amount_fen) as taken_fen
        from refunds r join payments p on p.id = r.payment_id
        where r.status in ('pending', 'processing', 'success')
        group by p.id, p.status, p.amount_fen
        having sum(r.amount_fen) > case when p.status in ${PAID} then p.amount_fen else 0 end`,
    },
    {
      broken: 'payment: its state does not say what went back',
      sql: `select id as subject, status, amount_fen, refunded_fen from payments where ${OUT_OF_STEP}`,
    },
    {
      broken: 'order: its state does not say what went back',
      sql: `select id as subject, status, amount_fen, refunded_fen from orders where ${OUT_OF_STEP}`,
    },
    {
      broken: 'the order and the payment that funds it do not agree on what went back',
      sql: `select o.id as subject, o.refunded_fen, p.refunded_fen as payment_fen
        from orders o join payments p on p.id = o.payment_id
        where o.refunded_fen <> p.refunded_fen`,
    },
  ]),
  invariant('I03', 'amounts and payees are those the order was made with', [
    {
      broken: 'the order costs something else than its lines',
      sql: `select o.id as subject, o.amount_fen, coalesce(sum(i.unit_price_fen * i.quantity), 0) as lines_fen
        from orders o left join order_items i on i.order_id = o.id
        group by o.id, o.amount_fen
        having o.amount_fen <> coalesce(sum(i.unit_price_fen * i.quantity), 0)`,
    },
    {
      broken: 'the payment asks for something else than its order, or of somebody else',
      sql: `select p.id as subject, p.order_id, p.amount_fen, o.amount_fen as order_fen
        from payments p join orders o on o.id = p.order_id
        where p.amount_fen <> o.amount_fen or p.currency <> o.currency or p.user_id <> o.user_id`,
    },
    {
      broken: 'the receipt that was booked is not what the payment asked for',
      sql: `select t.transaction_id as subject, t.payment_id, t.amount_fen, p.amount_fen as asked_fen
        from payment_transactions t join payments p on p.id = t.payment_id
        where t.disposition in ${BOOKED}
          and (t.amount_fen <> p.amount_fen or t.currency <> p.currency or t.provider <> p.provider
            or t.out_trade_no <> p.out_trade_no or t.merchant_id <> p.merchant_id or t.app_id <> p.app_id)`,
    },
  ]),
  invariant('I04', 'a recorded success stays', [
    {
      broken: 'a paid payment without the receipt that says so',
      sql: `select p.id as subject, p.status, p.transaction_id
        from payments p
        left join payment_transactions t
          on t.provider = p.provider and t.transaction_id = p.transaction_id
            and t.payment_id = p.id and t.disposition in ${BOOKED}
        where p.status in ${PAID} and t.id is null`,
    },
    {
      broken: 'a booked receipt whose payment does not say so',
      sql: `select t.transaction_id as subject, t.disposition, t.payment_id, p.status
        from payment_transactions t left join payments p on p.id = t.payment_id
        where t.disposition in ${BOOKED}
          and (p.id is null or p.status not in ${PAID} or p.transaction_id <> t.transaction_id or p.paid_at <> t.paid_at)`,
    },
    {
      broken: 'a funded order whose payment is not paid, or not its own',
      sql: `select o.id as subject, o.status, o.payment_id, p.status as payment_status, p.order_id
        from orders o left join payments p on p.id = o.payment_id
        where o.payment_id is not null and (p.id is null or p.order_id <> o.id or p.status not in ${PAID})`,
    },
  ]),
  invariant('I05', 'numbers are used once, also in another case', [
    {
      broken: 'several payments under one number',
      sql: `select min(out_trade_no) as subject, count(*) as payments
        from payments group by lower(out_trade_no) having count(*) > 1`,
    },
    {
      broken: 'several receipts of one transaction',
      sql: `select min(transaction_id) as subject, provider, count(*) as receipts
        from payment_transactions group by provider, lower(transaction_id) having count(*) > 1`,
    },
    {
      broken: 'several refunds under one number',
      sql: `select refund_no as subject, count(*) as refunds from refunds group by refund_no having count(*) > 1`,
    },
  ]),
  invariant('I06', 'one refund is one number and one amount of one payment', [
    {
      broken: 'the refund is not one of its payment and order',
      sql: `select r.refund_no as subject, r.payment_id, r.order_id
        from refunds r join payments p on p.id = r.payment_id
        where r.order_id <> p.order_id or r.user_id <> p.user_id or r.provider <> p.provider or r.currency <> p.currency`,
    },
    { broken: 'a refund of nothing', sql: `select refund_no as subject from refunds where amount_fen <= 0` },
    {
      broken: 'several refunds under one number of the gateway',
      sql: `select min(refund_no) as subject, provider, refund_id, count(*) as refunds
        from refunds where refund_id is not null group by provider, refund_id having count(*) > 1`,
    },
  ]),
  invariant('I07', 'each verified success has exactly one disposition', [
    {
      broken: 'said to fund its order, which does not know it',
      sql: `select t.transaction_id as subject, t.disposition, t.order_id, o.payment_id
        from payment_transactions t left join orders o on o.id = t.order_id
        where t.disposition in ('settled', 'honoured') and (o.payment_id is null or o.payment_id <> t.payment_id)`,
    },
    {
      broken: 'funds its order, but is said not to',
      sql: `select t.transaction_id as subject, t.disposition, t.order_id
        from payment_transactions t join orders o on o.payment_id = t.payment_id
        where t.disposition in ('surplus', 'late')`,
    },
    {
      broken: 'funded nothing, and goes back neither in full nor by a person',
      sql: `select t.transaction_id as subject, t.disposition, t.amount_fen, coalesce(sum(r.amount_fen), 0) as back_fen
        from payment_transactions t
        left join refunds r on r.payment_id = t.payment_id and r.status in ('pending', 'processing', 'success')
        where t.disposition in ('surplus', 'late')
          and not exists (select 1 from refunds f join incidents i on i.provider = f.provider and i.subject = f.refund_no
            where f.payment_id = t.payment_id and f.status = 'failed' and i.kind in ('surplus_payment', 'late_payment', 'refund_abnormal'))
        group by t.id, t.transaction_id, t.disposition, t.amount_fen
        having coalesce(sum(r.amount_fen), 0) < t.amount_fen`,
    },
    {
      broken: 'is held for a person, but no incident says so',
      sql: `select t.transaction_id as subject, t.disposition
        from payment_transactions t
        left join incidents i on i.kind = t.disposition and i.provider = t.provider and i.subject = t.transaction_id
        where t.disposition not in ${BOOKED} and i.id is null`,
    },
    {
      broken: 'is held for a person, but booked on a payment',
      sql: `select t.transaction_id as subject, t.disposition, p.id as payment
        from payment_transactions t join payments p on p.id = t.payment_id and p.transaction_id = t.transaction_id
        where t.disposition not in ${BOOKED}`,
    },
    {
      broken: 'funds its order and goes back by itself',
      sql: `select p.transaction_id as subject, r.refund_no, o.id as order_id
        from refunds r join payments p on p.id = r.payment_id join orders o on o.payment_id = p.id
        where r.requested_by = 'system'`,
    },
    {
      broken: 'several receipts booked on one payment',
      sql: `select payment_id as subject, count(*) as receipts
        from payment_transactions where disposition in ${BOOKED}
        group by payment_id having count(*) > 1`,
    },
    {
      broken: 'funded nothing, and has still not gone back',
      whenQuiescent: true,
      sql: `select t.transaction_id as subject, t.disposition, r.refund_no, r.status
        from payment_transactions t join refunds r on r.payment_id = t.payment_id
        where t.disposition in ('surplus', 'late') and r.status in ('pending', 'processing') and r.abnormal = 0`,
    },
  ]),
]
