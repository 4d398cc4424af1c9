import { describe, expect, it } from 'vitest'
import { fakeGateway } from '../../../src/adapters/memory/fake-gateway.ts'
import { fixedClock } from '../../../src/adapters/memory/fixed-clock.ts'
import { sequentialIds } from '../../../src/adapters/memory/sequential-ids.ts'
import type { CreateTrade } from '../../../src/application/payments/payment-gateway.ts'
import { fen } from '../../../src/domain/money.ts'
import { METHODS } from '../../../src/domain/payment.ts'
import { paymentGatewayContract } from '../../contracts/payment-gateway-contract.ts'
import { minute, pendingPayment } from '../../support/builders.ts'

const world = (provider: 'wechat' | 'alipay' = 'wechat') => {
  const clock = fixedClock({ at: minute(0) })
  const ids = sequentialIds()
  const method = METHODS[provider][0]
  const { amount, currency, request } = pendingPayment()
  const trade = (overrides: Partial<CreateTrade> = {}): CreateTrade => ({
    method,
    outTradeNo: ids.outTradeNo(minute(0)),
    amount,
    currency,
    request,
    expiresAt: minute(30),
    ...overrides,
  })
  return { ...fakeGateway({ provider, clock }), clock, method, trade }
}

for (const provider of ['wechat', 'alipay'] as const)
  paymentGatewayContract(`The fake ${provider} gateway`, async () => {
    const { gateway, method, trade, pay, paymentNotification } = world(provider)
    return {
      gateway,
      method,
      trade,
      pay: async (outTradeNo) => void pay(outTradeNo),
      paymentNotification: async (outTradeNo) => paymentNotification(outTradeNo),
      close: async () => undefined,
    }
  })

describe('the fake gateway', () => {
  it('offers each method of its provider with an action of its kind, and no other', async () => {
    const { gateway, trade } = world()
    const types = await Promise.all(
      METHODS.wechat.map(async (method) => (await gateway.create(trade({ method })))._unsafeUnwrap().type),
    )
    expect(types).toEqual(['qr', 'invoke', 'app', 'redirect'])
    for (const method of [...METHODS.alipay, 'POINTS'] as const)
      expect((await gateway.create(trade({ method })))._unsafeUnwrapErr()).toEqual({ code: 'METHOD_NOT_SUPPORTED' })
  })

  it('ends a trade when its time is over, and lets nobody pay it', async () => {
    const { gateway, trade, pay, clock } = world()
    const asked = trade()
    await gateway.create(asked)
    clock.set(asked.expiresAt)
    expect((await gateway.query(asked.outTradeNo))._unsafeUnwrap()).toEqual({ state: 'closed' })
    expect((await gateway.create(asked))._unsafeUnwrapErr()).toEqual({ code: 'TRADE_CLOSED' })
    expect(() => pay(asked.outTradeNo)).toThrow()
  })

  it('refuses a changed request under a number that is used', async () => {
    const { gateway, trade } = world()
    const asked = trade()
    await gateway.create(asked)
    expect((await gateway.create({ ...asked, amount: fen(1) }))._unsafeUnwrapErr()).toMatchObject({
      code: 'GATEWAY_REJECTED',
    })
  })

  it('gives back in parts, and never more than was paid', async () => {
    const { gateway, trade, pay } = world()
    const asked = trade({ amount: fen(100) })
    await gateway.create(asked)
    const { outTradeNo, transactionId, amount: paid, currency } = pay(asked.outTradeNo)
    const refund = (refundNo: string, amount: number) =>
      gateway.refund({ refundNo, outTradeNo, transactionId, paid, currency, amount: fen(amount), reason: '' })
    expect((await refund('1', 60)).isOk()).toBe(true)
    expect((await refund('2', 41)).isErr()).toBe(true)
    expect((await refund('3', 40)).isOk()).toBe(true)
    expect((await refund('4', 1)).isErr()).toBe(true)
    expect((await refund('1', 60)).isOk()).toBe(true)
  })

  it('announces a refund', async () => {
    const { gateway, trade, pay, refundNotification, clock } = world()
    const asked = trade()
    await gateway.create(asked)
    const { outTradeNo, transactionId, amount, currency } = pay(asked.outTradeNo)
    clock.advance(5000)
    const made = await gateway.refund({
      refundNo: 'R1',
      outTradeNo,
      transactionId,
      paid: amount,
      currency,
      amount,
      reason: '',
    })
    const { refundId } = made._unsafeUnwrap() as { refundId: string } // The fake always numbers one that succeeds.
    const notification = await gateway.readNotification(refundNotification(outTradeNo, 'R1'))
    expect(notification._unsafeUnwrap()).toMatchObject({
      kind: 'refund_changed',
      identity: gateway.identity,
      eventAt: clock.now(),
      refund: { outTradeNo, refundNo: 'R1', refundId, transactionId, amount, status: 'success', at: clock.now() },
    })
  })

  it('refuses a message that another gateway signed, and one about another merchant', async () => {
    const { gateway, trade, pay, paymentNotification, clock } = world()
    const asked = trade()
    await gateway.create(asked)
    pay(asked.outTradeNo)
    const raw = paymentNotification(asked.outTradeNo)
    const stranger = fakeGateway({ clock, secret: 'another' }).gateway
    expect((await stranger.readNotification(raw))._unsafeUnwrapErr()).toEqual({
      code: 'SIGNATURE_INVALID',
      reason: 'mismatch',
    })
    const sibling = fakeGateway({ clock, identity: { merchantId: 'another', appId: 'fake-app' } }).gateway
    expect((await sibling.readNotification(raw))._unsafeUnwrapErr()).toMatchObject({
      code: 'FOREIGN_IDENTITY',
      outTradeNo: asked.outTradeNo,
      identity: gateway.identity,
    })
  })
})
