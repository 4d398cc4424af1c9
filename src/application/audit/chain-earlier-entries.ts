import { ok } from 'neverthrow'
import type { Transaction } from '../transaction.ts'
import type { AuditPlace } from './audit-chain.ts'

/** Takes entries into the chain that a version without one has written, oldest first; done again it finds none. */
export const chainEarlierEntries =
  ({ transaction }: { readonly transaction: Transaction }) =>
  async (): Promise<void> => {
    let after: AuditPlace | undefined
    do {
      const done = await transaction.run(async ({ audit }) => ok(await audit.chainEarlier(after)))
      after = done.unwrapOr(undefined)
    } while (after !== undefined)
  }
