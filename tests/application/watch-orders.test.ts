import { err, ok } from 'neverthrow'
import { beforeEach, describe, expect, it } from 'vitest'
import { fixedClock } from '../../src/adapters/memory/fixed-clock.ts'
import { createMemoryStore, type MemoryStore } from '../../src/adapters/memory/memory-store.ts'
import { seededRandomness } from '../../src/adapters/memory/seeded-randomness.ts'
import type { RefreshPayment } from '../../src/application/payments/refresh-payment.ts'
import { tokenBucket } from '../../src/application/payments/token-bucket.ts'
import { type OrderWatcher, QUESTIONS_PER_SECOND, watchOrders } from '../../src/application/payments/watch-orders.ts'
import type { Payment, PaymentFacts } from '../../src/domain/payment.ts'
import { closedPayment, entityId, minute, outTradeNo, pendingOrder, pendingPayment } from '../support/builders.ts'

const TURN_MS = 200

let clock: ReturnType<typeof fixedClock>
let store: MemoryStore
let asked: { readonly orderId: string; readonly at: number }[]
let failures: unknown[]
let answer: RefreshPayment
let watcher: OrderWatcher
let made: number

type Build = (given: Partial<PaymentFacts>) => Payment

beforeEach(() => {
  clock = fixedClock({ at: minute(1) })
  store = createMemoryStore()
  asked = []
  failures = []
  made = 0
  answer = async () => ok({ changed: false })
  watcher = watchOrders({
    readers: store.readers,
    clock,
    randomness: seededRandomness(1),
    refreshPayment: (payment) => {
      asked.push({ orderId: payment.orderId, at: clock.monotonicMs() })
      return answer(payment)
    },
    failed: (error) => failures.push(error),
  })
})

/** An order with one payment made now. */
const anOrder = async (orderId: string, given: Partial<PaymentFacts> = {}, build: Build = pendingPayment) => {
  await store.transaction.run(async ({ orders, payments }) => {
    if ((await orders.find(orderId)) === undefined) await orders.insert(pendingOrder({ id: orderId }))
    made += 1
    const numbers = { id: entityId(made), outTradeNo: outTradeNo(made), createdAt: clock.now() }
    await payments.insert(build({ ...numbers, orderId, ...given }), minute(30))
    return ok(undefined)
  })
  return orderId
}

/** Lets time pass in the scheduler's steps. */
const pass = async (ms: number): Promise<void> => {
  for (let passed = 0; passed < ms; passed += TURN_MS) {
    clock.advance(TURN_MS)
    await watcher.turn()
    await watcher.idle()
  }
}
const times = (orderId: string): readonly number[] => asked.filter((one) => one.orderId === orderId).map(({ at }) => at)
const gaps = (orderId: string): readonly number[] =>
  times(orderId)
    .map((at, index, all) => at - (all[index - 1] ?? at))
    .slice(1)

