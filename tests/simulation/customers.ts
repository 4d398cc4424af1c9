import type { IssuedCode } from '../../src/application/access-codes/access-code-repository.ts'
import { fen } from '../../src/domain/money.ts'
import type { Provider } from '../../src/domain/payment.ts'
import type { Reply } from './front.ts'
import type { SimulatedGateway } from './gateway/simulated-gateway.ts'
import type { Shop } from './shop.ts'
import type { World } from './world.ts'

export type Town = {
  readonly world: World
  readonly shop: Shop
  readonly gateways: { readonly wechat: SimulatedGateway; readonly alipay: SimulatedGateway }
  readonly users: readonly string[]
  readonly products: readonly string[]
  readonly orderTtlMs: number
  /** Codes whose text somebody knows, to be tried by anybody. */
  readonly knownCodes: string[]
  /** Codes that the operator has made to be handed out. */
  readonly batch: readonly IssuedCode[]
}

const S = 1000
const MIN = 60 * S
const TRIES = 5

/** Has customers come and buy, each in a way of their own; what they do goes on by itself as time passes. */
export const bringCustomers = (town: Town, orders: number, withinMs: number): void => {
  const { world, users } = town
  for (let n = 0; n < orders; n += 1) {
    const user = world.chance.one(users)
    world.timeline.after(world.chance.below(withinMs), () => void buy(town, user, n))
  }
}

const buy = async (town: Town, user: string, n: number): Promise<void> => {
  const { world, shop, products } = town
  const { chance } = world
  const lines = Array.from({ length: chance.hits(0.25) ? 2 : 1 }, () => ({
    productId: chance.one(products),
    quantity: chance.hits(0.7) ? 1 : chance.between(2, 3),
  }))
  const ordered = await again(world, () => shop.order(user, `order ${n}`, lines))
  if (ordered?.data === undefined) return
  const { id: orderId, amount } = ordered.data
  if (chance.hits(0.3)) shop.watch(orderId, chance.spread(S, town.orderTtlMs))
  const attempts = chance.hits(0.5) ? 1 : chance.between(2, 4)
  for (let i = 0; i < attempts; i += 1)
    later(town, chance.spread(S, town.orderTtlMs / 2), () => payBy(town, user, orderId, `${n}.${i}`))
  if (chance.hits(0.2)) later(town, chance.spread(S, 1.2 * town.orderTtlMs), () => shop.cancel(user, orderId))
  if (chance.hits(0.4)) later(town, chance.spread(S, 1.2 * town.orderTtlMs), () => ask(town, user, orderId))
  if (chance.hits(0.15)) later(town, chance.spread(S, town.orderTtlMs), () => shop.close(user, aGateway(town), orderId))
  if (chance.hits(0.7)) later(town, chance.between(MIN, town.orderTtlMs), () => useBought(town, user, orderId))
  if (chance.hits(0.8))
    later(town, chance.between(0, 1.5 * town.orderTtlMs), () => askBack(town, user, orderId, amount, n))
}

/** Asks for money back of an order that may be paid by now: all of it or parts, once or again, also more than there is. */
const askBack = async (town: Town, user: string, orderId: string, amount: number, n: number): Promise<void> => {
  const { world, shop } = town
  const { chance } = world
  const provider: Provider = chance.hits(0.2) ? 'points' : aGateway(town)
  const halves = chance.hits(0.3) && amount > 1
  for (let i = halves ? 2 : chance.hits(0.5) ? 1 : chance.between(2, 4); i > 0; i -= 1) {
    const part = halves ? half(amount, i) : chance.hits(0.4) ? amount : chance.between(1, amount)
    const refundNo = chance.hits(0.5) ? `refund_${n}_${i}` : undefined
    const ask = { refundNo, idempotencyKey: chance.hits(0.5) ? `refund ${n}.${i}` : undefined }
    const asked = (): Promise<void> => shop.refund(user, provider, orderId, fen(part), ask)
    later(town, chance.spread(10, 5 * MIN), asked)
    if (refundNo === undefined) continue
    if (chance.hits(0.4)) later(town, chance.spread(10, 5 * MIN), asked)
    if (chance.hits(0.5)) later(town, chance.spread(10, 10 * MIN), () => shop.lookAtRefund(user, refundNo))
  }
}

