import type { AlertFacts, AlertRule, AlertSeverity, FactsOf } from '../../../domain/alert-rules.ts'
import type { AlertThresholds, ThresholdRule } from '../../../domain/alert-thresholds.ts'
import type { Provider } from '../../../domain/payment.ts'
import type { StatisticsReader } from '../../statistics/statistics.ts'
import type { ActivityBook, MinuteSpan } from '../activity.ts'
import { minuteOf } from '../activity.ts'
import type { AlertFigures } from '../alert-figures.ts'

/** A certificate that something ends without; `undefined` where it is not known how long it lasts. */
export type Certificate = {
  readonly name: 'wechat_merchant' | 'wechat_platform' | 'alipay_app' | 'alipay_platform'
  readonly expiresAt: Date | undefined
}

export type CheckContext = {
  readonly figures: AlertFigures
  readonly activity: Pick<ActivityBook, 'sum' | 'firstMinute'>
  readonly statistics: StatisticsReader
  /** Those with a gateway. */
  readonly providers: readonly Provider[]
  readonly certificates: () => readonly Certificate[]
  readonly thresholds: AlertThresholds
  readonly now: Date
}

/** What is so of one subject of a rule; where nothing can be said, what was said before stands. */
export type Outcome<F extends AlertFacts = AlertFacts> = { readonly subject: string } & (
  | { readonly state: 'holds'; readonly facts: F; readonly severity?: AlertSeverity; readonly at?: Date }
  | { readonly state: 'undecided' }
  | { readonly state: 'over' }
)

/** Looks at one rule from its threshold on. What it does not speak of is over. */
export type Check<R extends AlertRule> = (
  context: CheckContext,
  threshold: number,
) => Promise<readonly Outcome<FactsOf<R>>[]>

export type Checks = { readonly [R in ThresholdRule]: Check<R> }

/** The state of a rate: too few to say that it is bad may be enough to say that it is good, and none say nothing. */
export const rateState = (whole: number, isBad: boolean, isEnough: boolean): Outcome['state'] => {
  if (whole === 0) return 'undecided'
  if (!isBad) return 'over'
  return isEnough ? 'holds' : 'undecided'
}

/** With one decimal. */
export const percentOf = (part: number, whole: number): number => Math.round((part * 1000) / whole) / 10

const MINUTE_MS = 60_000

export const minutesBefore = (at: Date, minutes: number): Date => new Date(at.getTime() - minutes * MINUTE_MS)

/** The last so many minutes, the present one included. */
export const lastMinutes = (now: Date, minutes: number): MinuteSpan => {
  const end = minuteOf(now) + 1
  return { first: end - minutes, end }
}
