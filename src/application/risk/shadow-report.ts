import type { RiskOutcome } from '../../domain/risk.ts'
import { RISK_RULE_NAMES, type RiskRule } from '../../domain/risk-rules.ts'
import type { Span } from '../page.ts'
import type { Readers } from '../transaction.ts'
import type { ShadowHit } from './risk-decisions.ts'

/** How often, over how many orders, and how many of those were paid since. */
export type ShadowCount = { readonly decisions: number; readonly orders: number; readonly ordersPaid: number }

/** What a rule did in shadow, by what would have come out had it been on. */
export type ShadowReport = {
  readonly rule: RiskRule
  readonly outcomes: Readonly<Record<RiskOutcome, ShadowCount>>
  /** Whether that is all of it, or only what was last. */
  readonly isWhole: boolean
}

/** The last matches of a rule that are looked at: a bound, so that no report holds up the shop. */
export const MOST_HITS = 5000

/** Counts what each rule would have done, and which of those orders were good ones after all. */
export const shadowReport =
  ({ readers }: { readonly readers: Pick<Readers, 'riskDecisions'> }) =>
  async (span: Span): Promise<readonly ShadowReport[]> => {
    const reports: ShadowReport[] = []
    for (const rule of RISK_RULE_NAMES) {
      const { hits, isWhole } = await readers.riskDecisions.shadowHits(rule, span, MOST_HITS)
      reports.push({ rule, outcomes: countsOf(hits), isWhole })
    }
    return reports
  }

/** An order that was judged more than once counts where it would have fared worst. */
const countsOf = (hits: readonly ShadowHit[]): ShadowReport['outcomes'] => {
  const seen = new Set<string>()
  const count = (outcome: RiskOutcome): ShadowCount => {
    const these = hits.filter((hit) => hit.outcome === outcome)
    const fresh = new Map(these.flatMap(({ orderId, isPaid }) => (isNew(seen, orderId) ? [[orderId, isPaid]] : [])))
    for (const orderId of fresh.keys()) seen.add(orderId)
    return { decisions: these.length, orders: fresh.size, ordersPaid: [...fresh.values()].filter(Boolean).length }
  }
  const [deny, review, allow] = [count('deny'), count('review'), count('allow')]
  return { allow, review, deny }
}

const isNew = (seen: ReadonlySet<string>, orderId: string | undefined): orderId is string =>
  orderId !== undefined && !seen.has(orderId)
