import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readersOf } from '../support/service.ts'
import { payShot, volley } from '../support/volley.ts'
import { eventually, GRANT, goneBack, open, order, orderState, paymentOf, refundsOf, sell } from '../wire/payer.ts'
import { type Arena, ROUNDS, startArena } from './arena.ts'
import { STORES } from './stores.ts'

describe.each(STORES)('paying one order at both gateways at once, on $name', (store) => {
  let arena: Arena
  let productId: string
  beforeAll(async () => {
    arena = await startArena(store)
    productId = await sell(arena, GRANT)
  })
  afterAll(() => arena.finish())

  const received = (outTradeNo: string) =>
    eventually(
      () => paymentOf(arena, outTradeNo),
      (seen) => seen?.status !== 'pending',
    )

  it('delivers once for one of them; the other goes back whole', async () => {
    const funded = new Set<string>()
    for (let round = 0; round < ROUNDS; round += 1) {
      const user = `both-${round}`
      const orderId = await order(arena, productId, user)
      const attempts = [await open(arena, orderId, 'wechat', user), await open(arena, orderId, 'alipay', user)]
      const paid = await volley(
        attempts.map(({ outTradeNo }, n) =>
          payShot(arena, outTradeNo, n === round % 2 ? Math.floor(round / 2) % 4 : 0),
        ),
        round,
      )
      expect(paid.map(({ status }) => status)).toEqual([200, 200])
      await Promise.all(attempts.map(({ outTradeNo }) => received(outTradeNo)))
      const order_ = await orderState(arena, orderId)
      const payments = (await readersOf(arena).payments.listByOrder(orderId)).map(({ value }) => value)
      const funding = payments.filter(
        ({ id }) => order_ !== undefined && 'paymentId' in order_ && order_.paymentId === id,
      )
      const surplus = payments.filter((one) => !funding.includes(one))
      expect([order_?.status, funding.length, surplus.length]).toEqual(['paid', 1, 1])
      funded.add(funding[0]?.provider ?? '')
      expect((await goneBack(arena, surplus[0]?.outTradeNo ?? ''))?.status).toBe('refunded')
      expect(await refundsOf(arena, { id: surplus[0]?.id ?? '' })).toMatchObject([{ status: 'success', amount: 9900 }])
      expect(await refundsOf(arena, { id: funding[0]?.id ?? '' })).toEqual([])
      expect(await readersOf(arena).entitlements.listByUser(user)).toHaveLength(1)
      await arena.verify()
    }
    expect(funded).toEqual(new Set(['wechat', 'alipay']))
  })
})
