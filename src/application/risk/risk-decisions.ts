import type { RiskDecision, RiskOutcome, RiskReason } from '../../domain/risk.ts'
import type { RiskRule } from '../../domain/risk-rules.ts'
import type { Page, PageRequest, Span, TimeRange } from '../page.ts'

/** `rule`: one that matched, in whatever mode. */
export type RiskDecisionFilter = TimeRange & {
  readonly userId?: string | undefined
  readonly orderId?: string | undefined
  readonly outcome?: RiskOutcome | undefined
  readonly rule?: RiskReason['rule'] | undefined
}

/** One decision in which a rule matched in shadow, and what became of the order. */
export type ShadowHit = {
  readonly orderId: string | undefined
  /** What would have come out, had the rule been on. */
  readonly outcome: RiskOutcome
  readonly isPaid: boolean
}

export interface RiskDecisionReader {
  /** Newest first. */
  list(filter: RiskDecisionFilter, page: PageRequest): Promise<Page<RiskDecision>>
  /** The first `limit` of an order, oldest first. */
  listByOrder(orderId: string, limit: number): Promise<readonly RiskDecision[]>
  /** Out of the last `limit` matches of a rule in this time, those in shadow; `isWhole` where there were no more. */
  shadowHits(
    rule: RiskRule,
    span: Span,
    limit: number,
  ): Promise<{ readonly hits: readonly ShadowHit[]; readonly isWhole: boolean }>
  /** Whether a refusal with this key has been written down. */
  hasRefusal(key: string): Promise<boolean>
}

export interface RiskDecisions extends RiskDecisionReader {
  insert(decision: RiskDecision): Promise<void>
  /** Writes down a refusal, once for its `key` of at most 512 characters; `false` where that has been done. */
  insertRefusal(decision: RiskDecision, key: string): Promise<boolean>
  /** Removes the oldest made before, at most `limit` of them, with all that belongs to them; gives how many. */
  forget(before: Date, limit: number): Promise<number>
}
