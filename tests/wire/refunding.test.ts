import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Running, startRunning } from '../support/service.ts'
import { call, eventually, type Gateway, GRANT, type Json, sell } from './payer.ts'
import { becomes, decide, ledgerOf, type Paid, paidOrder, read, refund, stateOf } from './refunder.ts'

const MINUTE_MS = 60_000

describe.each<Gateway>(['wechat', 'alipay'])('money back over %s', (gateway) => {
  let running: Running
  let productId: string
  beforeAll(async () => {
    running = await startRunning({ settings: { GATEWAY_TIMEOUT_MS: '1500' } })
    productId = await sell(running, GRANT)
  })
  afterAll(() => running.stop())

  const done = async (paid: Paid, amount: string, refundNo: string) => {
    const { status, json } = await refund(running, gateway, paid, amount, refundNo)
    expect(status).toBe(201)
    // WeChat Pay takes its time, but its callback may be faster than our answer.
    expect(gateway === 'wechat' ? ['processing', 'success'] : ['success']).toContain(json.data.status)
    return becomes(running, refundNo, paid.token, 'success')
  }

  it('goes back whole, and the order says so', async () => {
    const paid = await paidOrder(running, gateway, productId)
    const settled = await done(paid, '99.00', `${gateway}_full`)
    expect(settled.processedAt).not.toBeNull()
    expect(settled.refundId === null).toBe(gateway === 'alipay') // Alipay gives refunds no number of its own.
    expect(await stateOf(running, paid)).toEqual(['refunded', '99.00'])
    expect(ledgerOf(running, gateway, paid.outTradeNo)).toEqual([
      { refundNo: `${gateway}_full`, amount: 9900, isDone: true },
    ])
  })

  it('goes back in parts as long as the gateway wants between them, and not a fen more', async () => {
    const paid = await paidOrder(running, gateway, productId)
    const numbers = ['a', 'b', 'c'].map((part) => `${gateway}_${part}`)
    for (const [n, amount] of ['33.00', '33.00', '32.99'].entries()) {
      running.clock.advance(MINUTE_MS)
      await done(paid, amount, numbers[n] ?? '')
    }
    expect(await stateOf(running, paid)).toEqual(['partially_refunded', '98.99'])
    expect((await refund(running, gateway, paid, '0.02')).json.code).toBe('REFUND_EXCEEDS_PAYMENT')
    running.clock.advance(MINUTE_MS)
    await done(paid, '0.01', `${gateway}_last`)
    expect(await stateOf(running, paid)).toEqual(['refunded', '99.00'])
    expect(ledgerOf(running, gateway, paid.outTradeNo).map(({ amount }) => amount)).toEqual([3300, 3300, 3299, 1])
  })

  it('waits by itself where parts come too close together', async () => {
    const paid = await paidOrder(running, gateway, productId)
    await refund(running, gateway, paid, '1.00', `${gateway}_near1`)
    const second = await refund(running, gateway, paid, '1.00', `${gateway}_near2`)
    expect([second.status, second.json.data.status]).toEqual([201, 'processing'])
    expect(ledgerOf(running, gateway, paid.outTradeNo)).toHaveLength(1)
    await becomes(running, `${gateway}_near2`, paid.token, 'success', gateway === 'wechat' ? 2000 : 100)
    expect(ledgerOf(running, gateway, paid.outTradeNo)).toHaveLength(2)
  })

  it.each(['cut_after', 'error_500_after', 'hang', 'bad_signature', 'cut_before'] as const)(
    'is one refund under its number after %s',
    async (kind) => {
      const paid = await paidOrder(running, gateway, productId)
      const refundNo = `${gateway}_${kind}`
      running.sandbox[gateway].faults.add({ operation: 'refund', kind, outTradeNo: paid.outTradeNo })
      const { status, json } = await refund(running, gateway, paid, '10.00', refundNo)
      expect(status).toBe(201)
      // A callback may be faster than the answer, above all than one that never comes.
      expect(['processing', 'success']).toContain(json.data.status)
      await becomes(running, refundNo, paid.token, 'success')
      expect(ledgerOf(running, gateway, paid.outTradeNo)).toEqual([{ refundNo, amount: 1000, isDone: true }])
      expect(await stateOf(running, paid)).toEqual(['partially_refunded', '10.00'])
    },
  )

  it('is done by asking alone where every callback is lost', async () => {
    const paid = await paidOrder(running, gateway, productId)
    running.sandbox[gateway].faults.add({ operation: 'callback', kind: 'never', outTradeNo: paid.outTradeNo })
    await refund(running, gateway, paid, '10.00', `${gateway}_lost`)
    await becomes(running, `${gateway}_lost`, paid.token, 'success')
  })

  it('is done once where the callback overtakes the answer', async () => {
    const paid = await paidOrder(running, gateway, productId)
    running.sandbox[gateway].faults.add({ operation: 'callback', kind: 'before_answer', outTradeNo: paid.outTradeNo })
    const { json } = await refund(running, gateway, paid, '10.00', `${gateway}_early`)
    expect(json.data.status).toBe('success')
    expect(await stateOf(running, paid)).toEqual(['partially_refunded', '10.00'])
  })

  it('stays under way while the merchant’s balance is short, and goes on once it is not', async () => {
    const paid = await paidOrder(running, gateway, productId)
    const refundNo = `${gateway}_short`
    running.sandbox[gateway].faults.add({ operation: 'refund', kind: 'not_enough', outTradeNo: paid.outTradeNo })
    expect((await refund(running, gateway, paid, '10.00', refundNo)).json.data.status).toBe('processing')
    await becomes(running, refundNo, paid.token, 'success')
    expect(ledgerOf(running, gateway, paid.outTradeNo)).toHaveLength(1)
  })

  it('never exceeds what was paid when twenty ask at once', async () => {
    const paid = await paidOrder(running, gateway, productId)
    const all = await Promise.all(Array.from({ length: 20 }, () => refund(running, gateway, paid, '10.00')))
    expect(all.filter(({ status }) => status === 201)).toHaveLength(9)
    for (const { status, json } of all) if (status !== 201) expect(json.code).toBe('REFUND_EXCEEDS_PAYMENT')
    await eventually(
      async () => {
        running.clock.advance(gateway === 'wechat' ? 10_000 : 500)
        return stateOf(running, paid)
      },
      ([, amount]) => amount === '90.00',
    )
    expect(ledgerOf(running, gateway, paid.outTradeNo).reduce((sum, { amount }) => sum + amount, 0)).toBe(9000)
  })

  it('is one refund when one number comes twenty times at once', async () => {
    const paid = await paidOrder(running, gateway, productId)
    const ask = () => refund(running, gateway, paid, '10.00', `${gateway}_once`)
    const all = await Promise.all(Array.from({ length: 20 }, ask))
    expect(all.every(({ status }) => status === 201)).toBe(true)
    await becomes(running, `${gateway}_once`, paid.token, 'success')
    expect(ledgerOf(running, gateway, paid.outTradeNo)).toHaveLength(1)
  })

  it('is up to date when it is read, without a job or a callback', async () => {
    const paid = await paidOrder(running, gateway, productId)
    running.sandbox[gateway].faults.add({ operation: 'refund', kind: 'cut_after', outTradeNo: paid.outTradeNo })
    running.sandbox[gateway].faults.add({ operation: 'callback', kind: 'never', outTradeNo: paid.outTradeNo })
    await refund(running, gateway, paid, '10.00', `${gateway}_read`)
    const seen = await eventually(
      () => read(running, `${gateway}_read`, paid.token),
      ({ status }) => status === 'success',
    )
    expect(seen.status).toBe('success')
  })
})

