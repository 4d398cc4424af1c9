import { describe, expect, it } from 'vitest'
import type { Certificate } from '../../../src/application/alerts/checks/check.ts'
import { fen } from '../../../src/domain/money.ts'
import type { Refund } from '../../../src/domain/refund.ts'
import {
  closedPayment,
  entityId,
  failedPayment,
  failedRefund,
  goodsProduct,
  IDENTITIES,
  outTradeNo,
  paidPayment,
  pendingPayment,
  processingRefund,
  refundNo,
  successfulRefund,
} from '../../support/builders.ts'
import { alertWatch, NOON } from './watch.ts'

const DAY_MS = 86_400_000

describe('payments that fail', () => {
  it('are told above five percent of those that are decided', async () => {
    const watch = alertWatch()
    const createdAt = watch.ago(30)
    await watch.pay(57, paidPayment, { createdAt })
    await watch.pay(3, failedPayment, { createdAt })
    await watch.pay(50, closedPayment, { createdAt })
    await watch.pass(1)
    expect(await watch.told('payment_failure_rate')).toEqual([])
    await watch.pay(1, failedPayment, { createdAt })
    await watch.pass(1)
    expect(await watch.facts('payment_failure_rate')).toEqual([
      { provider: 'wechat', percent: 6.6, minutes: 60, severity: 'warning' },
    ])
  })

  it('are no alert where they are few, old, or were switched off', async () => {
    const few = alertWatch()
    await few.pay(2, failedPayment, { createdAt: few.ago(5) })
    await few.pay(30, failedPayment, { createdAt: few.ago(90) })
    await few.evaluate()
    expect(await few.told('payment_failure_rate')).toEqual([])
    const off = alertWatch({ thresholds: { payment_failure_rate: undefined } })
    await off.pay(30, failedPayment, { createdAt: off.ago(5) })
    await off.evaluate()
    expect(await off.told('payment_failure_rate')).toEqual([])
  })
})

describe('payments that are not made', () => {
  it('are told once there was time to pay', async () => {
    const watch = alertWatch()
    await watch.pay(10, paidPayment, { createdAt: watch.ago(20) })
    await watch.pay(10, pendingPayment, { createdAt: watch.ago(20) })
    await watch.pay(90, pendingPayment, { createdAt: watch.ago(3) })
    await watch.evaluate()
    expect(await watch.facts('payment_success_rate')).toEqual([
      { provider: 'wechat', percent: 50, minutes: 60, severity: 'warning' },
    ])
  })

  it('are no alert where payers of this shop often leave', async () => {
    const watch = alertWatch()
    const lastWeek = { createdAt: watch.ago(2 * 1440) }
    await watch.pay(36, paidPayment, lastWeek)
    await watch.pay(24, closedPayment, lastWeek)
    await watch.pay(10, paidPayment, { createdAt: watch.ago(20) })
    await watch.pay(10, closedPayment, { createdAt: watch.ago(20) })
    await watch.evaluate()
    expect(await watch.told('payment_success_rate')).toEqual([])
    await watch.pay(10, closedPayment, { createdAt: watch.ago(18) })
    await watch.pass(1)
    expect(await watch.told('payment_success_rate')).toEqual(['wechat firing'])
  })
})

describe('payments and refunds without an outcome', () => {
  it('are told by their provider, when their time is long over', async () => {
    const watch = alertWatch()
    await watch.pay(2, pendingPayment, { createdAt: watch.ago(100), expiresAt: watch.ago(59) })
    await watch.evaluate()
    expect(await watch.told('payments_stuck')).toEqual([])
    await watch.pass(2)
    expect(await watch.facts('payments_stuck')).toEqual([
      { provider: 'wechat', count: 2, minutes: 60, severity: 'warning' },
    ])
  })

  it('are refunds that go on for days, but not those that wait for a person', async () => {
    const watch = alertWatch()
    const createdAt = watch.ago(3 * 1440 + 1)
    await refunds(watch, [
      processingRefund({ createdAt }),
      processingRefund({ createdAt, abnormal: true, refundNo: refundNo(2) }),
      processingRefund({ createdAt: watch.ago(60), refundNo: refundNo(3) }),
    ])
    await watch.evaluate()
    expect(await watch.facts('refunds_stuck')).toEqual([{ provider: 'wechat', count: 1, days: 3, severity: 'warning' }])
  })
})

