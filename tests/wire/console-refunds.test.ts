import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Running, readersOf, startRunning } from '../support/service.ts'
import {
  ACCEPTED,
  call,
  deliver,
  eventually,
  type Gateway,
  GRANT,
  type Opened,
  open,
  order,
  orderState,
  paymentOf,
  refundsOf,
  sell,
  stockOf,
  stockUp,
  verdictOf,
} from './payer.ts'

const PRICE = 9900

describe.each<Gateway>(['wechat', 'alipay'])('a refund made in the console of %s', (gateway) => {
  let running: Running
  beforeAll(async () => {
    running = await startRunning()
    running.sandbox.wechat.configure({
      refundDelayMs: 0,
      refundNotifyUrl: `${running.origin}/api/v1/payments/wechat/refund/notify`,
    })
  })
  afterAll(() => running.stop())

  const opened = async (fulfilment: unknown, user = 'u1') =>
    open(running, await order(running, await sell(running, fulfilment), user), gateway, user)
  const paid = async (fulfilment: unknown, user = 'u1'): Promise<Opened> => {
    const made = await opened(fulfilment, user)
    await running.sandbox[gateway].pay(made.codeUrl)
    await becomes(made, 'paid')
    return made
  }
  const becomes = async ({ orderId }: Opened, status: string) => {
    const seen = await eventually(
      async () => {
        running.clock.advance(20)
        return orderState(running, orderId)
      },
      (now) => now?.status === status,
    )
    expect(seen?.status).toBe(status)
  }
  const refunds = async ({ outTradeNo }: Opened) => {
    const payment = await paymentOf(running, outTradeNo)
    return payment === undefined ? [] : refundsOf(running, payment)
  }
  /** The digest of the rows once the jobs have nothing more to do at this hour. */
  const whenQuiet = () => {
    let last = ''
    return eventually(
      async () => {
        const [earlier, now] = [last, await running.database.digest()]
        last = now
        await new Promise((resolve) => setTimeout(resolve, 100))
        return earlier === now ? now : ''
      },
      (digest) => digest !== '',
    )
  }
  const incidents = async ({ orderId }: Opened) => readersOf(running).incidents.listByOrder(orderId)
  const inConsole = ({ outTradeNo }: Opened, amountFen?: number) =>
    running.sandbox[gateway].refundInConsole(outTradeNo, amountFen === undefined ? {} : { amountFen })

  it('is on the books as the gateway’s, and takes back what was delivered', async () => {
    const made = await paid(GRANT, 'granted')
    expect(await readersOf(running).entitlements.listByUser('granted')).toMatchObject([{ revokedAt: undefined }])
    const { refundNo } = inConsole(made)
    await becomes(made, 'refunded')
    expect(await refunds(made)).toMatchObject([
      { refundNo, status: 'success', amount: PRICE, requestedBy: 'gateway', provider: gateway },
    ])
    expect((await paymentOf(running, made.outTradeNo))?.status).toBe('refunded')
    const [taken] = await readersOf(running).entitlements.listByUser('granted')
    expect(taken?.revokedAt).toBeInstanceOf(Date)
    expect(await incidents(made)).toEqual([])
  })

  it('in parts adds up to what the gateway gave back, and goods come back with the last one', async () => {
    await stockUp(running, `MUG-${gateway}`, 5)
    const made = await paid({ type: 'goods', sku: `MUG-${gateway}` })
    inConsole(made, 3000)
    await becomes(made, 'partially_refunded')
    expect(await orderState(running, made.orderId)).toMatchObject({ refunded: 3000 })
    expect((await stockOf(running, `MUG-${gateway}`)).onHand).toBe(4)
    inConsole(made, 6000)
    await eventually(
      async () => {
        running.clock.advance(20)
        return refunds(made)
      },
      (seen) => seen.length === 2,
    )
    inConsole(made)
    await becomes(made, 'refunded')
    expect((await refunds(made)).map(({ amount }) => amount).toSorted((a, b) => a - b)).toEqual([900, 3000, 6000])
    expect((await stockOf(running, `MUG-${gateway}`)).onHand).toBe(5)
  })

  it('is accepted again and again without a single row changing', async () => {
    const made = await paid(GRANT)
    const { refundNo } = inConsole(made, 100)
    await becomes(made, 'partially_refunded')
    await running.sandbox[gateway].callbacksSettled()
    const message =
      gateway === 'wechat'
        ? running.sandbox.wechat.refundNotification({ outRefundNo: refundNo })
        : running.sandbox.alipay.notification({ about: 'refund', outTradeNo: made.outTradeNo, outRequestNo: refundNo })
    const before = await whenQuiet()
    for (const place of ['notify', 'refund/notify']) {
      const answer = await deliver(running, gateway, message, `/api/v1/payments/${gateway}/${place}`)
      expect(verdictOf(gateway, answer)).toEqual(ACCEPTED[gateway])
    }
    expect(await running.database.digest()).toBe(before)
  })

  it('is booked after its payment where the payment’s callback is lost', async () => {
    const made = await opened(GRANT)
    running.sandbox[gateway].faults.add({ operation: 'callback', kind: 'never', outTradeNo: made.outTradeNo })
    await running.sandbox[gateway].pay(made.codeUrl)
    const { refundNo } = inConsole(made)
    await becomes(made, 'refunded')
    expect(await refunds(made)).toMatchObject([{ refundNo, status: 'success', requestedBy: 'gateway', amount: PRICE }])
    const types = (await readersOf(running).events.eventsOf(made.orderId)).map(({ event }) => event.type)
    expect(types.indexOf('order.paid')).toBeLessThan(types.indexOf('refund.succeeded'))
  })

  it('is told to a person where it takes points that were spent', async () => {
    const made = await paid({ type: 'points', points: 9900, bonusPoints: 100 }, `spender-${gateway}`)
    const token = await running.token(`spender-${gateway}`)
    const spending = await order(running, await sell(running, GRANT), `spender-${gateway}`)
    await call(running, '/payments/points/create', { token, body: { orderId: spending, method: 'POINTS' } })
    const { refundNo } = inConsole(made)
    await becomes(made, 'refunded')
    expect((await call(running, '/points', { token })).json.data.balance).toBe(0)
    expect(await incidents(made)).toMatchObject([
      { kind: 'points_shortfall', occurrences: 1, evidence: { pointsMissing: 9900, refundNo } },
    ])
  })
})

