import type { OrderItem } from './order.ts'

/** What one paid order line delivers, decided from the order alone. */
export type Delivery =
  | { readonly type: 'grant'; readonly line: number; readonly productId: string; readonly validityDays: number }
  | {
      readonly type: 'codes'
      readonly line: number
      readonly productId: string
      readonly validityDays: number
      readonly count: number
    }
  | { readonly type: 'points'; readonly line: number; readonly points: number; readonly bonusPoints: number }
  | { readonly type: 'goods'; readonly line: number; readonly sku: string; readonly quantity: number }

/** One delivered line; `(orderId, line)` is unique, which is what makes delivery happen once. */
export type FulfilmentRecord = {
  readonly orderId: string
  readonly line: number
  readonly kind: Delivery['type']
  readonly status: 'delivered' | 'taken_back'
  readonly deliveredAt: Date
  readonly takenBackAt: Date | undefined
}

/** The deliveries of an order, line by line: quantities multiply days, points and pieces; codes are one for each piece. */
export const deliveriesOf = (items: readonly OrderItem[]): readonly Delivery[] =>
  items.map((item, line): Delivery => {
    const { fulfilment, quantity, productId } = item
    switch (fulfilment.type) {
      case 'access':
        return fulfilment.delivery === 'grant'
          ? { type: 'grant', line, productId, validityDays: fulfilment.validityDays * quantity }
          : { type: 'codes', line, productId, validityDays: fulfilment.validityDays, count: quantity }
      case 'points':
        return {
          type: 'points',
          line,
          points: fulfilment.points * quantity,
          bonusPoints: fulfilment.bonusPoints * quantity,
        }
      case 'goods':
        return { type: 'goods', line, sku: fulfilment.sku, quantity }
    }
  })

/** What goes back with a refund: everything with the last fen, nothing before. */
export const takesBack = (refunded: number, amount: number): boolean => refunded === amount

/** How many pieces of each sku an order holds, several lines of one sku added up. */
export const goodsOf = (items: readonly OrderItem[]): ReadonlyMap<string, number> => {
  const goods = new Map<string, number>()
  for (const { fulfilment, quantity } of items)
    if (fulfilment.type === 'goods') goods.set(fulfilment.sku, (goods.get(fulfilment.sku) ?? 0) + quantity)
  return goods
}
