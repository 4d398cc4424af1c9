import { ok, type Result } from 'neverthrow'
import type { RunFacts } from '../../domain/reconciliation.ts'
import type { Clock } from '../clock.ts'
import type { Ids } from '../ids.ts'
import type { Gateways } from '../payments/payment-gateway.ts'
import type { Transaction } from '../transaction.ts'
import type { BillArchive } from './bill-archive.ts'
import type { BillContent, BillFormat, FundFlow } from './bill.ts'

/** Gets and keeps the day's fund-flow bill where the provider has one; what goes wrong there stops nothing. */
export type KeepFundFlow = (run: RunFacts) => Promise<'kept' | 'none' | 'failed'>

/** Reads a fund-flow bill; an error says why it can't be believed. */
export type ReadFundFlow = (
  format: BillFormat,
  content: BillContent,
) => Promise<Result<FundFlow, { readonly reason: string }>>

type Deps = {
  readonly transaction: Transaction
  readonly clock: Clock
  readonly ids: Ids
  readonly gateways: Gateways
  readonly archive: BillArchive
  readonly readFundFlow: ReadFundFlow
}

export const keepFundFlow =
  (deps: Deps): KeepFundFlow =>
  async ({ provider, day }) => {
    const fundFlow = deps.gateways.find(provider)?.fundFlow
    if (fundFlow === undefined) return 'none'
    const bill = await fundFlow.downloadFundFlow(day)
    if (bill.isErr()) return bill.error.code === 'BILL_NOT_EXIST' ? 'none' : 'failed'
    const { format } = bill.value
    const draft = { id: deps.ids.entity(), provider, day, format, kind: 'fund_flow', source: 'gateway' } as const
    const kept = await deps.archive.keep({ ...draft, createdAt: deps.clock.now() }, bill.value)
    if (kept.isErr()) return 'failed'
    const read = await deps.readFundFlow(format, deps.archive.open(kept.value))
    if (read.isErr()) return 'failed'
    const { id } = kept.value
    await deps.transaction.run(
      async ({ bills }): Promise<Result<void, never>> => ok(await bills.noteFundFlow(id, read.value)),
    )
    return 'kept'
  }
