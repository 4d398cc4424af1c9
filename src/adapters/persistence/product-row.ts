import type { Versioned } from '../../application/versioned.ts'
import { fen } from '../../domain/money.ts'
import type { Product } from '../../domain/product.ts'
import { fulfilmentJson, toFulfilment } from './json.ts'
import { toCurrency, toDate, toFlag } from './row-values.ts'
import type { Row } from './schema.ts'

export const toProductRow = (product: Product, version: number): Row<'products'> => ({
  id: product.id,
  name: product.name,
  description: product.description,
  price_fen: product.price,
  currency: product.currency,
  active: product.active ? 1 : 0,
  sort_order: product.sortOrder,
  fulfilment: fulfilmentJson(product.fulfilment),
  created_at: product.createdAt.getTime(),
  updated_at: product.updatedAt.getTime(),
  version,
})

export const toProduct = (row: Row<'products'>): Versioned<Product> => {
  const updatedAt = toDate(row.updated_at)
  const value: Product = {
    id: row.id,
    name: row.name,
    description: row.description,
    price: fen(row.price_fen),
    currency: toCurrency(row.currency),
    active: toFlag(row.active),
    sortOrder: row.sort_order,
    fulfilment: toFulfilment(row.fulfilment),
    createdAt: toDate(row.created_at),
    updatedAt,
  }
  return { value, version: row.version, updatedAt }
}
