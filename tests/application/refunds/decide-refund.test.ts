import { err, ok } from 'neverthrow'
import { describe, expect, it } from 'vitest'
import type { GatewayError } from '../../../src/application/payments/payment-gateway.ts'
import { fen } from '../../../src/domain/money.ts'
import { minute } from '../../support/builders.ts'
import { expectMoneyConserved, OPERATOR, PRICE, type RefundWorld, refundWorld } from './refund-world.ts'

const REJECTED: GatewayError = { code: 'GATEWAY_REJECTED', gatewayCode: 'USER_ACCOUNT_ABNORMAL', message: '' }
const NOT_NOW = { code: 'ORDER_NOT_REFUNDABLE' }

const succeedWith = ({ script }: RefundWorld, amount: number) => {
  script.refund = () => ok({ state: 'success', refundId: '5001', amount: fen(amount), at: minute(16) })
}

/** A refund in each state that an operator may meet, with the gateway taking orders again. */
const refundIn = async (state: 'pending' | 'processing' | 'abnormal' | 'failed' | 'cancelled' | 'success') => {
  const made = await refundWorld({ approval: state === 'pending' || state === 'cancelled' ? 'manual' : 'auto' })
  if (state === 'failed') made.script.refund = () => err(REJECTED)
  if (state === 'abnormal') {
    made.script.refund = () => ok({ state: 'abnormal', refundId: '5001' })
    made.script.queryRefund = () => ok({ state: 'abnormal', refundId: '5001' })
  }
  if (state === 'success') succeedWith(made, PRICE)
  const { refundNo } = (await made.request({ refundNo: 'R1' }))._unsafeUnwrap().value
  if (state === 'cancelled') await made.reject(refundNo)
  succeedWith(made, PRICE)
  return made
}

describe('approving a refund', () => {
  it('sends it, writes down who did it, and answers with what became of it', async () => {
    const made = await refundIn('pending')
    const approved = (await made.approve('R1', { reason: '已核实' }))._unsafeUnwrap().value
    expect(approved.status).toBe('success')
    expect(made.asked).toMatchObject({ refund: ['R1'], queryRefund: [] })
    expect(await made.audited()).toMatchObject([
      {
        ...OPERATOR,
        action: 'refund.approve',
        subject: 'R1',
        reason: '已核实',
        before: { status: 'pending' },
        after: { status: 'processing' },
      },
    ])
    const events = await made.store.readers.events.eventsOf('order-1')
    const cause = { kind: 'admin', actor: 'boss' }
    expect(events.find(({ event }) => event.type === 'refund.approved')?.cause).toEqual(cause)
  })

  it.each(['processing', 'abnormal', 'failed', 'cancelled', 'success'] as const)(
    'is refused for one that is %s, and changes nothing',
    async (state) => {
      const made = await refundIn(state)
      const before = await made.store.readers.refunds.find('R1')
      const calls = made.asked.refund.length
      const audited = (await made.audited()).length
      expect((await made.approve('R1'))._unsafeUnwrapErr()).toEqual(NOT_NOW)
      expect(await made.store.readers.refunds.find('R1')).toEqual(before)
      expect([made.asked.refund.length, (await made.audited()).length]).toEqual([calls, audited])
    },
  )

  it('knows nothing of a refund that is not there', async () => {
    const made = await refundWorld()
    for (const decide of [made.approve, made.reject, made.retry])
      expect((await decide('R9'))._unsafeUnwrapErr()).toEqual({ code: 'REFUND_NOT_FOUND' })
  })

  it('happens once for a request that is repeated, however it ended the first time', async () => {
    const made = await refundIn('pending')
    await made.approve('R1', { actionId: 'same' })
    const again = await made.approve('R1', { actionId: 'same' })
    expect(again._unsafeUnwrap().value.status).toBe('success')
    expect([made.asked.refund.length, (await made.audited()).length]).toEqual([1, 1])
  })

  it('happens once when ten operators press the button together', async () => {
    const made = await refundIn('pending')
    const all = await Promise.all(Array.from({ length: 10 }, () => made.approve('R1')))
    expect(all.filter((one) => one.isOk())).toHaveLength(1)
    expect(made.asked.refund).toEqual(['R1'])
  })

  it('needs a gateway to send it to', async () => {
    const made = await refundIn('pending')
    made.gatewayGone()
    expect((await made.approve('R1'))._unsafeUnwrapErr()).toEqual({ code: 'PROVIDER_NOT_CONFIGURED' })
    expect(await made.statuses()).toEqual(['pending'])
  })
})

