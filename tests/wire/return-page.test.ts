import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Running, startRunning } from '../support/service.ts'
import { GRANT, type Gateway, open, order, orderState, paymentOf, sell } from './payer.ts'

describe.each<Gateway>(['wechat', 'alipay'])('coming back from %s', (gateway) => {
  let running: Running
  let productId: string
  beforeAll(async () => {
    running = await startRunning({ settings: { RECOVERY_SCHEDULE: '24h', GATEWAY_TIMEOUT_MS: '1500' } })
    productId = await sell(running, GRANT)
  })
  afterAll(() => running.stop())

  const unpaid = async () => open(running, await order(running, productId), gateway)
  /** A payment of which no callback tells. */
  const pay = async ({ outTradeNo, codeUrl }: Awaited<ReturnType<typeof unpaid>>): Promise<void> => {
    running.sandbox[gateway].faults.add({ operation: 'callback', kind: 'never', outTradeNo })
    await running.sandbox[gateway].pay(codeUrl)
  }
  const comeBack = async (orderId: string, query = '') => {
    const answer = await fetch(`${running.origin}/cashier/${orderId}/return${query}`)
    const html = await answer.text()
    return { answer, html, standing: /data-standing="(\w+)"/.exec(html)?.[1] }
  }

  it('settles what was really paid, and says so', async () => {
    const opened = await unpaid()
    await pay(opened)
    expect((await comeBack(opened.orderId)).standing).toBe('paid')
    expect((await orderState(running, opened.orderId))?.status).toBe('paid')
    expect((await paymentOf(running, opened.outTradeNo))?.status).toBe('paid')
  })

  it('changes nothing when nothing was paid, whatever the address says', async () => {
    const { orderId, outTradeNo } = await unpaid()
    const before = await running.database.digest()
    for (const query of [
      '',
      `?out_trade_no=${outTradeNo}&trade_no=2026112022001400000000000001&total_amount=99.00&trade_status=TRADE_SUCCESS`,
      '?standing=paid&data-standing=paid&method=alipay.trade.page.pay.return&sign=abc&sign_type=RSA2',
      '?lang=en&lang=zh&%00=1',
    ])
      expect([query, (await comeBack(orderId, query)).standing]).toEqual([query, 'waiting'])
    expect(await running.database.digest()).toBe(before)
  })

  it('is not told of another order’s payment', async () => {
    const opened = await unpaid()
    const other = await unpaid()
    await pay(other)
    const stolen = await comeBack(opened.orderId, `?out_trade_no=${other.outTradeNo}`)
    expect([stolen.standing, (await orderState(running, other.orderId))?.status]).toEqual(['waiting', 'pending'])
  })

  it('does not know when the gateway gives no answer that can be believed', async () => {
    const opened = await unpaid()
    await pay(opened)
    const { outTradeNo } = opened
    running.sandbox[gateway].faults.add({ operation: 'query', kind: 'bad_signature', outTradeNo, times: 3 })
    expect((await comeBack(opened.orderId)).standing).toBe('unknown')
    expect((await orderState(running, opened.orderId))?.status).toBe('pending')
    expect((await comeBack(opened.orderId)).standing).toBe('paid')
  })

  it('tells nobody anything else of the order, and the same of one that does not exist as of one it knows nothing about', async () => {
    const { orderId, outTradeNo } = await unpaid()
    const { html, answer } = await comeBack(orderId)
    for (const secret of [outTradeNo, productId, '99.00', '会员年卡', 'u1']) expect(html).not.toContain(secret)
    expect(answer.headers.get('content-security-policy')).toContain("script-src 'self'")
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(answer.headers.get('referrer-policy')).toBe('no-referrer')
    const nobodys = 'f'.repeat(32)
    expect((await comeBack(nobodys)).standing).toBe('unknown')
    running.sandbox[gateway].faults.add({ operation: 'query', kind: 'unsigned', outTradeNo, times: 3 })
    const unknown = await comeBack(orderId)
    expect(unknown.html.replaceAll(orderId, nobodys)).toBe((await comeBack(nobodys)).html)
    expect((await comeBack('no.such%20id')).answer.status).toBe(404)
  })

  it('makes the service ask the gateway only so often', async () => {
    const opened = await unpaid()
    for (let n = 0; n < 30; n += 1) await comeBack(opened.orderId)
    await pay(opened)
    expect((await comeBack(opened.orderId)).standing).toBe('waiting')
    expect((await orderState(running, opened.orderId))?.status).toBe('pending')
  })
})
