import type { AlertRule } from './alert-rules.ts'

/** From where on a rule holds; `undefined` where it is switched off. */
export type AlertThresholds = Readonly<Record<ThresholdRule, number | undefined>>

/** `byDefault` is missing where a rule is off until somebody switches it on; `least` is 1 where nothing is said. */
type Threshold = { readonly byDefault: number | undefined; readonly least?: number; readonly most: number }

/** In the unit of the rule: percent, seconds, minutes, days, or how many; each says which. */
export const ALERT_THRESHOLDS = {
  /** Percent of the decided payments that failed, more than. */
  payment_failure_rate: { byDefault: 5, most: 100 },
  /** Percent of the payments that were paid, less than. */
  payment_success_rate: { byDefault: 95, most: 100 },
  /** Seconds between the payment and its callback, more than, for every fifth. */
  callback_delay: { byDefault: 30, most: 86_400 },
  /** Percent of the callbacks that were not taken, more than. */
  callbacks_failing: { byDefault: 20, most: 100 },
  /** Minutes without a callback. */
  callbacks_missing: { byDefault: 30, most: 720 },
  /** Minutes after the end of a payment without an outcome. */
  payments_stuck: { byDefault: 60, most: 10_080 },
  /** Percent of the ended refunds that succeeded, less than. */
  refund_success_rate: { byDefault: 90, most: 100 },
  /** Days a refund may take. */
  refunds_stuck: { byDefault: 3, most: 60 },
  /** Percent of the requests that we failed, more than. */
  error_rate: { byDefault: 1, most: 100 },
  /** Percent of our requests that the gateway did not answer, more than. */
  gateway_errors: { byDefault: 10, most: 100 },
  /** Minutes in which a gateway answered nothing at all. */
  gateway_unavailable: { byDefault: 5, most: 720 },
  /** Seconds that work may be late. */
  jobs_behind: { byDefault: 300, most: 86_400 },
  /** Days before the last one of a certificate. */
  certificate_expiring: { byDefault: 14, most: 365 },
  /** Webhooks that were given up, at least. */
  webhook_parked: { byDefault: 1, most: 1000 },
  /** Pieces of goods on sale that are left, at most; none left is sold out. */
  low_stock: { byDefault: undefined, least: 0, most: 1_000_000 },
  /** How often in a quarter of an hour, at least. */
  unusual_activity: { byDefault: 50, most: 1_000_000 },
} as const satisfies Readonly<Partial<Record<AlertRule, Threshold>>>

export type ThresholdRule = keyof typeof ALERT_THRESHOLDS

/** In the order in which they are checked. */
export const THRESHOLD_RULES = Object.keys(ALERT_THRESHOLDS) as ThresholdRule[] // Its own keys.

/** The thresholds with some of them changed. */
export const thresholdsWith = (changed: Partial<AlertThresholds> = {}): AlertThresholds =>
  // Every rule is there, which `fromEntries` does not say.
  Object.fromEntries(
    THRESHOLD_RULES.map((rule) => [rule, rule in changed ? changed[rule] : ALERT_THRESHOLDS[rule].byDefault]),
  ) as AlertThresholds

const ENTRY = /^([a-z_]+)=(off|\d{1,7})$/

/** Reads `payment_success_rate=60,callback_delay=off`; otherwise the part that can't be read. */
export const parseThresholds = (text: string): AlertThresholds | { readonly problem: string } => {
  const changed: { [R in ThresholdRule]?: number | undefined } = {}
  for (const entry of text.split(',').map((one) => one.trim())) {
    const [, name, value] = ENTRY.exec(entry) ?? []
    const rule = THRESHOLD_RULES.find((known) => known === name)
    if (rule === undefined || value === undefined) return { problem: entry }
    const { least = 1, most }: Threshold = ALERT_THRESHOLDS[rule]
    if (value !== 'off' && (Number(value) < least || Number(value) > most)) return { problem: entry }
    changed[rule] = value === 'off' ? undefined : Number(value)
  }
  return thresholdsWith(changed)
}