describe('refunds that fail', () => {
  it('are told below ninety percent of those that ended', async () => {
    const watch = alertWatch()
    const ended = (make: typeof failedRefund | typeof successfulRefund, first: number, count: number) =>
      Array.from({ length: count }, (_, n) => make({ refundNo: refundNo(first + n), processedAt: watch.ago(30) }))
    await refunds(watch, [...ended(successfulRefund, 1, 9), ...ended(failedRefund, 10, 1)])
    await watch.pass(1)
    expect(await watch.told('refund_success_rate')).toEqual([])
    await refunds(watch, ended(failedRefund, 11, 1))
    await watch.pass(1)
    expect(await watch.facts('refund_success_rate')).toMatchObject([{ provider: 'wechat', percent: 81.8 }])
  })
})

describe('callbacks', () => {
  it('are missing where asking found payments and none came for half an hour', async () => {
    const watch = alertWatch()
    await watch.count('requests', 'service', 9, 0, 45)
    await receipts(watch, 'wechat', 'query', 3, 10)
    await receipts(watch, 'alipay', 'notification', 3, 10)
    await watch.evaluate()
    expect(await watch.facts('callbacks_missing')).toEqual([
      { provider: 'wechat', minutes: 30, count: 3, severity: 'critical' },
    ])
    await watch.count('callbacks', 'wechat', 1, 0)
    await watch.pass(1)
    expect(await watch.told('callbacks_missing')).toEqual(['wechat resolved'])
  })

  it.each([
    ['one that was taken came', 25, 10],
    ['it was paid just now', undefined, 1],
    ['it was long ago', undefined, 40],
  ] as const)('are not missing where %s', async (_, callbackAgo, minutesAgo) => {
    const watch = alertWatch()
    await watch.count('requests', 'service', 9, 0, 45)
    await receipts(watch, 'wechat', 'query', 3, minutesAgo)
    if (callbackAgo !== undefined) await watch.count('callbacks', 'wechat', 9, 8, callbackAgo)
    await watch.evaluate()
    expect(await watch.told('callbacks_missing')).toEqual([])
  })

  it('are not missing before anybody counted them, nor where only forged ones came', async () => {
    const watch = alertWatch()
    await watch.count('requests', 'service', 9, 0, 20)
    await receipts(watch, 'wechat', 'query', 3, 10)
    await watch.evaluate()
    expect(await watch.told('callbacks_missing')).toEqual([])
    await watch.count('callbacks', 'wechat', 9, 9, 5)
    await watch.pass(10)
    expect(await watch.told('callbacks_missing')).toEqual(['wechat firing'])
  })

  it('that are turned away are told where they are many among all', async () => {
    const watch = alertWatch()
    await watch.count('callbacks', 'wechat', 20, 4)
    await watch.count('callbacks', 'alipay', 4, 4)
    await watch.evaluate()
    expect(await watch.told('callbacks_failing')).toEqual([])
    await watch.count('callbacks', 'wechat', 2, 2)
    await watch.pass(1)
    expect(await watch.facts('callbacks_failing')).toMatchObject([{ provider: 'wechat', percent: 27.3, count: 6 }])
  })

  it('are late where more than every fifth is', async () => {
    const watch = alertWatch()
    await callbacks(watch, 8, 2)
    await callbacks(watch, 2, 45)
    await watch.evaluate()
    expect(await watch.told('callback_delay')).toEqual([])
    await callbacks(watch, 1, 45)
    await watch.pass(1)
    expect(await watch.facts('callback_delay')).toMatchObject([{ provider: 'wechat', seconds: 45 }])
  })
})

