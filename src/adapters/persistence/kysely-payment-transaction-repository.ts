import type { Kysely } from 'kysely'
import type { Encryption } from '../../application/encryption.ts'
import type {
  BookedReceipt,
  PaymentTransaction,
  PaymentTransactionRepository,
} from '../../application/payments/payment-transaction.ts'
import type { Provider } from '../../domain/payment.ts'
import { insertOnce } from './duplicates.ts'
import type { Executor } from './executor.ts'
import { toTransaction, toTransactionRow } from './payment-transaction-row.ts'
import { toColumn } from './row-values.ts'
import { type DB, kindsOf } from './schema.ts'
import { insertion, statement } from './statement.ts'

export const transactionStatements = (builder: Kysely<DB>) => {
  const transactions = builder.selectFrom('payment_transactions').selectAll()
  return {
    find: statement(kindsOf('payment_transactions', 'provider', 'transaction_id'), (given) =>
      transactions.where('provider', '=', given.provider).where('transaction_id', '=', given.transaction_id),
    ),
    listByOrder: statement({ order_id: 'text' }, (given) =>
      transactions.where('order_id', '=', given.order_id).orderBy('created_at').orderBy('id'),
    ),
    insert: insertion(builder, 'payment_transactions'),
    book: statement(
      { ...kindsOf('payment_transactions', 'id', 'payment_id', 'order_id', 'disposition'), before: 'text' },
      ({ id, before, ...changes }) =>
        builder.updateTable('payment_transactions').set(changes).where('id', '=', id).where('disposition', '=', before),
    ),
  }
}

export class KyselyPaymentTransactionRepository implements PaymentTransactionRepository {
  readonly #sql: ReturnType<typeof transactionStatements>
  readonly #on: Executor
  readonly #encryption: Encryption

  constructor(sql: ReturnType<typeof transactionStatements>, on: Executor, encryption: Encryption) {
    this.#sql = sql
    this.#on = on
    this.#encryption = encryption
  }

  async find(provider: Provider, transactionId: string): Promise<PaymentTransaction | undefined> {
    const row = await this.#sql.find.first(this.#on, { provider, transaction_id: transactionId })
    return row && toTransaction(row, this.#encryption)
  }

  async listByOrder(orderId: string): Promise<readonly PaymentTransaction[]> {
    const rows = await this.#sql.listByOrder.rows(this.#on, { order_id: orderId })
    return rows.map((row) => toTransaction(row, this.#encryption))
  }

  insert(transaction: PaymentTransaction): Promise<boolean> {
    return insertOnce(
      () => this.#sql.insert(this.#on, [toTransactionRow(transaction, this.#encryption)]),
      async () => (await this.find(transaction.provider, transaction.transactionId)) !== undefined,
    )
  }

  async book({ id, disposition: before }: PaymentTransaction, end: BookedReceipt): Promise<boolean> {
    const { disposition, paymentId, orderId } = end
    const changes = { disposition, payment_id: toColumn(paymentId), order_id: toColumn(orderId) }
    return (await this.#sql.book.change(this.#on, { id, before, ...changes })) === 1
  }
}
