import { settleIncident } from '../incidents/settle-incident.ts'
import type { Repositories } from '../transaction.ts'
import type { PaymentTransaction } from './payment-transaction.ts'
import type { SettleInput } from './settle-payment.ts'

/**
 * Money that came before we knew its payment, as after a store was restored from an older backup: it is booked where it
 * belongs once the payment is there, and its incident is closed. `false` where this is not such a receipt.
 */
export const bookHeld = async (
  repositories: Repositories,
  record: PaymentTransaction,
  { at }: SettleInput,
): Promise<boolean> => {
  const { provider, transactionId, outTradeNo, amount } = record
  const held = await repositories.transactions.find(provider, transactionId)
  if (held?.disposition !== 'unknown_order' || held.outTradeNo !== outTradeNo || held.amount !== amount) return false
  if (!(await repositories.transactions.book(held, record))) return false
  const resolution = { note: '已找到对应的支付并入账', by: 'system', at }
  await settleIncident(repositories, { kind: 'unknown_order', provider, subject: transactionId }, resolution)
  return true
}
