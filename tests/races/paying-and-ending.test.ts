import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { apiShot, payShot, volley } from '../support/volley.ts'
import {
  eventually,
  type Gateway,
  goneBack,
  open,
  type Opened,
  order,
  orderState,
  paymentOf,
  refundsOf,
  sell,
  stockOf,
  stockUp,
} from '../wire/payer.ts'
import { type Arena, ROUNDS, startArena } from './arena.ts'
import { STORES } from './stores.ts'

const SKU = 'MUG'
const TTL_MS = 1_800_000
/** How far ahead the one or the other is: from together to finished before the other begins. */
const LEADS_MS = [0, 500, 1, 2, 3, 5, 8, 13]
const GATEWAYS = ['wechat', 'alipay'] as const

describe.each(STORES)('paying an order while it ends, on $name', (store) => {
  let arena: Arena
  let productId: string
  beforeAll(async () => {
    arena = await startArena(store)
    productId = await sell(arena, { type: 'goods', sku: SKU })
    await stockUp(arena, SKU, 4 * ROUNDS)
  })
  afterAll(() => arena.finish())

  /** Open at the gateway; at Alipay every other time already scanned, which is when it can be closed there. */
  const unpaid = async (gateway: Gateway, round: number): Promise<Opened> => {
    const opened = await open(arena, await order(arena, productId), gateway)
    if (gateway === 'alipay' && round % 2 === 0) await arena.sandbox.alipay.scan(opened.codeUrl)
    return opened
  }

  const refundCount = async (outTradeNo: string) =>
    (await refundsOf(arena, { id: (await paymentOf(arena, outTradeNo))?.id ?? '' })).length

  type Stock = Awaited<ReturnType<typeof stockOf>>

  /** The payer has the goods, and nothing goes back. */
  const expectSold = async ({ orderId, outTradeNo }: Opened, before: Stock): Promise<void> => {
    const seen = await eventually(
      () => orderState(arena, orderId),
      (one) => one?.status === 'paid',
    )
    expect(seen?.status).toBe('paid')
    expect(await refundCount(outTradeNo)).toBe(0)
    expect(await stockOf(arena, SKU)).toEqual({ ...before, onHand: before.onHand - 1 })
  }

  /** The goods are free again, and whatever was paid all the same has gone back, once and whole. */
  const expectUnsold = async ({ outTradeNo }: Opened, wasPaid: boolean, before: Stock): Promise<void> => {
    const payment = wasPaid ? await goneBack(arena, outTradeNo) : await paymentOf(arena, outTradeNo)
    expect(payment?.status).toBe(wasPaid ? 'refunded' : 'closed')
    expect(await refundCount(outTradeNo)).toBe(wasPaid ? 1 : 0)
    expect(await stockOf(arena, SKU)).toEqual(before)
  }

  it.each(GATEWAYS)('at %s against its cancelling has one outcome: sold, or all is back', async (gateway) => {
    const outcomes = new Map<string, number>()
    for (let round = 0; round < ROUNDS; round += 1) {
      const before = await stockOf(arena, SKU)
      const opened = await unpaid(gateway, round)
      const { orderId, outTradeNo, token } = opened
      const early = round % 4 < 2
      const byMs = LEADS_MS[Math.floor(round / 4) % LEADS_MS.length] ?? 0
      const [cancelled, paid] = await volley(
        [
          apiShot(arena, `/orders/${orderId}/cancel`, { token, body: {}, delayMs: early ? 0 : byMs }),
          payShot(arena, outTradeNo, early ? byMs : 0),
        ],
        round,
      )
      const outcome = `${cancelled?.status} ${paid?.status}`
      outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
      // Only a code that nobody has scanned can't be closed there, so it can still be paid after its order's end.
      const closable = gateway === 'wechat' || round % 2 === 0
      expect(['200 409', '409 200', ...(closable ? [] : ['200 200'])]).toContain(outcome)
      if (cancelled?.status === 409) await expectSold(opened, before)
      else {
        await expectUnsold(opened, paid?.status === 200, before)
        expect((await orderState(arena, orderId))?.status).toBe('cancelled')
      }
      await arena.verify()
    }
    // A race that always ends alike has not been run.
    const either = gateway === 'wechat' ? ['200 409', '409 200'] : ['200 200', '200 409', '409 200']
    expect([...outcomes.keys()]).toEqual(expect.arrayContaining(either))
  })

  const ended = (orderId: string) =>
    eventually(
      async () => {
        arena.clock.advance(20)
        return orderState(arena, orderId)
      },
      (seen) => seen?.status !== 'pending',
    )

  it.each(GATEWAYS)('at %s against its expiry has one outcome: sold, or all is back', async (gateway) => {
    const outcomes = new Set<string>()
    for (let round = 0; round < ROUNDS; round += 1) {
      const before = await stockOf(arena, SKU)
      const opened = await unpaid(gateway, round)
      const { orderId, outTradeNo, codeUrl } = opened
      const early = round % 2 === 0
      // In time by the gateway's clock, or a moment too late; the callback and the expiry meet here.
      const late = { operation: 'callback', kind: 'late', ms: Math.floor(round / 2) % 25, outTradeNo } as const
      arena.sandbox[gateway].faults.add(late)
      const inTime = early ? arena.sandbox[gateway].pay(codeUrl) : undefined
      arena.clock.advance(TTL_MS)
      const [paid] = await Promise.allSettled([inTime ?? arena.sandbox[gateway].pay(codeUrl)])
      const seen = await ended(orderId)
      outcomes.add(`${seen?.status} ${paid.status}`)
      if (seen?.status === 'paid') await expectSold(opened, before)
      else {
        await expectUnsold(opened, paid.status === 'fulfilled', before)
        expect(seen?.status).toBe('expired')
      }
      if (early) expect(seen?.status).toBe('paid') // Whoever pays in time gets what he paid for.
      await arena.verify()
    }
    expect(outcomes).toEqual(new Set(['paid fulfilled', 'expired rejected']))
  })
})
