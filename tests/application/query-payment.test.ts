import { err, ok } from 'neverthrow'
import { describe, expect, it } from 'vitest'
import { checkOrder } from '../../src/application/payments/check-order.ts'
import { queryPayment } from '../../src/application/payments/query-payment.ts'
import { accessProduct } from '../support/builders.ts'
import { nativePayment, openPayment, receiptFor, type World, world } from './world.ts'

const VIEWER = nativePayment.viewer
const UNKNOWN = { code: 'GATEWAY_UNAVAILABLE', reason: 'cut' } as const

const withPayments = async () => {
  const made = await world([accessProduct({ id: 'p1' })])
  const { payment } = await openPayment(made, 'p1')
  const second = await made.createPayment({ ...nativePayment, method: 'WECHAT_H5', clientIp: '1.2.3.4' })
  made.asked.query.length = 0
  return { made, first: payment, second: second._unsafeUnwrap().payment.value }
}
const queried = ({ deps, refresh }: World) =>
  queryPayment({ ...deps, refreshPayment: refresh })(VIEWER, 'wechat', 'order-1')
const standing = ({ deps, refresh }: World, mayAsk = true, orderId = 'order-1') =>
  checkOrder({ ...deps, refreshPayment: refresh })(orderId, mayAsk)

/** The gateway's answers by number. */
const paying = (made: World, paid: Parameters<typeof receiptFor>[0], others: 'pending' | 'unknown'): void => {
  made.script.query = () => {
    if (made.asked.query.at(-1) === paid.outTradeNo)
      return ok({ state: 'paid', receipt: receiptFor(paid), refunded: 'none' })
    return others === 'pending' ? ok({ state: 'pending' }) : err(UNKNOWN)
  }
}

describe('querying a payment', () => {
  it('asks about every open attempt at this provider, and gives the one that was paid', async () => {
    const { made, first } = await withPayments()
    paying(made, first, 'pending')
    const { payment, order } = (await queried(made))._unsafeUnwrap()
    expect([payment.value.id, payment.value.status, order.value.status]).toEqual([first.id, 'paid', 'paid'])
    expect(made.asked.query).toHaveLength(2)
  })

  it('knows what one attempt’s answer has settled although another one’s is missing', async () => {
    const { made, first } = await withPayments()
    paying(made, first, 'unknown')
    expect((await queried(made))._unsafeUnwrap().order.value.status).toBe('paid')
  })

  it('does not know where an answer is missing and nothing is settled', async () => {
    const { made } = await withPayments()
    made.script.query = () => (made.asked.query.length === 1 ? err(UNKNOWN) : ok({ state: 'pending' }))
    expect((await queried(made))._unsafeUnwrapErr()).toEqual({ code: 'GATEWAY_UNAVAILABLE' })
  })
})

describe('an answer that contradicts what is proven', () => {
  it.each([{ state: 'closed' }, { state: 'failed', reason: 'PAYERROR' }] as const)(
    '“$state” about a payment that a callback has settled changes nothing and goes to a person',
    async (answer) => {
      const { made, first } = await withPayments()
      paying(made, first, 'pending')
      await made.refresh(first)
      made.script.query = () => ok(answer)
      expect((await made.refresh(first))._unsafeUnwrap()).toEqual({ changed: false })
      await made.refresh(first)
      expect((await made.store.readers.payments.find(first.id))?.value.status).toBe('paid')
      expect(await made.store.readers.incidents.listByOrder('order-1')).toMatchObject([
        { kind: 'contradiction', outTradeNo: first.outTradeNo, occurrences: 2 },
      ])
    },
  )
})

describe('checking where an order stands', () => {
  it('waits while its gateways say that nothing was paid', async () => {
    const { made } = await withPayments()
    expect(await standing(made)).toBe('waiting')
    expect(made.asked.query).toHaveLength(2)
  })

  it('books what a gateway says was paid', async () => {
    const { made, second } = await withPayments()
    paying(made, second, 'pending')
    expect(await standing(made)).toBe('paid')
    expect((await made.store.readers.orders.find('order-1'))?.value.status).toBe('paid')
  })

  it('does not know where a gateway gives no answer, nor of an order that is none', async () => {
    const { made } = await withPayments()
    made.script.query = () => err(UNKNOWN)
    expect(await standing(made)).toBe('unknown')
    expect(await standing(made, true, 'order-2')).toBe('unknown')
  })

  it('asks nobody when it may not, and tells what is known', async () => {
    const { made, first } = await withPayments()
    paying(made, first, 'pending')
    expect(await standing(made, false)).toBe('waiting')
    expect(made.asked.query).toEqual([])
    await made.refresh(first)
    made.asked.query.length = 0
    expect([await standing(made, false), await standing(made)]).toEqual(['paid', 'paid'])
    expect(made.asked.query).toEqual([])
  })

  it('says that a cancelled order has ended', async () => {
    const { made } = await withPayments()
    await made.cancelOrder(VIEWER, 'order-1')
    expect(await standing(made)).toBe('ended')
  })
})
