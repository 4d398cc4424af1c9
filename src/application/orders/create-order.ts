import { err, ok, type Result } from 'neverthrow'
import { goodsOf } from '../../domain/fulfilment.ts'
import { type Order, type OrderItem, orderAmount } from '../../domain/order.ts'
import type { Product } from '../../domain/product.ts'
import { reserveStock } from '../../domain/stock.ts'
import type { Clock } from '../clock.ts'
import { type RiskControl, underRiskControl } from '../risk/judge-risk.ts'
import type { RiskDenied } from '../risk/refusals.ts'
import type { StockRepository } from '../stock/stock-repository.ts'
import { type Transaction, WRITE_CONFLICT, type WriteConflict } from '../transaction.ts'
import type { Versioned } from '../versioned.ts'

export type CreateOrderInput = {
  /** Fixed by the caller, so that a repeated request can't make a second order. */
  readonly orderId: string
  readonly userId: string
  /** Where the request came from, where that is known. */
  readonly clientIp?: string | undefined
  readonly items: readonly { readonly productId: string; readonly quantity: number }[]
}

export type CreateOrderError =
  | { readonly code: 'PRODUCT_NOT_FOUND'; readonly productId: string }
  | { readonly code: 'OUT_OF_STOCK'; readonly sku: string }
  /** The total is zero or above what one order may have. */
  | { readonly code: 'AMOUNT_OUT_OF_RANGE' }
  | RiskDenied

type Deps = {
  readonly transaction: Transaction
  readonly clock: Clock
  readonly orderTtlMs: number
  readonly risk: RiskControl
}

/** Freezes prices and promises of the catalogue in an order and reserves its goods; the same id gives the same order. */
export const createOrder =
  ({ transaction, clock, orderTtlMs, risk }: Deps) =>
  ({ orderId, userId, items, clientIp }: CreateOrderInput): Promise<Result<Versioned<Order>, CreateOrderError>> =>
    underRiskControl(
      { transaction, risk },
      async (repositories): Promise<Result<Versioned<Order>, CreateOrderError | WriteConflict>> => {
        const known = await repositories.orders.find(orderId)
        if (known !== undefined) return ok(known)
        const at = clock.now()
        const lines = orderLines(items, await repositories.products.findMany(items.map((item) => item.productId)))
        if (lines.isErr()) return err(lines.error)
        const amount = orderAmount(lines.value)
        if (amount.isErr()) return err({ code: 'AMOUNT_OUT_OF_RANGE' })
        const question = {
          action: 'create_order',
          userId,
          address: clientIp,
          orderId,
          amount: amount.value,
          at,
        } as const
        const judged = await risk.judgeRisk(repositories, question)
        if (judged.isErr()) return err(judged.error)
        const order: Order = {
          id: orderId,
          userId,
          amount: amount.value,
          currency: 'CNY',
          items: lines.value,
          expiresAt: new Date(at.getTime() + orderTtlMs),
          createdAt: at,
          status: 'pending',
        }
        await repositories.orders.insert(order)
        const reserved = await reserveGoods(repositories.stock, order, at)
        if (reserved.isErr()) return err(reserved.error)
        await repositories.outbox.append({
          stream: orderId,
          events: [{ type: 'order.created', orderId, at }],
          cause: { kind: 'request', actor: userId },
          at,
        })
        return ok({ value: order, version: 1, updatedAt: at })
      },
    )

const orderLines = (
  items: CreateOrderInput['items'],
  products: readonly Product[],
): Result<readonly OrderItem[], CreateOrderError> => {
  const byId = new Map(products.map((product) => [product.id, product]))
  const lines: OrderItem[] = []
  for (const { productId, quantity } of items) {
    const product = byId.get(productId)
    if (product === undefined || !product.active) return err({ code: 'PRODUCT_NOT_FOUND', productId })
    const { name, price: unitPrice, fulfilment } = product
    lines.push({ productId, name, unitPrice, quantity, fulfilment })
  }
  return ok(lines)
}

const reserveGoods = async (
  stock: StockRepository,
  order: Order,
  at: Date,
): Promise<Result<void, CreateOrderError | WriteConflict>> => {
  const goods = [...goodsOf(order.items)].sort(([a], [b]) => (a < b ? -1 : 1)) // One order for all writers: no deadlock.
  for (const [sku, quantity] of goods) {
    const before = await stock.find(sku)
    const reserved = reserveStock(before.value, order.id, quantity)
    if (reserved.isErr()) return err({ code: 'OUT_OF_STOCK', sku })
    const [after, reservation] = reserved.value
    if (!(await stock.replace(before, after, at))) return err(WRITE_CONFLICT)
    await stock.insertReservation(reservation, at)
  }
  return ok(undefined)
}
