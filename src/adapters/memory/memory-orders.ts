import type { ProductReader, ProductRepository } from '../../application/catalogue/product-repository.ts'
import type { OrderReader, OrderRepository } from '../../application/orders/order-repository.ts'
import type { Versioned } from '../../application/versioned.ts'
import type { Order } from '../../domain/order.ts'
import type { Product } from '../../domain/product.ts'
import { claimDue, type Dues, moveDue, setDue } from './due-times.ts'
import type { Links } from './links.ts'
import { createTable, type Draft, insertOnce, type Rows } from './table.ts'
import { type Age, firstVersion, isWithin, pageOf, replaceVersion } from './versioned-rows.ts'

export const productTable = () => createTable<Versioned<Product>>(({ value }) => value.id)
export const orderTable = () => createTable<Versioned<Order>>(({ value }) => value.id)

export const productReader = (products: Rows<Versioned<Product>>): ProductReader => ({
  find: async (id) => products.get(id),
  findMany: async (ids) => products.where(({ value }) => ids.includes(value.id)).map(({ value }) => value),
  listActive: async () =>
    products
      .where(({ value }) => value.active)
      .map(({ value }) => value)
      .sort((a, b) => a.sortOrder - b.sortOrder || a.createdAt.getTime() - b.createdAt.getTime()),
})

export const productRepository = (products: Draft<Versioned<Product>>): ProductRepository => ({
  ...productReader(products),
  insert: async (product) => insertOnce(products, firstVersion(product, product.updatedAt)),
  replace: async (before, after) => replaceVersion(products, after.id, before, after, after.updatedAt),
})

const orderAge: Age<Versioned<Order>> = ({ value }) => ({ createdAt: value.createdAt, id: value.id })

export const orderReader = (orders: Rows<Versioned<Order>>, links: Links): OrderReader => ({
  find: async (id) => orders.get(id),
  async list(filter, page) {
    const { userId, status } = filter
    const isLinked = links.ordersOf(filter)
    const wanted = ({ value }: Versioned<Order>): boolean =>
      (userId === undefined || value.userId === userId) &&
      (status === undefined || value.status === status) &&
      isLinked(value.id) &&
      isWithin(filter, value.createdAt)
    return pageOf(orders.where(wanted), page, orderAge)
  },
  versions: async (ids) =>
    new Map(orders.where(({ value }) => ids.includes(value.id)).map(({ value, version }) => [value.id, version])),
})

export const orderRepository = (orders: Draft<Versioned<Order>>, links: Links, dues: Dues): OrderRepository => ({
  ...orderReader(orders, links),
  async insert(order) {
    insertOnce(orders, firstVersion(order, order.createdAt))
    if (order.status === 'pending') setDue(dues, order.id, order.expiresAt)
  },
  async replace(before, after, at) {
    const written = replaceVersion(orders, after.id, before, after, at)
    if (written && after.status !== 'pending') moveDue(dues, after.id, undefined)
    return written
  },
  claimDue: async (now, leaseUntil, limit) =>
    claimDue(dues, { now, leaseUntil, limit }).flatMap(({ id, attempts }) => {
      const order = orders.get(id)
      return order === undefined ? [] : [{ order, attempts }]
    }),
  postpone: async (orderId, until) => moveDue(dues, orderId, until),
})
