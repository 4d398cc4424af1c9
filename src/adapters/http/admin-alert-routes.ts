import { ok } from 'neverthrow'
import { z } from 'zod'
import { ALERT_RULE_NAMES } from '../../domain/alert-rules.ts'
import { pageJson } from './age-page.ts'
import { ALERT_SEVERITIES, ALERT_STATUSES, acknowledgeAlertBody, alertJson, alertSchema } from './alert-json.ts'
import { API } from './base-path.ts'
import { ageCursorField, limitField, toCursor } from './cursor.ts'
import type { HttpDeps } from './deps.ts'
import { dataOf, listOf } from './envelope.ts'
import { idField } from './fields.ts'
import { jsonRoute } from './json-route.ts'
import { operatorOf } from './operator.ts'
import type { Route } from './route.ts'

const tag = '管理'

/** What people were told of, and that a person looks after it. */
export const adminAlertRoutes = (deps: HttpDeps): readonly Route[] => [
  jsonRoute(deps, {
    method: 'GET',
    path: `${API}/admin/alerts`,
    access: 'admin',
    permission: 'alerts.read',
    tag,
    summary: '告警，新的在前',
    query: z.strictObject({
      limit: limitField,
      cursor: ageCursorField.optional(),
      status: z.enum(ALERT_STATUSES).optional(),
      rule: z.enum(ALERT_RULE_NAMES).optional(),
      severity: z.enum(ALERT_SEVERITIES).optional(),
    }),
    answer: listOf(alertSchema),
    async handle({ query: { limit, cursor, ...filter } }) {
      const page = await deps.readers.alerts.list(filter, { limit, after: toCursor(cursor) })
      return ok(pageJson(page, alertJson))
    },
  }),
  jsonRoute(deps, {
    method: 'POST',
    path: `${API}/admin/alerts/:alertId/acknowledge`,
    access: 'admin',
    permission: 'alerts.acknowledge',
    tag,
    summary: '告警已有人处理，不再重复提醒；重复提交保留第一次的说明',
    params: z.strictObject({ alertId: idField }),
    body: acknowledgeAlertBody,
    idempotent: true,
    answer: dataOf(alertSchema),
    problems: ['NOT_FOUND'],
    async handle(call) {
      const acknowledged = await deps.acknowledgeAlert(call.params.alertId, call.body.note, operatorOf(call))
      return acknowledged.map((alert) => ({ data: alertJson(alert) }))
    },
  }),
]
