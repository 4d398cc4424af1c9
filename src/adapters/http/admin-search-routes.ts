import { err, ok } from 'neverthrow'
import { z } from 'zod'
import { PROVIDERS } from '../../domain/payment.ts'
import {
  adminPaymentJson,
  adminPaymentSchema,
  adminRefundJson,
  adminRefundSchema,
  fulfilmentJson,
  fulfilmentSchema,
  storedEventJson,
  storedEventSchema,
} from './admin-search-json.ts'
import { webhookDeliveryJson, webhookDeliverySchema } from './admin-webhook-json.ts'
import { agePageFields, pageJson, split } from './age-page.ts'
import { API } from './base-path.ts'
import type { HttpDeps } from './deps.ts'
import { dataOf, listOf } from './envelope.ts'
import { idField, textField } from './fields.ts'
import { incidentJson, incidentSchema } from './incident-json.ts'
import { jsonRoute } from './json-route.ts'
import { notificationJson, notificationSchema } from './notification-json.ts'
import { ORDER_STATUSES, orderJson, orderSchema } from './order-json.ts'
import { PAYMENT_STATUSES } from './payment-json.ts'
import { REFUND_STATUSES } from './refund-json.ts'
import { decisionJson, decisionSchema } from './risk-json.ts'
import type { Route } from './route.ts'

const tag = '管理'

const searchFields = {
  ...agePageFields,
  userId: textField(1, 128).optional(),
  provider: z.enum(PROVIDERS).optional(),
  outTradeNo: textField(1, 64).optional().meta({ description: '商户订单号' }),
  transactionId: textField(1, 64).optional().meta({ description: '支付渠道的交易号，含被搁置的到账' }),
}

/** Finding an order by any number the customer reads out, and its whole story. */
export const adminSearchRoutes = (deps: HttpDeps): readonly Route[] => [
  ordersRoute(deps),
  storyRoute(deps),
  paymentsRoute(deps),
  refundsRoute(deps),
]

const ordersRoute = (deps: HttpDeps): Route =>
  jsonRoute(deps, {
    method: 'GET',
    path: `${API}/admin/orders`,
    access: 'admin',
    permission: 'orders.read',
    tag,
    summary: '查找所有用户的订单，新的在前；渠道和号码指订单的任一支付',
    personal: { action: 'order.search', notedBy: 'route' },
    query: z.strictObject({ ...searchFields, status: z.enum(ORDER_STATUSES).optional() }),
    answer: listOf(orderSchema),
    async handle({ caller, query }) {
      const { filter, page } = split(query)
      return ok(pageJson(await deps.readers.orders.list(filter, page), (order) => orderJson(deps, caller, order)))
    },
  })

const paymentsRoute = (deps: HttpDeps): Route =>
  jsonRoute(deps, {
    method: 'GET',
    path: `${API}/admin/payments`,
    access: 'admin',
    permission: 'orders.read',
    tag,
    summary: '查找所有用户的支付，新的在前',
    personal: { action: 'payment.search', notedBy: 'route' },
    query: z.strictObject({ ...searchFields, status: z.enum(PAYMENT_STATUSES).optional() }),
    answer: listOf(adminPaymentSchema),
    async handle({ query }) {
      const { filter, page } = split(query)
      return ok(pageJson(await deps.readers.payments.list(filter, page), adminPaymentJson))
    },
  })

const refundsRoute = (deps: HttpDeps): Route =>
  jsonRoute(deps, {
    method: 'GET',
    path: `${API}/admin/refunds`,
    access: 'admin',
    permission: 'orders.read',
    tag,
    summary: '查找所有用户的退款，新的在前；号码指被退款的支付',
    personal: { action: 'refund.search', notedBy: 'route' },
    query: z.strictObject({ ...searchFields, status: z.enum(REFUND_STATUSES).optional() }),
    answer: listOf(adminRefundSchema),
    async handle({ query }) {
      const { filter, page } = split(query)
      return ok(pageJson(await deps.readers.refunds.list(filter, page), adminRefundJson))
    },
  })

const storySchema = z
  .strictObject({
    order: orderSchema,
    payments: z.array(adminPaymentSchema),
    refunds: z.array(adminRefundSchema),
    notifications: z.array(notificationSchema),
    fulfilments: z.array(fulfilmentSchema),
    incidents: z.array(incidentSchema),
    webhookDeliveries: z.array(webhookDeliverySchema),
    riskDecisions: z.array(decisionSchema),
    events: z.array(storedEventSchema),
  })
  .meta({ id: 'OrderStory', description: '一个订单的全部经过，各部分旧的在前' })

const storyRoute = (deps: HttpDeps): Route =>
  jsonRoute(deps, {
    method: 'GET',
    path: `${API}/admin/orders/:orderId`,
    access: 'admin',
    permission: 'orders.read',
    tag,
    summary: '一个订单的全部经过：支付、退款、通知、交付、异常、推送、风险判定和事件',
    personal: { action: 'order.open', notedBy: 'route' },
    params: z.strictObject({ orderId: idField }),
    answer: dataOf(storySchema),
    problems: ['ORDER_NOT_FOUND'],
    async handle({ caller, params }) {
      const story = await deps.orderStory(params.orderId)
      if (story === undefined) return err({ code: 'ORDER_NOT_FOUND' })
      const data = {
        order: orderJson(deps, caller, story.order),
        payments: story.payments.map(adminPaymentJson),
        refunds: story.refunds.map(adminRefundJson),
        notifications: story.notifications.map(notificationJson),
        fulfilments: story.fulfilments.map(fulfilmentJson),
        incidents: story.incidents.map(incidentJson),
        webhookDeliveries: story.webhookDeliveries.map(webhookDeliveryJson),
        riskDecisions: story.riskDecisions.map(decisionJson),
        events: story.events.map(storedEventJson),
      }
      return ok({ data })
    },
  })