describe('a refund at WeChat Pay', () => {
  let running: Running
  let productId: string
  beforeAll(async () => {
    running = await startRunning()
    productId = await sell(running, GRANT)
  })
  afterAll(() => running.stop())

  const abnormal = async (refundNo: string) => {
    const paid = await paidOrder(running, 'wechat', productId)
    running.sandbox.wechat.faults.add({ operation: 'refund', kind: 'abnormal', outTradeNo: paid.outTradeNo })
    await refund(running, 'wechat', paid, '99.00', refundNo)
    await eventually(
      async () => {
        running.clock.advance(20)
        return (await call(running, '/admin/incidents?limit=100', { token: await running.token('boss', true) })).json
      },
      ({ data }: Json) => data.some(({ evidence }: Json) => evidence.refundNo === refundNo),
    )
    return paid
  }

  it('that turned abnormal stays under way and holds its room until it ends well', async () => {
    const paid = await abnormal('abnormal_1')
    expect((await read(running, 'abnormal_1', paid.token)).status).toBe('processing')
    expect((await refund(running, 'wechat', paid, '0.01')).json.code).toBe('REFUND_EXCEEDS_PAYMENT')
    const { outTradeNo } = paid
    running.sandbox.wechat.faults.add({ operation: 'callback', kind: 'never', outTradeNo })
    running.sandbox.wechat.settleRefund('abnormal_1')
    const retried = await decide(running, 'abnormal_1', 'retry')
    expect([retried.status, retried.json.data.status]).toEqual([200, 'success'])
    expect(await stateOf(running, paid)).toEqual(['refunded', '99.00'])
  })

  it('that turned abnormal is given up with a reason only, and its room is free again', async () => {
    const paid = await abnormal('abnormal_2')
    const without = await decide(running, 'abnormal_2', 'reject')
    expect([without.status, without.json.errors[0].path]).toEqual([400, 'reason'])
    expect((await decide(running, 'abnormal_2', 'approve')).json.code).toBe('ORDER_NOT_REFUNDABLE')
    const given = await decide(running, 'abnormal_2', 'reject', '已线下转账')
    expect(given.json.data).toMatchObject({ status: 'failed', failureReason: '已线下转账' })
    expect(await stateOf(running, paid)).toEqual(['paid', '0.00'])
    expect((await decide(running, 'abnormal_2', 'retry', '又能收款了')).json.data.status).toBe('processing')
    running.sandbox.wechat.settleRefund('abnormal_2')
    await becomes(running, 'abnormal_2', paid.token, 'success')
    expect(await stateOf(running, paid)).toEqual(['refunded', '99.00'])
  })

  it('that the gateway closes has failed, and another number may be used', async () => {
    const paid = await paidOrder(running, 'wechat', productId)
    running.sandbox.wechat.faults.add({ operation: 'refund', kind: 'closed', outTradeNo: paid.outTradeNo })
    await refund(running, 'wechat', paid, '99.00', 'closed_1')
    const failed = await becomes(running, 'closed_1', paid.token, 'failed')
    expect(failed.failureReason).not.toBeNull()
    running.clock.advance(MINUTE_MS)
    await refund(running, 'wechat', paid, '99.00', 'closed_2')
    await becomes(running, 'closed_2', paid.token, 'success')
    expect((await decide(running, 'closed_1', 'retry')).json.code).toBe('REFUND_EXCEEDS_PAYMENT')
  })

  it('is one of fifty at most, without asking the gateway for one more', async () => {
    const paid = await paidOrder(running, 'wechat', productId)
    for (let n = 0; n < 50; n += 1) expect((await refund(running, 'wechat', paid, '0.01')).status).toBe(201)
    const refused = await refund(running, 'wechat', paid, '0.01')
    expect([refused.status, refused.json.code]).toEqual([409, 'ORDER_NOT_REFUNDABLE'])
  })
})