describe('the service', () => {
  it('is at fault where more than one of a hundred requests fails', async () => {
    const watch = alertWatch()
    await watch.count('requests', 'service', 300, 3)
    await watch.evaluate()
    expect(await watch.told('error_rate')).toEqual([])
    await watch.count('requests', 'service', 1, 1)
    await watch.pass(1)
    expect(await watch.facts('error_rate')).toEqual([{ percent: 1.3, minutes: 5, severity: 'critical' }])
  })

  it('is behind where what is due is not done, and no longer once it is', async () => {
    const watch = alertWatch()
    await refunds(watch, [processingRefund({ createdAt: watch.ago(6) })])
    await watch.evaluate()
    expect(await watch.facts('jobs_behind')).toEqual([{ job: 'refunds', seconds: 360, count: 1, severity: 'critical' }])
    await watch.commit(({ refunds: all }) => all.postpone(refundNo(1), watch.clock.now()))
    await watch.pass(1)
    expect(await watch.told('jobs_behind')).toEqual(['refunds resolved'])
  })
})

describe('a gateway', () => {
  it('that answers most is told of by how much it leaves', async () => {
    const watch = alertWatch()
    await watch.count('calls', 'alipay', 40, 5)
    await watch.evaluate()
    expect(await watch.facts('gateway_errors')).toMatchObject([{ provider: 'alipay', percent: 12.5 }])
    expect(await watch.told('gateway_unavailable')).toEqual([])
  })
})

describe('a certificate', () => {
  const expiring = (days: number, name: Certificate['name'] = 'wechat_merchant'): Certificate => ({
    name,
    expiresAt: new Date(NOON.getTime() + days * DAY_MS),
  })

  it('is told two weeks before its last day, worse in the last three, and over once it is replaced', async () => {
    let certificates = [expiring(15.5)]
    const watch = alertWatch({ certificates: () => certificates })
    await watch.evaluate()
    expect(await watch.told('certificate_expiring')).toEqual([])
    certificates = [expiring(14.5)]
    await watch.pass(1)
    expect(await watch.facts('certificate_expiring')).toEqual([
      { certificate: 'wechat_merchant', days: 14, day: '2026-03-19', severity: 'warning' },
    ])
    certificates = [expiring(-1)]
    await watch.pass(1)
    expect(await watch.facts('certificate_expiring')).toMatchObject([{ days: 0, severity: 'critical' }])
    certificates = [expiring(-1), expiring(1800)]
    await watch.pass(1)
    expect(await watch.told('certificate_expiring')).toEqual(['wechat_merchant resolved'])
  })

  it('of which nothing is known changes nothing', async () => {
    let certificates: Certificate[] = [expiring(5, 'wechat_platform')]
    const watch = alertWatch({ certificates: () => certificates })
    await watch.evaluate()
    certificates = [{ name: 'wechat_platform', expiresAt: undefined }]
    await watch.pass(1)
    expect(await watch.told('certificate_expiring')).toEqual(['wechat_platform firing'])
  })
})

describe('unusual activity', () => {
  it('is told once for each quarter of an hour, also where a person has seen it', async () => {
    const watch = alertWatch()
    await watch.count('refusals', 'wrong_codes', 60, 60, 5)
    await watch.count('refusals', 'wrong_tokens', 49, 49, 5)
    await watch.pass(10)
    expect(await watch.facts('unusual_activity')).toEqual([
      { activity: 'wrong_codes', count: 60, minutes: 15, severity: 'warning' },
    ])
    const [alert] = (
      await watch.store.readers.alerts.list({ rule: 'unusual_activity' }, { limit: 9, after: undefined })
    ).items
    await watch.commit(({ alerts }) =>
      alerts.acknowledge(alert?.id ?? '', { by: 'boss', note: undefined, at: watch.clock.now() }),
    )
    await watch.pass(3)
    expect(await watch.told('unusual_activity')).toEqual(['wrong_codes resolved'])
    await watch.count('refusals', 'wrong_codes', 50, 50)
    await watch.pass(5)
    expect(await watch.told('unusual_activity')).toEqual(['wrong_codes firing'])
  })

  it('is more refunds than a third of the payments', async () => {
    const watch = alertWatch({ thresholds: { unusual_activity: 3 } })
    const createdAt = watch.ago(5)
    await watch.pay(9, paidPayment, { createdAt })
    await refunds(
      watch,
      [1, 2, 3].map((n) => successfulRefund({ refundNo: refundNo(n), createdAt })),
    )
    await watch.evaluate()
    expect(await watch.told('unusual_activity')).toEqual([])
    await refunds(watch, [successfulRefund({ refundNo: refundNo(4), createdAt })])
    await watch.pass(1)
    expect(await watch.facts('unusual_activity')).toMatchObject([{ activity: 'many_refunds', count: 4 }])
  })
})

