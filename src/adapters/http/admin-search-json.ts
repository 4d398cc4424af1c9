import { z } from 'zod'
import type { StoredEvent } from '../../application/outbox.ts'
import type { Versioned } from '../../application/versioned.ts'
import type { FulfilmentRecord } from '../../domain/fulfilment.ts'
import type { Payment } from '../../domain/payment.ts'
import type { Refund } from '../../domain/refund.ts'
import { instantOrNull, instantSchema } from './envelope.ts'
import { paymentJson, paymentSchema } from './payment-json.ts'
import { refundJson, refundSchema } from './refund-json.ts'

/** What an operator sees of a payment beside what its payer sees; never who paid, nor any secret of the gateway. */
export const adminPaymentSchema = z
  .strictObject({
    ...paymentSchema.shape,
    userId: z.string(),
    subject: z.string(),
    merchantId: z.string().meta({ description: '收款的商户号' }),
    appId: z.string(),
    credentialsVersion: z.string().meta({ description: '发起时所用的渠道配置' }),
    failureReason: z.string().nullable(),
  })
  .meta({ id: 'AdminPayment' })

export const adminPaymentJson = (payment: Versioned<Payment>): z.output<typeof adminPaymentSchema> => {
  const { userId, request, identity, credentialsVersion } = payment.value
  return {
    ...paymentJson(payment),
    userId,
    subject: request.subject,
    merchantId: identity.merchantId,
    appId: identity.appId,
    credentialsVersion,
    failureReason: 'failureReason' in payment.value ? payment.value.failureReason : null,
  }
}

export const adminRefundSchema = z
  .strictObject({ ...refundSchema.shape, userId: z.string(), abnormal: z.boolean() })
  .meta({ id: 'AdminRefund', description: 'abnormal：渠道退款异常，需人工处理' })

export const adminRefundJson = (refund: Versioned<Refund>): z.output<typeof adminRefundSchema> => ({
  ...refundJson(refund),
  userId: refund.value.userId,
  abnormal: refund.value.status === 'processing' && refund.value.abnormal,
})

export const fulfilmentSchema = z
  .strictObject({
    line: z.int().meta({ description: '订单行，从 0 起' }),
    kind: z.enum(['grant', 'codes', 'points', 'goods']),
    status: z.enum(['delivered', 'held', 'taken_back']).meta({ description: 'held：全额退款处理中，暂停使用' }),
    deliveredAt: instantSchema,
    takenBackAt: instantSchema.nullable(),
  })
  .meta({ id: 'FulfilmentRecord' })

export const fulfilmentJson = (record: FulfilmentRecord): z.output<typeof fulfilmentSchema> => ({
  line: record.line,
  kind: record.kind,
  status: record.status,
  deliveredAt: record.deliveredAt.toISOString(),
  takenBackAt: instantOrNull(record.takenBackAt),
})

export const storedEventSchema = z
  .strictObject({
    seq: z.int().meta({ description: '订单内从 1 起，不间断' }),
    type: z.string().meta({ examples: ['payment.succeeded'] }),
    cause: z.enum(['notification', 'query', 'request', 'timer', 'admin']),
    actor: z.string(),
    at: instantSchema,
  })
  .meta({ id: 'OrderEvent' })

export const storedEventJson = ({ seq, event, cause, createdAt }: StoredEvent): z.output<typeof storedEventSchema> => ({
  seq,
  type: event.type,
  cause: cause.kind,
  actor: cause.actor,
  at: createdAt.toISOString(),
})
