import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Service, startService, tokenFor } from './service.ts'

let service: Service
let token: string
beforeAll(async () => {
  service = await startService()
  token = await tokenFor('u1')
})
afterAll(() => service.stop())

describe('POST /orders/{orderId}/cancel', () => {
  const pay = async (orderId: string) => {
    const body = { orderId, method: 'WECHAT_NATIVE' }
    const created = await service.call('POST', '/api/v1/payments/wechat/create', { token, body })
    return String(created.json.data.payment.outTradeNo)
  }

  it('cancels an unpaid order, and gives it again when it is repeated', async () => {
    const order = await service.order(token, (await service.sell()).id)
    const outTradeNo = await pay(order.id)
    const first = await service.call('POST', `/api/v1/orders/${order.id}/cancel`, { token })
    expect([first.status, first.json.data.status, first.json.data.paymentId]).toEqual([200, 'cancelled', null])
    expect(() => service.gateways.wechat.pay(outTradeNo)).toThrow('nobody can pay')
    const { cashierUrl: _, ...cancelled } = first.json.data
    const second = await service.call('POST', `/api/v1/orders/${order.id}/cancel`, { token })
    expect([second.status, second.json.data]).toEqual([200, expect.objectContaining(cancelled)])
  })

  it('refuses an order that turns out to be paid', async () => {
    const order = await service.order(token, (await service.sell()).id)
    service.gateways.wechat.pay(await pay(order.id))
    const reply = await service.call('POST', `/api/v1/orders/${order.id}/cancel`, { token })
    expect([reply.status, reply.json.code]).toEqual([409, 'ORDER_NOT_CANCELLABLE'])
    expect((await service.call('GET', `/api/v1/orders/${order.id}`, { token })).json.data.status).toBe('paid')
  })

  it('is not for whoever only holds the link to pay it', async () => {
    const order = await service.order(token, (await service.sell()).id)
    const reply = await service.call('POST', `/api/v1/orders/${order.id}/cancel`, {
      token: new URL(order.cashierUrl).hash.slice(1),
    })
    expect(reply.status).toBe(401)
  })
})
