import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readersOf } from '../support/service.ts'
import { apiShot, copies, volley } from '../support/volley.ts'
import { eventually, GRANT, open, order, orderState, sell } from '../wire/payer.ts'
import { type Arena, ROUNDS, startArena } from './arena.ts'
import { STORES } from './stores.ts'

const TIMES = 20
const BOUGHT = 800
const COST = 100

describe.each(STORES)('twenty payments with points at once, on $name', (store) => {
  let arena: Arena
  let access: string
  let topUp: string
  beforeAll(async () => {
    arena = await startArena(store)
    access = await sell(arena, GRANT, '1.00')
    topUp = await sell(arena, { type: 'points', points: BOUGHT - 50, bonusPoints: 50 }, '7.50')
  })
  afterAll(() => arena.finish())

  /** Pays for each order at once; gives the statuses and codes of the answers, counted. */
  const payAll = async (orderIds: readonly string[], token: string, round: number) => {
    const shots = orderIds.map((orderId) =>
      apiShot(arena, '/payments/points/create', { token, body: { orderId, method: 'POINTS' } }),
    )
    const counted: Record<string, number> = {}
    for (const { status, text } of await volley(shots, round)) {
      const outcome = status === 201 ? JSON.parse(text).data.payment.status : JSON.parse(text).code
      counted[outcome] = (counted[outcome] ?? 0) + 1
    }
    return counted
  }

  const balanceOf = async (user: string) => (await readersOf(arena).points.account(user)).value.balance

  it('take the points of one order once, and never more than there are', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const user = `saver-${round}`
      const token = await arena.token(user)
      const bought = await open(arena, await order(arena, topUp, user), 'wechat', user)
      await arena.sandbox.wechat.pay(bought.codeUrl)
      await eventually(
        () => orderState(arena, bought.orderId),
        (seen) => seen?.status === 'paid',
      )
      const one = await order(arena, access, user)
      expect(await payAll(copies(TIMES, one), token, round)).toEqual({ paid: 1, DUPLICATE_PAYMENT: TIMES - 1 })
      expect(await balanceOf(user)).toBe(BOUGHT - COST)

      const many = await Promise.all(Array.from({ length: TIMES }, () => order(arena, access, user)))
      const affordable = (BOUGHT - COST) / COST
      const expected = { paid: affordable, INSUFFICIENT_POINTS: TIMES - affordable }
      expect(await payAll(many, token, round)).toEqual(expected)
      expect(await balanceOf(user)).toBe(0)
      const readers = readersOf(arena)
      expect(await readers.entitlements.listByUser(user)).toHaveLength(1 + affordable)
      const { items } = await readers.points.entries(user, { limit: 100, after: undefined })
      expect(items.filter(({ kind }) => kind === 'spend').map(({ delta }) => delta)).toEqual(
        copies(1 + affordable, -COST),
      )
      await arena.verify()
    }
  })
})
