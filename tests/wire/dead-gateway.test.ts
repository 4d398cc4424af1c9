import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { tokens } from '../../src/main/tokens.ts'
import { type RunningHere, startRunning } from '../support/service.ts'
import {
  ACCEPTED,
  call,
  deliver,
  GRANT,
  type Gateway,
  genuine,
  METHOD,
  open,
  order,
  orderState,
  sell,
  verdictOf,
} from './payer.ts'

const PRICE = 9900
const PAUSE_MS = 3000

describe.each<Gateway>(['wechat', 'alipay'])('while %s answers nothing', (gateway) => {
  const other = gateway === 'wechat' ? 'alipay' : 'wechat'
  let running: RunningHere
  let productId: string
  let before: Awaited<ReturnType<typeof open>>
  beforeAll(async () => {
    running = await startRunning({ settings: { GATEWAY_TIMEOUT_MS: '1500', RECOVERY_SCHEDULE: '1h' } })
    productId = await sell(running, GRANT)
    before = await open(running, await order(running, productId), gateway)
    running.sandbox[gateway].faults.add({ operation: 'create', kind: 'cut_before', times: 5 })
    for (let n = 0; n < 5; n += 1) expect((await create(await order(running, productId))).status).toBe(503)
  })
  afterAll(() => running.stop())

  const create = async (orderId: string, at: Gateway = gateway) => {
    const body = { orderId, method: METHOD[at] }
    return call(running, `/payments/${at}/create`, { token: await running.token('u1'), body })
  }
  const circuit = (at: Gateway) => running.service.gateways.circuitOf(at)

  it('is left alone after five calls in a row: a sixth is refused without being sent', async () => {
    expect(circuit(gateway)).toBe('open')
    const orderId = await order(running, productId)
    // Nothing is wrong with the gateway any more, so a call that was sent would succeed.
    const { status, json } = await create(orderId)
    expect([status, json.code]).toEqual([503, 'GATEWAY_UNAVAILABLE'])
    const [payment] = await running.service.container.get(tokens.readers).payments.listByOrder(orderId)
    expect(payment?.value.status).toBe('pending')
    expect(running.sandbox[gateway].find(payment?.value.outTradeNo ?? '')).toBeUndefined()
  })

  it('the other gateway takes payments as always, for the same order too', async () => {
    const orderId = await order(running, productId)
    expect((await create(orderId)).status).toBe(503)
    expect((await create(orderId, other)).status).toBe(201)
    expect([circuit(gateway), circuit(other)]).toEqual(['open', 'closed'])
  })

  it('its callbacks are taken all the same', async () => {
    const answer = await deliver(running, gateway, genuine(running, gateway, before.outTradeNo, PRICE))
    expect(verdictOf(gateway, answer)).toEqual(ACCEPTED[gateway])
    expect((await orderState(running, before.orderId))?.status).toBe('paid')
    expect(circuit(gateway)).toBe('open')
  })

  it('is tried again after a pause, and used when it answers', async () => {
    running.clock.advance(PAUSE_MS)
    running.sandbox[gateway].faults.add({ operation: 'create', kind: 'cut_before' })
    expect((await create(await order(running, productId))).status).toBe(503)
    expect(circuit(gateway)).toBe('open')
    expect((await create(await order(running, productId))).status).toBe(503)
    running.clock.advance(PAUSE_MS)
    expect((await create(await order(running, productId))).status).toBe(201)
    expect(circuit(gateway)).toBe('closed')
  })
})
