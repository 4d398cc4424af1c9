import { err, ok } from 'neverthrow'
import { describe, expect, it } from 'vitest'
import { accessProduct, minute } from '../support/builders.ts'
import { openPayment, receiptFor, type World, world } from './world.ts'

const UNAVAILABLE = { code: 'GATEWAY_UNAVAILABLE', reason: 'timeout' } as const

const opened = async () => {
  const made = await world([accessProduct({ id: 'p1' })])
  const { payment } = await openPayment(made, 'p1')
  return { made, payment }
}

const statusOf = async ({ store }: World, id: string) => (await store.readers.payments.find(id))?.value.status

describe('the recovery of payments', () => {
  it('asks on the schedule, counted from the making, until there is an answer', async () => {
    const { made, payment } = await opened()
    made.script.query = () => err(UNAVAILABLE)
    for (const [at, gap] of [15_000, 30_000, 30_000, 30_000].entries()) {
      made.clock.advance(gap - 1)
      expect(await made.recoverPayments()).toBe(0)
      made.clock.advance(1)
      expect(await made.recoverPayments()).toBe(1)
      expect(made.asked.query).toHaveLength(at + 1)
    }
    expect(await statusOf(made, payment.id)).toBe('pending')
    expect(made.asked.close).toEqual([])
  })

  it('settles a payment whose callback was lost, and then rests', async () => {
    const { made, payment } = await opened()
    made.script.query = () => ok({ state: 'paid', receipt: receiptFor(payment), refunded: 'none' })
    made.clock.advance(15_000)
    await made.recoverPayments()
    const order = await made.store.readers.orders.find('order-1')
    expect([await statusOf(made, payment.id), order?.value.status]).toEqual(['paid', 'paid'])
    expect(await made.store.readers.transactions.listByOrder('order-1')).toMatchObject([{ source: 'query' }])
    made.clock.advance(3_600_000)
    expect(await made.recoverPayments()).toBe(0)
  })

  it('closes one whose order was ended or paid by other means', async () => {
    const { made, payment } = await opened()
    await made.store.transaction.run(async ({ orders }) => {
      const before = await orders.find('order-1')
      if (before === undefined) throw new Error('no order')
      await orders.replace(before, { ...before.value, status: 'cancelled', cancelledAt: minute(0) }, minute(0))
      return ok(undefined)
    })
    made.clock.advance(15_000)
    await made.recoverPayments()
    expect(made.asked.close).toEqual([payment.outTradeNo])
    expect(await statusOf(made, payment.id)).toBe('closed')
  })

  it('closes one whose time is past, and asks on while that has no answer', async () => {
    const { made, payment } = await opened()
    made.clock.set(minute(30))
    made.script.close = () => err(UNAVAILABLE)
    await made.recoverPayments()
    expect(await statusOf(made, payment.id)).toBe('pending')
    made.clock.advance(30_000)
    made.script.close = () => ok('not_found')
    await made.recoverPayments()
    expect(await statusOf(made, payment.id)).toBe('closed')
    made.clock.advance(3_600_000)
    expect(await made.recoverPayments()).toBe(0)
  })
})
