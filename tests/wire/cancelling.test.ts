import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Running, startRunning } from '../support/service.ts'
import { call, type Gateway, open, order, orderState, paymentOf, sell, stockOf, stockUp } from './payer.ts'

const SKU = 'MUG'
const ON_HAND = 1000

describe.each<Gateway>(['wechat', 'alipay'])('cancelling an order with a payment at %s', (gateway) => {
  let running: Running
  let productId: string
  beforeAll(async () => {
    running = await startRunning({ settings: { GATEWAY_TIMEOUT_MS: '1500' } })
    productId = await sell(running, { type: 'goods', sku: SKU })
    await stockUp(running, SKU, ON_HAND)
  })
  afterAll(() => running.stop())

  const unpaid = async () => open(running, await order(running, productId), gateway)
  const cancel = async ({ orderId, token }: { readonly orderId: string; readonly token: string }) => {
    const { status, json } = await call(running, `/orders/${orderId}/cancel`, { token, body: {} })
    return { status, code: json.code, order: json.data }
  }

  it('closes it there, then cancels here and gives the goods free', async () => {
    const before = await stockOf(running, SKU)
    const opened = await unpaid()
    expect((await stockOf(running, SKU)).reserved).toBe(before.reserved + 1)
    const first = await cancel(opened)
    expect(first).toMatchObject({ status: 200, order: { status: 'cancelled' } })
    expect(await cancel(opened)).toMatchObject({ status: 200, order: { status: 'cancelled', id: opened.orderId } })
    expect((await paymentOf(running, opened.outTradeNo))?.status).toBe('closed')
    expect(await stockOf(running, SKU)).toEqual(before)
  })

  it('refuses once it is paid, also when only the gateway knows of it', async () => {
    const opened = await unpaid()
    running.sandbox[gateway].faults.add({ operation: 'callback', kind: 'never', outTradeNo: opened.outTradeNo })
    await running.sandbox[gateway].pay(opened.codeUrl)
    expect(await cancel(opened)).toMatchObject({ status: 409, code: 'ORDER_NOT_CANCELLABLE' })
    expect((await orderState(running, opened.orderId))?.status).toBe('paid')
    expect(await cancel(opened)).toMatchObject({ status: 409, code: 'ORDER_NOT_CANCELLABLE' })
  })

  it.each(['cut_after', 'error_500_after', 'hang'] as const)(
    'leaves all as it is after %s at the close, and cancels at the next try',
    async (kind) => {
      const opened = await unpaid()
      const { orderId, outTradeNo } = opened
      running.sandbox[gateway].faults.add({ operation: 'close', kind, outTradeNo })
      const before = await stockOf(running, SKU)
      expect(await cancel(opened)).toMatchObject({ status: 503, code: 'GATEWAY_UNAVAILABLE' })
      expect([(await orderState(running, orderId))?.status, await stockOf(running, SKU)]).toEqual(['pending', before])
      expect(await cancel(opened)).toMatchObject({ status: 200, order: { status: 'cancelled' } })
      expect((await stockOf(running, SKU)).reserved).toBe(before.reserved - 1)
    },
  )
})
