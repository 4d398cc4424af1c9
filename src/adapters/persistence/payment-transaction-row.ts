import type { Encryption } from '../../application/encryption.ts'
import type { Disposition, PaymentTransaction } from '../../application/payments/payment-transaction.ts'
import { fen } from '../../domain/money.ts'
import { PROVIDERS } from '../../domain/payment.ts'
import { toColumn, toCurrency, toDate, toOptional, wordOf, wordsOf } from './row-values.ts'
import type { Row } from './schema.ts'

const DISPOSITIONS = wordsOf<Disposition>({
  settled: true,
  honoured: true,
  surplus: true,
  late: true,
  amount_mismatch: true,
  unknown_order: true,
  contradiction: true,
})
const SOURCES = wordsOf<PaymentTransaction['source']>({ notification: true, query: true, ledger: true })

export const toTransactionRow = (
  transaction: PaymentTransaction,
  encryption: Encryption,
): Row<'payment_transactions'> => ({
  id: transaction.id,
  provider: transaction.provider,
  transaction_id: transaction.transactionId,
  out_trade_no: transaction.outTradeNo,
  payment_id: toColumn(transaction.paymentId),
  order_id: toColumn(transaction.orderId),
  merchant_id: transaction.identity.merchantId,
  app_id: transaction.identity.appId,
  amount_fen: transaction.amount,
  currency: transaction.currency,
  disposition: transaction.disposition,
  payer: transaction.payer === undefined ? null : encryption.seal(transaction.payer, payerOf(transaction.id)),
  source: transaction.source,
  paid_at: transaction.paidAt.getTime(),
  created_at: transaction.createdAt.getTime(),
})

export const toTransaction = (row: Row<'payment_transactions'>, encryption: Encryption): PaymentTransaction => ({
  id: row.id,
  provider: wordOf(PROVIDERS, row.provider),
  transactionId: row.transaction_id,
  outTradeNo: row.out_trade_no,
  paymentId: toOptional(row.payment_id),
  orderId: toOptional(row.order_id),
  identity: { merchantId: row.merchant_id, appId: row.app_id },
  amount: fen(row.amount_fen),
  currency: toCurrency(row.currency),
  disposition: wordOf(DISPOSITIONS, row.disposition),
  payer: row.payer === null ? undefined : encryption.open(row.payer, payerOf(row.id)),
  source: wordOf(SOURCES, row.source),
  paidAt: toDate(row.paid_at),
  createdAt: toDate(row.created_at),
})

export const payerOf = (id: string) => ({ table: 'payment_transactions', column: 'payer', row: id })
