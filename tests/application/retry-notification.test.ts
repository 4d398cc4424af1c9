import { err, ok, type Result } from 'neverthrow'
import { describe, expect, it } from 'vitest'
import { handleNotification } from '../../src/application/notifications/handle-notification.ts'
import { openNotification } from '../../src/application/notifications/open-notification.ts'
import { retryFailed } from '../../src/application/notifications/retry-failed.ts'
import { retryNotification } from '../../src/application/notifications/retry-notification.ts'
import type { GatewayNotification, NotificationError } from '../../src/application/payments/payment-gateway.ts'
import { fen } from '../../src/domain/money.ts'
import type { PaymentFacts } from '../../src/domain/payment.ts'
import { accessProduct, closedPayment, minute, pendingPayment } from '../support/builders.ts'
import { openPayment, paidNotification, RAW, receiptFor, scriptedGateway, world } from './world.ts'

const boss = { actor: 'boss', requestId: 'r1', ip: '192.0.2.1' }
const ALWAYS = { from: undefined, to: undefined }
const ALL = { limit: 1000, after: undefined }

const UNREADABLE: NotificationError = { code: 'NOTIFICATION_UNREADABLE', signed: true, reason: 'not our key' }
const REFUSED: NotificationError = { code: 'SIGNATURE_INVALID', reason: 'mismatch' }
const FOREIGN: NotificationError = {
  code: 'FOREIGN_IDENTITY',
  notificationId: 'n1',
  outTradeNo: 'P1',
  identity: { merchantId: 'another', appId: 'another' },
}

/** A world whose gateway reads a message as the test says, now and when it is tried again. */
const retrying = async () => {
  const made = await world([accessProduct({ id: 'access' })])
  const { gateway } = scriptedGateway('wechat')
  let reads: Result<GatewayNotification, NotificationError> = err(UNREADABLE)
  const ages: (Date | undefined)[] = []
  let isConfigured = true
  let readMs = 0
  const gateways = {
    configured: ['wechat'] as const,
    find: () =>
      isConfigured
        ? {
            ...gateway,
            readNotification: async (_: unknown, receivedAt?: Date) => {
              ages.push(receivedAt)
              made.clock.advance(readMs)
              return reads
            },
          }
        : undefined,
  }
  const deps = { ...made.deps, gateways }
  const retry = retryNotification(deps)
  const { readers } = made.store
  const lost = (payment: PaymentFacts) => pendingPayment({ ...payment, id: 'lost', outTradeNo: 'P_LOST' })
  const entries = async () => (await readers.notifications.list(ALWAYS, ALL)).items
  return {
    ...made,
    ages,
    entries,
    pay: () => openPayment(made, 'access'),
    lost,
    /** As where a store was restored from a backup, and then mended: in place of the payment that is there. */
    bringBack: (payment: PaymentFacts) =>
      made.store.transaction.run(async ({ payments }) => {
        const before = await payments.find(payment.id)
        if (before !== undefined) await payments.replace(before, closedPayment(payment), minute(1))
        return ok(await payments.insert(lost(payment), minute(1)))
      }),
    slowDown: (ms: number) => {
      readMs = ms
    },
    settingsGone: () => {
      isConfigured = false
    },
    readAs: (next: GatewayNotification | NotificationError) => {
      reads = 'code' in next ? err(next) : ok(next)
    },
    arrive: () => handleNotification(deps)('wechat', RAW),
    retry: async (id?: string) => retry(id ?? (await entries())[0]?.id ?? '', boss),
    retryAll: () => retryFailed({ ...deps, retryNotification: retry })(boss),
    open: (id: string) => openNotification(deps)(id, boss),
    audited: async () => (await readers.audit.list(ALWAYS, ALL)).items,
    incidents: async () => (await readers.incidents.list({}, ALL)).items,
  }
}

