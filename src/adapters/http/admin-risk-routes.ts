import { err, ok } from 'neverthrow'
import { z } from 'zod'
import type { ThresholdError } from '../../application/risk/change-settings.ts'
import type { BlacklistError } from '../../application/risk/maintain-blacklist.ts'
import { allSettings, type KeptSetting } from '../../application/risk/risk-settings.ts'
import { type ParameterError, RISK_RULE_NAMES } from '../../domain/risk-rules.ts'
import { agePageFields, pageJson, split } from './age-page.ts'
import { API } from './base-path.ts'
import { ageCursorField, limitField, toCursor } from './cursor.ts'
import type { HttpDeps } from './deps.ts'
import { dataOf, listOf } from './envelope.ts'
import { idField, instantField, says, textField } from './fields.ts'
import { jsonRoute } from './json-route.ts'
import { text } from './language.ts'
import { operatorOf } from './operator.ts'
import { type ApiError, invalidField } from './problem.ts'
import {
  blacklistBody,
  blacklistJson,
  blacklistSchema,
  changeRuleBody,
  changeThresholdsBody,
  decisionJson,
  decisionSchema,
  RISK_OUTCOMES,
  RISK_REASONS,
  settingsJson,
  settingsSchema,
  shadowJson,
  shadowSchema,
} from './risk-json.ts'
import type { Route } from './route.ts'

const tag = '风险控制'
const access = 'admin'
const PATH = `${API}/admin/risk`

/** Who is turned away, by which rules, and what they have done. */
export const adminRiskRoutes = (deps: HttpDeps): readonly Route[] => [
  blacklistRoute(deps),
  putRoute(deps),
  takeOffRoute(deps),
  decisionsRoute(deps),
  settingsRoute(deps),
  changeRuleRoute(deps),
  changeThresholdsRoute(deps),
  shadowRoute(deps),
]

const blacklistRoute = (deps: HttpDeps): Route =>
  jsonRoute(deps, {
    method: 'GET',
    path: `${PATH}/blacklist`,
    access,
    permission: 'risk.read',
    tag,
    summary: '黑名单，新的在前',
    personal: { action: 'blacklist.search', notedBy: 'route' },
    query: z.strictObject({ limit: limitField, cursor: ageCursorField.optional() }),
    answer: listOf(blacklistSchema),
    async handle({ query: { limit, cursor } }) {
      const page = await deps.readers.blacklist.list({ limit, after: toCursor(cursor) })
      const now = deps.clock.now()
      return ok(pageJson(page, (entry) => blacklistJson(entry, now)))
    },
  })

const putRoute = (deps: HttpDeps): Route =>
  jsonRoute(deps, {
    method: 'POST',
    path: `${PATH}/blacklist`,
    access,
    permission: 'risk.change',
    tag,
    summary: '把地址或网段加入黑名单；已在其中的更新原因和期限',
    body: blacklistBody,
    idempotent: true,
    status: 201,
    answer: dataOf(blacklistSchema),
    async handle(call) {
      const { address, reason, expiresAt } = call.body
      const put = await deps.putOnBlacklist(call.resourceId, { address, reason, expiresAt }, operatorOf(call, reason))
      return put.map((entry) => ({ data: blacklistJson(entry, deps.clock.now()) })).mapErr(blacklistProblem)
    },
  })

const blacklistProblem = ({ code }: BlacklistError): ApiError => {
  switch (code) {
    case 'NOT_A_NETWORK':
      return invalidField(
        'address',
        text('不是地址，也不是 CIDR 网段', 'neither an address nor a network in CIDR notation'),
      )
    case 'NETWORK_TOO_WIDE':
      return invalidField(
        'address',
        text('网段太大：IPv4 最大 /8，IPv6 最大 /16', 'too wide: at most /8 of IPv4 or /16 of IPv6'),
      )
    case 'EXPIRED_ALREADY':
      return invalidField('expiresAt', text('已经过去', 'in the past'))
  }
}

const takeOffRoute = (deps: HttpDeps): Route =>
  jsonRoute(deps, {
    method: 'DELETE',
    path: `${PATH}/blacklist/:entryId`,
    access,
    permission: 'risk.change',
    tag,
    summary: '移出黑名单',
    params: z.strictObject({ entryId: idField }),
    answer: dataOf(blacklistSchema),
    problems: ['NOT_FOUND'],
    async handle(call) {
      const taken = await deps.takeOffBlacklist(call.params.entryId, operatorOf(call))
      return taken.map((entry) => ({ data: blacklistJson(entry, deps.clock.now()) }))
    },
  })