/** The first or the second, which is the smaller one where the whole is odd. */
const half = (amount: number, which: number): number => (which === 1 ? Math.ceil(amount / 2) : Math.floor(amount / 2))

const later = ({ world }: Town, delayMs: number, act: () => Promise<unknown>): void => {
  world.timeline.after(delayMs, () => void act())
}

/** A client that got no answer, or was told to come again, comes again a few times. */
const again = async <T>(world: World, ask: () => Promise<Reply<T> | undefined>): Promise<Reply<T> | undefined> => {
  for (let tried = 1; ; tried += 1) {
    const reply = await ask()
    const isFinal = reply !== undefined && reply.status < 500 && reply.code !== 'IDEMPOTENCY_KEY_IN_USE'
    if (isFinal || tried === TRIES) return reply
    await world.timeline.sleep(world.chance.spread(S, MIN))
  }
}

const aGateway = ({ world }: Town): 'wechat' | 'alipay' => world.chance.one(['wechat', 'alipay'] as const)

const payBy = async (town: Town, user: string, orderId: string, key: string): Promise<void> => {
  const { world, shop, gateways } = town
  const { chance, timeline } = world
  const provider: Provider = chance.hits(0.25) ? 'points' : aGateway(town)
  const withKey = chance.hits(0.5) ? `pay ${key}` : undefined
  const created = await again(world, () => shop.pay(user, provider, orderId, withKey))
  const outTradeNo = created?.data?.outTradeNo
  if (outTradeNo === undefined || provider === 'points') return
  const gateway = gateways[provider]
  if (chance.hits(0.1)) return gateway.scan(outTradeNo)
  if (chance.hits(0.15)) return
  await timeline.sleep(payDelayMs(town))
  if (chance.hits(0.15)) later(town, chance.between(0, 2000), () => shop.cancel(user, orderId))
  if (chance.hits(0.1)) later(town, chance.between(0, 2000), () => shop.close(user, provider, orderId))
  await timeline.sleep(chance.between(0, 1000))
  gateway.pay(outTradeNo)
  if (chance.hits(0.2)) await shop.query(user, provider, orderId)
}

/** Some pay at once, some when it is about to be too late, some when another tab has cancelled or paid already. */
const payDelayMs = ({ world: { chance }, orderTtlMs }: Town): number => {
  if (chance.hits(0.2)) return orderTtlMs - chance.between(-30, 30) * S
  return chance.hits(0.3) ? chance.between(0, orderTtlMs) : chance.spread(S, orderTtlMs)
}

const ask = async (town: Town, user: string, orderId: string): Promise<void> => {
  await town.shop.query(user, aGateway(town), orderId)
  await town.shop.look(user, orderId)
}

/** Takes the codes of an order that is paid by now, uses some and hands others on. */
const useBought = async (town: Town, user: string, orderId: string): Promise<void> => {
  const { world, shop, users, knownCodes } = town
  for (const text of await shop.codesOf(user, orderId)) {
    knownCodes.push(text)
    const who = world.chance.hits(0.7) ? user : world.chance.one(users)
    if (world.chance.hits(0.7)) await shop.activate(who, text)
  }
}

/** People who try codes they have heard of, at the same time as others. */
export const tryCodes = ({ world, shop, users, knownCodes }: Town): void => {
  if (knownCodes.length === 0) return
  const text = world.chance.one(knownCodes)
  for (let i = world.chance.between(1, 3); i > 0; i -= 1) void shop.activate(world.chance.one(users), text)
}
