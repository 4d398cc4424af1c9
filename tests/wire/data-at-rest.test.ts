import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Running, readersOf, startRunning, storeOf } from '../support/service.ts'
import { eventually, open, order, orderState, sell } from './payer.ts'

const PAYER = 'oPLANTED_OPENID_0123456789abc'

describe('what lies on the disk', () => {
  let running: Running
  beforeAll(async () => {
    running = await startRunning()
  })
  afterAll(() => running.stop())

  it('holds neither payer nor code nor callback nor cashier link in clear', async () => {
    const productId = await sell(running, { type: 'access', delivery: 'code', validityDays: 30 })
    const token = await running.token('u1')
    const created = await fetch(`${running.origin}/api/v1/orders`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'idempotency-key': 'k1' },
      body: JSON.stringify({ items: [{ productId, quantity: 1 }] }),
    })
    const { data } = (await created.json()) as { data: { cashierUrl: string } } // As the contract says.
    const { orderId, outTradeNo } = await open(running, await order(running, productId), 'wechat')
    const message = running.sandbox.wechat.notification({ outTradeNo, total: 9900, openId: PAYER })
    const path = `${running.origin}/api/v1/payments/wechat/notify`
    await fetch(path, { method: 'POST', headers: message.headers, body: new Uint8Array(message.body) })
    await eventually(
      () => orderState(running, orderId),
      (seen) => seen?.status === 'paid',
    )
    const [code] = await readersOf(running).accessCodes.listByOrder(orderId)
    const [receipt] = await readersOf(running).transactions.listByOrder(orderId)
    expect(receipt?.payer).toBe(PAYER)
    await storeOf(running).close()
    const disk = await running.database.contents()
    expect(disk).toContain(outTradeNo)
    const secrets = [
      PAYER,
      code?.text ?? '',
      data.cashierUrl.split('#')[1] ?? '',
      message.body.toString().slice(20, 80),
    ]
    for (const secret of secrets) {
      expect(secret.length).toBeGreaterThan(15)
      expect(disk.includes(secret)).toBe(false)
    }
  })
})
