import Database from 'better-sqlite3'

const ONE_EACH: Readonly<Record<string, string>> = {
  orders: `select count(*) from orders where status = 'paid'`,
  payments: `select count(*) from payments where status = 'paid'`,
  payment_transactions: `select count(*) from payment_transactions`,
  notifications: `select count(*) from notifications`,
  fulfilments: `select count(*) from fulfilments`,
  entitlements: `select count(*) from entitlements`,
}

/** Which tables do not hold exactly one row for each of `count` settled orders; five events each. */
export const countWrong = (path: string, count: number): readonly string[] => {
  const db = new Database(path, { readonly: true })
  const found = (sql: string): number => Number(db.prepare(sql).pluck().get())
  const wrong = Object.entries(ONE_EACH).flatMap(([table, sql]) =>
    found(sql) === count ? [] : [`${table}: ${found(sql)}`],
  )
  const events = found(`select count(*) from events`)
  db.close()
  return events === count * 5 ? wrong : [...wrong, `events: ${events}`]
}

/** How many payments have been settled, order, receipt and all. */
export const countSettled = (path: string): number => {
  const db = new Database(path, { readonly: true })
  const found = db
    .prepare(
      `select count(*) from payments p join orders o on o.id = p.order_id and o.payment_id = p.id
       join payment_transactions t on t.payment_id = p.id join fulfilments f on f.order_id = o.id
       where p.status = 'paid' and o.status = 'paid' and t.disposition = 'settled'`,
    )
    .pluck()
    .get()
  db.close()
  return Number(found)
}
