import { ok } from 'neverthrow'
import { beforeEach, describe, expect, it } from 'vitest'
import { createMemoryStore, type MemoryStore } from '../../../src/adapters/memory/memory-store.ts'
import type { BillRow } from '../../../src/application/reconciliation/bill.ts'
import { fen } from '../../../src/domain/money.ts'
import {
  billDay,
  closedPayment,
  entityId,
  failedPayment,
  failedRefund,
  IDENTITIES,
  outTradeNo,
  paidPayment,
  partiallyRefundedPayment,
  pendingPayment,
  processingRefund,
  refundClue,
  refundNo,
  successfulRefund,
} from '../../support/builders.ts'
import {
  book,
  bookAnyRefund,
  bookPayment,
  bookReceipt,
  bookRefund,
  compared,
  DAY_MS,
  during,
  named,
  nth,
  nthRefund,
  paymentOf,
  paymentRow,
  readerOf,
  refundOf,
  refundRow,
  transactionId,
  unreadableRow,
} from './bill-day.ts'

let store: MemoryStore
beforeEach(() => {
  store = createMemoryStore()
})

const compare = (rows: readonly BillRow[]) => compared(store.readers.dayBooks, readerOf(rows))

describe('a bill that says what the books say', () => {
  it('matches payments and refunds, and adds up what both came to', async () => {
    for (const n of [1, 2]) await bookPayment(store, n)
    await bookRefund(store, 1)
    const { differences, elsewhere, summary } = await compare([paymentRow(2), refundRow(1), paymentRow(1)])
    expect([differences, elsewhere]).toEqual([[], []])
    expect(summary).toEqual({
      remoteCount: 3,
      localCount: 3,
      matched: 3,
      amountDiffers: 0,
      statusDiffers: 0,
      missingLocal: 0,
      missingRemote: 0,
      unreadable: 0,
      remoteAmount: 19_800,
      localAmount: 19_800,
      remoteRefunds: 3300,
      localRefunds: 3300,
      feesFen: 98,
      netFen: 16_402,
    })
  })

  it('is empty where the books are', async () => {
    expect(await compare([])).toMatchObject({ differences: [], summary: { remoteCount: 0, localCount: 0, matched: 0 } })
  })

  it('goes from nothing to all of it and never back', async () => {
    for (let n = 1; n <= 30; n += 1) await bookPayment(store, n)
    const { progress } = await compare(Array.from({ length: 40 }, (_, n) => paymentRow(n + 1)))
    expect(progress.length).toBeGreaterThan(4)
    expect(progress).toEqual([...new Set(progress)].toSorted((a, b) => a - b))
    expect(Math.max(...progress)).toBeLessThanOrEqual(1000)
  })
})

