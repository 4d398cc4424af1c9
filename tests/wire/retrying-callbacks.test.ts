import { ok } from 'neverthrow'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { tokens } from '../../src/main/tokens.ts'
import type { Payment } from '../../src/domain/payment.ts'
import { type RunningHere, readersOf, startRunning, storeOf } from '../support/service.ts'
import { call, deliver, GRANT, type Gateway, genuine, open, order, orderState, paymentOf, sell } from './payer.ts'

const PRICE = 9900
const ALWAYS = { from: undefined, to: undefined }

describe.each<Gateway>(['wechat', 'alipay'])('a stored callback of %s that is tried again', (gateway) => {
  let running: RunningHere
  beforeAll(async () => {
    running = await startRunning({ settings: { SCHEDULER_TICK_MS: '60000' } })
  })
  afterAll(() => running.stop())

  const newest = async () =>
    (await readersOf(running).notifications.list(ALWAYS, { limit: 1, after: undefined })).items[0]
  const retry = async () => {
    const token = await running.token('boss', true)
    const path = `/admin/notifications/${(await newest())?.id}/retry`
    return (await call(running, path, { token, body: { reason: '核对' } })).json.data
  }

  it('is verified, opened and compared once more, long after its time', async () => {
    const { outTradeNo, orderId } = await open(running, await order(running, await sell(running, GRANT)), gateway)
    await deliver(running, gateway, genuine(running, gateway, outTradeNo, 1))
    running.clock.advance(30 * 60_000)
    expect(await retry()).toMatchObject({ outcome: 'amount_mismatch', notification: { outTradeNo, retries: 1 } })
    expect((await orderState(running, orderId))?.status).toBe('pending')
  })

  it('settles an order whose payment was lost when it came', async () => {
    const made = await open(running, await order(running, await sell(running, GRANT)), gateway)
    const lost = `LOST${gateway === 'wechat' ? 1 : 2}`
    const message = genuine(running, gateway, lost, PRICE)
    expect((await deliver(running, gateway, message)).status).toBeLessThan(300)
    expect((await newest())?.verdict).toBe('unknown_order')
    const payment = await paymentOf(running, made.outTradeNo)
    if (payment === undefined) throw new Error('no payment')
    await bringBack({ ...payment, id: `lost-${gateway}`, outTradeNo: lost, status: 'pending' })
    running.clock.advance(10 * 60_000)
    expect(await retry()).toMatchObject({ outcome: 'settled', notification: { verdict: 'settled', retries: 1 } })
    expect(await orderState(running, made.orderId)).toMatchObject({ status: 'paid', paymentId: `lost-${gateway}` })
    expect(
      await readersOf(running).incidents.list({ kind: 'unknown_order' }, { limit: 5, after: undefined }),
    ).toMatchObject({ items: [{ status: 'resolved' }] })
    expect(await retry()).toMatchObject({ outcome: 'repeated', notification: { verdict: 'settled', retries: 2 } })
  })

  /** In place of the open payment of the same order and method. */
  const bringBack = (payment: Extract<Payment, { status: 'pending' }>) =>
    storeOf(running).transaction.run(async ({ payments }) => {
      const at = running.service.container.get(tokens.clock).now()
      for (const other of await payments.listByOrder(payment.orderId))
        if (other.value.status === 'pending') await payments.replace(other, { ...other.value, status: 'closed' }, at)
      return ok(await payments.insert(payment, at))
    })
})