describe('watching an order whose page is open', () => {
  it('asks about its payment every two seconds or so, but not before anybody can have paid', async () => {
    watcher.follow(await anOrder('o1'))
    await pass(1800)
    expect(asked).toEqual([])
    await pass(30_000)
    expect(times('o1').length).toBeGreaterThanOrEqual(12)
    expect(Math.min(...gaps('o1'))).toBeGreaterThanOrEqual(1500)
    expect(Math.max(...gaps('o1'))).toBeLessThanOrEqual(2500 + TURN_MS)
    expect(new Set(gaps('o1')).size).toBeGreaterThan(1)
  })

  it('asks at once about a payment that is older than that', async () => {
    await anOrder('o1')
    clock.advance(60_000)
    watcher.follow('o1')
    await pass(TURN_MS)
    expect(asked).toHaveLength(1)
  })

  it('asks less after two minutes, and leaves it to the schedule after ten', async () => {
    watcher.follow(await anOrder('o1'))
    await pass(120_000)
    const early = asked.length
    await pass(120_000)
    expect(Math.min(...gaps('o1').slice(early))).toBeGreaterThanOrEqual(3750)
    await pass(360_000)
    const late = asked.length
    expect(late - early).toBeLessThan(140)
    await pass(120_000)
    expect(asked).toHaveLength(late)
  })

  it('begins anew with a new attempt, and goes on as it was when the page comes back', async () => {
    const leave = watcher.follow(await anOrder('o1'))
    await pass(620_000)
    const before = asked.length
    leave()
    await pass(20_000)
    watcher.follow('o1')
    await pass(10_000)
    expect(asked).toHaveLength(before)
    await anOrder('o1', { method: 'WECHAT_H5' })
    await pass(10_000)
    expect(asked.length).toBeGreaterThan(before + 4)
  })

  it('stops with the last page, and asks about nothing that is not open', async () => {
    const leaveOne = watcher.follow(await anOrder('o1'))
    const leaveTwo = watcher.follow('o1')
    watcher.follow(await anOrder('o2', {}, closedPayment))
    watcher.follow('o3')
    leaveOne()
    await pass(10_000)
    const before = asked.length
    expect(before).toBeGreaterThan(2)
    leaveTwo()
    await pass(10_000)
    expect(asked).toHaveLength(before)
    expect(times('o2')).toEqual([])
  })

  it('takes a page that reads again and again for one that is open, for ten seconds after each reading', async () => {
    await anOrder('o1')
    watcher.glimpse('o1')
    await pass(10_000)
    const before = asked.length
    expect(before).toBeGreaterThan(2)
    await pass(10_000)
    expect(asked).toHaveLength(before)
  })

  it('is not held up by a wall clock that was set back', async () => {
    watcher.follow(await anOrder('o1'))
    clock.set(minute(-600))
    await pass(10_000)
    expect(asked.length).toBeGreaterThan(2)
  })

  it('does not wait for an answer, asks nothing twice meanwhile, and is idle once it is there', async () => {
    const gate = Promise.withResolvers<Awaited<ReturnType<RefreshPayment>>>()
    answer = () => gate.promise
    watcher.follow(await anOrder('o1'))
    for (let turn = 0; turn < 50; turn += 1) {
      clock.advance(TURN_MS)
      await watcher.turn()
    }
    expect(asked).toHaveLength(1)
    let isIdle = false
    const idle = watcher.idle().then(() => {
      isIdle = true
    })
    await Promise.resolve()
    expect(isIdle).toBe(false)
    gate.resolve(err({ code: 'GATEWAY_UNAVAILABLE' }))
    await idle
    await pass(5000)
    expect(asked.length).toBeGreaterThan(1)
  })

  it('goes on after a question that broke off, and tells of it', async () => {
    answer = async () => {
      throw new Error('the store is gone')
    }
    watcher.follow(await anOrder('o1'))
    await pass(10_000)
    expect(failures.length).toBeGreaterThan(2)
  })
})

describe('watching more orders than a merchant number may be asked about', () => {
  const SECONDS = 30

  it('stays within its budget and gives each order its turn', async () => {
    for (let n = 0; n < 100; n += 1) watcher.follow(await anOrder(`o${n}`))
    clock.advance(2000)
    await pass(SECONDS * 1000)
    expect(asked.length).toBeLessThanOrEqual((SECONDS + 1) * QUESTIONS_PER_SECOND)
    expect(asked.length).toBeGreaterThanOrEqual((SECONDS - 1) * QUESTIONS_PER_SECOND)
    const counts = Array.from({ length: 100 }, (_, n) => times(`o${n}`).length)
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1)
  })

  it('is not kept from it by thousands of pages on which nobody has begun to pay', async () => {
    for (let n = 0; n < 3000; n += 1) watcher.follow(`idle${n}`)
    watcher.follow(await anOrder('mine'))
    await pass(30_000)
    expect(times('mine').length).toBeGreaterThanOrEqual(3)
  })

  it('spends none of it on pages that were closed meanwhile', async () => {
    const leaves: (() => void)[] = []
    for (let n = 0; n < 300; n += 1) leaves.push(watcher.follow(await anOrder(`o${n}`)))
    clock.advance(2000)
    await pass(1000)
    for (const leave of leaves) leave()
    watcher.follow(await anOrder('mine'))
    await pass(3000)
    expect(times('mine').length).toBeGreaterThanOrEqual(1)
  })

  it('takes nothing from another merchant number', async () => {
    for (let n = 0; n < 100; n += 1) watcher.follow(await anOrder(`o${n}`))
    const identity = { merchantId: '2088', appId: '2021' }
    watcher.follow(await anOrder('mine', { provider: 'alipay', method: 'ALIPAY_QR', identity }))
    await pass(20_000)
    expect(times('mine').length).toBeGreaterThanOrEqual(7)
  })
})

describe('a token bucket', () => {
  it('gives so many a second, and no more at once after a long while', () => {
    const bucket = tokenBucket(clock, 10)
    const takeAll = (): number => {
      let taken = 0
      while (bucket.take()) taken += 1
      return taken
    }
    expect(takeAll()).toBe(10)
    clock.advance(50)
    expect(takeAll()).toBe(0)
    clock.advance(50)
    expect(takeAll()).toBe(1)
    clock.advance(3_600_000)
    expect(takeAll()).toBe(10)
  })
})
