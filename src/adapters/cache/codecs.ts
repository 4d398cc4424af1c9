import { z } from 'zod'
import type { Versioned } from '../../application/versioned.ts'
import { type Fen, fen } from '../../domain/money.ts'
import type { Order } from '../../domain/order.ts'
import type { Product } from '../../domain/product.ts'

/** Writes what is kept outside of the process; gives nothing for a text that it did not write like this itself. */
export type Codec<V> = {
  encode(value: V): string
  decode(text: string): V | undefined
}

const codecOf = <V>(schema: z.ZodType<V>): Codec<V> => ({
  encode: (value) => JSON.stringify(value),
  decode(text) {
    try {
      return schema.safeParse(JSON.parse(text)).data
    } catch {
      return undefined // No JSON: whoever asked loads the value anew.
    }
  },
})

const instant = z.iso.datetime().transform((text) => new Date(text))
const count = z.int().nonnegative()
const money = count.transform((amount): Fen => fen(amount))

const fulfilment = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('access'), delivery: z.enum(['grant', 'code']), validityDays: count }),
  z.strictObject({ type: z.literal('points'), points: count, bonusPoints: count }),
  z.strictObject({ type: z.literal('goods'), sku: z.string() }),
])

const product = z.strictObject({
  id: z.string(),
  name: z.string(),
  description: z.string(),
  price: money,
  currency: z.literal('CNY'),
  active: z.boolean(),
  sortOrder: z.int(),
  fulfilment,
  createdAt: instant,
  updatedAt: instant,
})

const orderFacts = {
  id: z.string(),
  userId: z.string(),
  amount: money,
  currency: z.literal('CNY'),
  items: z.array(
    z.strictObject({ productId: z.string(), name: z.string(), unitPrice: money, quantity: count, fulfilment }),
  ),
  expiresAt: instant,
  createdAt: instant,
}
const funding = { paymentId: z.string(), paidAt: instant }

const order = z.discriminatedUnion('status', [
  z.strictObject({ ...orderFacts, status: z.literal('pending') }),
  z.strictObject({ ...orderFacts, status: z.literal('cancelled'), cancelledAt: instant }),
  z.strictObject({ ...orderFacts, status: z.literal('expired'), expiredAt: instant }),
  z.strictObject({ ...orderFacts, ...funding, status: z.literal('paid') }),
  z.strictObject({ ...orderFacts, ...funding, status: z.literal('partially_refunded'), refunded: money }),
  z.strictObject({ ...orderFacts, ...funding, status: z.literal('refunded') }),
])

export const productsCodec: Codec<readonly Product[]> = codecOf<readonly Product[]>(z.array(product))

export const orderCodec: Codec<Versioned<Order> | undefined> = codecOf<Versioned<Order> | undefined>(
  z.strictObject({ value: order, version: count, updatedAt: instant }),
)