describe('having a message tried again', () => {
  it('books it where the settings have been mended since', async () => {
    const { readAs, arrive, retry, entries, store, audited, ages, pay, clock } = await retrying()
    const { order, payment } = await pay()
    await arrive()
    clock.advance(86_400_000)
    readAs(paidNotification(receiptFor(payment)))
    const retried = (await retry())._unsafeUnwrap()
    const entry = { verdict: 'settled', kind: 'payment', orderId: order.id, outTradeNo: payment.outTradeNo, retries: 1 }
    expect(retried).toMatchObject({ outcome: 'settled', entry })
    expect(await entries()).toEqual([retried.entry])
    expect((await store.readers.orders.find(order.id))?.value.status).toBe('paid')
    expect(await store.readers.entitlements.listByUser('user-1')).toHaveLength(1)
    expect(ages).toEqual([undefined, minute(0)]) // When it came, which is what its freshness is judged by.
    expect(await audited()).toMatchObject([
      {
        ...boss,
        action: 'notification.retry',
        subject: retried.entry.id,
        before: { verdict: 'unreadable', retries: 0 },
        after: { verdict: 'settled', retries: 1, outcome: 'settled' },
      },
    ])
  })

  it('changes nothing about a message that had its effect, however often and closely it is asked for', async () => {
    const { readAs, arrive, retry, entries, store, audited, pay } = await retrying()
    const { order, payment } = await pay()
    readAs(paidNotification(receiptFor(payment)))
    await arrive()
    const [before] = await entries()
    const events = await store.readers.events.eventsOf(order.id)
    const answers = await Promise.all(Array.from({ length: 5 }, () => retry()))
    for (const answer of answers) expect(answer._unsafeUnwrap().outcome).toBe('repeated')
    expect(await entries()).toEqual([{ ...before, retries: 5 }])
    expect(await store.readers.events.eventsOf(order.id)).toEqual(events)
    expect(await audited()).toHaveLength(5)
  })

  it('believes no signature that no longer holds, and keeps what was known', async () => {
    const { readAs, arrive, retry, entries, audited, pay } = await retrying()
    const { payment } = await pay()
    readAs(paidNotification(receiptFor(payment)))
    await arrive()
    const [before] = await entries()
    for (const [error, outcome] of [
      [REFUSED, 'refused'],
      [UNREADABLE, 'unreadable'],
      [FOREIGN, 'foreign_identity'],
    ] as const) {
      readAs(error)
      expect((await retry())._unsafeUnwrap()).toMatchObject({ outcome, entry: { verdict: 'settled' } })
    }
    expect(await entries()).toEqual([{ ...before, retries: 3 }])
    expect(await audited()).toHaveLength(3)
  })

  it('closes the incident of a message that seemed to be another merchant’s', async () => {
    const { readAs, arrive, retry, incidents, pay } = await retrying()
    const { payment } = await pay()
    readAs({ ...FOREIGN, outTradeNo: payment.outTradeNo })
    await arrive()
    expect(await incidents()).toMatchObject([{ kind: 'foreign_identity', status: 'open' }])
    await retry()
    expect(await incidents()).toMatchObject([{ status: 'open', occurrences: 1 }])
    readAs(paidNotification(receiptFor(payment)))
    expect((await retry())._unsafeUnwrap().entry.verdict).toBe('settled')
    expect(await incidents()).toMatchObject([{ status: 'resolved', resolution: { by: 'system' } }])
  })

  it('reports an unreadable message that turns out to be another merchant’s', async () => {
    const { readAs, arrive, retry, incidents } = await retrying()
    await arrive()
    readAs(FOREIGN)
    expect((await retry())._unsafeUnwrap().entry).toMatchObject({ verdict: 'foreign_identity', outTradeNo: 'P1' })
    expect(await incidents()).toMatchObject([{ kind: 'foreign_identity', outTradeNo: 'P1', status: 'open' }])
  })

  it('books money whose payment was not there when it came, and closes its incident', async () => {
    const { readAs, arrive, retry, incidents, store, pay, lost, bringBack } = await retrying()
    const { order, payment } = await pay()
    const receipt = receiptFor(lost(payment))
    readAs(paidNotification(receipt))
    expect((await arrive()).verdict).toBe('unknown_order')
    expect((await retry())._unsafeUnwrap().outcome).toBe('unknown_order')
    await bringBack(payment)
    expect((await retry())._unsafeUnwrap()).toMatchObject({ outcome: 'settled', entry: { orderId: order.id } })
    expect((await store.readers.orders.find(order.id))?.value).toMatchObject({ status: 'paid', paymentId: 'lost' })
    expect(await store.readers.transactions.find('wechat', receipt.transactionId)).toMatchObject({
      disposition: 'settled',
      paymentId: 'lost',
      orderId: order.id,
    })
    expect(await incidents()).toMatchObject([{ kind: 'unknown_order', status: 'resolved', occurrences: 2 }])
  })

  it('books no money that came with other facts under the same transaction', async () => {
    const { readAs, arrive, store, incidents, pay, lost, bringBack } = await retrying()
    const { order, payment } = await pay()
    const receipt = receiptFor(lost(payment))
    readAs(paidNotification({ ...receipt, amount: fen(1) }, 'n1'))
    expect((await arrive()).verdict).toBe('unknown_order')
    await bringBack(payment)
    readAs(paidNotification(receipt, 'n2'))
    expect((await arrive()).verdict).toBe('recorded')
    expect((await store.readers.orders.find(order.id))?.value.status).toBe('pending')
    const seen = (await incidents()).map(({ kind, status }) => [kind, status])
    expect(seen).toEqual(
      expect.arrayContaining([
        ['unknown_order', 'open'],
        ['contradiction', 'open'],
      ]),
    )
  })

  it('holds a wrong amount still', async () => {
    const { readAs, arrive, retry, incidents, store, pay } = await retrying()
    const { order, payment } = await pay()
    readAs(paidNotification(receiptFor(payment, { amount: fen(1) })))
    await arrive()
    expect((await retry())._unsafeUnwrap()).toMatchObject({ outcome: 'amount_mismatch', entry: { retries: 1 } })
    expect((await store.readers.orders.find(order.id))?.value).toEqual(order)
    expect(await incidents()).toMatchObject([{ kind: 'amount_mismatch', status: 'open' }])
  })

  it('says what is on the books where the money was found by asking meanwhile', async () => {
    const { readAs, arrive, retry, script, refresh, pay } = await retrying()
    const { order, payment } = await pay()
    await arrive()
    const receipt = receiptFor(payment)
    script.query = () => ok({ state: 'paid', receipt, refunded: 'none' })
    await refresh(payment)
    readAs(paidNotification(receipt))
    expect((await retry())._unsafeUnwrap()).toMatchObject({
      outcome: 'repeated',
      entry: { verdict: 'settled', orderId: order.id, outTradeNo: payment.outTradeNo },
    })
  })

  it('needs the message and the settings of its gateway', async () => {
    const { arrive, retry, settingsGone, audited, entries } = await retrying()
    await arrive()
    expect((await retry('nothing'))._unsafeUnwrapErr()).toEqual({ code: 'NOT_FOUND' })
    settingsGone()
    expect((await retry())._unsafeUnwrapErr()).toEqual({ code: 'PROVIDER_NOT_CONFIGURED' })
    expect(await audited()).toEqual([])
    expect(await entries()).toMatchObject([{ retries: 0 }])
  })
})

