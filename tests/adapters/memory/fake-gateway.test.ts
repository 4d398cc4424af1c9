import { describe, expect, it } from 'vitest'
import { readWechatBill } from '../../../src/adapters/gateways/wechat/bill.ts'
import { readFundFlow } from '../../../src/adapters/gateways/wechat/fund-flow.ts'
import { fakeGateway } from '../../../src/adapters/memory/fake-gateway.ts'
import { fixedClock } from '../../../src/adapters/memory/fixed-clock.ts'
import { sequentialIds } from '../../../src/adapters/memory/sequential-ids.ts'
import type { CreateTrade } from '../../../src/application/payments/payment-gateway.ts'
import { fen } from '../../../src/domain/money.ts'
import { addDays, shanghaiDayOf, startOfDay } from '../../../src/domain/shanghai-day.ts'
import { METHODS } from '../../../src/domain/payment.ts'
import { paymentGatewayContract } from '../../contracts/payment-gateway-contract.ts'
import { bytesOf, contentOf, wholeBill } from '../../support/bill-files.ts'
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

describe('the bills of the fake gateway', () => {
  const today = shanghaiDayOf(minute(0))
  const yesterday = addDays(today, -1)
  const whole = async (chunks: AsyncIterable<Uint8Array>) => contentOf(await bytesOf(chunks))

  /** One payment of the day before, one of today, and a refund of each today. */
  const books = async () => {
    const made = world()
    const { gateway, trade, pay, clock } = made
    const numbers: string[] = []
    for (const at of [startOfDay(yesterday), startOfDay(today)]) {
      clock.set(at)
      const asked = trade({ expiresAt: new Date(at.getTime() + 60_000) })
      await gateway.create(asked)
      const { outTradeNo, transactionId, amount, currency } = pay(asked.outTradeNo)
      numbers.push(outTradeNo)
      clock.set(startOfDay(today))
      const order = { outTradeNo, transactionId, currency, paid: amount, amount: fen(40), reason: '' }
      await gateway.refund({ ...order, refundNo: `R${outTradeNo}` })
    }
    clock.set(startOfDay(addDays(today, 1)))
    return { ...made, numbers, amount: pendingPayment().amount }
  }

  it('hold what was paid and given back on the day, whenever it was paid', async () => {
    const { gateway, numbers, amount } = await books()
    const bill = (await gateway.downloadBill(today))._unsafeUnwrap()
    const { rows, end } = await wholeBill(readWechatBill, await whole(bill.content))
    const at = startOfDay(today).getTime()
    expect(rows).toMatchObject([
      { kind: 'payment', outTradeNo: numbers[1], amount, feeFen: 0, netFen: amount, at, status: 'success' },
      { kind: 'refund', outTradeNo: numbers[0], refundNo: `R${numbers[0]}`, amount: 40, netFen: -40, at },
      { kind: 'refund', outTradeNo: numbers[1], refundNo: `R${numbers[1]}`, amount: 40, netFen: -40, at },
    ])
    expect(end).toEqual({ type: 'end', head: { merchantId: 'fake-merchant', day: today } })
  })

  it('tell the movements of the balance alike, where the gateway has such a bill', async () => {
    const { gateway, amount } = await books()
    const bill = (await gateway.fundFlow?.downloadFundFlow(today))?._unsafeUnwrap()
    if (bill === undefined) throw new Error('no bill')
    expect((await readFundFlow(bill.format, await whole(bill.content)))._unsafeUnwrap()).toMatchObject({
      rows: 3,
      unreadable: 0,
      income: { count: 1, fen: amount },
      expense: { count: 2, fen: 80 },
    })
    expect(world('alipay').gateway.fundFlow).toBeUndefined()
  })

  it('are not there before the day is over, nor where nothing happened on it', async () => {
    const { gateway, clock } = await books()
    const early = addDays(yesterday, -1)
    expect((await gateway.downloadBill(early))._unsafeUnwrapErr()).toEqual({ code: 'BILL_NOT_EXIST' })
    clock.set(new Date(startOfDay(addDays(today, 1)).getTime() - 1))
    expect((await gateway.downloadBill(today))._unsafeUnwrapErr()).toEqual({ code: 'BILL_NOT_READY' })
    expect((await gateway.downloadBill(yesterday)).isOk()).toBe(true)
  })
})
