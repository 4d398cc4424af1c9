import { err, ok } from 'neverthrow'
import { describe, expect, it } from 'vitest'
import { fen } from '../../../src/domain/money.ts'
import { postPoints } from '../../../src/domain/points.ts'
import { accessProduct, minute, pointsProduct } from '../../support/builders.ts'
import { expectMoneyConserved, pointsWorld, PRICE, type RefundWorld, refundWorld } from './refund-world.ts'

const PACKAGE = pointsProduct({ id: 'p1', price: PRICE })

const spend = ({ store, clock }: RefundWorld, points: number) =>
  store.transaction.run(async ({ points: ledger }) => {
    const before = await ledger.account('user-1')
    const source = { type: 'admin', id: `spent-${points}` } as const
    const facts = {
      id: 'e9',
      userId: 'user-1',
      kind: 'adjustment',
      delta: -points,
      source,
      createdAt: clock.now(),
    } as const
    const [after, entry] = postPoints(before.value, facts)._unsafeUnwrap()
    await ledger.post(before, after, entry)
    return ok(undefined)
  })

describe('asking back the money for points', () => {
  it('takes them out while all of it is under way, and for good once it is done', async () => {
    const made = await refundWorld({ product: PACKAGE })
    expect(await made.balance()).toBe(1100)
    const { refundNo } = (await made.request())._unsafeUnwrap().value
    expect(await made.balance()).toBe(0)
    made.script.queryRefund = () => ok({ state: 'success', refundId: '5001', amount: PRICE, at: minute(16) })
    expect((await made.find(refundNo))._unsafeUnwrap().value.status).toBe('success')
    expect(await made.balance()).toBe(0)
  })

  it('gives them again when the gateway refuses, and takes them out again with the retry', async () => {
    const made = await refundWorld({ product: PACKAGE })
    made.script.refund = () => err({ code: 'GATEWAY_REJECTED', gatewayCode: 'NO_AUTH', message: '' })
    await made.request({ refundNo: 'R1' })
    expect(await made.balance()).toBe(1100)
    made.script.refund = () => ok({ state: 'processing', refundId: '5001' })
    await made.retry('R1')
    expect(await made.balance()).toBe(0)
  })

  it('gives them again when an operator turns it down', async () => {
    const made = await refundWorld({ product: PACKAGE, approval: 'manual' })
    await made.request({ refundNo: 'R1' })
    expect(await made.balance()).toBe(0)
    await made.reject('R1')
    expect(await made.balance()).toBe(1100)
    await made.request({ refundNo: 'R2' })
    await made.approve('R2')
    expect(await made.balance()).toBe(0)
  })

  it('is refused once they are spent, without a call and without a trace', async () => {
    const made = await refundWorld({ product: PACKAGE })
    await spend(made, 1)
    const events = await made.eventTypes()
    expect((await made.request())._unsafeUnwrapErr()).toEqual({ code: 'POINTS_ALREADY_SPENT' })
    expect([await made.balance(), await made.statuses(), made.asked.refund]).toEqual([1099, [], []])
    expect(await made.eventTypes()).toEqual(events)
  })

  it('is not refused for a part of it, which leaves the points alone, but for the part that makes it whole', async () => {
    const made = await refundWorld({ product: PACKAGE })
    await spend(made, 1)
    expect((await made.request({ amount: fen(PRICE - 1) })).isOk()).toBe(true)
    expect(await made.balance()).toBe(1099)
    expect((await made.request({ amount: fen(1) }))._unsafeUnwrapErr()).toEqual({ code: 'POINTS_ALREADY_SPENT' })
  })

  it('is refused at its retry too', async () => {
    const made = await refundWorld({ product: PACKAGE })
    made.script.refund = () => err({ code: 'GATEWAY_REJECTED', gatewayCode: 'NO_AUTH', message: '' })
    await made.request({ refundNo: 'R1' })
    await spend(made, 1)
    expect((await made.retry('R1'))._unsafeUnwrapErr()).toEqual({ code: 'POINTS_ALREADY_SPENT' })
    expect(await made.statuses()).toEqual(['failed'])
    expect(made.asked.refund).toEqual(['R1'])
  })
})

describe('asking back the money for access', () => {
  it('takes it back with the last part, and not before', async () => {
    const made = await refundWorld({ product: accessProduct({ id: 'p1', price: PRICE }), provider: 'alipay' })
    const isRevoked = async () =>
      (await made.store.readers.entitlements.listByUser('user-1')).map(({ revokedAt }) => revokedAt !== undefined)
    for (const [amount, revoked] of [
      [fen(PRICE - 1), false],
      [fen(1), true],
    ] as const) {
      made.script.refund = () => ok({ state: 'success', refundId: undefined, amount, at: minute(16) })
      await made.request({ amount })
      expect(await isRevoked()).toEqual([revoked])
    }
  })
})

describe('giving back points that paid for an order', () => {
  it('credits them at once and takes back what was delivered', async () => {
    const made = await pointsWorld()
    expect(await made.balance()).toBe(100_000 - 9900)
    const refund = (await made.request())._unsafeUnwrap().value
    expect(refund).toMatchObject({ status: 'success', provider: 'points', amount: PRICE })
    expect(await made.balance()).toBe(100_000)
    expect(await made.order()).toMatchObject({ status: 'refunded' })
    expect((await made.store.readers.entitlements.listByUser('user-1'))[0]?.revokedAt).toBeDefined()
    expect((await made.eventTypes()).slice(-6)).toEqual([
      'refund.requested',
      'points.credited',
      'refund.succeeded',
      'payment.refunded',
      'order.refunded',
      'access.revoked',
    ])
    expect(made.asked.refund).toEqual([])
  })

  it('in parts gives back whole points, rounded down, and the rest with the last part', async () => {
    const made = await pointsWorld({ pointsPerYuan: 7 }) // 693 points for 9900 fen.
    const seen: number[] = []
    for (const amount of [3333, 3333, 3234].map(fen)) {
      await made.request({ amount })
      seen.push((await made.balance()) - (100_000 - 693))
    }
    expect(seen).toEqual([233, 466, 693])
    expect(await made.order()).toMatchObject({ status: 'refunded' })
  })

  it('gives back what was taken, whatever a point is worth by now', async () => {
    const made = await pointsWorld({ pointsPerYuan: 10 })
    await made.request()
    expect(await made.balance()).toBe(100_000)
  })

  it('happens once for one number', async () => {
    const made = await pointsWorld()
    await Promise.all(Array.from({ length: 10 }, () => made.request({ refundNo: 'R1', amount: fen(900) })))
    expect(await made.balance()).toBe(100_000 - 9000)
  })

  it('never gives back more than was taken when twenty ask at once', async () => {
    const made = await pointsWorld()
    const all = await Promise.all(Array.from({ length: 20 }, () => made.request({ amount: fen(1000) })))
    expect(all.filter((one) => one.isOk())).toHaveLength(9)
    expect(await made.balance()).toBe(100_000 - 900)
    await expectMoneyConserved(made)
  })

  it('waits for approval like any other', async () => {
    const made = await pointsWorld({ approval: 'manual' })
    await made.request({ refundNo: 'R1' })
    expect(await made.balance()).toBe(100_000 - 9900)
    expect((await made.approve('R1'))._unsafeUnwrap().value.status).toBe('success')
    expect(await made.balance()).toBe(100_000)
  })
})
