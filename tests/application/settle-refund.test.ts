import { err, ok } from 'neverthrow'
import { describe, expect, it } from 'vitest'
import { fen } from '../../src/domain/money.ts'
import { transitionOrder } from '../../src/domain/order.ts'
import { minute } from '../support/builders.ts'
import {
  arrive,
  looking,
  paidOrderOf,
  PRODUCTS,
  refundFact,
  refundMessage,
  request,
  spendPoints,
} from './refund-world.ts'
import { openPayment, paidNotification, receiptFor, world } from './world.ts'

describe('a refund of the payment that funded an order', () => {
  it('takes back what was delivered when all of it has gone back', async () => {
    const { made, paid, order, codes, eventTypes } = await paidOrderOf('code')
    await request(made, paid, paid.amount)
    expect(await codes()).toEqual(['frozen'])
    await arrive(made, refundMessage(paid, refundFact(paid, { refundNo: 'R1' })))
    expect((await order())?.status).toBe('refunded')
    expect(await codes()).toEqual(['revoked'])
    expect((await eventTypes()).slice(-4)).toEqual([
      'refund.succeeded',
      'payment.refunded',
      'order.refunded',
      'access_code.revoked',
    ])
  })

  it('leaves it where only a part has', async () => {
    const { made, paid, order, codes } = await paidOrderOf('code')
    await request(made, paid, 100)
    await arrive(made, refundMessage(paid, refundFact(paid, { refundNo: 'R1', amount: fen(100) })))
    expect(await order()).toMatchObject({ status: 'partially_refunded', refunded: 100 })
    expect(await codes()).toEqual(['available'])
  })

  it('gives it free again when the gateway ends it without moving money', async () => {
    const { made, paid, order, codes, balance } = await paidOrderOf('code')
    await request(made, paid, paid.amount)
    const closed = refundFact(paid, { refundNo: 'R1', status: 'closed' })
    expect((await arrive(made, refundMessage(paid, closed))).verdict).toBe('refund_settled')
    expect((await order())?.status).toBe('paid')
    expect(await codes()).toEqual(['available'])
    expect(await balance()).toBe(0)
  })

  it('keeps what is left held while another part is still under way', async () => {
    const { made, paid, codes } = await paidOrderOf('code')
    await request(made, paid, 100, 'R1')
    await request(made, paid, paid.amount - 100, 'R2')
    expect(await codes()).toEqual(['frozen'])
    await arrive(made, refundMessage(paid, refundFact(paid, { refundNo: 'R1', amount: fen(100) })))
    expect(await codes()).toEqual(['frozen'])
    await arrive(
      made,
      refundMessage(paid, refundFact(paid, { refundNo: 'R2', status: 'closed', amount: fen(paid.amount - 100) })),
    )
    expect(await codes()).toEqual(['available'])
  })

  it('writes the payment also where nothing has gone back, so that whoever counts its rest has to look again', async () => {
    const { made, paid } = await paidOrderOf('code')
    await request(made, paid, 100)
    const before = await made.store.readers.payments.find(paid.id)
    await arrive(made, refundMessage(paid, refundFact(paid, { refundNo: 'R1', status: 'closed', amount: fen(100) })))
    const after = await made.store.readers.payments.find(paid.id)
    expect(after?.value).toEqual(before?.value)
    expect(after?.version).toBeGreaterThan(before?.version ?? 0)
  })

  it('puts goods back into stock, once', async () => {
    const { made, paid } = await paidOrderOf('goods')
    await request(made, paid, paid.amount)
    const message = refundMessage(paid, refundFact(paid, { refundNo: 'R1' }))
    for (let n = 0; n < 3; n += 1) await arrive(made, message)
    expect((await made.store.readers.stock.find('S')).value).toEqual({ sku: 'S', onHand: 5, reserved: 0 })
  })

  it('turns abnormal with an incident, stays under way, and ends well after all', async () => {
    const { made, paid, refunds, codes, incidents } = await paidOrderOf('code')
    await request(made, paid, paid.amount)
    await arrive(made, refundMessage(paid, refundFact(paid, { refundNo: 'R1', status: 'abnormal' })))
    expect(await refunds()).toMatchObject([{ status: 'processing', abnormal: true }])
    expect(await codes()).toEqual(['frozen'])
    expect(await incidents()).toMatchObject([{ kind: 'refund_abnormal', occurrences: 1 }])
    await arrive(made, refundMessage(paid, refundFact(paid, { refundNo: 'R1' })))
    expect(await refunds()).toMatchObject([{ status: 'success' }])
    expect(await codes()).toEqual(['revoked'])
  })

  it('is refused with another amount than its own, and a person is told', async () => {
    const { made, paid, refunds, incidents } = await paidOrderOf('code')
    await request(made, paid, 200)
    const message = refundMessage(paid, refundFact(paid, { refundNo: 'R1', amount: fen(201) }))
    expect((await arrive(made, message)).verdict).toBe('amount_mismatch')
    expect((await arrive(made, message)).verdict).toBe('amount_mismatch')
    expect(await refunds()).toMatchObject([{ status: 'processing', amount: 200 }])
    expect(await incidents()).toMatchObject([{ kind: 'amount_mismatch', occurrences: 2 }])
  })
})

