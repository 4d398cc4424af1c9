import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Running, startRunning } from '../support/service.ts'
import { eventually, type Gateway, open, order, orderState, paymentOf, sell, stockOf, stockUp } from './payer.ts'

const SKU = 'MUG'
const TTL_MS = 1_800_000

describe.each<Gateway>(['wechat', 'alipay'])('the expiry of an order with a payment at %s', (gateway) => {
  let running: Running
  let productId: string
  beforeAll(async () => {
    running = await startRunning({ settings: { GATEWAY_TIMEOUT_MS: '1500' } })
    productId = await sell(running, { type: 'goods', sku: SKU })
    await stockUp(running, SKU, 1000)
  })
  afterAll(() => running.stop())

  const unpaid = async () => open(running, await order(running, productId), gateway)
  const ended = (orderId: string) =>
    eventually(
      async () => {
        running.clock.advance(20)
        return orderState(running, orderId)
      },
      (seen) => seen?.status !== 'pending',
    )

  it('closes it there and gives the goods free, by itself', async () => {
    const before = await stockOf(running, SKU)
    const { orderId, outTradeNo } = await unpaid()
    running.clock.advance(TTL_MS)
    expect((await ended(orderId))?.status).toBe('expired')
    expect((await paymentOf(running, outTradeNo))?.status).toBe('closed')
    expect(await stockOf(running, SKU)).toEqual(before)
  })

  it('settles a paid one whose callback was lost instead of ending it', async () => {
    const { orderId, outTradeNo, codeUrl } = await unpaid()
    running.sandbox[gateway].faults.add({ operation: 'callback', kind: 'never', outTradeNo })
    await running.sandbox[gateway].pay(codeUrl)
    running.clock.advance(TTL_MS)
    expect((await ended(orderId))?.status).toBe('paid')
  })

  it.each(['cut_after', 'error_500_after', 'hang', 'bad_signature'] as const)(
    'goes on after %s at the question or the close until the gateway has answered',
    async (kind) => {
      const { orderId, outTradeNo, codeUrl } = await unpaid()
      if (gateway === 'alipay') await running.sandbox.alipay.scan(codeUrl)
      for (const operation of ['query', 'close'] as const)
        running.sandbox[gateway].faults.add({ operation, kind, outTradeNo })
      running.clock.advance(TTL_MS)
      expect((await ended(orderId))?.status).toBe('expired')
      expect((await paymentOf(running, outTradeNo))?.status).toBe('closed')
    },
  )
})