type Watch = ReturnType<typeof alertWatch>

const refunds = (watch: Watch, all: readonly Refund[]): Promise<void> =>
  watch.commit(async (repositories) => {
    for (const refund of all) await repositories.refunds.insert(refund)
  })

const receipts = (
  watch: Watch,
  provider: 'wechat' | 'alipay',
  source: 'query' | 'notification',
  count: number,
  minutesAgo: number,
): Promise<void> =>
  watch.commit(async ({ transactions }) => {
    for (let n = 0; n < count; n += 1)
      await transactions.insert({
        id: `${provider}${n}`,
        provider,
        transactionId: `t${n}`,
        outTradeNo: outTradeNo(n),
        paymentId: undefined,
        orderId: undefined,
        identity: IDENTITIES[provider],
        amount: fen(1),
        currency: 'CNY',
        disposition: 'settled',
        payer: undefined,
        source,
        paidAt: watch.ago(minutesAgo),
        createdAt: watch.ago(minutesAgo),
      })
  })

let messages = 0
const callbacks = (watch: Watch, count: number, seconds: number): Promise<void> =>
  watch.commit(async ({ notifications }) => {
    for (let n = 0; n < count; n += 1) {
      messages += 1
      const receivedAt = watch.ago(1)
      await notifications.insert({
        id: entityId(messages),
        provider: 'wechat',
        kind: 'payment',
        notificationId: `n${messages}`,
        outTradeNo: undefined,
        orderId: undefined,
        verdict: 'settled',
        eventAt: new Date(receivedAt.getTime() - seconds * 1000),
        receivedAt,
        retries: 0,
        raw: { headers: {}, body: new Uint8Array() },
      })
    }
  })

describe('goods on sale of which few are left', () => {
  const keep = (watch: ReturnType<typeof alertWatch>, onHand: number) =>
    watch.commit(async ({ stock }) =>
      stock.replace(await stock.find('MUG'), { sku: 'MUG', onHand, reserved: 2 }, watch.clock.now()),
    )
  const selling = async (low_stock: number | undefined) => {
    const watch = alertWatch({ thresholds: { low_stock } })
    const mug = goodsProduct({ fulfilment: { type: 'goods', sku: 'MUG' } })
    await watch.commit(({ products }) => products.insert(mug))
    return { watch, mug }
  }

  it('are told from the threshold down, and until there are more', async () => {
    const { watch } = await selling(3)
    await keep(watch, 6)
    await watch.pass(1)
    expect(await watch.told('low_stock')).toEqual([])
    await keep(watch, 5)
    await watch.pass(1)
    expect(await watch.facts('low_stock')).toEqual([{ sku: 'MUG', available: 3, severity: 'warning' }])
    await keep(watch, 9)
    await watch.pass(1)
    expect(await watch.told('low_stock')).toEqual(['MUG resolved'])
  })

  it('are told when they are sold out, where that is asked for, and until they are sold no more', async () => {
    const { watch, mug } = await selling(0)
    await keep(watch, 3)
    await watch.pass(1)
    expect(await watch.told('low_stock')).toEqual([])
    await keep(watch, 2)
    await watch.pass(1)
    expect(await watch.told('low_stock')).toEqual(['MUG firing'])
    await watch.commit(async ({ products }) => {
      const before = await products.find(mug.id)
      return before !== undefined && products.replace(before, { ...mug, active: false })
    })
    await watch.pass(1)
    expect(await watch.told('low_stock')).toEqual(['MUG resolved'])
  })

  it('are no alert where nobody has asked for one', async () => {
    const { watch } = await selling(undefined)
    await watch.pass(1)
    expect(await watch.told('low_stock')).toEqual([])
  })
})
