import { err } from 'neverthrow'
import { beforeEach, describe, expect, it } from 'vitest'
import { publishedAt } from '../../../src/application/reconciliation/fetch-bill.ts'
import { addDays } from '../../../src/domain/shanghai-day.ts'
import { billDay, pendingPayment } from '../../support/builders.ts'
import { book, bookPayment, DAY_MS, during, nth, paymentRow } from './bill-day.ts'
import {
  billOf,
  contentOf,
  fileOf,
  looking,
  nextDay,
  OPERATOR,
  reconcile,
  reconciledShop,
  type Shop,
} from './reconciled-shop.ts'

let shop: Shop
let look: ReturnType<typeof looking>
const begin = (at?: Date) => {
  shop = reconciledShop(at)
  look = looking(shop)
}
beforeEach(() => begin())

describe('the schedule', () => {
  it('begins a run of each day whose bill is out, once, back to the first payment', async () => {
    await book(shop.store, pendingPayment({ ...nth(1), createdAt: during(-2 * DAY_MS) }))
    expect(await shop.schedule()).toBe(3)
    expect(await shop.schedule()).toBe(0)
    for (const back of [0, -1, -2])
      expect(await look.latest(addDays(billDay(), back))).toMatchObject({ requestedBy: 'schedule', status: 'running' })
    expect(await look.latest(addDays(billDay(), -3))).toBeUndefined()
    expect(await look.latest(nextDay)).toBeUndefined()
  })

  it('looks back for a week, and begins nothing before the bill is out or where nobody ever paid', async () => {
    expect(await shop.schedule()).toBe(0)
    await book(shop.store, pendingPayment({ ...nth(1), createdAt: during(-100 * DAY_MS) }))
    shop.clock.set(new Date(publishedAt(billDay()).getTime() - 1))
    expect(await shop.schedule()).toBe(6)
    shop.clock.advance(1)
    expect(await shop.schedule()).toBe(1)
  })

  it('leaves a day alone whose run has failed', async () => {
    await book(shop.store, pendingPayment({ ...nth(1), createdAt: during() }))
    shop.bills.of = () => err({ code: 'GATEWAY_REJECTED', gatewayCode: 'NO_AUTH', message: '' })
    expect(await shop.schedule()).toBe(1)
    await shop.work()
    expect(await look.latest()).toMatchObject({ status: 'failed' })
    expect(await shop.schedule()).toBe(0)
  })
})

describe('an operator', () => {
  it('is refused a day to come, and a gateway that is not configured', async () => {
    const ask = async (provider: 'wechat' | 'alipay', days: number) =>
      (await shop.request({ provider, day: addDays(billDay(), days) }, 'run-1', OPERATOR))._unsafeUnwrapErr().code
    expect(await ask('wechat', 2)).toBe('DAY_IN_FUTURE')
    expect(await ask('alipay', 0)).toBe('PROVIDER_NOT_CONFIGURED')
    expect(await look.audited()).toEqual([])
  })

  it('gets the run that has not ended, hurried, and the same one for the same request', async () => {
    shop.bills.of = () => err({ code: 'GATEWAY_UNAVAILABLE', reason: 'timeout' })
    await reconcile(shop, 'run-1')
    const ask = async (id: string) =>
      (await shop.request({ provider: 'wechat', day: billDay() }, id, OPERATOR))._unsafeUnwrap()
    expect(await ask('run-2')).toMatchObject({ id: 'run-1', status: 'waiting' })
    expect(await shop.work()).toBe(1)
    shop.bills.of = () => billOf(fileOf([]))
    await ask('run-2')
    await shop.work()
    expect(await ask('run-1')).toMatchObject({ id: 'run-1', status: 'completed' })
    expect((await look.audited()).map(({ action }) => action)).toEqual(Array(3).fill('reconciliation.request'))
  })

  it('has a day compared with the file he has, without the gateway', async () => {
    await bookPayment(shop.store, 1)
    const given = { provider: 'wechat', day: billDay(), content: contentOf(fileOf([paymentRow(1)])) } as const
    ;(await shop.import({ ...given, format: 'wechat_csv' }, 'run-1', OPERATOR))._unsafeUnwrap()
    await shop.work()
    expect(await look.latest()).toMatchObject({ status: 'completed', summary: { matched: 1 }, requestedBy: 'boss' })
    expect(shop.bills.asked).toEqual([])
    expect(await shop.store.readers.bills.listByDay('wechat', billDay())).toMatchObject([{ source: 'import' }])
  })

  it('ends the waiting for a bill with the file he has', async () => {
    shop.bills.of = () => err({ code: 'GATEWAY_UNAVAILABLE', reason: 'timeout' })
    await reconcile(shop, 'run-1')
    const given = { provider: 'wechat', day: billDay(), content: contentOf(fileOf([])) } as const
    const run = (await shop.import({ ...given, format: 'wechat_csv' }, 'run-2', OPERATOR))._unsafeUnwrap()
    expect(run).toMatchObject({ id: 'run-1', status: 'running' })
    await shop.work()
    expect(await look.latest()).toMatchObject({ id: 'run-1', status: 'completed' })
  })
})
