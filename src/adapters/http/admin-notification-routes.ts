import { err, ok } from 'neverthrow'
import { z } from 'zod'
import { PROVIDERS } from '../../domain/payment.ts'
import { agePageFields, pageJson, split } from './age-page.ts'
import { API } from './base-path.ts'
import type { HttpDeps } from './deps.ts'
import { dataOf, listOf } from './envelope.ts'
import { idField, instantField, textField } from './fields.ts'
import { jsonRoute } from './json-route.ts'
import { text } from './language.ts'
import {
  NOTIFICATION_KINDS,
  notificationJson,
  notificationSchema,
  notificationStatsJson,
  notificationStatsSchema,
  openedNotificationJson,
  openedNotificationSchema,
  retriedJson,
  retriedSchema,
  retryReportSchema,
  VERDICTS,
} from './notification-json.ts'
import { operatorOf } from './operator.ts'
import { invalidField } from './problem.ts'
import { reasonBody } from './reason.ts'
import type { Route } from './route.ts'

const tag = '管理'
const params = z.strictObject({ notificationId: idField })

/** The log of the gateways' messages, and having them tried again. */
export const adminNotificationRoutes = (deps: HttpDeps): readonly Route[] => [
  listRoute(deps),
  statsRoute(deps),
  openRoute(deps),
  retryRoute(deps),
  retryFailedRoute(deps),
]

const listRoute = (deps: HttpDeps): Route =>
  jsonRoute(deps, {
    method: 'GET',
    path: `${API}/admin/notifications`,
    access: 'admin',
    permission: 'notifications.read',
    tag,
    summary: '渠道通知，新的在前，不含报文',
    query: z.strictObject({
      ...agePageFields,
      provider: z.enum(PROVIDERS).optional(),
      verdict: z.enum(VERDICTS).optional(),
      kind: z.enum(NOTIFICATION_KINDS).optional(),
      orderId: idField.optional(),
      outTradeNo: textField(1, 64).optional(),
    }),
    answer: listOf(notificationSchema),
    async handle({ query }) {
      const { filter, page } = split(query)
      return ok(pageJson(await deps.readers.notifications.list(filter, page), notificationJson))
    },
  })

const DAY_MS = 86_400_000
/** So much is counted in a moment. */
const MAX_DAYS = 92

const statsRoute = (deps: HttpDeps): Route =>
  jsonRoute(deps, {
    method: 'GET',
    path: `${API}/admin/notifications/stats`,
    access: 'admin',
    permission: 'notifications.read',
    tag,
    summary: '渠道通知按渠道和结果计数；默认最近 24 小时，最长 92 天',
    query: z.strictObject({ from: instantField.optional(), to: instantField.optional() }),
    answer: dataOf(notificationStatsSchema),
    async handle({ query }) {
      const to = query.to ?? deps.clock.now()
      const from = query.from ?? new Date(to.getTime() - DAY_MS)
      if (to.getTime() - from.getTime() > MAX_DAYS * DAY_MS) return err(TOO_LONG)
      return ok({ data: notificationStatsJson(await deps.readers.notifications.count({ from, to }), { from, to }) })
    },
  })

const TOO_LONG = invalidField('from', text(`最长 ${MAX_DAYS} 天`, `at most ${MAX_DAYS} days`))

const openRoute = (deps: HttpDeps): Route =>
  jsonRoute(deps, {
    method: 'GET',
    path: `${API}/admin/notifications/:notificationId`,
    access: 'admin',
    permission: 'notifications.open',
    tag,
    summary: '一条渠道通知及其报文；每次查看都留有审计记录',
    personal: { action: 'notification.open', notedBy: 'use case' },
    params,
    answer: dataOf(openedNotificationSchema),
    problems: ['NOT_FOUND'],
    async handle(call) {
      const opened = await deps.openNotification(call.params.notificationId, operatorOf(call))
      return opened.map((record) => ({ data: openedNotificationJson(record) }))
    },
  })

const retryRoute = (deps: HttpDeps): Route =>
  jsonRoute(deps, {
    method: 'POST',
    path: `${API}/admin/notifications/:notificationId/retry`,
    access: 'admin',
    permission: 'notifications.retry',
    tag,
    summary: '按原报文重新处理一条渠道通知：重新验签、解密、核对身份与金额',
    params,
    body: reasonBody,
    idempotent: true,
    answer: dataOf(retriedSchema),
    problems: ['NOT_FOUND', 'PROVIDER_NOT_CONFIGURED'],
    async handle(call) {
      const { notificationId } = call.params
      const retried = await deps.retryNotification(notificationId, operatorOf(call, call.body.reason))
      return retried.map((one) => ({ data: retriedJson(one) }))
    },
  })

const retryFailedRoute = (deps: HttpDeps): Route =>
  jsonRoute(deps, {
    method: 'POST',
    path: `${API}/admin/notifications/retry-failed`,
    access: 'admin',
    permission: 'notifications.retry',
    tag,
    summary: '重新处理未能生效的渠道通知，每次至多 500 条、约两秒，重试次数少的在前',
    body: reasonBody,
    idempotent: true,
    answer: dataOf(retryReportSchema),
    async handle(call) {
      const report = await deps.retryFailed(operatorOf(call, call.body.reason))
      return report.map((data) => ({ data }))
    },
  })
