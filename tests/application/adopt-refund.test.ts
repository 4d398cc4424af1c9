import { err, ok } from 'neverthrow'
import { describe, expect, it } from 'vitest'
import { fen } from '../../src/domain/money.ts'
import { minute } from '../support/builders.ts'
import { arrive, hint, looking, paidOrderOf, PRODUCTS, refundFact, refundMessage, request } from './refund-world.ts'
import { openPayment, paidNotification, receiptFor, type World, world } from './world.ts'

const noStaleWork = async (made: World) => {
  made.clock.advance(3_600_000)
  expect(await made.traceRefunds()).toBe(0)
}

describe('a refund made in WeChat Pay’s console', () => {
  it('is booked from its callback under its own number, and takes back what was delivered', async () => {
    const { made, paid, payment, order, refunds, codes, eventTypes, incidents } = await paidOrderOf('code')
    const handled = await arrive(made, refundMessage(paid, refundFact(paid)))
    expect(handled.verdict).toBe('refund_settled')
    expect(await refunds()).toMatchObject([
      {
        refundNo: 'CONSOLE1',
        refundId: '50300001',
        status: 'success',
        requestedBy: 'gateway',
        amount: paid.amount,
        processedAt: minute(60),
      },
    ])
    expect((await payment())?.status).toBe('refunded')
    expect((await order())?.status).toBe('refunded')
    expect(await codes()).toEqual(['revoked'])
    expect((await eventTypes()).slice(-5)).toEqual([
      'refund.requested',
      'refund.succeeded',
      'payment.refunded',
      'order.refunded',
      'access_code.revoked',
    ])
    expect(await incidents()).toEqual([])
    expect(await made.dispatchRefunds()).toBe(0)
    expect(made.asked.refund).toEqual([])
    await noStaleWork(made)
  })

  it('is booked once however often and closely it is told', async () => {
    const { made, paid, refunds } = await paidOrderOf('code')
    const part = refundFact(paid, { amount: fen(100) })
    const verdicts = await Promise.all(
      Array.from({ length: 20 }, () => arrive(made, refundMessage(paid, part)).then(({ verdict }) => verdict)),
    )
    expect(verdicts.toSorted()).toEqual(['refund_settled', ...Array<string>(19).fill('repeated')])
    expect(await refunds()).toHaveLength(1)
  })

  it('adds up with further ones, part by part', async () => {
    const { made, paid, order, codes } = await paidOrderOf('code')
    const parts = [100, 200, paid.amount - 300]
    for (const [n, part] of parts.entries()) {
      expect(await codes()).toEqual(['available'])
      const fact = refundFact(paid, { refundNo: `C${n}`, refundId: `5030${n}`, amount: fen(part) })
      await arrive(made, refundMessage(paid, fact))
    }
    expect((await order())?.status).toBe('refunded')
    expect(await codes()).toEqual(['revoked'])
  })

  it('turns abnormal with an incident, is never sent by us, and ends well after all', async () => {
    const { made, paid, refunds, codes, incidents } = await paidOrderOf('code')
    await arrive(made, refundMessage(paid, refundFact(paid, { status: 'abnormal' })))
    expect(await refunds()).toMatchObject([{ status: 'processing', abnormal: true, requestedBy: 'gateway' }])
    expect(await codes()).toEqual(['frozen'])
    expect(await incidents()).toMatchObject([{ kind: 'refund_abnormal' }])
    for (let n = 0; n < 5; n += 1) {
      made.clock.advance(60_000)
      await made.dispatchRefunds()
    }
    expect(made.asked.refund).toEqual([])
    await arrive(made, refundMessage(paid, refundFact(paid)))
    expect(await refunds()).toMatchObject([{ status: 'success' }])
    expect(await codes()).toEqual(['revoked'])
  })

  it('is none where it was closed before money moved', async () => {
    const { made, paid, refunds } = await paidOrderOf('code')
    expect((await arrive(made, refundMessage(paid, refundFact(paid, { status: 'closed' })))).verdict).toBe('recorded')
    expect(await refunds()).toEqual([])
  })

  it('waits for its payment where it is told first: that is settled, then this is booked', async () => {
    const made = await world(PRODUCTS)
    const { payment: open } = await openPayment(made, 'code')
    const { refunds, order, codes } = looking(made, open)
    expect((await arrive(made, refundMessage(open, refundFact(open)))).verdict).toBe('recorded')
    expect((await arrive(made, refundMessage(open, refundFact(open)))).verdict).toBe('repeated')
    expect((await order())?.status).toBe('pending')
    made.script.query = () => ok({ state: 'paid', receipt: receiptFor(open), refunded: 'some' })
    made.script.queryRefund = () => ok({ state: 'success', refundId: '503', amount: open.amount, at: minute(60) })
    expect(await made.traceRefunds()).toBe(1)
    expect(await refunds()).toMatchObject([{ refundNo: 'CONSOLE1', status: 'success', requestedBy: 'gateway' }])
    expect((await order())?.status).toBe('refunded')
    expect(await codes()).toEqual(['revoked'])
    await made.traceRefunds()
    await noStaleWork(made)
    expect(await looking(made, open).incidents()).toEqual([])
  })

  it('keeps what was told of it where the gateway only says later that it is abnormal', async () => {
    const made = await world(PRODUCTS)
    const { payment: open } = await openPayment(made, 'code')
    await arrive(made, refundMessage(open, refundFact(open, { status: 'abnormal', amount: fen(300) })))
    made.script.query = () => ok({ state: 'paid', receipt: receiptFor(open), refunded: 'some' })
    made.script.queryRefund = () => ok({ state: 'abnormal', refundId: '503' })
    await made.traceRefunds()
    expect(await looking(made, open).refunds()).toMatchObject([{ amount: 300, status: 'processing', abnormal: true }])
  })

  it('is not what our own is, even where its callback overtakes the answer to our request', async () => {
    const { made, paid, refunds } = await paidOrderOf('code')
    await request(made, paid, paid.amount)
    await arrive(made, refundMessage(paid, refundFact(paid, { refundNo: 'R1' })))
    expect(await refunds()).toMatchObject([{ refundNo: 'R1', status: 'success', requestedBy: 'user-1' }])
  })

  it('waits for a refund of ours that holds its room and that only the gateway can end; a person is told', async () => {
    const { made, paid, refunds, order, codes, incidents } = await paidOrderOf('code')
    await request(made, paid, paid.amount)
    const part = fen(paid.amount - 100)
    const message = refundMessage(paid, refundFact(paid, { amount: part }))
    expect((await arrive(made, message)).verdict).toBe('recorded')
    await arrive(made, refundMessage(paid, refundFact(paid, { amount: part })))
    expect(await refunds()).toMatchObject([{ refundNo: 'R1', status: 'processing' }])
    expect(await incidents()).toMatchObject([
      { kind: 'contradiction', occurrences: 1, evidence: { heldFen: paid.amount, returnedFen: 0 } },
    ])
    made.script.queryRefund = () => ok({ state: 'success', refundId: '503', amount: part, at: minute(60) })
    await made.traceRefunds()
    expect(await refunds()).toHaveLength(1)
    made.script.refund = () => err({ code: 'GATEWAY_REJECTED', gatewayCode: 'INVALID_REQUEST', message: '' })
    await made.dispatchRefunds()
    made.clock.advance(60_000)
    await made.traceRefunds()
    expect(await refunds()).toMatchObject([
      { refundNo: 'R1', status: 'failed' },
      { refundNo: 'CONSOLE1', status: 'success', amount: part, requestedBy: 'gateway' },
    ])
    expect(await order()).toMatchObject({ status: 'partially_refunded', refunded: part })
    expect(await codes()).toEqual(['available'])
    await noStaleWork(made)
  })

  it('is made way for by refunds of ours that nobody has approved yet, the newest first', async () => {
    const { made, paid, refunds, codes, eventTypes, incidents } = await paidOrderOf('code')
    await request(made, paid, 100, 'R1', 'pending')
    made.clock.advance(1000)
    await request(made, paid, paid.amount - 100, 'R2', 'pending')
    expect(await codes()).toEqual(['frozen'])
    await arrive(made, refundMessage(paid, refundFact(paid, { amount: fen(paid.amount - 150) })))
    const statuses = (await refunds()).map(({ refundNo, status }) => [refundNo, status])
    expect(Object.fromEntries(statuses)).toEqual({ R1: 'pending', R2: 'cancelled', CONSOLE1: 'success' })
    expect(await codes()).toEqual(['available'])
    expect(await eventTypes()).toContain('refund.cancelled')
    expect(await incidents()).toEqual([])
  })

  it('is a contradiction where more would have gone back than was paid', async () => {
    const { made, paid, refunds, payment, incidents } = await paidOrderOf('code')
    await arrive(made, refundMessage(paid, refundFact(paid, { amount: fen(paid.amount - 100) })))
    const second = refundFact(paid, { refundNo: 'C2', refundId: '5030002', amount: fen(101) })
    for (let n = 0; n < 2; n += 1) expect((await arrive(made, refundMessage(paid, second))).verdict).toBe('recorded')
    expect(await refunds()).toHaveLength(1)
    expect(await payment()).toMatchObject({ status: 'partially_refunded', refunded: paid.amount - 100 })
    expect(await incidents()).toMatchObject([{ kind: 'contradiction', occurrences: 2 }])
    await noStaleWork(made)
  })

  it('gets a number of ours where its own is taken, and is known again by its own', async () => {
    const { made, paid, refunds } = await paidOrderOf('code')
    const { payment: other } = await openPayment(made, 'code', 'order-2')
    await arrive(made, paidNotification(receiptFor(other)))
    await arrive(made, refundMessage(other, refundFact(other, { transactionId: receiptFor(other).transactionId })))
    expect((await arrive(made, refundMessage(paid, refundFact(paid)))).verdict).toBe('refund_settled')
    expect((await arrive(made, refundMessage(paid, refundFact(paid)))).verdict).toBe('repeated')
    const [booked, ...others] = await refunds()
    expect(others).toEqual([])
    expect(booked).toMatchObject({ status: 'success', requestedBy: 'gateway', refundId: '50300001' })
    expect(booked?.refundNo).not.toBe('CONSOLE1')
  })

  it('of another transaction than the one that was paid is a contradiction', async () => {
    const { made, paid, refunds, incidents } = await paidOrderOf('code')
    await arrive(made, refundMessage(paid, refundFact(paid, { transactionId: '4200999' })))
    expect(await refunds()).toEqual([])
    expect(await incidents()).toMatchObject([{ kind: 'contradiction' }])
  })

  it('of an order nobody knows is told to a person, once', async () => {
    const { made, paid, incidents } = await paidOrderOf('code')
    const message = refundMessage(paid, refundFact(paid, { outTradeNo: 'P_NOBODY_KNOWS' }))
    for (let n = 0; n < 2; n += 1) expect((await arrive(made, message)).verdict).toBe('unknown_order')
    expect(await incidents()).toMatchObject([{ kind: 'unknown_order', outTradeNo: 'P_NOBODY_KNOWS', occurrences: 2 }])
  })
})

