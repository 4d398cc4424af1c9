import type { Container } from 'inversify'
import type { ProductDraft } from '../../src/application/catalogue/maintain-catalogue.ts'
import { fen } from '../../src/domain/money.ts'
import { tokens } from '../../src/main/tokens.ts'
import type { Chance } from './chance.ts'
import { OPERATOR } from './shop.ts'

const product = (name: string, price: number, fulfilment: ProductDraft['fulfilment']): ProductDraft => ({
  name,
  description: '',
  price: fen(price),
  currency: 'CNY',
  active: true,
  sortOrder: 0,
  fulfilment,
})

/** One of each kind; the odd prices are where rounding would show. */
const PRODUCTS: readonly ProductDraft[] = [
  product('会员', 3001, { type: 'access', delivery: 'grant', validityDays: 30 }),
  product('兑换码', 1999, { type: 'access', delivery: 'code', validityDays: 30 }),
  product('积分', 5000, { type: 'points', points: 5000, bonusPoints: 333 }),
  product('文化衫', 1234, { type: 'goods', sku: 'SHIRT' }),
]

const productId = (n: number): string => `p${String(n).padStart(31, '0')}`

/** Puts the products on sale, a few pieces into stock, a batch of codes into somebody's hand, and has two shops told. */
export const fillShop = async (container: Container, chance: Chance) => {
  const products: string[] = []
  for (const [n, draft] of PRODUCTS.entries()) {
    await container.get(tokens.createProduct)(productId(n), draft, OPERATOR)
    products.push(productId(n))
  }
  const stock = { entryId: 'opening', sku: 'SHIRT', delta: chance.between(1, 8), reason: 'opening stock' }
  await container.get(tokens.adjustInventory)(stock, OPERATOR)
  const expiresAt = new Date(container.get(tokens.clock).now().getTime() + chance.between(1, 24) * 3_600_000)
  const batch = { batchId: 'batch', productId: productId(0), count: 4, expiresAt }
  await container.get(tokens.makeCodes)(batch, OPERATOR)
  const createEndpoint = container.get(tokens.createWebhookEndpoint)
  const eventTypes = ['order.paid', 'order.refunded'] as const
  await createEndpoint(
    'endpoint-1',
    { url: 'https://shop-1.example/', description: '', eventTypes: undefined },
    OPERATOR,
  )
  await createEndpoint('endpoint-2', { url: 'https://shop-2.example/', description: '', eventTypes }, OPERATOR)
  const filter = { batchId: 'batch', productId: undefined, status: undefined }
  const { items } = await container.get(tokens.readers).accessCodes.list(filter, { limit: 10, after: undefined })
  return { products, batch: items }
}
