import { err, ok } from 'neverthrow'
import { beforeEach, describe, expect, it } from 'vitest'
import { fen } from '../../../src/domain/money.ts'
import { difference, discrepancy, entityId, paidOrder, refundNo } from '../../support/builders.ts'
import { bookPayment, during } from './bill-day.ts'
import { looking, reconciledShop, type Shop } from './reconciled-shop.ts'

let shop: Shop
let look: ReturnType<typeof looking>
beforeEach(() => {
  shop = reconciledShop()
  look = looking(shop)
})

describe('asking about discrepancies by itself', () => {
  const open = (askAt = shop.clock.now()) =>
    shop.store.transaction.run(async ({ discrepancies }) =>
      ok(await discrepancies.insert(discrepancy(difference()), 'run-1', askAt)),
    )

  it('asks again after the gaps of the schedule, and then no more', async () => {
    await open()
    shop.script.query = () => err({ code: 'GATEWAY_UNAVAILABLE', reason: 'timeout' })
    expect(await shop.heal()).toBe(1)
    for (const gap of [15_000, 30_000]) {
      shop.clock.advance(gap - 1)
      expect(await shop.heal()).toBe(0)
      shop.clock.advance(1)
      expect(await shop.heal()).toBe(1)
    }
    shop.clock.advance(24 * 3_600_000)
    expect(await shop.heal()).toBe(0)
    expect(await look.theOne()).toMatchObject({ status: 'open', note: undefined })
  })

  it('leaves what the gateway refuses to tell to a person', async () => {
    await open()
    shop.script.query = () => err({ code: 'GATEWAY_REJECTED', gatewayCode: 'NO_AUTH', message: '' })
    expect(await shop.heal()).toBe(1)
    expect(await look.theOne()).toMatchObject({ status: 'open', note: expect.stringContaining('NO_AUTH') })
    shop.clock.advance(24 * 3_600_000)
    expect(await shop.heal()).toBe(0)
  })

  it('settles a refund that went through, by its own query', async () => {
    await bookPayment(shop.store, 1)
    const about = { about: 'refund', refundNo: refundNo(1), subject: 'refund', class: 'missing_local' } as const
    await shop.store.transaction.run(async ({ discrepancies, orders }) => {
      await orders.insert(paidOrder({ id: entityId(1), paymentId: entityId(1) }))
      return ok(await discrepancies.insert(discrepancy(difference(about)), 'run-1', shop.clock.now()))
    })
    shop.script.queryRefund = () => ok({ state: 'success', refundId: '50300001', amount: fen(700), at: during() })
    await shop.heal()
    expect(await look.theOne()).toMatchObject({ status: 'resolved', resolution: 'healed' })
    const refunds = await shop.store.readers.refunds.listByPayment(entityId(1))
    expect(refunds.map(({ value }) => [value.status, value.amount])).toEqual([['success', 700]])
  })
})
