import { describe, expect, it } from 'vitest'
import { fen } from '../../src/domain/money.ts'
import { accessProduct, goodsProduct } from '../support/builders.ts'
import { world } from './world.ts'

const buyer = { orderId: 'order-1', userId: 'user-1' }

describe('creating an order', () => {
  it('takes prices from the catalogue and freezes them', async () => {
    const { createOrder, store } = await world([accessProduct({ id: 'p1', price: fen(990) })])
    const order = (await createOrder({ ...buyer, items: [{ productId: 'p1', quantity: 3 }] }))._unsafeUnwrap().value
    expect(order).toMatchObject({ status: 'pending', amount: 2970, userId: 'user-1' })
    expect((await store.readers.orders.find('order-1'))?.value).toEqual(order)
  })

  it('gives the same order again for the same id, and reserves its goods once', async () => {
    const { createOrder, stock, store } = await world([
      goodsProduct({ id: 'g', fulfilment: { type: 'goods', sku: 'S' } }),
    ])
    await stock('S', 5)
    const items = [{ productId: 'g', quantity: 2 }]
    const first = await createOrder({ ...buyer, items })
    const second = await createOrder({ ...buyer, items })
    expect(second._unsafeUnwrap().value).toEqual(first._unsafeUnwrap().value)
    expect((await store.readers.stock.find('S')).value).toEqual({ sku: 'S', onHand: 5, reserved: 2 })
  })

  it('sells the last piece once among twenty who want it', async () => {
    const { createOrder, stock, store } = await world([
      goodsProduct({ id: 'g', fulfilment: { type: 'goods', sku: 'S' } }),
    ])
    await stock('S', 1)
    const wanted = Array.from({ length: 20 }, (_, n) =>
      createOrder({ orderId: `o${n}`, userId: `u${n}`, items: [{ productId: 'g', quantity: 1 }] }),
    )
    const results = await Promise.all(wanted)
    expect(results.filter((one) => one.isOk())).toHaveLength(1)
    expect(results.filter((one) => one.isErr() && one.error.code === 'OUT_OF_STOCK')).toHaveLength(19)
    expect((await store.readers.stock.find('S')).value).toEqual({ sku: 'S', onHand: 1, reserved: 1 })
  })

  it('leaves nothing behind where one of several goods is short', async () => {
    const { createOrder, stock, store } = await world([
      goodsProduct({ id: 'a', fulfilment: { type: 'goods', sku: 'A' } }),
      goodsProduct({ id: 'b', fulfilment: { type: 'goods', sku: 'B' } }),
    ])
    await stock('A', 5)
    const items = ['a', 'b'].map((productId) => ({ productId, quantity: 1 }))
    expect((await createOrder({ ...buyer, items }))._unsafeUnwrapErr()).toEqual({ code: 'OUT_OF_STOCK', sku: 'B' })
    expect((await store.readers.stock.find('A')).value.reserved).toBe(0)
    expect(await store.readers.orders.find('order-1')).toBeUndefined()
  })

  it('refuses unknown and withdrawn products, and totals of nothing or too much', async () => {
    const { createOrder } = await world([
      accessProduct({ id: 'old', active: false }),
      accessProduct({ id: 'free', price: fen(0) }),
      accessProduct({ id: 'dear', price: fen(10_000_000_000) }),
    ])
    const refusal = async (productId: string, quantity = 1) =>
      (await createOrder({ ...buyer, items: [{ productId, quantity }] }))._unsafeUnwrapErr().code
    expect(await refusal('none')).toBe('PRODUCT_NOT_FOUND')
    expect(await refusal('old')).toBe('PRODUCT_NOT_FOUND')
    expect(await refusal('free')).toBe('AMOUNT_OUT_OF_RANGE')
    expect(await refusal('dear', 2)).toBe('AMOUNT_OUT_OF_RANGE')
  })
})