describe('rejecting a refund', () => {
  it('gives its room free and writes down why', async () => {
    const made = await refundIn('pending')
    expect(await expectMoneyConserved(made)).toMatchObject({ kept: 0 })
    const rejected = (await made.reject('R1', { reason: '已使用' }))._unsafeUnwrap().value
    expect(rejected).toMatchObject({ status: 'cancelled', reasonGiven: '已使用' })
    expect(await expectMoneyConserved(made)).toMatchObject({ kept: PRICE })
    expect(made.asked.refund).toEqual([])
    expect(await made.audited()).toMatchObject([
      { action: 'refund.reject', reason: '已使用', after: { status: 'cancelled' } },
    ])
  })

  it.each(['processing', 'failed', 'cancelled', 'success'] as const)('is refused for one that is %s', async (state) => {
    const made = await refundIn(state)
    const before = await made.store.readers.refunds.find('R1')
    expect((await made.reject('R1', { reason: '试' }))._unsafeUnwrapErr()).toEqual(NOT_NOW)
    expect(await made.store.readers.refunds.find('R1')).toEqual(before)
  })

  it('of an abnormal one needs a reason', async () => {
    const made = await refundIn('abnormal')
    expect((await made.reject('R1'))._unsafeUnwrapErr()).toEqual({ code: 'REASON_REQUIRED' })
    expect(await made.statuses()).toEqual(['processing'])
  })

  it('of an abnormal one gives it up, once the gateway has said again that it is stuck', async () => {
    const made = await refundIn('abnormal')
    const given = (await made.reject('R1', { reason: '已线下打款' }))._unsafeUnwrap().value
    expect(given).toMatchObject({ status: 'failed', failureReason: '已线下打款', refundId: '5001' })
    expect(made.asked.queryRefund).toEqual(['R1'])
    expect(await expectMoneyConserved(made)).toMatchObject({ kept: PRICE })
    expect(await made.audited()).toMatchObject([
      { action: 'refund.give_up', before: { status: 'processing', abnormal: true }, after: { status: 'failed' } },
    ])
  })

  it('of an abnormal one waits for an answer of the gateway', async () => {
    const made = await refundIn('abnormal')
    made.script.queryRefund = () => err({ code: 'GATEWAY_UNAVAILABLE', reason: 'timeout' })
    expect((await made.reject('R1', { reason: '试' }))._unsafeUnwrapErr()).toEqual({ code: 'GATEWAY_UNAVAILABLE' })
    expect(await made.statuses()).toEqual(['processing'])
  })

  it('of an abnormal one is refused where the money has moved after all', async () => {
    const made = await refundIn('abnormal')
    made.script.queryRefund = () => ok({ state: 'success', refundId: '5001', amount: PRICE, at: minute(17) })
    expect((await made.reject('R1', { reason: '试' }))._unsafeUnwrapErr()).toEqual(NOT_NOW)
    expect(await made.statuses()).toEqual(['success'])
    expect(await made.audited()).toEqual([])
  })
})

describe('retrying a refund', () => {
  it('asks first, then sends it again under its number and with its amount', async () => {
    const made = await refundIn('failed')
    expect((await made.retry('R1', { reason: '账户已恢复' }))._unsafeUnwrap().value.status).toBe('success')
    expect(made.asked).toMatchObject({ refund: ['R1', 'R1'], queryRefund: ['R1'] })
    expect(await made.audited()).toMatchObject([
      { action: 'refund.retry', before: { status: 'failed' }, after: { status: 'processing', amount: PRICE } },
    ])
    expect(await made.eventTypes()).toContain('refund.retried')
  })

  it('sends nothing where the gateway has done it meanwhile', async () => {
    const made = await refundIn('failed')
    made.script.queryRefund = () => ok({ state: 'success', refundId: '5001', amount: PRICE, at: minute(17) })
    expect((await made.retry('R1'))._unsafeUnwrap().value.status).toBe('success')
    expect(made.asked.refund).toEqual(['R1'])
  })

  it('is refused after its room was used by another', async () => {
    const made = await refundIn('failed')
    succeedWith(made, 1)
    await made.request({ amount: fen(1) })
    expect((await made.retry('R1'))._unsafeUnwrapErr()).toEqual({ code: 'REFUND_EXCEEDS_PAYMENT' })
    expect(await made.statuses()).toEqual(['failed', 'success'])
  })

  it('takes its room once when it and another request come together', async () => {
    const made = await refundIn('failed')
    const all = await Promise.all([made.retry('R1'), made.request({ refundNo: 'R2' }), made.retry('R1')])
    expect(all.filter((one) => one.isOk())).toHaveLength(1)
    await expectMoneyConserved(made)
  })

  it('only asks again about an abnormal one', async () => {
    const made = await refundIn('abnormal')
    expect((await made.retry('R1', { reason: '已联系客户' }))._unsafeUnwrap().value).toMatchObject({ abnormal: true })
    expect(made.asked).toMatchObject({ refund: ['R1'], queryRefund: ['R1'] })
    made.script.queryRefund = () => ok({ state: 'success', refundId: '5001', amount: PRICE, at: minute(17) })
    expect((await made.retry('R1'))._unsafeUnwrap().value.status).toBe('success')
    expect((await made.audited()).map(({ action, reason }) => [action, reason])).toEqual([
      ['refund.retry', '已联系客户'],
      ['refund.retry', undefined],
    ])
  })

  it.each(['pending', 'processing', 'cancelled', 'success'] as const)(
    'is refused for one that is %s',
    async (state) => {
      const made = await refundIn(state)
      const before = await made.store.readers.refunds.find('R1')
      expect((await made.retry('R1'))._unsafeUnwrapErr()).toEqual(NOT_NOW)
      expect(await made.store.readers.refunds.find('R1')).toEqual(before)
    },
  )
})
