import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Running, startRunning } from '../support/service.ts'
import { call, eventually, GRANT, type Gateway, open, order, orderState, sell } from './payer.ts'

describe.each<Gateway>(['wechat', 'alipay'])(
  'an open page of an order paid at %s whose callback is lost',
  (gateway) => {
    let running: Running
    let productId: string
    beforeAll(async () => {
      running = await startRunning({ settings: { RECOVERY_SCHEDULE: '24h' } })
      productId = await sell(running, GRANT)
    })
    afterAll(() => running.stop())

    const paidInSilence = async () => {
      const opened = await open(running, await order(running, productId), gateway)
      running.sandbox[gateway].faults.add({ operation: 'callback', kind: 'never', outTradeNo: opened.outTradeNo })
      await running.sandbox[gateway].pay(opened.codeUrl)
      return opened
    }

    it('is told within seconds', async () => {
      const { orderId, token } = await paidInSilence()
      const seen = await statuses(running, orderId, token, () => running.clock.advance(100))
      expect(seen).toEqual(['pending', 'paid'])
    })

    it('finds it out by reading again and again, where no stream gets through', async () => {
      const { orderId, token } = await paidInSilence()
      const { json } = await call(running, `/orders/${orderId}`, { token })
      const link = String(json.data.cashierUrl).split('#')[1] ?? ''
      const read = async () => (await call(running, `/orders/${orderId}`, { token: link })).json.data.status
      expect(await read()).toBe('pending')
      running.clock.advance(3000)
      expect(await eventually(read, (status) => status === 'paid')).toBe('paid')
    })

    it('is what makes the difference: without one nobody asks before the schedule does', async () => {
      const { orderId, token } = await paidInSilence()
      for (let turn = 0; turn < 20; turn += 1) {
        running.clock.advance(1000)
        await call(running, `/orders/${orderId}`, { token })
      }
      expect((await orderState(running, orderId))?.status).toBe('pending')
    })
  },
)

/** What an order's stream tells until it ends; `tick` is called all the while. */
const statuses = async ({ origin }: Running, orderId: string, token: string, tick: () => void) => {
  const timer = setInterval(tick, 10)
  const headers = { authorization: `Bearer ${token}` }
  const response = await fetch(`${origin}/api/v1/orders/${orderId}/events`, { headers })
  const events = (await response.text()).matchAll(/^data: (.*)$/gm)
  clearInterval(timer)
  return Array.from(events, ([, data = '']) => JSON.parse(data).status)
}
