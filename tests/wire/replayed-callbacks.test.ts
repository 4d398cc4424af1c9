import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Running, startRunning } from '../support/service.ts'
import { ACCEPTED, deliver, type Gateway, genuine, GRANT, open, order, sell, verdictOf } from './payer.ts'

const DAY_MS = 86_400_000

describe.each<Gateway>(['wechat', 'alipay'])('a genuine callback of %s that comes again', (gateway) => {
  let running: Running
  beforeAll(async () => {
    running = await startRunning()
  })
  afterAll(() => running.stop())

  it('changes nothing, after a second as after a day', async () => {
    const { outTradeNo } = await open(running, await order(running, await sell(running, GRANT)), gateway)
    const message = genuine(running, gateway, outTradeNo, 9900)
    const send = async () => verdictOf(gateway, await deliver(running, gateway, message))
    expect(await send()).toEqual(ACCEPTED[gateway])
    const before = await running.database.digest()
    running.clock.advance(1000)
    expect(await send()).toEqual(ACCEPTED[gateway])
    running.clock.advance(DAY_MS)
    // WeChat Pay signs the time with it; of Alipay's only the state of the payment tells that it is old.
    const { status } = await deliver(running, gateway, message)
    expect(status).toBe(gateway === 'wechat' ? 401 : 200)
    expect(await running.database.digest()).toBe(before)
  })
})
