import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Running, startRunning } from '../support/service.ts'
import { call, eventually, GRANT, type Gateway, open, order, orderState, paymentOf, sell } from './payer.ts'

const OTHER = { wechat: 'alipay', alipay: 'wechat' } as const

describe.each<Gateway>(['wechat', 'alipay'])('closing a payment at %s', (gateway) => {
  let running: Running
  let productId: string
  beforeAll(async () => {
    running = await startRunning({ settings: { GATEWAY_TIMEOUT_MS: '1500' } })
    productId = await sell(running, GRANT)
  })
  afterAll(() => running.stop())

  const unpaid = async () => open(running, await order(running, productId), gateway)
  const close = async ({ orderId, token }: { readonly orderId: string; readonly token: string }) => {
    const { status, json } = await call(running, `/payments/${gateway}/close/${orderId}`, { token, body: {} })
    return { status, code: json.code, payment: json.data?.payment }
  }
  const atGateway = (outTradeNo: string) =>
    running.sandbox[gateway].trades().find((trade) => trade.outTradeNo === outTradeNo)

  it('ends an unpaid one on both sides; the order can be paid at the other gateway', async () => {
    const opened = await unpaid()
    if (gateway === 'alipay') await running.sandbox.alipay.scan(opened.codeUrl)
    expect(await close(opened)).toMatchObject({ status: 200, payment: { status: 'closed' } })
    expect(atGateway(opened.outTradeNo)?.state).toBe(gateway === 'wechat' ? 'CLOSED' : 'TRADE_CLOSED')
    await expect(running.sandbox[gateway].pay(opened.codeUrl)).rejects.toThrow()
    const other = await open(running, opened.orderId, OTHER[gateway])
    await running.sandbox[OTHER[gateway]].pay(other.codeUrl)
    const paid = await eventually(
      () => orderState(running, opened.orderId),
      (seen) => seen?.status === 'paid',
    )
    expect(paid?.status).toBe('paid')
  })

  it('settles one whose payer was faster and whose callback is lost, and says 409', async () => {
    const opened = await unpaid()
    running.sandbox[gateway].faults.add({ operation: 'callback', kind: 'never', outTradeNo: opened.outTradeNo })
    await running.sandbox[gateway].pay(opened.codeUrl)
    expect(await close(opened)).toMatchObject({ status: 409, code: 'DUPLICATE_PAYMENT' })
    expect((await orderState(running, opened.orderId))?.status).toBe('paid')
    expect((await paymentOf(running, opened.outTradeNo))?.status).toBe('paid')
  })

  it.each([
    'cut_before',
    'cut_after',
    'error_500_before',
    'error_500_after',
    'hang',
    'unsigned',
    'bad_signature',
  ] as const)('keeps it pending after %s, and ends it at the next try', async (kind) => {
    const opened = await unpaid()
    if (gateway === 'alipay') await running.sandbox.alipay.scan(opened.codeUrl)
    const { outTradeNo } = opened
    running.sandbox[gateway].faults.add({ operation: 'close', kind, outTradeNo })
    expect(await close(opened)).toMatchObject({ status: 503, code: 'GATEWAY_UNAVAILABLE' })
    expect((await paymentOf(running, outTradeNo))?.status).toBe('pending')
    expect(await close(opened)).toMatchObject({ status: 200, payment: { status: 'closed' } })
  })

  it('has one outcome for both sides, whoever of payer and close comes first', async () => {
    for (let round = 0; round < 10; round += 1) {
      const opened = await unpaid()
      const [closed, paid] = await Promise.allSettled([close(opened), running.sandbox[gateway].pay(opened.codeUrl)])
      if (closed.status === 'rejected') throw closed.reason
      if (closed.value.status === 200 && paid.status === 'rejected') {
        expect((await paymentOf(running, opened.outTradeNo))?.status).toBe('closed')
        continue
      }
      // An unscanned Alipay code can be scanned after the close: the money still funds the order that is open.
      const seen = await eventually(
        () => orderState(running, opened.orderId),
        (one) => one?.status === 'paid',
      )
      expect([paid.status, seen?.status]).toEqual(['fulfilled', 'paid'])
      expect((await paymentOf(running, opened.outTradeNo))?.status).toBe('paid')
    }
  })
})

describe('closing an Alipay code that nobody scanned', () => {
  it('counts as closed, since the gateway knows no trade', async () => {
    const running = await startRunning()
    const opened = await open(running, await order(running, await sell(running, GRANT)), 'alipay')
    const path = `/payments/alipay/close/${opened.orderId}`
    const { status, json } = await call(running, path, { token: opened.token, body: {} })
    expect([status, json.data?.payment.status]).toEqual([200, 'closed'])
    await running.stop()
  })
})
