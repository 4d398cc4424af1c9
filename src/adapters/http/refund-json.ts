import { z } from 'zod'
import type { Versioned } from '../../application/versioned.ts'
import { formatYuan } from '../../domain/money.ts'
import { PROVIDERS } from '../../domain/payment.ts'
import type { Refund } from '../../domain/refund.ts'
import { currencySchema, idSchema, instantOrNull, instantSchema, moneySchema } from './envelope.ts'

export const REFUND_STATUSES = ['pending', 'processing', 'success', 'failed', 'cancelled'] as const

export const refundSchema = z
  .strictObject({
    refundNo: z.string().meta({ description: '商户退款单号' }),
    orderId: idSchema,
    paymentId: idSchema,
    provider: z.enum(PROVIDERS),
    amount: moneySchema,
    currency: currencySchema,
    reason: z.string(),
    status: z.enum(REFUND_STATUSES),
    refundId: z.string().nullable().meta({ description: '支付渠道的退款单号' }),
    requestedBy: z.string().meta({ description: '用户，或 system（自动退款），或 gateway（在渠道后台发起）' }),
    failureReason: z.string().nullable(),
    processedAt: instantSchema.nullable(),
    createdAt: instantSchema,
    updatedAt: instantSchema,
  })
  .meta({ id: 'Refund' })

export const refundJson = ({ value: refund, updatedAt }: Versioned<Refund>): z.output<typeof refundSchema> => ({
  refundNo: refund.refundNo,
  orderId: refund.orderId,
  paymentId: refund.paymentId,
  provider: refund.provider,
  amount: formatYuan(refund.amount),
  currency: refund.currency,
  reason: refund.reason,
  status: refund.status,
  refundId: ('refundId' in refund ? refund.refundId : undefined) ?? null,
  requestedBy: refund.requestedBy,
  failureReason: failureReasonOf(refund),
  processedAt: instantOrNull('processedAt' in refund ? refund.processedAt : undefined),
  createdAt: refund.createdAt.toISOString(),
  updatedAt: updatedAt.toISOString(),
})

/** Why no money went back: the gateway's reason, or that of whoever rejected it. */
const failureReasonOf = (refund: Refund): string | null => {
  switch (refund.status) {
    case 'failed':
      return refund.failureReason
    case 'cancelled':
      return refund.reasonGiven
    case 'pending':
    case 'processing':
    case 'success':
      return null
  }
}
