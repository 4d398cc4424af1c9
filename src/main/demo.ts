import { formatYuan, parseYuan } from '../domain/money.ts'
import type { Fulfilment } from '../domain/product.ts'
import type { Operator, ProductDraft } from '../application/catalogue/maintain-catalogue.ts'
import type { Ids } from '../application/ids.ts'
import type { UseCases } from './tokens.ts'

/** The user whose orders the first start shows. */
export const DEMO_USER = 'demo'

const OPERATOR: Operator = { actor: 'system', requestId: 'first-start', ip: undefined }

type DemoProduct = readonly [id: string, name: string, description: string, price: string, fulfilment: Fulfilment]

const PRODUCTS: readonly DemoProduct[] = [
  [
    'demo-membership',
    '会员年卡',
    '365 天会员权益，付款即开通',
    '99.00',
    { type: 'access', delivery: 'grant', validityDays: 365 },
  ],
  [
    'demo-gift-card',
    '月卡兑换码',
    '30 天会员兑换码，可转赠',
    '15.00',
    { type: 'access', delivery: 'code', validityDays: 30 },
  ],
  [
    'demo-points',
    '1000 积分',
    '充值 1000 积分，另赠 100 积分',
    '10.00',
    { type: 'points', points: 1000, bonusPoints: 100 },
  ],
  ['demo-t-shirt', '纪念 T 恤（M）', '纯棉，含运费', '59.90', { type: 'goods', sku: 'TSHIRT-M' }],
]

type Deps = Pick<UseCases, 'createProduct' | 'adjustInventory' | 'createOrder'> & { readonly ids: Ids }

/** Puts four products of the three kinds on sale, goods in stock, and makes an order to try the cashier with. */
export const prepareDemo = async ({ createProduct, adjustInventory, createOrder, ids }: Deps) => {
  for (const [index, product] of PRODUCTS.entries()) await createProduct(product[0], draft(product, index), OPERATOR)
  const stock = { entryId: 'demo-first-stock', sku: 'TSHIRT-M', delta: 100, reason: 'first start' }
  await adjustInventory(stock, OPERATOR)
  const order = await createOrder({
    orderId: ids.entity(),
    userId: DEMO_USER,
    items: [{ productId: 'demo-membership', quantity: 1 }],
  })
  if (order.isErr()) throw new Error(`the demo order could not be made: ${order.error.code}`)
  const { value } = order.value
  return { orderId: value.id, expiresAt: value.expiresAt, amount: formatYuan(value.amount) }
}

const draft = ([, name, description, price, fulfilment]: DemoProduct, sortOrder: number): ProductDraft => ({
  name,
  description,
  price: parseYuan(price).unwrapOr(undefined) ?? unreadable(price),
  currency: 'CNY',
  active: true,
  sortOrder,
  fulfilment,
})

const unreadable = (price: string): never => {
  throw new Error(`${price} is no price`)
}
