import { createCipheriv, createSecretKey, randomBytes, randomUUIDv7 } from 'node:crypto'
import Database from 'better-sqlite3'
import type { Fact } from './floor-checks.ts'

const DAY_MS = 86_400_000
const aesKey = createSecretKey(Buffer.alloc(32, 1))

const seal = (plain: Buffer | string): string => {
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', aesKey, nonce, { authTagLength: 16 })
  const text = Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()])
  return `${nonce.toString('base64url')}.${text.toString('base64url')}`
}

type Found = {
  readonly id: string
  readonly order_id: string
  readonly user_id: string
  readonly version: number
  readonly amount_fen: number
  readonly order_version: number
}

const SQL = {
  repeat: `select transaction_id from payments where out_trade_no = ?`,
  find: `select p.id, p.order_id, p.user_id, p.version, p.amount_fen, o.version as order_version
    from payments p join orders o on o.id = p.order_id where p.out_trade_no = ?`,
  items: `select product_id, fulfilment, quantity from order_items where order_id = ? order by line`,
  transaction: `insert into payment_transactions (id,provider,transaction_id,out_trade_no,payment_id,order_id,merchant_id,
    app_id,amount_fen,currency,disposition,payer,source,paid_at,created_at) values (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)`,
  payment: `update payments set status='paid', open_key=null, transaction_id=?, paid_at=?, updated_at=?, version=version+1
    where id=? and version=?`,
  order: `update orders set status='paid', payment_id=?, paid_at=?, updated_at=?, version=version+1 where id=? and version=?`,
  fulfilment: `insert into fulfilments (order_id,line,kind,status,delivered_at) values (?,0,'grant','delivered',?)`,
  entitlements: `select expires_at from entitlements where user_id=? and product_id=? and revoked_at is null`,
  entitlement: `insert into entitlements (id,user_id,product_id,source_type,source_id,starts_at,expires_at,created_at)
    values (?,?,?,'order_line',?,?,?,?)`,
  seq: `select max(seq) as last from events where stream=?`,
  events: `insert into events (id,stream,seq,type,data,cause_kind,cause_actor,created_at,published_at)
    values (?,?,?,?,?,'notification',?,?,null),(?,?,?,?,?,'notification',?,?,null),(?,?,?,?,?,'notification',?,?,null)`,
  notification: `insert into notifications (id,provider,kind,notification_id,out_trade_no,order_id,verdict,headers,body,event_at,
    received_at) values (?,?,'payment',?,?,?,'settled',?,?,?,?)`,
}

/** The product's own schema and statements, raw and prepared once. */
export const createBooks = (path: string) => {
  const db = new Database(path)
  for (const pragma of ['journal_mode=WAL', 'synchronous=FULL', 'foreign_keys=ON', 'cache_size=-65536'])
    db.pragma(pragma)
  db.pragma('wal_autocheckpoint=8000')
  const prepared = Object.fromEntries(Object.entries(SQL).map(([name, sql]) => [name, db.prepare(sql)]))
  const run = (name: keyof typeof SQL, ...values: readonly unknown[]) => prepared[name]?.run(...values)
  const get = (name: keyof typeof SQL, ...values: readonly unknown[]) => prepared[name]?.get(...values)
  const begin = db.prepare('begin immediate')
  const commit = db.prepare('commit')
  const id = (): string => randomUUIDv7().replaceAll('-', '')

  const deliver = (found: Found, productId: string, at: number): string => {
    run('fulfilment', found.order_id, at)
    get('entitlements', found.user_id, productId)
    const entitlementId = id()
    run('entitlement', entitlementId, found.user_id, productId, `${found.order_id}:0`, at, at + 365 * DAY_MS, at)
    return entitlementId
  }
  const announce = (found: Found, provider: string, entitlementId: string, at: number): void => {
    const last = (get('seq', found.order_id) as { last: number | null } | undefined)?.last ?? 0
    const event = (n: number, type: string, subject: string) =>
      [
        id(),
        found.order_id,
        last + n,
        type,
        JSON.stringify({ type, subject, orderId: found.order_id, at }),
        provider,
        at,
      ] as const
    const events = [event(1, 'payment.succeeded', found.id), event(2, 'order.paid', found.id)]
    run('events', ...events.flat(), ...event(3, 'access.granted', entitlementId))
  }
  return {
    begin: () => void begin.run(),
    commit: () => void commit.run(),
    isRepeat: (fact: Fact): boolean =>
      (get('repeat', fact.outTradeNo) as { transaction_id: string | null } | undefined)?.transaction_id ===
      fact.transactionId,
    settle(fact: Fact): void {
      const at = Date.now()
      const found = get('find', fact.outTradeNo) as Found
      if (found.amount_fen !== fact.amountFen) throw new Error('the amount differs')
      const item = get('items', found.order_id) as { product_id: string }
      const { provider, transactionId, outTradeNo, merchantId, appId, amountFen, paidAt } = fact
      const receiptId = id()
      run(
        'transaction',
        receiptId,
        provider,
        transactionId,
        outTradeNo,
        found.id,
        found.order_id,
        merchantId,
        appId,
        amountFen,
        'CNY',
        'settled',
        seal(fact.payer),
        'notification',
        paidAt,
        at,
      )
      run('payment', transactionId, paidAt, at, found.id, found.version)
      run('order', found.id, paidAt, at, found.order_id, found.order_version)
      announce(found, provider, deliver(found, item.product_id, at), at)
      run(
        'notification',
        id(),
        provider,
        fact.notificationId,
        outTradeNo,
        found.order_id,
        seal(fact.headers),
        seal(fact.body),
        paidAt,
        at,
      )
    },
  }
}
