import { type Expression, type SqlBool, sql } from 'kysely'

/** What a customer may read out: our number of a payment, or the gateway's number of a receipt. */
export type Numbers = { readonly outTradeNo?: string | undefined; readonly transactionId?: string | undefined }

/** `column` holds what the payment of our number holds in `from`. */
export const byOutTradeNo = (
  { outTradeNo }: Numbers,
  column: string,
  from: 'id' | 'order_id',
): readonly Expression<SqlBool>[] =>
  outTradeNo === undefined
    ? []
    : [sql<SqlBool>`${sql.ref(column)} in (select ${sql.ref(from)} from payments where out_trade_no = ${outTradeNo})`]

/** `column` holds what the receipts of the gateway's number hold in `from`; a receipt is kept even where it paid nothing. */
export const byTransactionId = (
  { transactionId }: Numbers,
  column: string,
  from: 'payment_id' | 'order_id',
): readonly Expression<SqlBool>[] =>
  transactionId === undefined
    ? []
    : [
        sql<SqlBool>`${sql.ref(column)} in (
          select ${sql.ref(from)} from payment_transactions where transaction_id = ${transactionId})`,
      ]
