import { err, ok } from 'neverthrow'
import { describe, expect, it } from 'vitest'
import { fen } from '../../src/domain/money.ts'
import { accessProduct, minute } from '../support/builders.ts'
import { nativePayment, openPayment, receiptFor, type World, world } from './world.ts'

const withOrder = async (): Promise<World> => {
  const made = await world([accessProduct({ id: 'p1', price: fen(9900), name: '会员年卡' })])
  const items = [{ productId: 'p1', quantity: 1 }]
  ;(await made.createOrder({ orderId: 'order-1', userId: 'user-1', items }))._unsafeUnwrap()
  return made
}
const paymentsOf = async ({ store }: World) =>
  (await store.readers.payments.listByOrder('order-1')).map(({ value }) => value)

describe('creating a payment', () => {
  it('commits the attempt before it asks the gateway', async () => {
    const made = await withOrder()
    let seen = 0
    made.script.create = () => {
      seen = made.asked.create.length
      return err({ code: 'GATEWAY_UNAVAILABLE', reason: 'cut' })
    }
    const result = await made.createPayment(nativePayment)
    expect(result._unsafeUnwrapErr()).toEqual({ code: 'GATEWAY_UNAVAILABLE' })
    expect(seen).toBe(1)
    expect(await paymentsOf(made)).toMatchObject([{ status: 'pending', outTradeNo: made.asked.create[0]?.outTradeNo }])
  })

  it('asks again with the very same request, whatever the second caller says and however late it is', async () => {
    const made = await withOrder()
    const first = await made.createPayment({ ...nativePayment, subject: '第一次', clientIp: '1.2.3.4' })
    made.clock.advance(60_000)
    const second = await made.createPayment({ ...nativePayment, subject: '第二次', clientIp: '5.6.7.8' })
    expect(second._unsafeUnwrap().payment.value).toEqual(first._unsafeUnwrap().payment.value)
    expect(made.asked.create[1]).toEqual(made.asked.create[0])
  })

  it('keeps one pending payment when twenty ask at once', async () => {
    const made = await withOrder()
    const results = await Promise.all(Array.from({ length: 20 }, () => made.createPayment(nativePayment)))
    expect(new Set(results.map((one) => one._unsafeUnwrap().payment.value.id)).size).toBe(1)
    expect(await paymentsOf(made)).toHaveLength(1)
  })

  it('ends the attempt on a definite refusal and takes a new number next time', async () => {
    const made = await withOrder()
    made.script.create = () => err({ code: 'GATEWAY_REJECTED', gatewayCode: 'PARAM_ERROR', message: '参数错误' })
    const refused = await made.createPayment(nativePayment)
    expect(refused._unsafeUnwrapErr()).toEqual({ code: 'GATEWAY_REJECTED', gatewayCode: 'PARAM_ERROR' })
    made.script.create = () => ok({ type: 'none' })
    await made.createPayment(nativePayment)
    expect(await paymentsOf(made)).toMatchObject([
      { status: 'failed', failureReason: 'PARAM_ERROR' },
      { status: 'pending' },
    ])
    expect(made.asked.create[1]?.outTradeNo).not.toBe(made.asked.create[0]?.outTradeNo)
  })

  it('leaves an attempt open whose second call is refused, since the first may have opened a trade', async () => {
    const made = await withOrder()
    await made.createPayment(nativePayment)
    made.script.create = () => err({ code: 'GATEWAY_REJECTED', gatewayCode: 'RULE_LIMIT', message: '' })
    const refused = await made.createPayment(nativePayment)
    expect(refused._unsafeUnwrapErr()).toEqual({ code: 'GATEWAY_REJECTED', gatewayCode: 'RULE_LIMIT' })
    expect(await paymentsOf(made)).toMatchObject([{ status: 'pending' }])
  })

  it('leaves an attempt open whose first call is refused while a second one is out', async () => {
    const made = await withOrder()
    const first = Promise.withResolvers<Awaited<ReturnType<World['script']['create']>>>()
    made.script.create = () => (made.asked.create.length === 1 ? first.promise : ok({ type: 'none' }))
    const refused = made.createPayment(nativePayment)
    await expect.poll(() => made.asked.create.length, { interval: 1 }).toBe(1)
    const opened = await made.createPayment(nativePayment)
    first.resolve(err({ code: 'GATEWAY_REJECTED', gatewayCode: 'RULE_LIMIT', message: '' }))
    expect((await refused)._unsafeUnwrapErr().code).toBe('GATEWAY_REJECTED')
    expect(opened._unsafeUnwrap().payment.value.status).toBe('pending')
    expect(await paymentsOf(made)).toMatchObject([{ status: 'pending' }])
  })

  it('takes a new number by itself where the gateway has closed the old one', async () => {
    const made = await withOrder()
    made.script.create = () => (made.asked.create.length === 1 ? err({ code: 'TRADE_CLOSED' }) : ok({ type: 'none' }))
    const result = await made.createPayment(nativePayment)
    expect(result._unsafeUnwrap().payment.value.outTradeNo).toBe(made.asked.create[1]?.outTradeNo)
    expect(await paymentsOf(made)).toMatchObject([{ status: 'closed' }, { status: 'pending' }])
  })

  it('does not go on for ever where every number is closed', async () => {
    const made = await withOrder()
    made.script.create = () => err({ code: 'TRADE_CLOSED' })
    expect((await made.createPayment(nativePayment))._unsafeUnwrapErr()).toEqual({ code: 'GATEWAY_UNAVAILABLE' })
    expect(made.asked.create).toHaveLength(2)
  })

  it('settles the order where the gateway says its trade is paid already', async () => {
    const made = await withOrder()
    const opened = await made.createPayment(nativePayment)
    const payment = opened._unsafeUnwrap().payment.value
    made.script.create = () => err({ code: 'TRADE_ALREADY_PAID' })
    made.script.query = () => ok({ state: 'paid', receipt: receiptFor(payment), refunded: 'none' })
    expect((await made.createPayment(nativePayment))._unsafeUnwrapErr()).toEqual({ code: 'DUPLICATE_PAYMENT' })
    expect((await made.store.readers.orders.find('order-1'))?.value.status).toBe('paid')
  })

  it.each([
    ['another user', { viewer: { kind: 'user', userId: 'user-2' } } as const, 'ORDER_NOT_FOUND'],
    ['another cashier link', { viewer: { kind: 'cashier', orderId: 'order-2' } } as const, 'ORDER_NOT_FOUND'],
    ['another amount', { amount: fen(1) }, 'AMOUNT_MISMATCH'],
    ['a method of another provider', { method: 'ALIPAY_QR' } as const, 'METHOD_NOT_OF_PROVIDER'],
    ['a provider that is not set up', { provider: 'alipay', method: 'ALIPAY_QR' } as const, 'PROVIDER_NOT_CONFIGURED'],
    ['JSAPI without an openid', { method: 'WECHAT_JSAPI' } as const, 'OPENID_REQUIRED'],
  ])('refuses %s without calling the gateway or writing anything', async (_, changed, code) => {
    const made = await withOrder()
    expect((await made.createPayment({ ...nativePayment, ...changed }))._unsafeUnwrapErr().code).toBe(code)
    expect(made.asked.create).toEqual([])
    expect(await paymentsOf(made)).toEqual([])
  })

  it('refuses an order whose time is over, though nobody has marked it yet', async () => {
    const made = await withOrder()
    made.clock.set(minute(30))
    expect((await made.createPayment(nativePayment))._unsafeUnwrapErr()).toEqual({ code: 'PAYMENT_TIMEOUT' })
  })

  it('refuses an order that is paid', async () => {
    const made = await withOrder()
    const { payment } = await openPayment(made, 'p1', 'order-1')
    made.script.query = () => ok({ state: 'paid', receipt: receiptFor(payment), refunded: 'none' })
    ;(await made.refresh(payment))._unsafeUnwrap()
    expect((await made.createPayment(nativePayment))._unsafeUnwrapErr()).toEqual({ code: 'DUPLICATE_PAYMENT' })
  })

  it('settles first what was paid in silence, and opens nothing beside it', async () => {
    const made = await withOrder()
    const payment = (await made.createPayment(nativePayment))._unsafeUnwrap().payment.value
    made.script.query = () => ok({ state: 'paid', receipt: receiptFor(payment), refunded: 'none' })
    const other = await made.createPayment({ ...nativePayment, method: 'WECHAT_H5', clientIp: '1.2.3.4' })
    expect(other._unsafeUnwrapErr()).toEqual({ code: 'DUPLICATE_PAYMENT' })
    expect(await paymentsOf(made)).toMatchObject([{ status: 'paid' }])
    expect(made.asked.create).toHaveLength(1)
  })

  it('takes no points for what was paid in silence', async () => {
    const made = await withOrder()
    const payment = (await made.createPayment(nativePayment))._unsafeUnwrap().payment.value
    made.script.query = () => ok({ state: 'paid', receipt: receiptFor(payment), refunded: 'none' })
    const points = await made.createPayment({ ...nativePayment, provider: 'points', method: 'POINTS' })
    expect(points._unsafeUnwrapErr()).toEqual({ code: 'DUPLICATE_PAYMENT' })
  })

  it('goes on where nobody answers the question about an earlier attempt', async () => {
    const made = await withOrder()
    await made.createPayment(nativePayment)
    made.script.query = () => err({ code: 'GATEWAY_UNAVAILABLE', reason: 'cut' })
    expect((await made.createPayment({ ...nativePayment, method: 'WECHAT_H5', clientIp: '1.2.3.4' })).isOk()).toBe(true)
    expect((await made.createPayment(nativePayment)).isOk()).toBe(true)
    expect(await paymentsOf(made)).toHaveLength(2)
  })

  it('asks no gateway for somebody whom the order does not concern', async () => {
    const made = await withOrder()
    await made.createPayment(nativePayment)
    const viewer = { kind: 'user', userId: 'user-2' } as const
    expect((await made.createPayment({ ...nativePayment, viewer }))._unsafeUnwrapErr().code).toBe('ORDER_NOT_FOUND')
    expect([made.asked.query, made.asked.create.length]).toEqual([[], 1])
  })

  it.each([
    ['WECHAT_H5', 'https://pay.example.cn/wechat/order-1/return'],
    ['WECHAT_NATIVE', undefined],
    ['WECHAT_APP', undefined],
  ] as const)('brings the payer of %s back to the page for that, where there is one', async (method, returnUrl) => {
    const made = await withOrder()
    await made.createPayment({ ...nativePayment, method, clientIp: '1.2.3.4' })
    expect(made.asked.create[0]?.request.returnUrl).toBe(returnUrl)
  })

  it('brings the payer back to where the first caller wanted', async () => {
    const made = await withOrder()
    const input = { ...nativePayment, method: 'WECHAT_H5', clientIp: '1.2.3.4' } as const
    await made.createPayment({ ...input, returnUrl: 'https://shop.example.cn/done' })
    await made.createPayment(input)
    expect(made.asked.create.map(({ request }) => request.returnUrl)).toEqual(
      Array(2).fill('https://shop.example.cn/done'),
    )
  })
})
