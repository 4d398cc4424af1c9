import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Running, startRunning } from '../support/service.ts'
import { eventually, GRANT, type Gateway, open, order, orderState, paymentOf, sell } from './payer.ts'

describe.each<Gateway>(['wechat', 'alipay'])('a payment at %s of which nobody tells us', (gateway) => {
  let running: Running
  let productId: string
  beforeAll(async () => {
    running = await startRunning({ settings: { GATEWAY_TIMEOUT_MS: '1500', RECOVERY_SCHEDULE: '15s,30s' } })
    productId = await sell(running, GRANT)
  })
  afterAll(() => running.stop())

  /** Paid there, with the callback lost. */
  const paidInSilence = async () => {
    const opened = await open(running, await order(running, productId), gateway)
    running.sandbox[gateway].faults.add({ operation: 'callback', kind: 'never', outTradeNo: opened.outTradeNo })
    await running.sandbox[gateway].pay(opened.codeUrl)
    return opened
  }
  const paid = (orderId: string, stepMs = 0) =>
    eventually(
      async () => {
        running.clock.advance(stepMs)
        return orderState(running, orderId)
      },
      (seen) => seen?.status === 'paid',
    )

  it('is settled at the first step of the schedule, without anybody asking', async () => {
    const { orderId, outTradeNo } = await paidInSilence()
    running.clock.advance(14_999)
    expect((await orderState(running, orderId))?.status).toBe('pending')
    running.clock.advance(1)
    expect((await paid(orderId))?.status).toBe('paid')
    expect((await paymentOf(running, outTradeNo))?.status).toBe('paid')
  })

  it.each(['cut_after', 'error_500_after', 'hang', 'unsigned', 'bad_signature'] as const)(
    'is asked about again after %s',
    async (kind) => {
      const { orderId, outTradeNo } = await paidInSilence()
      running.sandbox[gateway].faults.add({ operation: 'query', kind, outTradeNo })
      expect((await paid(orderId, 500))?.status).toBe('paid')
    },
  )

  it('is closed where its order was paid at the other gateway', async () => {
    const { orderId, outTradeNo } = await open(running, await order(running, productId), gateway)
    const other = gateway === 'wechat' ? 'alipay' : 'wechat'
    const second = await open(running, orderId, other)
    await running.sandbox[other].pay(second.codeUrl)
    expect((await paid(orderId))?.status).toBe('paid')
    running.clock.advance(15_000)
    const left = await eventually(
      () => paymentOf(running, outTradeNo),
      (seen) => seen?.status !== 'pending',
    )
    expect(left?.status).toBe('closed')
  })
})