describe('a refund at WeChat Pay that turns abnormal', () => {
  it('keeps its room with an incident, is never sent by us, and ends well after all', async () => {
    const running = await startRunning()
    try {
      const made = await open(running, await order(running, await sell(running, GRANT)), 'wechat')
      await running.sandbox.wechat.pay(made.codeUrl)
      const look = async () => (await orderState(running, made.orderId))?.status
      await eventually(look, (status) => status === 'paid')
      running.sandbox.wechat.configure({ refundDelayMs: 0 })
      running.sandbox.wechat.faults.add({ operation: 'refund', kind: 'abnormal', outTradeNo: made.outTradeNo })
      const { refundNo } = running.sandbox.wechat.refundInConsole(made.outTradeNo)
      const refunds = async () => {
        running.clock.advance(20)
        const payment = await paymentOf(running, made.outTradeNo)
        return payment === undefined ? [] : refundsOf(running, payment)
      }
      const [abnormal] = await eventually(refunds, (seen) => seen.length > 0)
      expect(abnormal).toMatchObject({ refundNo, status: 'processing', abnormal: true, requestedBy: 'gateway' })
      expect(await readersOf(running).incidents.listByOrder(made.orderId)).toMatchObject([{ kind: 'refund_abnormal' }])
      expect(await look()).toBe('paid')
      running.sandbox.wechat.settleRefund(refundNo, 'SUCCESS')
      await eventually(look, (status) => status === 'refunded')
      expect(await refunds()).toMatchObject([{ refundNo, status: 'success' }])
      expect(running.sandbox.wechat.find(made.outTradeNo)?.refunds).toHaveLength(1)
    } finally {
      await running.stop()
    }
  })
})

describe('a trade that was paid and refunded while every callback was lost', () => {
  let running: Running
  beforeAll(async () => {
    running = await startRunning({ settings: { RECOVERY_SCHEDULE: '15s,30s' } })
    running.sandbox.alipay.configure({ refundNotifications: false })
  })
  afterAll(() => running.stop())

  const silent = async (gateway: Gateway) => {
    const made = await open(running, await order(running, await sell(running, GRANT)), gateway)
    running.sandbox[gateway].faults.add({ operation: 'callback', kind: 'never', outTradeNo: made.outTradeNo })
    await running.sandbox[gateway].pay(made.codeUrl)
    running.sandbox[gateway].faults.add({ operation: 'callback', kind: 'never', outTradeNo: made.outTradeNo })
    running.sandbox[gateway].refundInConsole(made.outTradeNo)
    return made
  }
  const stepping =
    <T>(look: () => Promise<T>) =>
    async (): Promise<T> => {
      running.clock.advance(5000)
      return look()
    }

  it('is settled and then given back at Alipay, by asking alone', async () => {
    const { orderId, outTradeNo } = await silent('alipay')
    const seen = await eventually(
      stepping(() => orderState(running, orderId)),
      (now) => now?.status === 'refunded',
    )
    expect(seen?.status).toBe('refunded')
    const payment = await paymentOf(running, outTradeNo)
    if (payment === undefined) throw new Error('no payment')
    expect(await refundsOf(running, payment)).toMatchObject([{ status: 'success', requestedBy: 'gateway' }])
    expect(await readersOf(running).incidents.listByOrder(orderId)).toEqual([])
  })

  it('is settled at WeChat Pay, which tells no more than that something has gone back: that is told to a person', async () => {
    const { orderId } = await silent('wechat')
    const seen = await eventually(
      stepping(() => readersOf(running).incidents.listByOrder(orderId)),
      (now) => now.length > 0,
    )
    expect(seen).toMatchObject([{ kind: 'contradiction', provider: 'wechat' }])
    expect((await orderState(running, orderId))?.status).toBe('paid')
  })
})
