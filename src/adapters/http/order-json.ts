import { z } from 'zod'
import type { Versioned } from '../../application/versioned.ts'
import { formatYuan } from '../../domain/money.ts'
import { type Order, refundedOf } from '../../domain/order.ts'
import type { CallerOf } from './access.ts'
import type { HttpDeps } from './deps.ts'
import { currencySchema, idSchema, instantOrNull, instantSchema, moneySchema } from './envelope.ts'
import { idField } from './fields.ts'

export const ORDER_STATUSES = ['pending', 'paid', 'partially_refunded', 'refunded', 'cancelled', 'expired'] as const

export const orderSchema = z
  .strictObject({
    id: idSchema,
    userId: z.string(),
    status: z.enum(ORDER_STATUSES),
    amount: moneySchema,
    refundedAmount: moneySchema,
    currency: currencySchema,
    items: z.array(
      z.strictObject({ productId: idSchema, name: z.string(), unitPrice: moneySchema, quantity: z.int() }),
    ),
    paymentId: idSchema.nullable(),
    cashierUrl: z.string().meta({ description: '托管收银台地址；令牌在 # 之后，只对本订单有效' }),
    expiresAt: instantSchema,
    paidAt: instantSchema.nullable(),
    createdAt: instantSchema,
    updatedAt: instantSchema,
  })
  .meta({ id: 'Order' })

export type OrderJson = z.output<typeof orderSchema>

/** The order as everybody may see it who may see it at all: without the link by which it can be paid. */
export const orderFactsSchema = orderSchema.omit({ cashierUrl: true }).meta({ id: 'OrderFacts' })

export const orderFactsJson = ({ value: order, updatedAt }: Versioned<Order>): z.output<typeof orderFactsSchema> => {
  const funding = 'paymentId' in order ? order : undefined
  return {
    id: order.id,
    userId: order.userId,
    status: order.status,
    amount: formatYuan(order.amount),
    refundedAmount: formatYuan(refundedOf(order)),
    currency: order.currency,
    items: order.items.map(({ productId, name, unitPrice, quantity }) => ({
      productId,
      name,
      unitPrice: formatYuan(unitPrice),
      quantity,
    })),
    paymentId: funding?.paymentId ?? null,
    expiresAt: order.expiresAt.toISOString(),
    paidAt: instantOrNull(funding?.paidAt),
    createdAt: order.createdAt.toISOString(),
    updatedAt: updatedAt.toISOString(),
  }
}

/** How long past its order's end a cashier link still shows what became of it. */
const LINK_MS = 24 * 3_600_000

/** The order as this caller may see it. The holder of a cashier link gets no newer link than the one in hand. */
export const orderJson = (
  { cashierTokens, clock, publicUrl }: Pick<HttpDeps, 'cashierTokens' | 'clock' | 'publicUrl'>,
  caller: CallerOf['payer' | 'admin'],
  stored: Versioned<Order>,
): OrderJson => {
  const { id, expiresAt } = stored.value
  const linkEnd = new Date(Math.max(expiresAt.getTime(), clock.now().getTime()) + LINK_MS)
  const token = caller.kind === 'cashier' ? caller.token : cashierTokens.issue(id, linkEnd)
  return { ...orderFactsJson(stored), cashierUrl: `${publicUrl}/cashier/${id}#${token}` }
}

const MAX_LINES = 50
const MAX_QUANTITY = 999

export const createOrderBody = z
  .strictObject({
    items: z
      .array(z.strictObject({ productId: idField, quantity: z.int().min(1).max(MAX_QUANTITY) }))
      .min(1)
      .max(MAX_LINES),
  })
  .meta({
    id: 'CreateOrder',
    override: { examples: [{ items: [{ productId: '0199f0c2b7de7000a1b2c3d4e5f60718', quantity: 1 }] }] },
  })
