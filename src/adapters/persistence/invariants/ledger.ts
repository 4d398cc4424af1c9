import type { Executor } from '../executor.ts'
import type { Violation } from './invariant.ts'
import { PAID } from './invariant.ts'

/** One trade as the gateway's own books have it: what it took, and what of that it gave back. */
export type LedgerRow = {
  readonly provider: 'wechat' | 'alipay'
  readonly transactionId: string
  readonly paidFen: number
  readonly refundedFen: number
}

/** I02: what the gateways took and gave back is what we have on record, transaction by transaction, once nothing is under way. */
export const checkAgainstLedger = async (on: Executor, ledger: readonly LedgerRow[]): Promise<readonly Violation[]> => {
  const theirs = new Map(ledger.map((row) => [keyOf(row), row]))
  const ours = await ourBooks(on)
  const missing = [...theirs.values()]
    .filter((row) => !ours.has(keyOf(row)))
    .map((row) => violation(row, 'only the gateway knows it'))
  const others = [...ours.values()].flatMap((row) => {
    const their = theirs.get(keyOf(row))
    if (their === undefined) return [violation(row, 'the gateway knows nothing of it')]
    return their.paidFen === row.paidFen && (row.refundedFen === undefined || their.refundedFen === row.refundedFen)
      ? []
      : [violation(row, `${amounts(row)}, at the gateway ${amounts(their)}`)]
  })
  return [...missing, ...others]
}

/** `refundedFen` is unknown of money that is held for a person: what comes back of it is not booked here. */
type OurRow = Omit<LedgerRow, 'refundedFen'> & { readonly refundedFen: number | undefined }

const ourBooks = async (on: Executor): Promise<ReadonlyMap<string, OurRow>> => {
  const rows = await on.rows(
    `select t.provider, t.transaction_id as transactionId, t.amount_fen as paidFen, p.refunded_fen as refundedFen
      from payment_transactions t
      left join payments p on p.id = t.payment_id and p.transaction_id = t.transaction_id and p.status in ${PAID}
      where t.provider <> 'points'`,
    [],
  )
  const ours = rows as readonly (Omit<LedgerRow, 'refundedFen'> & { readonly refundedFen: number | null })[] // As selected.
  return new Map(ours.map(({ refundedFen, ...row }) => [keyOf(row), { ...row, refundedFen: refundedFen ?? undefined }]))
}

const keyOf = ({ provider, transactionId }: Pick<LedgerRow, 'provider' | 'transactionId'>): string =>
  `${provider} ${transactionId}`

const amounts = ({ paidFen, refundedFen = 0 }: OurRow): string => `paid ${paidFen} fen and gave back ${refundedFen}`

const violation = (
  { provider, transactionId }: Pick<LedgerRow, 'provider' | 'transactionId'>,
  detail: string,
): Violation => ({
  invariant: 'I02',
  subject: `${provider} ${transactionId}`,
  detail,
})
