import { err, ok, type Result } from 'neverthrow'
import {
  changeRule,
  type ParameterError,
  type RiskRule,
  type RiskThresholds,
  type RuleChanges,
} from '../../domain/risk-rules.ts'
import type { Operator } from '../catalogue/maintain-catalogue.ts'
import type { Clock } from '../clock.ts'
import type { Ids } from '../ids.ts'
import { type Transaction, WRITE_CONFLICT, type WriteConflict } from '../transaction.ts'
import { allSettings, type KeptSetting, policyIn, type RiskSetting } from './risk-settings.ts'

type Deps = { readonly transaction: Transaction; readonly clock: Clock; readonly ids: Ids }

/** Changes a rule; it holds from the next order or payment on, in every process. */
export const changeRiskRule =
  (deps: Deps) =>
  (rule: RiskRule, changes: RuleChanges, operator: Operator): Promise<Result<KeptSetting, ParameterError>> =>
    write(deps, rule, operator, (kept) =>
      // The name stands beside the setting of its own rule.
      changeRule(rule, policyIn(kept).rules[rule], changes).map((after) => ({ name: rule, ...after }) as RiskSetting),
    )

/** `deny` is below `review`, so that nothing would ever be reviewed. */
export type ThresholdError = { readonly code: 'THRESHOLDS_CROSSED' }

/** Changes from which score on something is reviewed or refused. */
export const changeRiskThresholds =
  (deps: Deps) =>
  (changes: Partial<RiskThresholds>, operator: Operator): Promise<Result<KeptSetting, ThresholdError>> =>
    write(deps, 'thresholds', operator, (kept): Result<RiskSetting, ThresholdError> => {
      const after = { ...policyIn(kept).thresholds, ...changes }
      return after.deny < after.review ? err({ code: 'THRESHOLDS_CROSSED' }) : ok({ name: 'thresholds', ...after })
    })

const write = <E>(
  { transaction, clock, ids }: Deps,
  name: RiskSetting['name'],
  operator: Operator,
  change: (kept: readonly KeptSetting[]) => Result<RiskSetting, E>,
): Promise<Result<KeptSetting, Exclude<E, WriteConflict>>> =>
  transaction.run(async ({ riskSettings, audit }): Promise<Result<KeptSetting, E | WriteConflict>> => {
    const kept = await riskSettings.list()
    const before = allSettings(kept).find(({ setting }) => setting.name === name)
    const after = change(kept)
    if (after.isErr()) return err(after.error)
    const [at, version] = [clock.now(), before?.version ?? 0]
    if (!(await riskSettings.put(after.value, version, at))) return err(WRITE_CONFLICT)
    const entry = { action: 'risk.setting', subject: name, before: before?.setting, after: after.value }
    await audit.append({ ...operator, ...entry, reason: operator.reason, id: ids.entity(), at })
    return ok({ setting: after.value, version: version + 1, updatedAt: at })
  })
