import type { Fen } from './money.ts'
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
  readonly status: DeliveryStatus
  readonly deliveredAt: Date
  readonly takenBackAt: Date | undefined
  /** How often it has changed: each change takes back or gives again under a name of its own. */
  readonly round: number
  /** Points that were taken out of what it credited. */
  readonly withheld: number
}

/** `held`: a refund of the whole order is under way, so nothing of it can be used up meanwhile. */
export type DeliveryStatus = 'delivered' | 'held' | 'taken_back'

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

/** Where the delivery of an order belongs, by what has gone back for good and what may still go back. */
export const deliveryStatus = (amount: Fen, returned: Fen, reserved: Fen): DeliveryStatus => {
  if (takesBack(returned, amount)) return 'taken_back'
  // A refund made in the gateway's console may overlap with ours: both together can be more than there is.
  return returned + reserved >= amount ? 'held' : 'delivered'
}

/** The record after it has moved; `undefined` where it is there already, or was taken back, which is for good. */
export const moveDelivery = (
  record: FulfilmentRecord,
  status: DeliveryStatus,
  at: Date,
): FulfilmentRecord | undefined => {
  if (record.status === status || record.status === 'taken_back') return undefined
  return { ...record, status, takenBackAt: status === 'taken_back' ? at : undefined, round: record.round + 1 }
}

/** How many pieces of each sku an order holds, several lines of one sku added up. */
export const goodsOf = (items: readonly OrderItem[]): ReadonlyMap<string, number> => {
  const goods = new Map<string, number>()
  for (const { fulfilment, quantity } of items)
    if (fulfilment.type === 'goods') goods.set(fulfilment.sku, (goods.get(fulfilment.sku) ?? 0) + quantity)
  return goods
}
