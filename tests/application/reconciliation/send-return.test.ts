import { err, ok } from 'neverthrow'
import { beforeEach, describe, expect, it } from 'vitest'
import { fen } from '../../../src/domain/money.ts'
import { entityId, paidOrder, paidPayment, pendingOrder, pendingPayment } from '../../support/builders.ts'
import { book, during, paid, paymentRow, transactionId, nth } from './bill-day.ts'
import { billOf, dying, fileOf, looking, reconcile, reconciledShop, resolveOne, type Shop } from './reconciled-shop.ts'

let shop: Shop
let look: ReturnType<typeof looking>
beforeEach(() => {
  shop = reconciledShop()
  look = looking(shop)
})

/** Money that the gateway has taken for an order that nobody knows, found by its bill. */
const unknownMoney = async () => {
  shop.bills.of = () => billOf(fileOf([paymentRow(1)]))
  shop.script.query = () => ok(paid(1))
  await reconcile(shop, 'run-1')
}

describe('giving back money of an unknown order', () => {
  const returned = { state: 'success', refundId: '50300001', amount: fen(9900), at: during() } as const
  const later = async (ms: number) => {
    shop.clock.advance(ms)
    return shop.heal()
  }

  it('sends it under a committed number, and closes the incident and both alerts', async () => {
    await unknownMoney()
    expect(await look.alerts()).toHaveLength(2)
    let committed: unknown
    shop.script.refund = () => ok(returned)
    const gatewayRefund = shop.script.refund
    shop.script.refund = () => {
      committed = shop.asked.refund.at(-1)
      return gatewayRefund()
    }
    const ended = (await resolveOne(shop, 'refund'))._unsafeUnwrap()
    expect(ended).toMatchObject({ status: 'resolved', resolution: 'refund', by: 'system' })
    expect(ended).toMatchObject({ note: expect.stringContaining(String(committed)) })
    expect(await look.incidents()).toEqual([])
    expect((await look.alerts()).every((alert) => alert.endsWith('resolved'))).toBe(true)
    expect((await look.audited())[0]).toMatchObject({ action: 'discrepancy.returning', reason: '已与客户确认' })
  })

  it('is not for one person above the limit for two, and nothing is sent', async () => {
    await unknownMoney()
    shop.script.refund = () => ok(returned)
    const resolveAbove = (above: number) =>
      resolveOne(shop, 'refund', shop.build(shop.store.transaction, fen(above)).resolve)
    expect((await resolveAbove(9899))._unsafeUnwrapErr()).toEqual({ code: 'SECOND_PERSON_NEEDED' })
    expect(shop.asked.refund).toEqual([])
    expect((await resolveAbove(9900))._unsafeUnwrap()).toMatchObject({ status: 'resolved', resolution: 'refund' })
  })

  it('is committed before it leaves: a process that dies first is followed by the jobs, under the same number', async () => {
    await unknownMoney()
    shop.script.refund = () => ok({ state: 'processing', refundId: undefined })
    // Dies with the first unit of work after the gateway was asked: the intent is the one before it.
    await expect(resolveOne(shop, 'refund', shop.build(dying(shop.store.transaction, 3)).resolve)).rejects.toThrow(
      'died',
    )
    const open = await look.theOne()
    expect(open).toMatchObject({ status: 'open', returning: { refundNo: shop.asked.refund[0], amount: 9900 } })
    expect(await later(59_999)).toBe(0)
    shop.script.queryRefund = () => ok(returned)
    expect(await later(1)).toBe(1)
    expect(await look.theOne()).toMatchObject({ status: 'resolved', resolution: 'refund' })
    expect(shop.asked.refund).toHaveLength(1)
  })

  it('asks before it repeats where the gateway gave no answer, and repeats only what it does not know', async () => {
    await unknownMoney()
    shop.script.refund = () => err({ code: 'GATEWAY_UNAVAILABLE', reason: 'timeout' })
    expect((await resolveOne(shop, 'refund'))._unsafeUnwrap()).toMatchObject({
      status: 'open',
      returning: { amount: 9900 },
    })
    const [number] = shop.asked.refund
    shop.script.queryRefund = () => err({ code: 'GATEWAY_UNAVAILABLE', reason: 'timeout' })
    expect(await later(15_000)).toBe(1)
    expect([shop.asked.queryRefund, shop.asked.refund]).toEqual([[number], [number]])
    shop.script.queryRefund = () => ok({ state: 'not_found' })
    await later(30_000)
    expect(shop.asked.refund).toEqual([number, number])
    shop.script.queryRefund = () => ok(returned)
    await later(30_000)
    expect(shop.asked.refund).toEqual([number, number])
    expect(await look.theOne()).toMatchObject({ status: 'resolved', resolution: 'refund' })
    expect(await look.incidents()).toEqual([])
    expect(await later(3_600_000)).toBe(0)
  })

  it('asks before it repeats also where nothing was ever asked about it', async () => {
    await book(shop.store, pendingPayment({ ...nth(1), createdAt: during() }))
    shop.bills.of = () => billOf(fileOf([paymentRow(1, { amount: fen(1) })]))
    const mismatch = paid(1, { amount: fen(1) })
    shop.script.query = () => ok(mismatch)
    await shop.store.transaction.run(async ({ orders }) => ok(await orders.insert(pendingOrder({ id: entityId(1) }))))
    await reconcile(shop, 'run-1')
    expect(await look.theOne()).toMatchObject({ class: 'amount_differs' })
    shop.script.refund = () => err({ code: 'GATEWAY_UNAVAILABLE', reason: 'timeout' })
    expect((await resolveOne(shop, 'refund'))._unsafeUnwrap()).toMatchObject({ returning: { amount: 1 } })
    shop.script.refund = () => err({ code: 'GATEWAY_REJECTED', gatewayCode: 'REFUND_EXCEEDS', message: '' })
    shop.script.queryRefund = () => ok({ ...returned, amount: fen(1) })
    await later(15_000)
    expect(shop.asked.queryRefund).toHaveLength(1)
    expect(await look.theOne()).toMatchObject({ status: 'resolved', resolution: 'refund' })
    expect(await look.incidents()).toEqual([])
  })

  it('sends nothing back a second time where its order has turned up meanwhile', async () => {
    await unknownMoney()
    shop.script.refund = () => ok({ state: 'processing', refundId: undefined })
    await resolveOne(shop, 'refund')
    await shop.store.transaction.run(async ({ orders, payments }) => {
      await orders.insert(paidOrder({ id: entityId(1), paymentId: entityId(1) }))
      const payment = paidPayment({ ...nth(1), transactionId: transactionId(1), paidAt: during() })
      return ok(await payments.insert(payment, payment.createdAt))
    })
    expect((await resolveOne(shop, 'refund'))._unsafeUnwrapErr()).toMatchObject({ code: 'RETURN_UNDER_WAY' })
    expect(shop.asked.refund).toHaveLength(1)
  })

  it('goes on as long as the gateway is at it, and lets nobody say otherwise meanwhile', async () => {
    await unknownMoney()
    shop.script.refund = () => ok({ state: 'processing', refundId: undefined })
    await resolveOne(shop, 'refund')
    shop.script.queryRefund = () => ok({ state: 'abnormal', refundId: undefined })
    for (const action of ['ignore', 'refund'] as const)
      expect((await resolveOne(shop, action))._unsafeUnwrapErr()).toEqual({
        code: 'RETURN_UNDER_WAY',
        refundNo: shop.asked.refund[0],
      })
    shop.bills.of = () => billOf(fileOf([]))
    await reconcile(shop, 'run-2')
    expect(await look.theOne()).toMatchObject({ status: 'open', returning: { amount: 9900 } })
    await later(30_000)
    expect(shop.asked.refund).toHaveLength(1)
    shop.script.queryRefund = () => ok(returned)
    await later(30_000)
    expect(await look.theOne()).toMatchObject({ status: 'resolved' })
  })

  it.each([
    ['refuses', () => err({ code: 'GATEWAY_REJECTED', gatewayCode: 'NOTENOUGH', message: '' } as const)],
    ['closes', () => ok({ state: 'closed', refundId: undefined, reason: 'NOTENOUGH' } as const)],
  ])('is open to another try, under a new number, where the gateway %s it', async (_, refund) => {
    await unknownMoney()
    shop.script.refund = refund
    const refused = (await resolveOne(shop, 'refund'))._unsafeUnwrap()
    expect(refused).toMatchObject({ status: 'open', returning: undefined, note: expect.stringContaining('NOTENOUGH') })
    expect(await look.incidents()).toHaveLength(1)
    expect(await later(3_600_000)).toBe(0)
    shop.script.refund = () => ok(returned)
    expect((await resolveOne(shop, 'refund'))._unsafeUnwrap()).toMatchObject({ status: 'resolved' })
    expect(new Set(shop.asked.refund).size).toBe(2)
  })

  it('gives nothing back of which there is no receipt', async () => {
    shop.bills.of = () => billOf(fileOf([paymentRow(1)]))
    shop.script.query = () => ok({ state: 'not_found' })
    await reconcile(shop, 'run-1')
    expect((await resolveOne(shop, 'refund'))._unsafeUnwrapErr()).toEqual({ code: 'ORDER_NOT_REFUNDABLE' })
    expect(shop.asked.refund).toEqual([])
  })
})
