import { z } from 'zod'
import type { Versioned } from '../../application/versioned.ts'
import type { WebhookDelivery } from '../../domain/webhook-delivery.ts'
import { WEBHOOK_EVENT_TYPES, type WebhookEndpoint } from '../../domain/webhook-endpoint.ts'
import { idSchema, instantOrNull, instantSchema } from './envelope.ts'
import { says, textField } from './fields.ts'
import { text } from './language.ts'

export const DELIVERY_STATUSES = ['due', 'delivered', 'parked'] as const

const eventTypesField = z
  .array(z.enum(WEBHOOK_EVENT_TYPES))
  .min(1)
  .max(WEBHOOK_EVENT_TYPES.length)
  .refine((types) => new Set(types).size === types.length, says(text('有重复', 'has duplicates')))
  .nullable()
  .meta({ description: '要接收的事件；null 为全部，包括以后新增的' })

const fields = {
  url: z
    .string()
    .max(2048)
    .meta({ description: 'https 地址，须在公网', examples: ['https://shop.example.cn/hooks'] }),
  description: textField(0, 200),
}

export const createEndpointBody = z
  .strictObject({
    url: fields.url,
    description: fields.description.default(''),
    eventTypes: eventTypesField.default(null),
  })
  .meta({
    id: 'CreateWebhookEndpoint',
    override: {
      examples: [
        { url: 'https://shop.example.cn/hooks' },
        { url: 'https://shop.example.cn/hooks', eventTypes: ['order.paid', 'order.refunded'] },
      ],
    },
  })

export const updateEndpointBody = z
  .strictObject({
    url: fields.url.exactOptional(),
    description: fields.description.exactOptional(),
    eventTypes: eventTypesField.exactOptional(),
    enabled: z.boolean().exactOptional(),
    rotateSecret: z
      .literal(true)
      .exactOptional()
      .meta({ description: '换新密钥；旧密钥 24 小时内仍与新密钥同时签名，更早的立即失效' }),
  })
  .refine((changes) => Object.keys(changes).length > 0, says(text('没有要修改的字段', 'nothing to change')))
  .meta({ id: 'UpdateWebhookEndpoint', override: { examples: [{ enabled: false }, { rotateSecret: true }] } })

const endpointFields = {
  id: idSchema,
  url: z.string(),
  description: z.string(),
  eventTypes: z.array(z.enum(WEBHOOK_EVENT_TYPES)).nullable(),
  enabled: z.boolean(),
  disabledReason: z.enum(['operator', 'gone']).nullable().meta({ description: 'gone：接收方答复了 410' }),
  previousSecretValidUntil: instantSchema.nullable(),
  createdAt: instantSchema,
  updatedAt: instantSchema,
}

export const endpointSchema = z.strictObject(endpointFields).meta({ id: 'WebhookEndpoint' })

export const endpointWithSecretSchema = z
  .strictObject({
    ...endpointFields,
    secret: z.string().nullable().meta({ description: '签名密钥 whsec_…；只在新建和轮换时给出这一次' }),
  })
  .meta({ id: 'WebhookEndpointWithSecret' })

export const endpointJson = (
  { value: endpoint, updatedAt }: Versioned<WebhookEndpoint>,
  now: Date,
): z.output<typeof endpointSchema> => {
  const { validUntil } = endpoint.signing.previous ?? {}
  return {
    id: endpoint.id,
    url: endpoint.url,
    description: endpoint.description,
    eventTypes: endpoint.eventTypes === undefined ? null : [...endpoint.eventTypes],
    enabled: endpoint.status === 'enabled',
    disabledReason: endpoint.status === 'disabled' ? endpoint.reason : null,
    previousSecretValidUntil: validUntil !== undefined && now < validUntil ? validUntil.toISOString() : null,
    createdAt: endpoint.createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  }
}

export const webhookDeliverySchema = z
  .strictObject({
    id: idSchema,
    endpointId: idSchema,
    eventId: idSchema.meta({ description: '即 webhook-id' }),
    type: z.enum(WEBHOOK_EVENT_TYPES),
    status: z.enum(DELIVERY_STATUSES),
    attempts: z.int(),
    lastAttemptAt: instantSchema.nullable(),
    lastStatusCode: z.int().nullable(),
    lastError: z.string().nullable(),
    nextAttemptAt: instantSchema.nullable(),
    createdAt: instantSchema,
    deliveredAt: instantSchema.nullable(),
  })
  .meta({ id: 'WebhookDelivery' })

export const webhookDeliveryJson = ({
  value: delivery,
}: Versioned<WebhookDelivery>): z.output<typeof webhookDeliverySchema> => ({
  id: delivery.id,
  endpointId: delivery.endpointId,
  eventId: delivery.eventId,
  type: delivery.type,
  status: delivery.status,
  attempts: delivery.attempts,
  lastAttemptAt: instantOrNull(delivery.lastAttempt?.at),
  lastStatusCode: delivery.lastAttempt?.statusCode ?? null,
  lastError: delivery.lastAttempt?.error ?? null,
  nextAttemptAt: instantOrNull(delivery.status === 'due' ? delivery.dueAt : undefined),
  createdAt: delivery.createdAt.toISOString(),
  deliveredAt: instantOrNull(delivery.status === 'delivered' ? delivery.lastAttempt.at : undefined),
})