describe('a payment', () => {
  it('differs in its amount', async () => {
    await bookPayment(store, 1)
    const { differences, summary } = await compare([paymentRow(1, { amount: fen(9901) })])
    expect(differences).toEqual([
      {
        class: 'amount_differs',
        about: 'payment',
        subject: paymentOf(1),
        outTradeNo: outTradeNo(1),
        refundNo: undefined,
        transactionId: transactionId(1),
        localAmount: 9900,
        remoteAmount: 9901,
        localStatus: 'paid',
        remoteStatus: 'SUCCESS',
        rowText: undefined,
        withinDrift: false,
      },
    ])
    expect(summary).toMatchObject({ amountDiffers: 1, matched: 0, missingRemote: 0, remoteAmount: 9901 })
  })

  it.each([
    ['pending', pendingPayment(nth(1))],
    ['closed', closedPayment(nth(1))],
    ['failed', failedPayment(nth(1))],
  ] as const)('differs in its state where the books have it as %s', async (status, payment) => {
    await book(store, payment)
    const { differences, summary } = await compare([paymentRow(1)])
    expect(differences).toMatchObject([{ class: 'status_differs', localStatus: status, remoteStatus: 'SUCCESS' }])
    expect(summary).toMatchObject({ statusDiffers: 1, localCount: 0, remoteCount: 1 })
  })

  it('differs in its state where the bill has it in one that it must not be in', async () => {
    await bookPayment(store, 1)
    const { differences } = await compare([paymentRow(1, { status: 'other', statusText: 'REVOKED' })])
    expect(differences).toMatchObject([{ class: 'status_differs', localStatus: 'paid', remoteStatus: 'REVOKED' }])
  })

  it('is missing here where the books know nothing of it, or have it at another gateway', async () => {
    await bookPayment(store, 2, { provider: 'alipay', method: 'ALIPAY_QR' })
    const { differences, summary } = await compare([paymentRow(1), paymentRow(2)])
    expect(named(differences)).toEqual([`missing_local ${paymentOf(1)}`, `missing_local ${paymentOf(2)}`])
    expect(differences[0]).toMatchObject({ localAmount: undefined, localStatus: undefined, remoteAmount: 9900 })
    expect(summary).toMatchObject({ missingLocal: 2, localCount: 0 })
  })

  it('is missing on both sides where it was paid under another number of the gateway', async () => {
    await bookPayment(store, 1)
    const { differences } = await compare([paymentRow(1, { transactionId: transactionId(99) })])
    expect(named(differences)).toEqual([`missing_local ${paymentOf(99)}`, `missing_remote ${paymentOf(1)}`])
  })

  it('is missing there where the bill has it not, with what became of it here', async () => {
    const refunded = partiallyRefundedPayment({ ...nth(1), transactionId: transactionId(1), paidAt: during() })
    await book(store, refunded)
    await bookReceipt(store, 1, { ...refunded, status: 'paid' })
    const { differences, summary } = await compare([])
    expect(differences).toMatchObject([
      { class: 'missing_remote', subject: paymentOf(1), localStatus: 'partially_refunded', remoteAmount: undefined },
    ])
    expect(summary).toMatchObject({ missingRemote: 1, localCount: 1, localAmount: 9900 })
  })

  it('is not missing there where its receipt was never booked as paid, or is of another day', async () => {
    await bookPayment(store, 1, {}, { disposition: 'unknown_order' })
    await bookPayment(store, 2, {}, { paidAt: during(-1) })
    await bookPayment(store, 3, {}, { paidAt: during(DAY_MS) })
    expect(await compare([])).toMatchObject({ differences: [], summary: { localCount: 0 } })
  })

  it('is there once: a second row under its number is missing here, by its line', async () => {
    await bookPayment(store, 1)
    const { differences, summary } = await compare([paymentRow(1), paymentRow(1, { line: 7 })])
    expect(named(differences)).toEqual([`missing_local ${paymentOf(1)}#7`])
    expect(differences).toMatchObject([{ remoteStatus: 'SUCCESS (重复)', localAmount: undefined }])
    expect(summary).toMatchObject({ matched: 1, missingLocal: 1, remoteCount: 2 })
  })

  it('has texts that any column takes, however long they are on the bill', async () => {
    const rows = [
      paymentRow(1, { statusText: '长'.repeat(200) }),
      paymentRow(1, { line: 3, statusText: '长'.repeat(200) }),
    ]
    for (const { remoteStatus } of (await compare(rows)).differences)
      expect(remoteStatus?.length).toBeLessThanOrEqual(80)
  })
})

