import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readersOf } from '../support/service.ts'
import { type Answered, apiShot, copies, type Shot, volley } from '../support/volley.ts'
import { GRANT, METHOD, order, sell } from '../wire/payer.ts'
import { type Arena, ROUNDS, startArena } from './arena.ts'
import { STORES } from './stores.ts'

const TIMES = 20

describe.each(STORES)('twenty requests with one idempotency key at once, on $name', (store) => {
  let arena: Arena
  let productId: string
  beforeAll(async () => {
    arena = await startArena(store)
    productId = await sell(arena, GRANT)
  })
  afterAll(() => arena.finish())

  /** One answer is the first, each other is the same again or says that the first is still under way. */
  const expectOneAnswer = async (shot: Shot, round: number): Promise<Answered> => {
    const answers = await volley(copies(TIMES, shot), round)
    const done = answers.filter(({ status }) => status === 201)
    const first = done.filter(({ headers }) => headers.get('idempotent-replayed') === null)
    expect(first).toHaveLength(1)
    expect(new Set(done.map(({ text }) => text)).size).toBe(1)
    const rest = answers.filter(({ status }) => status !== 201)
    for (const { status, text } of rest)
      expect([status, JSON.parse(text).code]).toEqual([409, 'IDEMPOTENCY_KEY_IN_USE'])
    const [again] = await volley([shot], round)
    expect([again?.status, again?.headers.get('idempotent-replayed'), again?.text]).toEqual([
      201,
      'true',
      done[0]?.text,
    ])
    if (again === undefined) throw new Error('no answer')
    return again
  }

  const keyed = async (user: string, path: string, body: unknown, key: string): Promise<Shot> =>
    apiShot(arena, path, { token: await arena.token(user), body, headers: { 'idempotency-key': key } })

  it('make one order', async () => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const user = `orders-${round}`
      await expectOneAnswer(await keyed(user, '/orders', { items: [{ productId, quantity: 1 }] }, 'the key'), round)
      const made = await readersOf(arena).orders.list(
        { userId: user, from: undefined, to: undefined },
        { limit: 10, after: undefined },
      )
      expect(made.items).toHaveLength(1)
      await arena.verify()
    }
  })

  it.each(['wechat', 'alipay'] as const)('open one payment and one trade at %s', async (gateway) => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const user = `${gateway}-${round}`
      const orderId = await order(arena, productId, user)
      const shot = await keyed(user, `/payments/${gateway}/create`, { orderId, method: METHOD[gateway] }, 'the key')
      const { payment } = JSON.parse((await expectOneAnswer(shot, round)).text).data
      const payments = await readersOf(arena).payments.listByOrder(orderId)
      expect(payments.map(({ value }) => value.outTradeNo)).toEqual([payment.outTradeNo])
      expect(
        arena.sandbox[gateway].trades().filter(({ outTradeNo }) => outTradeNo === payment.outTradeNo),
      ).toHaveLength(1)
      await arena.verify()
    }
    expect(arena.sandbox[gateway].trades()).toHaveLength(ROUNDS)
  })
})
