import type { BlacklistEntry } from '../../application/risk/blacklist.ts'
import type { RiskSetting, RiskSettingName } from '../../application/risk/risk-settings.ts'
import type { Network } from '../../domain/network.ts'
import type { RiskAction, RiskDecision, RiskOutcome, RiskReason } from '../../domain/risk.ts'
import { RISK_RULE_NAMES, RISK_RULES, type RiskMode } from '../../domain/risk-rules.ts'
import { parseObject, parseObjects } from './json.ts'
import { present, toColumn, toDate, toOptional, toOptionalDate, toTimeColumn, wordOf, wordsOf } from './row-values.ts'
import type { Row } from './schema.ts'

const ACTIONS = wordsOf<RiskAction>({ create_order: true, create_payment: true, activate_code: true })
const OUTCOMES = wordsOf<RiskOutcome>({ allow: true, review: true, deny: true })
const MODES = wordsOf<RiskMode>({ off: true, shadow: true, on: true })
const REASON_MODES = wordsOf<RiskReason['mode']>({ shadow: true, on: true })

export const toNetworkKey = ({ first, prefix }: Network): string => `${first}/${prefix}`

const toNetwork = (key: string): Network => {
  const [first, prefix] = key.split('/')
  return { first: present(first ?? null, 'network'), prefix: Number(prefix) }
}

export const toBlacklistRow = (entry: BlacklistEntry): Row<'blacklist'> => ({
  id: entry.id,
  network: toNetworkKey(entry.network),
  address: entry.address,
  reason: entry.reason,
  expires_at: toTimeColumn(entry.expiresAt),
  created_by: entry.createdBy,
  created_at: entry.createdAt.getTime(),
})

export const toBlacklistEntry = (row: Row<'blacklist'>): BlacklistEntry => ({
  id: row.id,
  address: row.address,
  network: toNetwork(row.network),
  reason: row.reason,
  expiresAt: toOptionalDate(row.expires_at),
  createdBy: row.created_by,
  createdAt: toDate(row.created_at),
})

export const toDecisionRow = (decision: RiskDecision, refusalKey: string | undefined): Row<'risk_decisions'> => ({
  id: decision.id,
  action: decision.action,
  user_id: toColumn(decision.userId),
  address: toColumn(decision.address),
  order_id: toColumn(decision.orderId),
  score: decision.score,
  outcome: decision.outcome,
  reasons: JSON.stringify(decision.reasons),
  refusal_key: toColumn(refusalKey),
  created_at: decision.at.getTime(),
})

export const toHitRows = ({ id, orderId, reasons, at }: RiskDecision): readonly Row<'risk_hits'>[] =>
  reasons.map(({ rule, mode, outcome }) => ({
    decision_id: id,
    rule,
    mode,
    outcome,
    order_id: toColumn(orderId),
    created_at: at.getTime(),
  }))

export const toDecision = (row: Row<'risk_decisions'>): RiskDecision => ({
  id: row.id,
  action: wordOf(ACTIONS, row.action),
  userId: toOptional(row.user_id),
  address: toOptional(row.address),
  orderId: toOptional(row.order_id),
  score: row.score,
  outcome: toOutcome(row.outcome),
  reasons: parseObjects(row.reasons).map((reason) => ({
    rule: wordOf(['blacklist', ...RISK_RULE_NAMES], reason.text('rule')),
    mode: wordOf(REASON_MODES, reason.text('mode')),
    weight: reason.integer('weight'),
    outcome: toOutcome(reason.text('outcome')),
  })),
  at: toDate(row.created_at),
})

export const toOutcome = (text: string): RiskOutcome => wordOf(OUTCOMES, text)

/** Parameters lie beside mode and weight, and none of them has such a name. */
export const toSettingRow = (setting: RiskSetting, version: number, at: Date): Row<'risk_settings'> => {
  const columns = { name: setting.name, updated_at: at.getTime(), version }
  if (setting.name === 'thresholds') {
    const { review, deny } = setting
    return { ...columns, setting: JSON.stringify({ review, deny }) }
  }
  const { mode, weight, parameters } = setting
  return { ...columns, setting: JSON.stringify({ mode, weight, ...parameters }) }
}

export const toSetting = (row: Row<'risk_settings'>): RiskSetting => {
  const name = wordOf<RiskSettingName>(['thresholds', ...RISK_RULE_NAMES], row.name)
  const object = parseObject(row.setting)
  if (name === 'thresholds') return { name, review: object.integer('review'), deny: object.integer('deny') }
  const parameters = Object.entries<{ readonly initial: number }>(RISK_RULES[name].parameters).map(
    // One that came with a later version is as that version has it.
    ([parameter, { initial }]) => [parameter, object.keys.includes(parameter) ? object.integer(parameter) : initial],
  )
  const rule = { name, mode: wordOf(MODES, object.text('mode')), weight: object.integer('weight') }
  return { ...rule, parameters: Object.fromEntries(parameters) }
}
