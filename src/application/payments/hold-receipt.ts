import { ok, type Result } from 'neverthrow'
import type { IncidentKind } from '../../domain/incident.ts'
import type { Ids } from '../ids.ts'
import type { Repositories } from '../transaction.ts'
import type { PaymentWithOrder } from './payment-repository.ts'
import { type Disposition, type PaymentTransaction } from './payment-transaction.ts'
import type { SettleInput, SettleOutcome } from './settle-payment.ts'

type Deps = { readonly ids: Ids }
type Found = PaymentWithOrder
type Held = 'unknown_order' | 'amount_mismatch' | 'contradiction' | 'foreign_identity'

/** Money that can't be booked is recorded once and held as an incident; a repeat only raises its count. */
export const holdReceipt = async (
  deps: Deps,
  repositories: Repositories,
  input: SettleInput,
  found: Found | undefined,
  verdict: Held,
): Promise<Result<SettleOutcome, never>> => {
  // Money of another merchant is not ours to book; a receipt the books already hold stays as it is.
  if (verdict !== 'foreign_identity') await repositories.transactions.insert(receiptRecord(deps, input, found, verdict))
  await report(deps, repositories, input, found, verdict)
  return ok({ verdict, orderId: found?.order.value.id })
}

/** The record of a receipt, with where it ended. */
export const receiptRecord = (
  { ids }: Deps,
  { provider, receipt, source, at }: SettleInput,
  found: Found | undefined,
  disposition: Disposition,
): PaymentTransaction => ({
  id: ids.entity(),
  provider,
  transactionId: receipt.transactionId,
  outTradeNo: receipt.outTradeNo,
  paymentId: found?.payment.value.id,
  orderId: found?.order.value.id,
  identity: receipt.identity,
  amount: receipt.amount,
  currency: receipt.currency,
  disposition,
  payer: receipt.payer,
  source,
  paidAt: receipt.paidAt,
  createdAt: at,
})

const report = (
  { ids }: Deps,
  { incidents }: Repositories,
  { provider, receipt, source, at }: SettleInput,
  found: Found | undefined,
  kind: IncidentKind,
): Promise<void> => {
  const { outTradeNo, transactionId, amount, currency, identity, paidAt } = receipt
  const expected = found === undefined ? {} : { expectedFen: found.payment.value.amount }
  const evidence = {
    ...expected,
    transactionId,
    amountFen: amount,
    currency,
    merchantId: identity.merchantId,
    appId: identity.appId,
    paidAt: paidAt.toISOString(),
    source,
  }
  const orderId = found?.order.value.id
  return incidents.report({
    id: ids.entity(),
    kind,
    provider,
    outTradeNo,
    orderId,
    evidence,
    subject: transactionId,
    at,
  })
}
