import { err, ok } from 'neverthrow'
import { z } from 'zod'
import type { CreateOrderError } from '../../application/orders/create-order.ts'
import { viewerOf } from './access.ts'
import { admitCreation } from './admit-creation.ts'
import { agePageFields, pageJson, split } from './age-page.ts'
import { API } from './base-path.ts'
import type { HttpDeps } from './deps.ts'
import { dataOf, listOf } from './envelope.ts'
import { idField } from './fields.ts'
import { jsonRoute } from './json-route.ts'
import { text } from './language.ts'
import { createOrderBody, ORDER_STATUSES, orderJson, orderSchema } from './order-json.ts'
import { type ApiError, invalidField } from './problem.ts'
import type { Route } from './route.ts'

const tag = '订单'
const orderParams = z.strictObject({ orderId: idField })

const listQuery = z.strictObject({ ...agePageFields, status: z.enum(ORDER_STATUSES).optional() })

export const orderRoutes = (deps: HttpDeps): readonly Route[] => [
  jsonRoute(deps, {
    method: 'POST',
    path: `${API}/orders`,
    access: 'user',
    tag,
    summary: '下单',
    body: createOrderBody,
    idempotent: true,
    status: 201,
    answer: dataOf(orderSchema),
    problems: ['PRODUCT_NOT_FOUND', 'OUT_OF_STOCK', 'RISK_DENIED', 'RATE_LIMITED'],
    async handle({ caller, body, ip, resourceId }) {
      const { ordersPerUser: perCaller, ordersPerIp: perIp } = deps.limits
      const admission = await admitCreation(deps, { action: 'create_order', caller, ip, perCaller, perIp })
      if (admission.isErr()) return err(admission.error)
      const buyer = { userId: caller.userId, clientIp: ip }
      const order = await deps.createOrder({ orderId: resourceId, ...buyer, items: body.items })
      return order.isErr() ? err(createError(order.error)) : ok({ data: orderJson(deps, caller, order.value) })
    },
  }),
  jsonRoute(deps, {
    method: 'GET',
    path: `${API}/orders`,
    access: 'user',
    tag,
    summary: '我的订单，新的在前',
    query: listQuery,
    answer: listOf(orderSchema),
    async handle({ caller, query }) {
      const { filter, page } = split(query)
      const found = await deps.readers.orders.list({ ...filter, userId: caller.userId }, page)
      return ok(pageJson(found, (order) => orderJson(deps, caller, order)))
    },
  }),
  jsonRoute(deps, {
    method: 'GET',
    path: `${API}/orders/:orderId`,
    access: 'payer',
    tag,
    summary: '一个订单',
    params: orderParams,
    answer: dataOf(orderSchema),
    problems: ['ORDER_NOT_FOUND'],
    async handle({ caller, params }) {
      const order = await deps.findOrder(viewerOf(caller), params.orderId)
      // A cashier page whose stream does not get through reads again and again instead.
      if (order.isOk() && order.value.value.status === 'pending' && caller.kind === 'cashier')
        deps.orderWatch.glimpse(params.orderId)
      return order.map((found) => ({ data: orderJson(deps, caller, found) }))
    },
  }),
  jsonRoute(deps, {
    method: 'POST',
    path: `${API}/orders/:orderId/cancel`,
    access: 'user',
    tag,
    summary: '取消订单；先在支付渠道关闭未完成的支付',
    params: orderParams,
    answer: dataOf(orderSchema),
    problems: ['ORDER_NOT_FOUND', 'ORDER_NOT_CANCELLABLE', 'PROVIDER_NOT_CONFIGURED', 'GATEWAY_UNAVAILABLE'],
    async handle({ caller, params }) {
      const order = await deps.cancelOrder(viewerOf(caller), params.orderId)
      return order.map((cancelled) => ({ data: orderJson(deps, caller, cancelled) }))
    },
  }),
]

const createError = (error: CreateOrderError): ApiError => {
  switch (error.code) {
    case 'AMOUNT_OUT_OF_RANGE':
      return invalidField(
        'items',
        text('订单总额须在 0.01 元到 1 亿元之间', 'the total is between 0.01 and 100 million yuan'),
      )
    case 'PRODUCT_NOT_FOUND':
    case 'OUT_OF_STOCK':
    case 'RISK_DENIED':
      return error
  }
}
