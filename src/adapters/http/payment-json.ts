import { z } from 'zod'
import type { PaymentAction } from '../../application/payments/payment-gateway.ts'
import type { Versioned } from '../../application/versioned.ts'
import { formatYuan } from '../../domain/money.ts'
import { METHODS, type Payment, PROVIDERS, refundedOf } from '../../domain/payment.ts'
import { currencySchema, idSchema, instantOrNull, instantSchema, moneySchema } from './envelope.ts'
import { idField, moneyField, textField } from './fields.ts'

export const PAYMENT_STATUSES = ['pending', 'paid', 'partially_refunded', 'refunded', 'failed', 'closed'] as const
const ALL_METHODS = [...METHODS.wechat, ...METHODS.alipay, ...METHODS.points] as const

export const paymentSchema = z
  .strictObject({
    id: idSchema,
    orderId: idSchema,
    provider: z.enum(PROVIDERS),
    method: z.enum(ALL_METHODS),
    outTradeNo: z.string().meta({ description: '商户订单号' }),
    transactionId: z.string().nullable().meta({ description: '支付渠道的交易号' }),
    amount: moneySchema,
    refundedAmount: moneySchema,
    currency: currencySchema,
    status: z.enum(PAYMENT_STATUSES),
    expiresAt: instantSchema,
    paidAt: instantSchema.nullable(),
    createdAt: instantSchema,
    updatedAt: instantSchema,
  })
  .meta({ id: 'Payment' })

export const paymentJson = ({ value: payment, updatedAt }: Versioned<Payment>): z.output<typeof paymentSchema> => {
  const taken = 'transactionId' in payment ? payment : undefined
  return {
    id: payment.id,
    orderId: payment.orderId,
    provider: payment.provider,
    method: payment.method,
    outTradeNo: payment.outTradeNo,
    transactionId: taken?.transactionId ?? null,
    amount: formatYuan(payment.amount),
    refundedAmount: formatYuan(refundedOf(payment)),
    currency: payment.currency,
    status: payment.status,
    expiresAt: payment.expiresAt.toISOString(),
    paidAt: instantOrNull(taken?.paidAt),
    createdAt: payment.createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  }
}

const paramsSchema = z.record(z.string(), z.string())

export const actionSchema = z
  .union([
    z.strictObject({ type: z.literal('qr'), codeUrl: z.string(), expiresAt: instantSchema }),
    z.strictObject({ type: z.literal('invoke'), params: paramsSchema }),
    z.strictObject({ type: z.literal('app'), params: paramsSchema }),
    z.strictObject({ type: z.literal('app'), orderString: z.string() }),
    z.strictObject({ type: z.literal('redirect'), url: z.string() }),
    z.strictObject({ type: z.literal('none') }),
  ])
  .meta({ id: 'PaymentAction', description: '付款人的设备下一步要做什么' })

export const actionJson = (action: PaymentAction): z.output<typeof actionSchema> =>
  action.type === 'qr' ? { ...action, expiresAt: action.expiresAt.toISOString() } : action

/** What Alipay takes. */
const RETURN_URL_MAX = 256

export const createPaymentBody = z
  .strictObject({
    orderId: idField,
    method: z.enum(ALL_METHODS),
    amount: moneyField.optional().meta({ description: '给出时必须等于订单金额' }),
    subject: textField(1, 120).optional(),
    openid: z
      .string()
      .regex(/^[\w-]{1,128}$/)
      .optional()
      .meta({ description: 'WECHAT_JSAPI 必填' }),
    returnUrl: z
      .string()
      .max(RETURN_URL_MAX)
      .optional()
      .meta({ description: '付款后回到哪里；来源须在 RETURN_URL_ORIGINS 之内' }),
  })
  .meta({
    id: 'CreatePayment',
    override: { examples: [{ orderId: '0199f0c2b7de7000a1b2c3d4e5f60718', method: 'WECHAT_NATIVE' }] },
  })
