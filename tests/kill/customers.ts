import { codesOf, type Gateway, GRANT, METHOD, sell, stockUp } from '../wire/payer.ts'
import type { Promises } from './promises.ts'
import type { Stage } from './world.ts'

const GATEWAYS = ['wechat', 'alipay'] as const
const PAID = ['paid', 'partially_refunded', 'refunded']
const SKU = 'MUG'
const CODES = 1000

type Dice = () => number

export type Shop = {
  readonly world: Stage
  readonly promises: Promises
  readonly dice: Dice
  readonly products: Readonly<Record<'access' | 'goods' | 'points', string>>
  readonly codes: string[]
}

/** Puts everything on sale that customers do things with. */
export const openShop = async (world: Stage, promises: Promises, dice: Dice): Promise<Shop> => {
  const access = await sell(world, GRANT, '1.00')
  const goods = await sell(world, { type: 'goods', sku: SKU }, '2.00')
  const points = await sell(world, { type: 'points', points: 1000, bonusPoints: 0 }, '10.00')
  await stockUp(world, SKU, 1_000_000)
  return {
    world,
    promises,
    dice,
    products: { access, goods, points },
    codes: [...(await codesOf(world, access, CODES))],
  }
}

/** One customer's visit, at random of one kind; it fails when the program is gone. */
export const visit = (shop: Shop, user: string): Promise<unknown> => pick(shop, VISITS)(shop, user)

const pick = <T>({ dice }: Pick<Shop, 'dice'>, things: readonly [T, ...T[]]): T =>
  things[Math.floor(dice() * things.length)] ?? things[0]

const order = async ({ promises, products }: Shop, user: string, product: keyof Shop['products']): Promise<string> => {
  const body = { items: [{ productId: products[product], quantity: 1 }] }
  const { json } = await promises.ask({ path: '/orders', key: product, user, body })
  if (json.data === undefined) throw new Error(`no order: ${json.code}`)
  const { id, amount } = json.data
  const fen = Math.round(Number(amount) * 100)
  promises.claim(`order ${id}`, 'orders where id = ? and user_id = ? and amount_fen = ?', id, user, fen)
  return id
}

/** The number of the payment, unless the order can't be paid any more. */
const open = async (
  { promises }: Shop,
  user: string,
  orderId: string,
  gateway: Gateway,
): Promise<string | undefined> => {
  const body = { orderId, method: METHOD[gateway] }
  const { status, json } = await promises.ask({ path: `/payments/${gateway}/create`, key: orderId, user, body })
  if (status !== 201) return undefined
  const { outTradeNo } = json.data.payment
  promises.claim(`payment ${outTradeNo}`, 'payments where out_trade_no = ? and order_id = ?', outTradeNo, orderId)
  return outTradeNo
}

/** Whether the payer is too late is the gateway's affair. */
const pay = async ({ world }: Shop, gateway: Gateway, outTradeNo: string | undefined): Promise<void> => {
  if (outTradeNo !== undefined) await world.sandbox[gateway].pay(outTradeNo).catch(() => undefined)
}

const cancel = async ({ promises }: Shop, user: string, orderId: string): Promise<void> => {
  const { status } = await promises.ask({ path: `/orders/${orderId}/cancel`, key: 'unused', user, body: {} })
  if (status === 200) promises.claim(`cancelled ${orderId}`, `orders where id = ? and status = 'cancelled'`, orderId)
}

const close = async ({ promises }: Shop, user: string, orderId: string, gateway: Gateway): Promise<void> => {
  const path = `/payments/${gateway}/close/${orderId}`
  const { status, json } = await promises.ask({ path, key: 'unused', user, body: {} })
  if (status !== 200) return
  const { id } = json.data.payment
  promises.claim(`closed ${id}`, `payments where id = ? and status <> 'pending'`, id)
}

/** Looks at the order until it is paid, for a moment at most. */
const seePaid = async ({ promises }: Shop, user: string, orderId: string): Promise<void> => {
  for (let turn = 0; turn < 20; turn += 1) {
    const { json } = await promises.look(`/orders/${orderId}`, user)
    if (PAID.includes(json.data?.status)) {
      promises.claim(`seen paid ${orderId}`, 'orders where id = ? and paid_at is not null', orderId)
      return
    }
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** Asks for part or all of it back. */
const refund = async ({ promises, dice }: Shop, user: string, orderId: string, gateway: Gateway): Promise<void> => {
  const amount = dice() < 0.5 ? '1.00' : '0.40'
  const body = { orderId, amount, reason: '不想要了' }
  const { status, json } = await promises.ask({ path: `/payments/${gateway}/refund`, key: orderId, user, body })
  if (status !== 201) return
  const { refundNo } = json.data
  const found = `refunds where refund_no = ? and order_id = ? and amount_fen = ? and status <> 'cancelled'`
  promises.claim(`refund ${refundNo}`, found, refundNo, orderId, Math.round(Number(amount) * 100))
}

type Visit = (shop: Shop, user: string) => Promise<unknown>

const buys =
  (product: keyof Shop['products']): Visit =>
  async (shop, user) => {
    const gateway = pick(shop, GATEWAYS)
    const orderId = await order(shop, user, product)
    await pay(shop, gateway, await open(shop, user, orderId, gateway))
    await seePaid(shop, user, orderId)
  }

const bringsBack: Visit = async (shop, user) => {
  const gateway = pick(shop, GATEWAYS)
  const orderId = await order(shop, user, 'access')
  await pay(shop, gateway, await open(shop, user, orderId, gateway))
  await seePaid(shop, user, orderId)
  await refund(shop, user, orderId, gateway)
}

const paysTwice: Visit = async (shop, user) => {
  const orderId = await order(shop, user, 'access')
  const numbers = [await open(shop, user, orderId, 'wechat'), await open(shop, user, orderId, 'alipay')]
  await Promise.all(GATEWAYS.map((gateway, n) => pay(shop, gateway, numbers[n])))
  await seePaid(shop, user, orderId)
}

const cancels: Visit = async (shop, user) => {
  const gateway = pick(shop, GATEWAYS)
  const orderId = await order(shop, user, 'goods')
  const outTradeNo = await open(shop, user, orderId, gateway)
  const paying = shop.dice() < 0.5 ? pay(shop, gateway, outTradeNo) : undefined
  await Promise.all([cancel(shop, user, orderId), paying])
}

const closes: Visit = async (shop, user) => {
  const gateway = pick(shop, GATEWAYS)
  const orderId = await order(shop, user, 'access')
  await open(shop, user, orderId, gateway)
  await close(shop, user, orderId, gateway)
}

const paysWithPoints: Visit = async (shop, user) => {
  await buys('points')(shop, user)
  const orderId = await order(shop, user, 'access')
  const body = { orderId, method: 'POINTS' }
  const { status, json } = await shop.promises.ask({ path: '/payments/points/create', key: orderId, user, body })
  if (status !== 201) return
  const { id } = json.data.payment
  shop.promises.claim(`points ${id}`, 'payments where id = ? and paid_at is not null', id)
}

const usesCode: Visit = async ({ promises, codes }, user) => {
  const body = { code: codes.pop() }
  const { status } = await promises.ask({ path: '/access-codes/activate', key: 'unused', user, body })
  if (status === 200)
    promises.claim(`code of ${user}`, `entitlements where user_id = ? and source_type = 'access_code'`, user)
}

const VISITS: readonly [Visit, ...Visit[]] = [
  buys('access'),
  buys('goods'),
  bringsBack,
  paysTwice,
  cancels,
  closes,
  paysWithPoints,
  usesCode,
]
