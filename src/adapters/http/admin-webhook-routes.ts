import { err, ok } from 'neverthrow'
import { z } from 'zod'
import type { UrlRefusal } from '../../application/webhooks/webhook-sender.ts'
import {
  createEndpointBody,
  DELIVERY_STATUSES,
  endpointJson,
  endpointSchema,
  endpointWithSecretSchema,
  updateEndpointBody,
  webhookDeliveryJson,
  webhookDeliverySchema,
} from './admin-webhook-json.ts'
import { API } from './base-path.ts'
import { ageCursorField, limitField, nextCursorOf, pageOf, toCursor } from './cursor.ts'
import type { HttpDeps } from './deps.ts'
import { dataOf, listOf } from './envelope.ts'
import { idField } from './fields.ts'
import { jsonRoute } from './json-route.ts'
import { type Text, text } from './language.ts'
import { operatorOf } from './operator.ts'
import { type ApiError, invalidField } from './problem.ts'
import type { Route } from './route.ts'

const tag = '管理'
const access = 'admin'
const PATH = `${API}/admin/webhook-endpoints`
const named = z.strictObject({ endpointId: idField })

/** Where webhooks go, and what became of each. */
export const adminWebhookRoutes = (deps: HttpDeps): readonly Route[] => [
  createRoute(deps),
  listRoute(deps),
  findRoute(deps),
  updateRoute(deps),
  deleteRoute(deps),
  deliveriesRoute(deps),
  redeliverRoute(deps),
]

const createRoute = (deps: HttpDeps): Route =>
  jsonRoute(deps, {
    method: 'POST',
    path: PATH,
    access,
    permission: 'webhooks.change',
    tag,
    summary: '新增 Webhook 地址；签名密钥只显示这一次',
    body: createEndpointBody,
    idempotent: true,
    status: 201,
    answer: dataOf(endpointWithSecretSchema),
    async handle(call) {
      const draft = { ...call.body, eventTypes: call.body.eventTypes ?? undefined }
      const created = await deps.createWebhookEndpoint(call.resourceId, draft, operatorOf(call))
      return created
        .map((endpoint) => ({
          data: { ...endpointJson(endpoint, deps.clock.now()), secret: endpoint.value.signing.secret },
        }))
        .mapErr(apiError)
    },
  })

const REFUSALS: Readonly<Record<UrlRefusal['reason'], Text>> = {
  malformed: text('不是有效的地址', 'not a valid address'),
  not_https: text('须为 https', 'must be https'),
  credentials: text('不能含用户名或密码', 'must not carry a user name or password'),
  private: text('不能是内网或保留地址', 'must not be a private or reserved address'),
}

const apiError = (error: UrlRefusal | { readonly code: 'NOT_FOUND' }): ApiError =>
  error.code === 'URL_REFUSED' ? invalidField('url', REFUSALS[error.reason]) : { code: error.code }

const listRoute = (deps: HttpDeps): Route =>
  jsonRoute(deps, {
    method: 'GET',
    path: PATH,
    access,
    permission: 'webhooks.read',
    tag,
    summary: 'Webhook 地址，旧的在前',
    query: z.strictObject({ limit: limitField, cursor: ageCursorField.optional() }),
    answer: listOf(endpointSchema),
    async handle({ query: { limit, cursor } }) {
      const endpoints = await deps.readers.webhookEndpoints.list()
      const page = pageOf(endpoints, ({ value }) => [value.createdAt.getTime(), value.id], limit, cursor)
      const now = deps.clock.now()
      return ok({ data: page.items.map((one) => endpointJson(one, now)), page: { nextCursor: page.nextCursor } })
    },
  })

/** One that is not deleted. */
const existing = async (deps: HttpDeps, endpointId: string) => {
  const endpoint = await deps.readers.webhookEndpoints.find(endpointId)
  return endpoint?.value.status === 'deleted' ? undefined : endpoint
}