describe('money that moved under a refund that was given up', () => {
  const givenUp = async () => {
    const found = await paidOrderOf('code')
    const { paid } = found
    await request(found.made, paid, paid.amount)
    await arrive(found.made, refundMessage(paid, refundFact(paid, { refundNo: 'R1', status: 'closed' })))
    return found
  }

  it('is booked, and a person is told', async () => {
    const { made, paid, refunds, order, codes, incidents, eventTypes } = await givenUp()
    const message = refundMessage(paid, refundFact(paid, { refundNo: 'R1' }))
    expect((await arrive(made, message)).verdict).toBe('refund_settled')
    expect((await arrive(made, message)).verdict).toBe('repeated')
    expect(await refunds()).toMatchObject([{ status: 'success', amount: paid.amount }])
    expect((await order())?.status).toBe('refunded')
    expect(await codes()).toEqual(['revoked'])
    expect(await incidents()).toMatchObject([{ kind: 'contradiction', occurrences: 1 }])
    expect(await eventTypes()).toContain('refund.retried')
  })

  it('waits for a refund that was asked for instead of it', async () => {
    const { made, paid, refunds, order, incidents } = await givenUp()
    await request(made, paid, paid.amount, 'R2')
    for (let n = 0; n < 2; n += 1) await arrive(made, refundMessage(paid, refundFact(paid, { refundNo: 'R1' })))
    expect((await refunds()).map(({ status }) => status)).toEqual(['failed', 'processing'])
    expect(await incidents()).toMatchObject([{ kind: 'contradiction', occurrences: 1 }])
    await arrive(made, refundMessage(paid, refundFact(paid, { refundNo: 'R2', status: 'closed' })))
    made.script.queryRefund = () => ok({ state: 'success', refundId: '503', amount: paid.amount, at: minute(60) })
    await made.traceRefunds()
    expect((await refunds()).map(({ status }) => status)).toEqual(['success', 'failed'])
    expect((await order())?.status).toBe('refunded')
  })

  it('is a contradiction where all was given back under another number meanwhile', async () => {
    const { made, paid, refunds, incidents } = await givenUp()
    await request(made, paid, paid.amount, 'R2')
    await arrive(made, refundMessage(paid, refundFact(paid, { refundNo: 'R2', refundId: '50300002' })))
    expect((await arrive(made, refundMessage(paid, refundFact(paid, { refundNo: 'R1' })))).verdict).toBe('recorded')
    expect((await refunds()).map(({ status }) => status).toSorted()).toEqual(['failed', 'success'])
    expect(await incidents()).toMatchObject([{ kind: 'contradiction' }])
  })
})

describe('points that were spent before their refund', () => {
  it('are an incident, once, and the balance stays at zero', async () => {
    const { made, paid, balance, incidents } = await paidOrderOf('points')
    await request(made, paid, 100, 'R1')
    await spendPoints(made, 400)
    await arrive(made, refundMessage(paid, refundFact(paid, { refundNo: 'R1', amount: fen(100) })))
    const rest = refundFact(paid, { refundNo: 'CONSOLE', refundId: '50300009', amount: fen(paid.amount - 100) })
    const message = refundMessage(paid, rest)
    for (let n = 0; n < 3; n += 1) await arrive(made, message)
    expect(await balance()).toBe(0)
    expect(await incidents()).toMatchObject([
      {
        kind: 'points_shortfall',
        occurrences: 1,
        outTradeNo: paid.outTradeNo,
        evidence: { userId: 'user-1', pointsMissing: 400, refundNo: 'CONSOLE' },
      },
    ])
  })
})

describe('a payment that funds nothing', () => {
  const late = async () => {
    const made = await world(PRODUCTS)
    const { payment } = await openPayment(made, 'code')
    await made.store.transaction.run(async ({ orders }) => {
      const before = await orders.find('order-1')
      if (before === undefined) throw new Error('no order')
      await orders.replace(
        before,
        transitionOrder(before.value, { type: 'cancelled', at: minute(3) })._unsafeUnwrap()[0],
        minute(3),
      )
      return ok(undefined)
    })
    await arrive(made, paidNotification(receiptFor(payment)))
    const [refund] = (await made.store.readers.refunds.listByPayment(payment.id)).map(({ value }) => value)
    return { made, paid: payment, refundNo: refund?.refundNo ?? '', ...looking(made, payment) }
  }

  it('goes back without touching its order', async () => {
    const { made, paid, refundNo, payment, order } = await late()
    await arrive(made, refundMessage(paid, refundFact(paid, { refundNo })))
    expect((await payment())?.status).toBe('refunded')
    expect((await order())?.status).toBe('cancelled')
    expect(await made.store.readers.fulfilments.listByOrder('order-1')).toEqual([])
  })

  it('is given back once where somebody did it in the console while ours was still to be sent', async () => {
    const { made, paid, refundNo, payment, refunds } = await late()
    await arrive(made, refundMessage(paid, refundFact(paid)))
    made.script.refund = () => err({ code: 'GATEWAY_REJECTED', gatewayCode: 'INVALID_REQUEST', message: '' })
    await made.dispatchRefunds()
    made.script.queryRefund = () => ok({ state: 'success', refundId: '503', amount: paid.amount, at: minute(60) })
    await made.traceRefunds()
    const all = await refunds()
    const done = all.filter((one) => one.refundNo !== refundNo)
    const given = all.filter((one) => one.refundNo === refundNo)
    expect(done).toMatchObject([{ status: 'success', requestedBy: 'gateway' }])
    expect(given).toMatchObject([{ status: 'failed', requestedBy: 'system' }])
    expect((await payment())?.status).toBe('refunded')
  })
})
