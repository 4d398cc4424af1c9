import type { LedgerRow } from '../../src/adapters/persistence/invariants/ledger.ts'
import type { Sandbox } from '../../src/adapters/sandbox/sandbox.ts'

/** Everything that was ever paid at the two gateways, with what has gone back of it. */
export const ledgerOf = ({ wechat, alipay }: Pick<Sandbox, 'wechat' | 'alipay'>): readonly LedgerRow[] => [
  ...wechat.trades().flatMap(({ transactionId, total, refunds }) => {
    const done = refunds.filter(({ status }) => status === 'SUCCESS')
    return rowOf('wechat', transactionId, total, done)
  }),
  ...alipay.trades().flatMap((trade) => {
    if (trade.paidAt === undefined) return []
    const done = trade.refunds.filter(({ status }) => status === 'done')
    return rowOf('alipay', trade.transactionId, trade.total, done)
  }),
]

const rowOf = (
  provider: LedgerRow['provider'],
  transactionId: string | undefined,
  paidFen: number,
  refunds: readonly { readonly amount: number }[],
): readonly LedgerRow[] => {
  if (transactionId === undefined) return []
  const refundedFen = refunds.reduce((sum, { amount }) => sum + amount, 0)
  return [{ provider, transactionId, paidFen, refundedFen }]
}