describe('a refund', () => {
  beforeEach(async () => {
    await book(store, paidPayment({ ...nth(1), transactionId: transactionId(1), paidAt: during(-DAY_MS) }))
  })

  it('differs in its amount', async () => {
    await bookRefund(store, 1)
    const { differences } = await compare([refundRow(1, { amount: fen(1) })])
    expect(differences).toMatchObject([
      {
        class: 'amount_differs',
        about: 'refund',
        subject: refundOf(1),
        refundNo: refundNo(1),
        outTradeNo: outTradeNo(1),
        localAmount: 3300,
        remoteAmount: 1,
        localStatus: 'success',
      },
    ])
  })

  it.each([
    ['success', processingRefund(nthRefund(1)), 'status_differs'],
    ['success', failedRefund(nthRefund(1)), 'status_differs'],
    ['processing', failedRefund(nthRefund(1)), 'status_differs'],
    ['processing', processingRefund(nthRefund(1)), 'matched'],
    ['failed', failedRefund({ ...nthRefund(1), processedAt: during() }), 'matched'],
    ['failed', processingRefund(nthRefund(1)), 'status_differs'],
    ['failed', successfulRefund({ ...nthRefund(1), processedAt: during() }), 'status_differs'],
    ['processing', successfulRefund({ ...nthRefund(1), processedAt: during() }), 'matched'],
    ['other', successfulRefund({ ...nthRefund(1), processedAt: during() }), 'status_differs'],
  ] as const)('that is "%s" on the bill is held against $status in the books', async (status, refund, outcome) => {
    await bookAnyRefund(store, refund)
    const { differences, summary } = await compare([refundRow(1, { status })])
    expect(differences.map((one) => one.class)).toEqual(outcome === 'matched' ? [] : [outcome])
    expect(summary?.matched).toBe(outcome === 'matched' ? 1 : 0)
  })

  it('is missing here where the books know nothing of it', async () => {
    const { differences } = await compare([refundRow(1)])
    expect(named(differences)).toEqual([`missing_local ${refundOf(1)}`])
    expect(differences).toMatchObject([{ refundNo: refundNo(1), transactionId: transactionId(1) }])
  })

  it('is missing there where the bill has it not', async () => {
    await bookRefund(store, 1)
    const { differences, summary } = await compare([])
    expect(named(differences)).toEqual([`missing_remote ${refundOf(1)}`])
    expect(summary).toMatchObject({ localRefunds: 3300, localCount: 1, localAmount: 0 })
  })

  it('is found by the number that the gateway’s console gave it', async () => {
    await bookRefund(store, 1)
    await store.transaction.run(async ({ refundClues }) =>
      ok(await refundClues.end(refundClue({ paymentId: entityId(1), number: 'CONSOLE', refundNo: refundNo(1) }))),
    )
    const { differences, elsewhere, summary } = await compare([refundRow(1, { refundNo: 'CONSOLE' })])
    expect([differences, elsewhere]).toEqual([[], []])
    expect(summary).toMatchObject({ matched: 1, localCount: 1, missingRemote: 0 })
  })

  it('is found by the gateway’s own number where the console gave it none', async () => {
    await bookRefund(store, 1)
    expect(await compare([refundRow(1, { refundNo: '' })])).toMatchObject({ differences: [], summary: { matched: 1 } })
    const { differences } = await compare([refundRow(1, { refundNo: '', refundId: '999' })])
    expect(named(differences)).toEqual([`missing_local ${refundOf(1, '999')}`, `missing_remote ${refundOf(1)}`])
  })
})

describe('a row that can’t be read', () => {
  it('is a difference of its own, by its line', async () => {
    await bookPayment(store, 1)
    const { differences, summary } = await compare([unreadableRow(5), paymentRow(1), unreadableRow(9)])
    expect(named(differences)).toEqual(['unreadable line:5', 'unreadable line:9'])
    expect(differences[0]).toMatchObject({
      about: 'row',
      rowText: '`2026-02-28,`??',
      remoteStatus: 'too few columns',
      outTradeNo: undefined,
    })
    expect(summary).toMatchObject({ unreadable: 2, matched: 1, remoteCount: 3 })
  })
})

describe('a bill that can’t be believed', () => {
  beforeEach(() => bookPayment(store, 1))
  const rows = [paymentRow(2), unreadableRow(4)]
  const brokenBy = async (last: Parameters<typeof readerOf>[1], given?: Parameters<typeof compared>[2]) => {
    const { differences, elsewhere, summary, broken } = await compared(
      store.readers.dayBooks,
      readerOf(rows, last),
      given,
    )
    expect([differences, elsewhere, summary]).toEqual([[], [], undefined])
    return broken
  }

  it('tells nothing but why, where its end says so', async () => {
    expect(await brokenBy({ type: 'broken', reason: 'cut off' })).toBe('cut off')
  })

  it('is that of another day, or of another merchant', async () => {
    const head = { merchantId: IDENTITIES.wechat.merchantId, day: billDay() }
    expect(await brokenBy({ type: 'end', head: { ...head, day: '2026-02-27' } })).toContain('2026-02-27')
    expect(await brokenBy({ type: 'end', head: { ...head, merchantId: '1' } })).toContain('merchant 1')
  })

  it('is none where it does not say whose it is, or where that is not known here', async () => {
    const silent = { type: 'end', head: { merchantId: undefined, day: undefined } } as const
    expect((await compared(store.readers.dayBooks, readerOf(rows, silent))).broken).toBeUndefined()
    const foreign = { type: 'end', head: { merchantId: '1', day: undefined } } as const
    const asked = await compared(store.readers.dayBooks, readerOf(rows, foreign), { merchantId: undefined })
    expect(asked.broken).toBeUndefined()
  })

  it('is one that has no end', async () => {
    const endless = async function* () {
      yield { type: 'rows', rows, bytesRead: 1 } as const
    }
    expect((await compared(store.readers.dayBooks, endless)).broken).toBe('账单没有结尾 (the bill has no end)')
  })
})
