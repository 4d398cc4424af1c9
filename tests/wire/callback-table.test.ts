import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Running, readersOf, startRunning, storeOf } from '../support/service.ts'
import {
  ACCEPTED,
  deliver,
  endOrder,
  eventually,
  GRANT,
  type Gateway,
  genuine,
  open,
  order,
  orderState,
  paymentOf,
  refundsOf,
  refused,
  sell,
  verdictOf,
} from './payer.ts'

const PRICE = 9900

describe.each<Gateway>(['wechat', 'alipay'])('callbacks of %s over HTTP', (gateway) => {
  let running: Running
  let productId: string
  beforeAll(async () => {
    running = await startRunning()
    productId = await sell(running, GRANT)
  })
  afterAll(() => running.stop())

  const unpaid = async (user = 'u1') => open(running, await order(running, productId, user), gateway, user)
  const send = async (message: ReturnType<typeof genuine>) =>
    verdictOf(gateway, await deliver(running, gateway, message))
  const incidents = async () => readersOf(running).incidents.listOpen(50)

  it('a genuine first one: everything is written in one transaction, then it is answered', async () => {
    const { outTradeNo, orderId } = await unpaid('buyer')
    const message = genuine(running, gateway, outTradeNo, PRICE)
    expect(await send(message)).toEqual(ACCEPTED[gateway])
    const payment = await paymentOf(running, outTradeNo)
    expect(payment?.status).toBe('paid')
    expect(await orderState(running, orderId)).toMatchObject({ status: 'paid', paymentId: payment?.id })
    const readers = readersOf(running)
    expect(await readers.entitlements.listByUser('buyer')).toHaveLength(1)
    expect(await readers.transactions.listByOrder(orderId)).toMatchObject([
      { disposition: 'settled', source: 'notification' },
    ])
    expect(await readers.notifications.listByOrder(orderId)).toMatchObject([{ verdict: 'settled', provider: gateway }])
    expect((await readers.events.eventsOf(orderId)).map(({ seq, event }) => [seq, event.type])).toEqual([
      [1, 'order.created'],
      [2, 'payment.created'],
      [3, 'payment.succeeded'],
      [4, 'order.paid'],
      [5, 'access.granted'],
    ])
    const [entry] = await readers.notifications.listByOrder(orderId)
    const kept = await readers.notifications.find(entry?.id ?? '')
    expect(Buffer.from(kept?.raw.body ?? []).equals(message.body)).toBe(true)
  })

  it('a repeated or stale one: accepted, and not a single row changes', async () => {
    const { outTradeNo } = await unpaid()
    const transactionId = gateway === 'wechat' ? '4200000000202611200000000001' : '2026112022001400000000000001'
    await send(genuine(running, gateway, outTradeNo, PRICE, { transactionId }))
    const before = await running.database.digest()
    const later = genuine(running, gateway, outTradeNo, PRICE, { transactionId })
    expect(await send(later)).toEqual(ACCEPTED[gateway])
    expect(await send(later)).toEqual(ACCEPTED[gateway])
    expect(await running.database.digest()).toBe(before)
  })

  it('an unknown order: accepted, recorded, and somebody is told', async () => {
    const outTradeNo = `P20261120NOBODYKNOWSTHIS${gateway === 'wechat' ? 'W' : 'A'}`
    expect(await send(genuine(running, gateway, outTradeNo, PRICE))).toEqual(ACCEPTED[gateway])
    expect(await incidents()).toContainEqual(expect.objectContaining({ kind: 'unknown_order', outTradeNo }))
  })

  it('another amount: refused with 409 each time, one incident, order unchanged', async () => {
    const { outTradeNo, orderId } = await unpaid()
    const before = await orderState(running, orderId)
    const message = genuine(running, gateway, outTradeNo, PRICE - 1)
    expect(await send(message)).toEqual(refused(gateway, 409))
    expect(await send(message)).toEqual(refused(gateway, 409))
    expect(await orderState(running, orderId)).toEqual(before)
    const found = (await incidents()).filter((one) => one.outTradeNo === outTradeNo)
    expect(found).toMatchObject([{ kind: 'amount_mismatch', occurrences: 2 }])
  })

  it.each(['appId', 'merchantId'] as const)(
    'a foreign %s: refused with 400, an incident, order unchanged',
    async (part) => {
      const { outTradeNo, orderId } = await unpaid()
      const foreign = {
        appId: gateway === 'wechat' ? 'wx0000000000000000' : '2021000000000000',
        merchantId: '2088000000000001',
      }
      const merchantId = gateway === 'wechat' ? '1999999999' : foreign.merchantId
      const fields = part === 'appId' ? { appId: foreign.appId } : { merchantId }
      expect(await send(genuine(running, gateway, outTradeNo, PRICE, fields))).toEqual(refused(gateway, 400))
      expect((await orderState(running, orderId))?.status).toBe('pending')
      const found = (await incidents()).filter((one) => one.outTradeNo === outTradeNo)
      expect(found).toMatchObject([{ kind: 'foreign_identity' }])
    },
  )

  it('an order settled by another payment: accepted, and the surplus goes back in full by itself', async () => {
    const other: Gateway = gateway === 'wechat' ? 'alipay' : 'wechat'
    const { outTradeNo, orderId, codeUrl } = await unpaid()
    const first = await open(running, orderId, other)
    await running.sandbox[other].pay(first.codeUrl)
    await eventually(
      () => orderState(running, orderId),
      (seen) => seen?.status === 'paid',
    )
    await running.sandbox[gateway].pay(codeUrl)
    await eventually(
      () => paymentOf(running, outTradeNo),
      (seen) => seen?.status !== 'pending',
    )
    await goBack(outTradeNo)
    const funding = await paymentOf(running, first.outTradeNo)
    expect(await orderState(running, orderId)).toMatchObject({ status: 'paid', paymentId: funding?.id })
  })

  it.each(['cancelled', 'expired'] as const)(
    'an order that was %s: accepted, and the payment goes back in full',
    async (type) => {
      const { outTradeNo, orderId, codeUrl } = await unpaid()
      await endOrder(running, orderId, { type, at: running.clock.now() })
      await running.sandbox[gateway].pay(codeUrl)
      await eventually(
        () => paymentOf(running, outTradeNo),
        (seen) => seen?.status !== 'pending',
      )
      await goBack(outTradeNo)
      expect((await orderState(running, orderId))?.status).toBe(type)
    },
  )

  /** The refund is one, whole, and known to the gateway as done. */
  const goBack = async (outTradeNo: string): Promise<void> => {
    const payment = await paymentOf(running, outTradeNo)
    if (payment === undefined) throw new Error('no payment')
    const look = async () => {
      running.clock.advance(50)
      for (const { refundNo } of await refundsOf(running, payment)) settleAtGateway(refundNo)
      return paymentOf(running, outTradeNo)
    }
    expect((await eventually(look, (seen) => seen?.status === 'refunded'))?.status).toBe('refunded')
    expect(await refundsOf(running, payment)).toMatchObject([
      { status: 'success', amount: PRICE, requestedBy: 'system' },
    ])
    const trade = running.sandbox[gateway].trades().find((one) => one.outTradeNo === outTradeNo)
    expect(trade?.refunds).toHaveLength(1)
  }
  const settleAtGateway = (refundNo: string): void => {
    if (gateway === 'alipay') return // Alipay pays back at once.
    const known = running.sandbox.wechat
      .trades()
      .some((trade) => trade.refunds.some((one) => one.outRefundNo === refundNo))
    if (known) running.sandbox.wechat.settleRefund(refundNo)
  }

  it('other methods than POST, other paths and too large a body: a clear refusal', async () => {
    const url = `${running.origin}/api/v1/payments/${gateway}/notify`
    expect((await fetch(url)).status).toBe(405)
    const huge = { headers: { 'content-type': 'application/json' }, body: Buffer.alloc(70_000, 'x') }
    expect((await deliver(running, gateway, huge)).status).toBe(413)
    const small = { ...huge, body: Buffer.from('{}') }
    expect((await deliver(running, gateway, small, '/api/v1/payments/unionpay/notify')).status).toBe(404)
    expect((await deliver(running, gateway, small, '/api/v1/payments/points/notify')).status).toBe(409)
  })

  it('a store that is gone: refused with 503, so that the gateway tries again', async () => {
    const { outTradeNo } = await unpaid()
    const message = genuine(running, gateway, outTradeNo, PRICE)
    await storeOf(running).close()
    expect(await send(message)).toEqual(refused(gateway, 503))
  })
})
