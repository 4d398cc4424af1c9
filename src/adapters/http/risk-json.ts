import { z } from 'zod'
import type { BlacklistEntry } from '../../application/risk/blacklist.ts'
import type { KeptSetting } from '../../application/risk/risk-settings.ts'
import type { ShadowReport } from '../../application/risk/shadow-report.ts'
import type { RiskDecision, RiskOutcome } from '../../domain/risk.ts'
import { MAX_WEIGHT, RISK_RULE_NAMES } from '../../domain/risk-rules.ts'
import { idSchema, instantOrNull, instantSchema } from './envelope.ts'
import { instantField, says, textField } from './fields.ts'
import { text } from './language.ts'

export const RISK_OUTCOMES = ['allow', 'review', 'deny'] as const
export const RISK_REASONS = ['blacklist', ...RISK_RULE_NAMES] as const
const ACTIONS = ['create_order', 'create_payment', 'activate_code'] as const
const MODES = ['off', 'shadow', 'on'] as const

export const blacklistSchema = z
  .strictObject({
    id: idSchema,
    address: z.string(),
    reason: z.string(),
    active: z.boolean().meta({ description: '是否仍然有效' }),
    expiresAt: instantSchema.nullable(),
    createdBy: z.string(),
    createdAt: instantSchema,
  })
  .meta({ id: 'BlacklistEntry', description: '黑名单中的地址或网段：不能下单、付款、兑换' })

export const blacklistJson = (entry: BlacklistEntry, now: Date): z.output<typeof blacklistSchema> => ({
  id: entry.id,
  address: entry.address,
  reason: entry.reason,
  active: entry.expiresAt === undefined || entry.expiresAt > now,
  expiresAt: instantOrNull(entry.expiresAt),
  createdBy: entry.createdBy,
  createdAt: entry.createdAt.toISOString(),
})

export const blacklistBody = z
  .strictObject({
    address: z.string().max(64).meta({ description: 'IPv4 或 IPv6 地址，或 CIDR 网段' }),
    reason: textField(1, 200),
    expiresAt: instantField.optional().meta({ description: '到期自动失效；不给则一直有效' }),
  })
  .meta({
    id: 'PutOnBlacklist',
    override: {
      examples: [
        { address: '203.0.113.0/24', reason: '撞库', expiresAt: '2026-12-31T16:00:00Z' },
        { address: '2001:db8::7', reason: '恶意下单' },
      ],
    },
  })

const outcomeSchema = z.enum(RISK_OUTCOMES)

export const decisionSchema = z
  .strictObject({
    id: idSchema,
    action: z.enum(ACTIONS),
    outcome: outcomeSchema,
    score: z.int(),
    userId: z.string().nullable(),
    address: z.string().nullable(),
    orderId: idSchema.nullable(),
    reasons: z.array(
      z.strictObject({
        rule: z.enum(RISK_REASONS),
        mode: z.enum(['shadow', 'on']),
        weight: z.int(),
        outcome: outcomeSchema.meta({ description: '含此规则的结果；mode 为 shadow 时，是假如启用会有的结果' }),
      }),
    ),
    at: instantSchema,
  })
  .meta({ id: 'RiskDecision', description: '一次风险判定；一小时内同样的拒绝只记一次' })

export const decisionJson = (decision: RiskDecision): z.output<typeof decisionSchema> => ({
  id: decision.id,
  action: decision.action,
  outcome: decision.outcome,
  score: decision.score,
  userId: decision.userId ?? null,
  address: decision.address ?? null,
  orderId: decision.orderId ?? null,
  reasons: [...decision.reasons],
  at: decision.at.toISOString(),
})

const ruleSchema = z
  .strictObject({
    rule: z.enum(RISK_RULE_NAMES),
    mode: z.enum(MODES),
    weight: z.int(),
    parameters: z.record(z.string(), z.int()),
    version: z.int().meta({ description: '0 为从未修改' }),
    updatedAt: instantSchema.nullable(),
  })
  .meta({ id: 'RiskRule' })

const thresholdsSchema = z
  .strictObject({ review: z.int(), deny: z.int(), version: z.int(), updatedAt: instantSchema.nullable() })
  .meta({ id: 'RiskThresholds', description: '得分不低于 review 放行并提醒复核，不低于 deny 拒绝' })

export const settingsSchema = z.strictObject({ thresholds: thresholdsSchema, rules: z.array(ruleSchema) })

export const settingsJson = (settings: readonly KeptSetting[]): z.output<typeof settingsSchema> => {
  const [thresholds] = settings.flatMap(thresholdsJson)
  if (thresholds === undefined) throw new Error('there are no thresholds')
  return { thresholds, rules: settings.flatMap(ruleJson) }
}

const thresholdsJson = ({ setting, version, updatedAt }: KeptSetting): readonly z.output<typeof thresholdsSchema>[] => {
  if (setting.name !== 'thresholds') return []
  const { review, deny } = setting
  return [{ review, deny, version, updatedAt: instantOrNull(updatedAt) }]
}

const ruleJson = ({ setting, version, updatedAt }: KeptSetting): readonly z.output<typeof ruleSchema>[] => {
  if (setting.name === 'thresholds') return []
  const { name: rule, mode, weight, parameters } = setting
  return [{ rule, mode, weight, parameters, version, updatedAt: instantOrNull(updatedAt) }]
}

const SOMETHING = says(text('没有要修改的字段', 'nothing to change'))

export const changeRuleBody = z
  .strictObject({
    mode: z.enum(MODES).exactOptional().meta({ description: 'shadow 只记录、不影响结果' }),
    weight: z.int().min(0).max(MAX_WEIGHT).exactOptional(),
    parameters: z.record(z.string().max(32), z.int()).exactOptional().meta({ description: '只改给出的参数' }),
    reason: textField(1, 200).exactOptional().meta({ description: '记入审计' }),
  })
  .refine((changes) => Object.keys(changes).some((name) => name !== 'reason'), SOMETHING)
  .meta({
    id: 'ChangeRiskRule',
    override: {
      examples: [
        { mode: 'on', reason: '影子运行一周，无误伤' },
        { weight: 50, parameters: { times: 8 } },
      ],
    },
  })

const threshold = z.int().min(1).max(100_000)

export const changeThresholdsBody = z
  .strictObject({
    review: threshold.exactOptional(),
    deny: threshold.exactOptional(),
    reason: textField(1, 200).exactOptional().meta({ description: '记入审计' }),
  })
  .refine((changes) => Object.keys(changes).some((name) => name !== 'reason'), SOMETHING)
  .meta({ id: 'ChangeRiskThresholds', override: { examples: [{ review: 60, deny: 100 }] } })

const countSchema = z.strictObject({
  decisions: z.int(),
  orders: z.int().meta({ description: '涉及的订单；一个订单按最重的结果计一次' }),
  ordersPaid: z.int().meta({ description: '其中后来付了款的' }),
})

export const shadowSchema = z
  .strictObject({
    rule: z.enum(RISK_RULE_NAMES),
    outcomes: z.strictObject({ allow: countSchema, review: countSchema, deny: countSchema }),
    complete: z.boolean().meta({ description: 'false：只统计了这段时间内最近的 5000 次命中' }),
  })
  .meta({ id: 'ShadowReport', description: '影子规则假如启用会有的结果' })

export const shadowJson = ({ rule, outcomes, isWhole }: ShadowReport): z.output<typeof shadowSchema> => ({
  rule,
  outcomes: { ...outcomes } satisfies Record<RiskOutcome, unknown>,
  complete: isWhole,
})
