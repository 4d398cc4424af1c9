import { ok, type Result } from 'neverthrow'
import { ALERT_RULES } from '../../domain/alert-rules.ts'
import { type AlertThresholds, THRESHOLD_RULES, type ThresholdRule } from '../../domain/alert-thresholds.ts'
import type { Clock } from '../clock.ts'
import type { Readers, Transaction } from '../transaction.ts'
import { minuteOf } from './activity.ts'
import type { Raise } from './alert-repository.ts'
import type { Alerting } from './alerting.ts'
import type { CheckContext, Checks, Outcome } from './checks/check.ts'

type Deps = Pick<CheckContext, 'statistics' | 'providers' | 'certificates'> & {
  readonly transaction: Transaction
  readonly readers: Pick<Readers, 'alerts'>
  readonly alerting: Alerting
  readonly clock: Clock
  readonly thresholds: AlertThresholds
  readonly checks: Checks
  /** Told of each rule that could not be checked, and why. */
  readonly report: (rule: ThresholdRule, error: unknown) => void
}

const EVERY_MS = 60_000
/** Longer than any rule looks back. */
const KEPT_MINUTES = 25 * 60

/**
 * Checks every rule once a minute, whoever of the processes comes first: raises what holds, resolves what is over. All of
 * it is read anew each time, so a process may die anywhere in between. A rule that can't be checked is an alert itself,
 * and keeps no other from being checked. Gives how many were.
 */
export const evaluateAlerts = (deps: Deps) => async (): Promise<number> => {
  const now = deps.clock.now()
  if (!(await deps.alerting.turns.claim({ now, until: new Date(now.getTime() + EVERY_MS) }))) return 0
  const { figures, activity } = deps.alerting
  const { statistics, providers, certificates, thresholds } = deps
  const context = { figures, activity, statistics, providers, certificates, thresholds, now }
  const untold: unknown[] = []
  for (const rule of THRESHOLD_RULES)
    await evaluate(deps, context, rule).catch((error: unknown) => void untold.push(error))
  await activity.forget(minuteOf(now) - KEPT_MINUTES)
  if (untold.length > 0) throw untold[0]
  return THRESHOLD_RULES.length
}

/** Rejects only where not even that it failed can be told. */
const evaluate = async (deps: Deps, context: CheckContext, rule: ThresholdRule): Promise<void> => {
  const threshold = context.thresholds[rule]
  try {
    const outcomes = threshold === undefined ? [] : await deps.checks[rule](context, threshold)
    await settle(deps, rule, outcomes, context.now)
    await settle(deps, 'rule_unchecked', [{ subject: rule, state: 'over' }], context.now)
  } catch (error) {
    deps.report(rule, error)
    const facts = { rule, reason: error instanceof Error ? error.name : 'unknown' }
    await settle(deps, 'rule_unchecked', [{ subject: rule, state: 'holds', facts }], context.now)
  }
}

/** Writes only where something is to be raised or resolved. */
const settle = async (
  { transaction, readers }: Deps,
  rule: ThresholdRule | 'rule_unchecked',
  outcomes: readonly Outcome[],
  now: Date,
): Promise<void> => {
  const holding = outcomes.filter((one) => one.state === 'holds')
  const over = await overOf(readers, rule, outcomes)
  if (holding.length === 0 && over.length === 0) return
  await transaction.run(async ({ alerts }): Promise<Result<void, never>> => {
    // A check gives the facts of its own rule, which its type says and a union of all of them forgets.
    for (const { subject, facts, severity, at = now } of holding)
      await alerts.raise({ rule, subject, facts, at, ...(severity && { severity }) } as Raise)
    for (const subject of over) await alerts.resolve({ rule, subject, at: now })
    return ok()
  })
}

/** Of what people were told, what holds no more. */
const overOf = async (
  { alerts }: Deps['readers'],
  rule: ThresholdRule | 'rule_unchecked',
  outcomes: readonly Outcome[],
): Promise<readonly string[]> => {
  if (ALERT_RULES[rule].ends === 'when_seen') return []
  const firing = await alerts.firing(rule)
  if (rule === 'rule_unchecked')
    return firing.filter((subject) => outcomes.some((one) => one.subject === subject && one.state === 'over'))
  return firing.filter((subject) => !outcomes.some((one) => one.subject === subject && one.state !== 'over'))
}
