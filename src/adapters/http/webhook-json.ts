import { z } from 'zod'
import type { ZodOpenApiPathsObject } from 'zod-openapi'
import type { WriteWebhook } from '../../application/webhooks/make-deliveries.ts'
import type { PublicEvent } from '../../application/webhooks/public-event.ts'
import { WEBHOOK_EVENT_TYPES, type WebhookEventType } from '../../domain/webhook-endpoint.ts'
import { entitlementJson, entitlementSchema } from './access-json.ts'
import { alertJson, alertSchema } from './alert-json.ts'
import { codeFactsJson, codeFactsSchema } from './admin-code-json.ts'
import { instantSchema } from './envelope.ts'
import { orderFactsJson, orderFactsSchema } from './order-json.ts'
import { paymentJson, paymentSchema } from './payment-json.ts'
import { runJson, runSchema } from './reconciliation-json.ts'
import { refundJson, refundSchema } from './refund-json.ts'

const grantedSchema = entitlementSchema.extend({ userId: z.string() }).meta({ id: 'GrantedAccess' })
const creditedSchema = z.strictObject({ userId: z.string(), points: z.int() }).meta({ id: 'CreditedPoints' })

/** What each type of webhook carries and when it comes. */
const WEBHOOKS = {
  'order.paid': [orderFactsSchema, '订单已支付，所购内容已交付'],
  'order.cancelled': [orderFactsSchema, '订单已取消'],
  'order.expired': [orderFactsSchema, '订单已过期'],
  'order.refunded': [orderFactsSchema, '订单的已退金额增加；全额退款后 status 为 refunded'],
  'payment.succeeded': [paymentSchema, '一笔支付已到账'],
  'payment.failed': [paymentSchema, '一笔支付被渠道拒绝'],
  'payment.closed': [paymentSchema, '一笔支付已关闭'],
  'refund.succeeded': [refundSchema, '一笔退款已到账'],
  'refund.failed': [refundSchema, '一笔退款失败'],
  'access_code.issued': [codeFactsSchema, '已为订单生成一个兑换码；不含兑换码全文'],
  'access.granted': [grantedSchema, '用户获得一段使用权'],
  'points.credited': [creditedSchema, '用户获得积分'],
  'reconciliation.completed': [runSchema, '一天的对账已完成'],
  'alert.raised': [alertSchema, '出现需要人知道的状况；仍未解除时每 6 小时再来一次'],
} as const satisfies Record<WebhookEventType, readonly [z.ZodType, string]>

/** The body of a Standard Webhook. */
export const writeWebhook: WriteWebhook = (event) =>
  JSON.stringify({ type: event.type, timestamp: event.at.toISOString(), data: dataOf(event) })

const dataOf = (event: PublicEvent): unknown => {
  switch (event.type) {
    case 'order.paid':
    case 'order.cancelled':
    case 'order.expired':
    case 'order.refunded':
      return orderFactsJson(event.order)
    case 'payment.succeeded':
    case 'payment.failed':
    case 'payment.closed':
      return paymentJson(event.payment)
    case 'refund.succeeded':
    case 'refund.failed':
      return refundJson(event.refund)
    case 'access_code.issued':
      return codeFactsJson(event.code)
    case 'access.granted':
      return { ...entitlementJson(event.entitlement), userId: event.entitlement.userId }
    case 'points.credited':
      return { userId: event.userId, points: event.points }
    case 'reconciliation.completed':
      return runJson(event.run)
    case 'alert.raised':
      return alertJson(event.alert)
  }
}

/** What a receiver gets, by type; the bodies sent fit these schemas. */
export const webhookSchema = <T extends WebhookEventType>(type: T) =>
  z.strictObject({
    type: z.literal(type),
    timestamp: instantSchema.meta({ description: '事件发生的时刻' }),
    data: WEBHOOKS[type][0],
  })

const headersSchema = z.object({
  'webhook-id': z.string().meta({ description: '事件标识，重试时不变；用它去重' }),
  'webhook-timestamp': z.string().meta({ description: '本次发送的时刻，Unix 秒' }),
  'webhook-signature': z.string().meta({ description: 'v1,<base64>；轮换密钥期间有两个，以空格分隔' }),
})

/** The `webhooks` part of the OpenAPI document. */
export const documentedWebhooks = (): ZodOpenApiPathsObject =>
  Object.fromEntries(
    WEBHOOK_EVENT_TYPES.map((type) => [
      type,
      {
        post: {
          operationId: `on${type.split(/[._]/).map(capital).join('')}`,
          summary: WEBHOOKS[type][1],
          tags: ['Webhook'],
          security: [],
          requestParams: { header: headersSchema },
          requestBody: { required: true, content: { 'application/json': { schema: webhookSchema(type) } } },
          responses: {
            '2XX': { description: '已收到，不再重发' },
            '410': { description: '不再接收：停用此地址' },
            default: { description: '稍后重发' },
          },
        },
      },
    ]),
  )

const capital = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1)