const findRoute = (deps: HttpDeps): Route =>
  jsonRoute(deps, {
    method: 'GET',
    path: `${PATH}/:endpointId`,
    access,
    permission: 'webhooks.read',
    tag,
    summary: '一个 Webhook 地址',
    params: named,
    answer: dataOf(endpointSchema),
    problems: ['NOT_FOUND'],
    async handle({ params }) {
      const endpoint = await existing(deps, params.endpointId)
      return endpoint === undefined
        ? err({ code: 'NOT_FOUND' })
        : ok({ data: endpointJson(endpoint, deps.clock.now()) })
    },
  })

const updateRoute = (deps: HttpDeps): Route =>
  jsonRoute(deps, {
    method: 'PATCH',
    path: `${PATH}/:endpointId`,
    access,
    permission: 'webhooks.change',
    tag,
    summary: '修改、启停 Webhook 地址，或轮换其密钥；新密钥只显示这一次',
    params: named,
    body: updateEndpointBody,
    idempotent: true,
    answer: dataOf(endpointWithSecretSchema),
    problems: ['NOT_FOUND'],
    async handle(call) {
      const { rotateSecret, eventTypes, ...changes } = call.body
      const updated = await deps.updateWebhookEndpoint(
        call.params.endpointId,
        {
          ...changes,
          ...(eventTypes === undefined ? {} : { eventTypes: eventTypes ?? 'all' }),
          ...(rotateSecret === true ? { newSecretId: call.resourceId } : {}),
        },
        operatorOf(call),
      )
      return updated
        .map((endpoint) => ({
          data: {
            ...endpointJson(endpoint, deps.clock.now()),
            secret: rotateSecret === true ? endpoint.value.signing.secret : null,
          },
        }))
        .mapErr(apiError)
    },
  })

const deleteRoute = (deps: HttpDeps): Route =>
  jsonRoute(deps, {
    method: 'DELETE',
    path: `${PATH}/:endpointId`,
    access,
    permission: 'webhooks.change',
    tag,
    summary: '删除 Webhook 地址，不再发送；已发送的记录保留在订单中',
    params: named,
    answer: dataOf(endpointSchema),
    problems: ['NOT_FOUND'],
    async handle(call) {
      const deleted = await deps.deleteWebhookEndpoint(call.params.endpointId, operatorOf(call))
      return deleted.map((endpoint) => ({ data: endpointJson(endpoint, deps.clock.now()) }))
    },
  })

const deliveriesRoute = (deps: HttpDeps): Route =>
  jsonRoute(deps, {
    method: 'GET',
    path: `${PATH}/:endpointId/deliveries`,
    access,
    permission: 'webhooks.read',
    tag,
    summary: '发往一个地址的 Webhook，新的在前；parked 为已放弃自动重试',
    params: named,
    query: z.strictObject({
      limit: limitField,
      cursor: ageCursorField.optional(),
      status: z.enum(DELIVERY_STATUSES).optional(),
    }),
    answer: listOf(webhookDeliverySchema),
    problems: ['NOT_FOUND'],
    async handle({ params: { endpointId }, query: { limit, cursor, status } }) {
      if ((await existing(deps, endpointId)) === undefined) return err({ code: 'NOT_FOUND' })
      const after = toCursor(cursor)
      const page = await deps.readers.webhookDeliveries.list({ endpointId, status }, { limit, after })
      return ok({ data: page.items.map(webhookDeliveryJson), page: { nextCursor: nextCursorOf(page) } })
    },
  })

const redeliverRoute = (deps: HttpDeps): Route =>
  jsonRoute(deps, {
    method: 'POST',
    path: `${API}/admin/webhook-deliveries/:deliveryId/redeliver`,
    access,
    permission: 'webhooks.resend',
    tag,
    summary: '立即重发一个 Webhook，webhook-id 不变',
    params: z.strictObject({ deliveryId: idField }),
    idempotent: true,
    answer: dataOf(webhookDeliverySchema),
    problems: ['NOT_FOUND'],
    async handle(call) {
      const redelivered = await deps.redeliverWebhook(call.params.deliveryId, operatorOf(call))
      return redelivered.map((delivery) => ({ data: webhookDeliveryJson(delivery) }))
    },
  })