const decisionsRoute = (deps: HttpDeps): Route =>
  jsonRoute(deps, {
    method: 'GET',
    path: `${PATH}/decisions`,
    access,
    permission: 'risk.read',
    tag,
    summary: '风险判定，新的在前',
    personal: { action: 'risk_decision.search', notedBy: 'route' },
    query: z.strictObject({
      ...agePageFields,
      userId: textField(1, 128).optional(),
      orderId: idField.optional(),
      outcome: z.enum(RISK_OUTCOMES).optional(),
      rule: z.enum(RISK_REASONS).optional().meta({ description: '命中的规则，无论何种模式' }),
    }),
    answer: listOf(decisionSchema),
    async handle({ query }) {
      const { filter, page } = split(query)
      return ok(pageJson(await deps.readers.riskDecisions.list(filter, page), decisionJson))
    },
  })

const settings = async ({ readers }: HttpDeps): Promise<readonly KeptSetting[]> =>
  allSettings(await readers.riskSettings.list())

const settingsRoute = (deps: HttpDeps): Route =>
  jsonRoute(deps, {
    method: 'GET',
    path: `${PATH}/rules`,
    access,
    permission: 'risk.read',
    tag,
    summary: '风险规则与阈值',
    answer: dataOf(settingsSchema),
    handle: async () => ok({ data: settingsJson(await settings(deps)) }),
  })

const changeRuleRoute = (deps: HttpDeps): Route =>
  jsonRoute(deps, {
    method: 'PATCH',
    path: `${PATH}/rules/:rule`,
    access,
    permission: 'risk.change',
    tag,
    summary: '修改一条规则的模式、权重或参数，立即生效',
    params: z.strictObject({ rule: z.enum(RISK_RULE_NAMES) }),
    body: changeRuleBody,
    answer: dataOf(settingsSchema),
    async handle(call) {
      const { reason, ...changes } = call.body
      const changed = await deps.changeRiskRule(call.params.rule, changes, operatorOf(call, reason))
      return changed.isErr() ? err(parameterProblem(changed.error)) : ok({ data: settingsJson(await settings(deps)) })
    },
  })

const parameterProblem = (error: ParameterError): ApiError => {
  const path = `parameters.${error.name}`
  switch (error.code) {
    case 'PARAMETER_UNKNOWN':
      return invalidField(path, text('该规则没有这个参数', 'no parameter of this rule'))
    case 'PARAMETER_OUT_OF_RANGE':
      return invalidField(path, text(`须在 ${error.min} 到 ${error.max} 之间`, `between ${error.min} and ${error.max}`))
  }
}

const changeThresholdsRoute = (deps: HttpDeps): Route =>
  jsonRoute(deps, {
    method: 'PATCH',
    path: `${PATH}/thresholds`,
    access,
    permission: 'risk.change',
    tag,
    summary: '修改复核与拒绝的阈值，立即生效',
    body: changeThresholdsBody,
    answer: dataOf(settingsSchema),
    async handle(call) {
      const { reason, ...changes } = call.body
      const changed = await deps.changeRiskThresholds(changes, operatorOf(call, reason))
      return changed.isErr() ? err(thresholdProblem(changed.error)) : ok({ data: settingsJson(await settings(deps)) })
    },
  })

const thresholdProblem = (_crossed: ThresholdError): ApiError =>
  invalidField('deny', text('不能低于 review', 'not below review'))

const shadowQuery = z
  .strictObject({ from: instantField, to: instantField })
  .refine(({ from, to }) => from < to, { path: ['to'], ...says(text('须晚于 from', 'later than from')) })

const shadowRoute = (deps: HttpDeps): Route =>
  jsonRoute(deps, {
    method: 'GET',
    path: `${PATH}/shadow`,
    access,
    permission: 'risk.read',
    tag,
    summary: '影子规则假如启用会有的结果，以及那些订单后来是否付款',
    query: shadowQuery,
    answer: dataOf(z.array(shadowSchema)),
    handle: async ({ query }) => ok({ data: (await deps.shadowReport(query)).map(shadowJson) }),
  })