describe('a refund made in Alipay’s console', () => {
  it('is asked about, and booked with its own amount, whatever total its notice told', async () => {
    const { made, paid, refunds, order } = await paidOrderOf('code', 'alipay')
    const message = refundMessage(paid, hint(paid))
    expect((await arrive(made, message)).verdict).toBe('recorded')
    expect((await arrive(made, message)).verdict).toBe('repeated')
    expect(await refunds()).toEqual([])
    made.script.queryRefund = () => ok({ state: 'success', refundId: undefined, amount: fen(250), at: minute(60) })
    expect(await made.traceRefunds()).toBe(1)
    expect(made.asked.queryRefund).toEqual(['CONSOLE1'])
    expect(await refunds()).toMatchObject([{ refundNo: 'CONSOLE1', status: 'success', amount: 250 }])
    expect(await order()).toMatchObject({ status: 'partially_refunded', refunded: 250 })
    expect((await arrive(made, refundMessage(paid, hint(paid)))).verdict).toBe('repeated')
    await noStaleWork(made)
  })

  it('is booked under its own number also where it is told before its payment', async () => {
    const made = await world(PRODUCTS, 'refund', 'alipay')
    const { payment: open } = await openPayment(made, 'code')
    await arrive(made, refundMessage(open, hint(open)))
    made.script.query = () => ok({ state: 'paid', receipt: receiptFor(open), refunded: 'all' })
    made.script.queryRefund = () => ok({ state: 'success', refundId: undefined, amount: open.amount, at: minute(60) })
    await made.traceRefunds()
    await made.traceRefunds()
    const { refunds, order, incidents } = looking(made, open)
    expect(await refunds()).toMatchObject([{ refundNo: 'CONSOLE1', status: 'success', amount: open.amount }])
    expect((await order())?.status).toBe('refunded')
    expect(await incidents()).toEqual([])
    await noStaleWork(made)
  })

  it('without a number of its own is asked about by its trade’s', async () => {
    const { made, paid, refunds } = await paidOrderOf('code', 'alipay')
    await arrive(made, refundMessage(paid, hint(paid, { refundNo: receiptFor(paid).transactionId })))
    made.script.queryRefund = () => ok({ state: 'success', refundId: undefined, amount: paid.amount, at: minute(60) })
    await made.traceRefunds()
    expect(made.asked.queryRefund).toEqual([paid.outTradeNo])
    expect(await refunds()).toMatchObject([{ status: 'success', amount: paid.amount }])
  })

  it('is asked about until the gateway tells, and told to a person at the end of the schedule', async () => {
    const { made, paid, refunds, incidents } = await paidOrderOf('code', 'alipay')
    await arrive(made, refundMessage(paid, hint(paid)))
    made.script.queryRefund = () => err({ code: 'GATEWAY_UNAVAILABLE', reason: 'timeout' })
    for (let n = 0; n < 5; n += 1) {
      await made.traceRefunds()
      made.clock.advance(60_000)
    }
    expect(await incidents()).toEqual([])
    made.script.queryRefund = () => ok({ state: 'not_found' })
    await made.traceRefunds()
    expect(await refunds()).toEqual([])
    expect(await incidents()).toMatchObject([
      { kind: 'contradiction', outTradeNo: paid.outTradeNo, evidence: { untoldRefund: 'CONSOLE1' } },
    ])
    await noStaleWork(made)
  })

  it('is not what our own is, whose notice only makes us ask sooner', async () => {
    const { made, paid, refunds } = await paidOrderOf('code', 'alipay')
    await request(made, paid, 300)
    await made.dispatchRefunds()
    expect(await made.dispatchRefunds()).toBe(0)
    const message = refundMessage(paid, hint(paid, { refundNo: 'R1' }))
    await arrive(made, message)
    made.script.queryRefund = () => ok({ state: 'success', refundId: undefined, amount: fen(300), at: minute(60) })
    expect(await made.dispatchRefunds()).toBe(1)
    expect(await refunds()).toMatchObject([{ refundNo: 'R1', status: 'success', requestedBy: 'user-1' }])
    expect((await arrive(made, message)).verdict).toBe('repeated')
    await noStaleWork(made)
  })

  it('is booked for what is missing where the trade is closed and nothing else is told', async () => {
    const { made, paid, refunds, order } = await paidOrderOf('code', 'alipay')
    await request(made, paid, 300)
    made.script.refund = () => ok({ state: 'success', refundId: undefined, amount: fen(300), at: minute(55) })
    await made.dispatchRefunds()
    const { outTradeNo, identity } = paid
    await arrive(made, { kind: 'payment_closed', notificationId: 'n9', eventAt: minute(60), outTradeNo, identity })
    made.script.query = () => ok({ state: 'paid', receipt: receiptFor(paid), refunded: 'all' })
    await made.traceRefunds()
    expect(await refunds()).toMatchObject([
      { refundNo: 'R1', amount: 300 },
      { status: 'success', amount: paid.amount - 300, requestedBy: 'gateway' },
    ])
    expect((await order())?.status).toBe('refunded')
    await noStaleWork(made)
  })

  it('is not booked twice where its number is told after its amount was booked as what is missing', async () => {
    const { made, paid, refunds, incidents } = await paidOrderOf('code', 'alipay')
    await arrive(made, refundMessage(paid, hint(paid, { refundNo: undefined })))
    made.script.query = () => ok({ state: 'paid', receipt: receiptFor(paid), refunded: 'all' })
    await made.traceRefunds()
    await arrive(made, refundMessage(paid, hint(paid)))
    made.script.queryRefund = () => ok({ state: 'success', refundId: undefined, amount: paid.amount, at: minute(60) })
    await made.traceRefunds()
    expect(await refunds()).toHaveLength(1)
    expect(await incidents()).toEqual([])
    await noStaleWork(made)
  })

  it('waits while one of ours may be what closed the trade', async () => {
    const { made, paid, refunds } = await paidOrderOf('code', 'alipay')
    await request(made, paid, paid.amount)
    made.script.refund = () => err({ code: 'GATEWAY_UNAVAILABLE', reason: 'timeout' })
    await made.dispatchRefunds()
    await arrive(made, refundMessage(paid, hint(paid, { refundNo: undefined })))
    made.script.query = () => ok({ state: 'paid', receipt: receiptFor(paid), refunded: 'all' })
    await made.traceRefunds()
    expect(await refunds()).toMatchObject([{ refundNo: 'R1', status: 'processing' }])
    made.script.queryRefund = () => ok({ state: 'success', refundId: undefined, amount: paid.amount, at: minute(60) })
    made.clock.advance(60_000)
    await made.dispatchRefunds()
    await made.traceRefunds()
    expect(await refunds()).toHaveLength(1)
    await noStaleWork(made)
  })
})

