import { ok, type Result } from 'neverthrow'
import type { RiskDecision } from '../../domain/risk.ts'
import type { Readers, Transaction } from '../transaction.ts'

/** Whoever is refused learns no more than that: what stands beside the code is for the operator. */
export type RiskDenied = { readonly code: 'RISK_DENIED'; readonly refusal: Refusal }

export type Refusal = {
  readonly decision: RiskDecision
  /** What makes two refusals the same one; it is written down once. */
  readonly key: string
}

const HOUR_MS = 3_600_000

/**
 * The same action, user and order, refused for the same reason within an hour, is one refusal. So whoever tries again and
 * again writes nothing, and all that one user can fill are a few rows an hour.
 */
export const riskDenied = (decision: RiskDecision, because: string): RiskDenied => {
  const { action, orderId = '', userId = '', at } = decision
  // The user's id comes last: it is the only part that may hold anything.
  const key = [action, because, Math.floor(at.getTime() / HOUR_MS), orderId, userId].join('|')
  return { code: 'RISK_DENIED', refusal: { decision, key } }
}

export type NoteRefusal = (denied: RiskDenied) => Promise<void>

type Deps = { readonly transaction: Transaction; readonly readers: Pick<Readers, 'riskDecisions'> }

/** Writes down a refusal, in a unit of work of its own: what was refused has left nothing behind. */
export const noteRefusal =
  ({ transaction, readers }: Deps): NoteRefusal =>
  async ({ refusal: { decision, key } }) => {
    if (await readers.riskDecisions.hasRefusal(key)) return
    await transaction.run(
      async ({ riskDecisions }): Promise<Result<boolean, never>> =>
        ok(await riskDecisions.insertRefusal(decision, key)),
    )
  }
