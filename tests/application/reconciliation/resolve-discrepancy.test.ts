import { err, ok } from 'neverthrow'
import { beforeEach, describe, expect, it } from 'vitest'
import { fen } from '../../../src/domain/money.ts'
import { billDay, entityId, failedRefund, outTradeNo, paidOrder, paidPayment } from '../../support/builders.ts'
import {
  book,
  bookAnyRefund,
  bookPayment,
  paid,
  paymentRow,
  transactionId,
  unreadableRow,
  nth,
  nthRefund,
} from './bill-day.ts'
import {
  billOf,
  fileOf,
  looking,
  OPERATOR,
  reconcile,
  reconciledShop,
  resolveOne,
  type Shop,
} from './reconciled-shop.ts'

let shop: Shop
let look: ReturnType<typeof looking>
beforeEach(() => {
  shop = reconciledShop()
  look = looking(shop)
})

describe('letting a discrepancy be', () => {
  beforeEach(async () => {
    shop.bills.of = () => billOf(fileOf([unreadableRow(3)]))
    await reconcile(shop, 'run-1')
  })

  it('ends it with a note, for every later comparison, and ends the alert', async () => {
    const ignored = (await resolveOne(shop, 'ignore'))._unsafeUnwrap()
    expect(ignored).toMatchObject({ status: 'ignored', note: '已与客户确认', by: 'boss' })
    expect(await look.alerts()).toEqual([`reconciliation_differences wechat:${billDay()} resolved`])
    await reconcile(shop, 'run-2')
    expect(await look.theOne()).toEqual(ignored)
  })

  it('is written down without the row, which may be anybody’s', async () => {
    await resolveOne(shop, 'ignore')
    const [entry] = await look.audited()
    expect(entry).toMatchObject({ action: 'discrepancy.ignored', actor: 'boss', reason: '已与客户确认' })
    expect(entry).toMatchObject({ subject: (await look.theOne()).id, requestId: 'request-1', ip: '203.0.113.9' })
    expect((await look.theOne()).rowText).toBe('`2026-02-28,`??')
    expect(JSON.stringify(await look.audited())).not.toContain('2026-02-28,`??')
  })

  it('keeps the first word, whatever is said later', async () => {
    const first = (await resolveOne(shop, 'ignore'))._unsafeUnwrap()
    const audited = await look.audited()
    for (const action of ['ignore', 'sync', 'refund'] as const)
      expect((await resolveOne(shop, action))._unsafeUnwrap()).toEqual(first)
    expect(await look.audited()).toEqual(audited)
  })

  it('finds nothing to sync or refund where the row can’t be read', async () => {
    expect((await resolveOne(shop, 'refund'))._unsafeUnwrapErr()).toEqual({ code: 'ORDER_NOT_REFUNDABLE' })
    expect((await resolveOne(shop, 'sync'))._unsafeUnwrap()).toMatchObject({ status: 'open', note: expect.any(String) })
  })

  it('knows nothing of one that is not there', async () => {
    const answer = await shop.resolve(entityId(1), { action: 'ignore', note: '' }, OPERATOR)
    expect(answer._unsafeUnwrapErr()).toEqual({ code: 'NOT_FOUND' })
  })
})

describe('going by the gateway’s answer', () => {
  beforeEach(async () => {
    await bookPayment(shop.store, 1)
    shop.bills.of = () => billOf(fileOf([paymentRow(1, { amount: fen(9901) })]))
    await reconcile(shop, 'run-1')
  })

  it('ends the discrepancy where it says what the books say', async () => {
    shop.script.query = () => ok(paid(1))
    expect((await resolveOne(shop, 'sync'))._unsafeUnwrap()).toMatchObject({
      status: 'resolved',
      resolution: 'sync',
      by: 'boss',
    })
    expect((await look.audited())[0]).toMatchObject({ action: 'discrepancy.resolved' })
    expect(await look.alerts()).toEqual([`reconciliation_differences wechat:${billDay()} resolved`])
  })

  it('leaves it open with what was said, where it says something else', async () => {
    shop.script.query = () => ok(paid(1, { transactionId: transactionId(9) }))
    expect((await resolveOne(shop, 'sync'))._unsafeUnwrap()).toMatchObject({ status: 'open', note: expect.any(String) })
    expect(await look.alerts()).toEqual([`reconciliation_differences wechat:${billDay()} firing`])
  })

  it('changes nothing where there is no answer', async () => {
    const before = await look.theOne()
    shop.script.query = () => err({ code: 'GATEWAY_UNAVAILABLE', reason: 'timeout' })
    expect((await resolveOne(shop, 'sync'))._unsafeUnwrapErr()).toEqual({ code: 'GATEWAY_UNAVAILABLE' })
    expect((await resolveOne(shop, 'refund'))._unsafeUnwrapErr()).toEqual({ code: 'GATEWAY_UNAVAILABLE' })
    expect(await look.theOne()).toEqual(before)
    expect(shop.asked.refund).toEqual([])
  })
})

describe('giving back money that is in the books', () => {
  const bookOrder = () =>
    shop.store.transaction.run(async ({ orders }) =>
      ok(await orders.insert(paidOrder({ id: entityId(1), paymentId: entityId(1) }))),
    )

  beforeEach(async () => {
    shop.bills.of = () => billOf(fileOf([paymentRow(1, { amount: fen(9901) })]))
    shop.script.query = () => ok(paid(1))
  })

  it('goes the ordinary way, once, however often it is asked for', async () => {
    await bookOrder()
    await bookPayment(shop.store, 1)
    await reconcile(shop, 'run-1')
    const ended = (await resolveOne(shop, 'refund'))._unsafeUnwrap()
    expect(ended).toMatchObject({ status: 'resolved', resolution: 'refund' })
    expect((await resolveOne(shop, 'refund'))._unsafeUnwrap()).toEqual(ended)
    const refunds = await shop.store.readers.refunds.listByPayment(entityId(1))
    expect(refunds.map(({ value }) => value.amount)).toEqual([9900])
    expect(shop.asked.refund).toHaveLength(1)
  })

  it('never gives back another payment of the order in its place', async () => {
    await bookOrder()
    await book(shop.store, paidPayment({ ...nth(1), outTradeNo: outTradeNo(2), transactionId: transactionId(2) }))
    await bookPayment(shop.store, 1, { id: entityId(3) }, { disposition: 'surplus', paymentId: entityId(3) })
    await bookAnyRefund(shop.store, failedRefund({ ...nthRefund(1), paymentId: entityId(3), amount: fen(9900) }))
    await reconcile(shop, 'run-1')
    expect((await resolveOne(shop, 'refund'))._unsafeUnwrapErr()).toEqual({ code: 'ORDER_NOT_REFUNDABLE' })
    expect(await shop.store.readers.refunds.listByPayment(entityId(1))).toEqual([])
    expect(shop.asked.refund).toEqual([])
  })
})