describe.each<Gateway>(['wechat', 'alipay'])('a refund that %s refuses for good', (gateway) => {
  let running: Running
  beforeAll(async () => {
    running = await startRunning({ settings: { REFUND_WINDOW_DAYS: '400' } })
  })
  afterAll(() => running.stop())

  it('has failed at once with the reason, holds no room, and is refused again when it is retried', async () => {
    const paid = await paidOrder(running, gateway, await sell(running, GRANT))
    running.clock.advance(366 * 24 * 60 * MINUTE_MS) // The gateways’ own window is a year.
    const late = { ...paid, token: await running.token('u1') }
    const { status, json } = await refund(running, gateway, late, '99.00', `${gateway}_late`)
    expect([status, json.data.status]).toEqual([201, 'failed'])
    expect(json.data.failureReason).toBe(gateway === 'wechat' ? 'INVALID_REQUEST' : 'ACQ.TRADE_HAS_FINISHED')
    running.clock.advance(MINUTE_MS)
    const other = await refund(running, gateway, late, '99.00', `${gateway}_late2`)
    expect([other.status, other.json.data.status]).toEqual([201, 'failed'])
    running.clock.advance(MINUTE_MS)
    const retried = await decide(running, `${gateway}_late`, 'retry')
    expect([retried.status, retried.json.data.status]).toEqual([200, 'failed'])
    expect(await stateOf(running, late)).toEqual(['paid', '0.00'])
    expect(ledgerOf(running, gateway, paid.outTradeNo)).toEqual([])
  })
})

describe('refunds that wait for approval', () => {
  let running: Running
  let productId: string
  beforeAll(async () => {
    running = await startRunning({ settings: { REFUND_APPROVAL: 'manual', REFUND_WINDOW_DAYS: '7' } })
    productId = await sell(running, GRANT)
  })
  afterAll(() => running.stop())

  it('go once they are approved, and hold their room until then', async () => {
    const paid = await paidOrder(running, 'alipay', productId)
    const { json } = await refund(running, 'alipay', paid, '60.00', 'wait_1')
    expect(json.data.status).toBe('pending')
    expect((await refund(running, 'alipay', paid, '40.00')).json.code).toBe('REFUND_EXCEEDS_PAYMENT')
    running.clock.advance(MINUTE_MS)
    expect(ledgerOf(running, 'alipay', paid.outTradeNo)).toEqual([])
    expect((await decide(running, 'wait_1', 'approve', '已核实')).json.data.status).toBe('success')
    expect((await decide(running, 'wait_1', 'approve')).json.code).toBe('ORDER_NOT_REFUNDABLE')
    expect((await decide(running, 'wait_1', 'reject')).json.code).toBe('ORDER_NOT_REFUNDABLE')
    expect(await stateOf(running, paid)).toEqual(['partially_refunded', '60.00'])
  })

  it('are cancelled by a rejection, which gives their room free', async () => {
    const paid = await paidOrder(running, 'alipay', productId)
    await refund(running, 'alipay', paid, '99.00', 'wait_2')
    const rejected = await decide(running, 'wait_2', 'reject', '已使用')
    expect(rejected.json.data).toMatchObject({ status: 'cancelled', failureReason: '已使用' })
    expect((await refund(running, 'alipay', paid, '99.00', 'wait_3')).status).toBe(201)
    expect((await decide(running, 'wait_2', 'approve')).json.code).toBe('ORDER_NOT_REFUNDABLE')
  })

  it('can not be asked for once the window has closed', async () => {
    const paid = await paidOrder(running, 'alipay', productId)
    running.clock.advance(7 * 24 * 60 * MINUTE_MS + 1000)
    const late = { orderId: paid.orderId, token: await running.token('u1') }
    expect((await refund(running, 'alipay', late, '1.00')).json.code).toBe('REFUND_WINDOW_CLOSED')
  })
})