describe('a trade that was paid and refunded while nobody told us', () => {
  const silent = async (refunded: 'some' | 'all', provider: 'wechat' | 'alipay') => {
    const made = await world(PRODUCTS, 'refund', provider)
    const { payment } = await openPayment(made, 'code')
    made.script.query = () => ok({ state: 'paid', receipt: receiptFor(payment), refunded })
    made.clock.advance(15_000)
    return { made, paid: payment, ...looking(made, payment) }
  }

  it('is settled, and then booked as gone back', async () => {
    const { made, paid, order, refunds, codes, eventTypes, incidents } = await silent('all', 'alipay')
    await made.recoverPayments()
    expect(await refunds()).toMatchObject([{ status: 'success', amount: paid.amount, requestedBy: 'gateway' }])
    expect((await order())?.status).toBe('refunded')
    expect(await codes()).toEqual(['revoked'])
    expect((await eventTypes()).slice(2)).toEqual([
      'payment.succeeded',
      'order.paid',
      'access_code.issued',
      'refund.requested',
      'refund.succeeded',
      'payment.refunded',
      'order.refunded',
      'access_code.revoked',
    ])
    expect(await incidents()).toEqual([])
    await noStaleWork(made)
  })

  it('is not sent back a second time where it came too late', async () => {
    const { made, paid, order, payment, refunds } = await silent('all', 'alipay')
    made.clock.advance(30 * 60_000)
    made.script.query = () => ok({ state: 'closed' })
    await made.expireOrders()
    expect((await order())?.status).toBe('expired')
    made.script.query = () => ok({ state: 'paid', receipt: receiptFor(paid), refunded: 'all' })
    await made.refresh(paid)
    await made.dispatchRefunds()
    await made.traceRefunds()
    expect(made.asked.refund).toEqual([])
    expect((await payment())?.status).toBe('refunded')
    expect(await refunds()).toMatchObject([{ requestedBy: 'gateway', status: 'success' }])
    expect((await order())?.status).toBe('expired')
  })

  it('is told to a person where the gateway tells neither number nor amount', async () => {
    const { made, paid, order, incidents } = await silent('some', 'wechat')
    await made.recoverPayments()
    expect((await order())?.status).toBe('paid')
    for (let n = 0; n < 4; n += 1) {
      await made.traceRefunds()
      made.clock.advance(60_000)
    }
    expect(await incidents()).toMatchObject([{ kind: 'contradiction', outTradeNo: paid.outTradeNo }])
    await noStaleWork(made)
  })

  it('needs nobody where its callback comes after all', async () => {
    const { made, paid, order, incidents } = await silent('some', 'wechat')
    await made.recoverPayments()
    await made.traceRefunds()
    await arrive(made, refundMessage(paid, refundFact(paid)))
    made.clock.advance(60_000)
    await made.traceRefunds()
    expect((await order())?.status).toBe('refunded')
    expect(await incidents()).toEqual([])
    await noStaleWork(made)
  })

  it('is found where somebody asks about a payment that is paid', async () => {
    const { made, paid, order, refunds } = await paidOrderOf('code', 'alipay')
    const ask = () => made.queryPayment({ kind: 'user', userId: 'user-1' }, 'alipay', paid.orderId)
    made.script.query = () => err({ code: 'GATEWAY_UNAVAILABLE', reason: 'timeout' })
    expect((await ask())._unsafeUnwrap().payment.value.status).toBe('paid')
    made.script.query = () => ok({ state: 'paid', receipt: receiptFor(paid), refunded: 'all' })
    await ask()
    await made.traceRefunds()
    expect(await refunds()).toMatchObject([{ status: 'success', amount: paid.amount }])
    expect((await order())?.status).toBe('refunded')
    const asked = made.asked.query.length
    await ask()
    expect(made.asked.query).toHaveLength(asked)
  })
})
