import {
  INITIAL_POLICY,
  RISK_RULE_NAMES,
  type RiskPolicy,
  type RiskRule,
  type RiskThresholds,
  type RuleSetting,
} from '../../domain/risk-rules.ts'

/** One row of what an operator may set. */
export type RiskSetting =
  | ({ readonly name: 'thresholds' } & RiskThresholds)
  | { readonly [R in RiskRule]: { readonly name: R } & RuleSetting<R> }[RiskRule]

export type RiskSettingName = RiskSetting['name']

/** With the version it was read at: 0 where nobody has set it, and it is as the code has it. */
export type KeptSetting = {
  readonly setting: RiskSetting
  readonly version: number
  readonly updatedAt: Date | undefined
}

export interface RiskSettingReader {
  /** What has been set. */
  list(): Promise<readonly KeptSetting[]>
}

export interface RiskSettings extends RiskSettingReader {
  /** Writes it only if it is still at this version; `false` where another writer came first. */
  put(setting: RiskSetting, version: number, at: Date): Promise<boolean>
}

/** What is in force, by name. */
export const policyIn = (kept: readonly KeptSetting[]): RiskPolicy =>
  kept.reduce<RiskPolicy>((policy, { setting }) => withSetting(policy, setting), INITIAL_POLICY)

const withSetting = (policy: RiskPolicy, setting: RiskSetting): RiskPolicy => {
  if (setting.name === 'thresholds') return { ...policy, thresholds: { review: setting.review, deny: setting.deny } }
  const { name, ...rule } = setting
  return { ...policy, rules: { ...policy.rules, [name]: rule } }
}

/** Every setting there is, those that nobody has touched as well. */
export const allSettings = (kept: readonly KeptSetting[]): readonly KeptSetting[] => {
  const initial: readonly RiskSetting[] = [{ name: 'thresholds', ...INITIAL_POLICY.thresholds }, ...INITIAL_RULES]
  return initial.map(
    (setting) => kept.find((one) => one.setting.name === setting.name) ?? { setting, version: 0, updatedAt: undefined },
  )
}

// Each name stands beside the setting of its own rule.
const INITIAL_RULES = RISK_RULE_NAMES.map((name) => ({ name, ...INITIAL_POLICY.rules[name] }) as RiskSetting)
