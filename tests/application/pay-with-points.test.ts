import { ok } from 'neverthrow'
import { describe, expect, it } from 'vitest'
import { fen } from '../../src/domain/money.ts'
import { type PointsAccount, pointsFor, postPoints } from '../../src/domain/points.ts'
import { accessProduct, goodsProduct, minute, pointsProduct } from '../support/builders.ts'
import { nativePayment, type World, world } from './world.ts'

const PRODUCTS = [
  accessProduct({ id: 'access', price: fen(990) }),
  pointsProduct({ id: 'points', price: fen(990) }),
  goodsProduct({ id: 'goods', price: fen(990), fulfilment: { type: 'goods', sku: 'S' } }),
]
const withPoints = { ...nativePayment, provider: 'points', method: 'POINTS' } as const

const rich = async (points: number): Promise<World> => {
  const made = await world(PRODUCTS)
  await made.store.transaction.run(async ({ points: ledger }) => {
    const before = await ledger.account('user-1')
    const source = { type: 'admin', id: 'gift' } as const
    const facts = {
      id: 'e0',
      userId: 'user-1',
      kind: 'adjustment',
      delta: points,
      source,
      createdAt: minute(0),
    } as const
    const [after, entry] = postPoints(before.value, facts)._unsafeUnwrap()
    await ledger.post(before, after, entry)
    return ok(undefined)
  })
  return made
}

const order = ({ createOrder }: World, productId: string, orderId = 'order-1') =>
  createOrder({ orderId, userId: 'user-1', items: [{ productId, quantity: 1 }] })

const balanceOf = async ({ store }: World): Promise<PointsAccount['balance']> =>
  (await store.readers.points.account('user-1')).value.balance

describe('paying with points', () => {
  it('takes the points, pays and delivers at once', async () => {
    const made = await rich(1000)
    await order(made, 'access')
    const { payment, action } = (await made.createPayment(withPoints))._unsafeUnwrap()
    expect(action).toEqual({ type: 'none' })
    expect(payment.value).toMatchObject({ status: 'paid', provider: 'points', amount: 990 })
    expect(await balanceOf(made)).toBe(10)
    const stored = await made.store.readers.orders.find('order-1')
    expect(stored?.value).toMatchObject({ status: 'paid', paymentId: payment.value.id })
    expect(await made.store.readers.entitlements.listByUser('user-1')).toHaveLength(1)
    expect((await made.store.readers.events.eventsOf('order-1')).map(({ event }) => event.type)).toEqual([
      'order.created',
      'payment.created',
      'points.debited',
      'payment.succeeded',
      'order.paid',
      'access.granted',
    ])
  })

  it('leaves everything as it was where the balance is one point short', async () => {
    const made = await rich(989)
    await order(made, 'access')
    expect((await made.createPayment(withPoints))._unsafeUnwrapErr()).toEqual({ code: 'INSUFFICIENT_POINTS' })
    expect(await balanceOf(made)).toBe(989)
    expect(await made.store.readers.payments.listByOrder('order-1')).toEqual([])
  })

  it('spends once when twenty requests come together', async () => {
    const made = await rich(5000)
    await order(made, 'access')
    const results = await Promise.all(
      Array.from({ length: 20 }, (_, n) => made.createPayment({ ...withPoints, paymentId: `payment-${n}` })),
    )
    expect(results.filter((one) => one.isOk())).toHaveLength(1)
    expect(results.filter((one) => one.isErr() && one.error.code === 'DUPLICATE_PAYMENT')).toHaveLength(19)
    expect(await balanceOf(made)).toBe(4010)
  })

  it('gives a repeated request the payment it has made, as after a crash before the answer', async () => {
    const made = await rich(5000)
    await order(made, 'access')
    const first = (await made.createPayment(withPoints))._unsafeUnwrap()
    expect((await made.createPayment(withPoints))._unsafeUnwrap()).toEqual(first)
    expect(await balanceOf(made)).toBe(4010)
    const another = await made.createPayment({ ...withPoints, paymentId: 'payment-2' })
    expect(another._unsafeUnwrapErr()).toEqual({ code: 'DUPLICATE_PAYMENT' })
  })

  it('never spends more than there is on several orders at once', async () => {
    const made = await rich(2000)
    const orders = ['a', 'b', 'c', 'd']
    for (const orderId of orders) await order(made, 'access', orderId)
    const results = await Promise.all(
      orders.map((orderId) => made.createPayment({ ...withPoints, orderId, paymentId: `payment-${orderId}` })),
    )
    expect(results.filter((one) => one.isOk())).toHaveLength(2)
    expect(await balanceOf(made)).toBe(20)
  })

  it('buys no points with points, since their bonus would come from nowhere', async () => {
    const made = await rich(5000)
    await order(made, 'points')
    expect((await made.createPayment(withPoints))._unsafeUnwrapErr()).toEqual({ code: 'ORDER_NOT_PAYABLE' })
  })

  it('is not for whoever holds a cashier link', async () => {
    const made = await rich(5000)
    await order(made, 'access')
    const viewer = { kind: 'cashier', orderId: 'order-1' } as const
    const refused = await made.createPayment({ ...withPoints, viewer })
    expect(refused._unsafeUnwrapErr()).toEqual({ code: 'POINTS_NEED_THEIR_OWNER' })
    expect(await balanceOf(made)).toBe(5000)
  })

  it('sells the goods the order had reserved', async () => {
    const made = await rich(1000)
    await made.stock('S', 1)
    await order(made, 'goods')
    expect((await made.createPayment(withPoints)).isOk()).toBe(true)
    expect((await made.store.readers.stock.find('S')).value).toEqual({ sku: 'S', onHand: 0, reserved: 0 })
  })
})

describe('what an amount costs in points', () => {
  it.each([
    [1, 100, 1],
    [990, 100, 990],
    [1, 1, 1],
    [100, 1, 1],
    [101, 1, 2],
    [150, 3, 5],
    [10_000_000_000, 1_000_000, 100_000_000_000_000],
  ])('%i fen at %i points a yuan are %i points', (amount, rate, points) => {
    expect(pointsFor(fen(amount), rate)).toBe(points)
  })
})