describe('having all that failed tried again', () => {
  it('tells how many went through, and takes first what was tried least often', async () => {
    const { readAs, arrive, retry, retryAll, entries, audited, pay } = await retrying()
    const { payment } = await pay()
    for (let n = 0; n < 3; n += 1) await arrive()
    expect((await retryAll())._unsafeUnwrap()).toEqual({ retried: 3, succeeded: 0, failed: 3 })
    readAs(paidNotification(receiptFor(payment)))
    await retry()
    expect((await retryAll())._unsafeUnwrap()).toEqual({ retried: 2, succeeded: 2, failed: 0 })
    expect((await entries()).map(({ verdict }) => verdict)).toEqual(['settled', 'settled', 'settled'])
    expect((await retryAll())._unsafeUnwrap()).toEqual({ retried: 0, succeeded: 0, failed: 0 })
    const actions = (await audited()).map(({ action }) => action)
    expect(actions.filter((action) => action === 'notification.retry_failed')).toHaveLength(3)
    expect(actions.filter((action) => action === 'notification.retry')).toHaveLength(6)
  })

  it('takes on no more once its caller has waited for two seconds, and the next call goes on', async () => {
    const { arrive, retryAll, entries, slowDown } = await retrying()
    for (let n = 0; n < 45; n += 1) await arrive()
    slowDown(100) // For each of the twenty that are tried together.
    expect((await retryAll())._unsafeUnwrap()).toEqual({ retried: 20, succeeded: 0, failed: 20 })
    expect((await retryAll())._unsafeUnwrap()).toEqual({ retried: 20, succeeded: 0, failed: 20 })
    await retryAll()
    expect((await entries()).every(({ retries }) => retries >= 1)).toBe(true)
  })
})

describe('opening a message', () => {
  it('gives it as it came, and is on record', async () => {
    const { arrive, entries, open, audited } = await retrying()
    await arrive()
    const [entry] = await entries()
    const opened = (await open(entry?.id ?? ''))._unsafeUnwrap()
    expect({ ...opened, raw: { ...opened.raw, body: [...opened.raw.body] } }).toEqual({
      ...entry,
      raw: { ...RAW, body: [...RAW.body] },
    })
    expect(await audited()).toMatchObject([{ ...boss, action: 'notification.open', subject: entry?.id }])
    expect((await open('nothing'))._unsafeUnwrapErr()).toEqual({ code: 'NOT_FOUND' })
    expect(await audited()).toHaveLength(1)
  })
})
