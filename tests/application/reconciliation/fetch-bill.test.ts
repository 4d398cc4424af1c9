import { err, ok } from 'neverthrow'
import { beforeEach, describe, expect, it } from 'vitest'
import { publishedAt } from '../../../src/application/reconciliation/fetch-bill.ts'
import { billDay } from '../../support/builders.ts'
import { bookPayment, paymentRow } from './bill-day.ts'
import { billOf, contentOf, fileOf, looking, reconcile, reconciledShop, type Shop } from './reconciled-shop.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

let shop: Shop
let look: ReturnType<typeof looking>
const begin = (at?: Date) => {
  shop = reconciledShop(at)
  look = looking(shop)
}
beforeEach(() => begin())

describe('a bill that is not there', () => {
  const untilWaiting = async () => {
    await reconcile(shop, 'run-1')
    const run = await look.latest()
    expect(run?.status).toBe('waiting')
    return run
  }
  const triedAfter = async (ms: number) => {
    const before = shop.bills.asked.length
    shop.clock.advance(ms)
    await shop.work()
    return shop.bills.asked.length - before
  }

  it('is asked for again when it should be out', async () => {
    const early = new Date(publishedAt(billDay()).getTime() - 2 * HOUR)
    begin(early)
    shop.bills.of = () => err({ code: 'BILL_NOT_EXIST' })
    await untilWaiting()
    expect(await triedAfter(2 * HOUR - 1)).toBe(0)
    expect(await triedAfter(1)).toBe(1)
  })

  it('is an empty one where nothing happened here either', async () => {
    shop.bills.of = () => err({ code: 'BILL_NOT_EXIST' })
    expect(await reconcile(shop, 'run-1')).toMatchObject({ status: 'completed', summary: { remoteCount: 0 } })
  })

  it('is late where something did, which people are told after some hours, until it is there', async () => {
    await bookPayment(shop.store, 1)
    shop.bills.of = () => err({ code: 'BILL_NOT_EXIST' })
    await untilWaiting()
    expect(await triedAfter(30 * MINUTE - 1)).toBe(0)
    expect(await triedAfter(1)).toBe(1)
    expect(await look.alerts()).toEqual([])
    await triedAfter(4 * HOUR)
    expect(await look.alerts()).toEqual([`reconciliation_late wechat:${billDay()} firing`])
    shop.bills.of = () => billOf(fileOf([paymentRow(1)]))
    await triedAfter(HOUR)
    expect(await look.latest()).toMatchObject({ id: 'run-1', status: 'completed' })
    expect(await look.alerts()).toEqual([`reconciliation_late wechat:${billDay()} resolved`])
  })

  it('is asked for ever more seldom while the gateway can’t be reached', async () => {
    shop.bills.of = () => err({ code: 'GATEWAY_UNAVAILABLE', reason: 'timeout' })
    expect(await untilWaiting()).toMatchObject({ reason: 'GATEWAY_UNAVAILABLE' })
    for (const minutes of [1, 3, 10, 30, 30]) {
      expect(await triedAfter(minutes * MINUTE - 1)).toBe(0)
      expect(await triedAfter(1)).toBe(1)
    }
  })

  it('is given up three days after it should have been there', async () => {
    await bookPayment(shop.store, 1)
    shop.bills.of = () => err({ code: 'BILL_NOT_EXIST' })
    await untilWaiting()
    await triedAfter(3 * 24 * HOUR)
    expect(await look.latest()).toMatchObject({ status: 'waiting' })
    await triedAfter(HOUR)
    expect(await look.latest()).toMatchObject({ status: 'failed', reason: 'BILL_NOT_EXIST' })
    expect(await look.alerts()).toContain(`reconciliation_failed wechat:${billDay()} firing`)
    expect(await look.alerts()).toContain(`reconciliation_late wechat:${billDay()} resolved`)
  })

  it('is given up at once where the gateway says no', async () => {
    shop.bills.of = () => err({ code: 'GATEWAY_REJECTED', gatewayCode: 'NO_AUTH', message: '无权限' })
    expect(await reconcile(shop, 'run-1')).toMatchObject({ status: 'failed', reason: 'NO_AUTH' })
  })

  it('is the one that was kept where the gateway gives out none so old', async () => {
    await bookPayment(shop.store, 1)
    shop.bills.of = () => billOf(fileOf([paymentRow(1)]))
    await reconcile(shop, 'run-1')
    shop.bills.of = () => err({ code: 'GATEWAY_REJECTED', gatewayCode: 'INVALID_REQUEST', message: '' })
    expect(await reconcile(shop, 'run-2')).toMatchObject({ status: 'completed', summary: { matched: 1 } })
  })

  it('is asked for again where it broke off', async () => {
    const cut = async function* () {
      yield fileOf([])
      throw new Error('aborted')
    }
    shop.bills.of = () => ok({ content: cut(), format: 'wechat_csv', sha1: undefined })
    expect(await untilWaiting()).toMatchObject({ reason: 'BILL_BROKEN_OFF' })
    shop.bills.of = () => ok({ content: contentOf(fileOf([])), format: 'wechat_csv', sha1: 'f'.repeat(40) })
    await triedAfter(MINUTE)
    expect(await look.latest()).toMatchObject({ status: 'waiting', reason: 'BILL_HASH_DIFFERS' })
    expect(await shop.store.readers.bills.listByDay('wechat', billDay())).toEqual([])
  })
})
