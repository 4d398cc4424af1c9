import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readersOf } from '../support/service.ts'
import { copies, volley } from '../support/volley.ts'
import { ACCEPTED, GRANT, type Gateway, open, order, orderState, sell } from '../wire/payer.ts'
import { type Arena, ROUNDS, startArena } from './arena.ts'
import { STORES } from './stores.ts'

const COPIES = 50

describe.each(STORES)('fifty copies of one callback at once, on $name', (store) => {
  let arena: Arena
  let productId: string
  beforeAll(async () => {
    arena = await startArena(store)
    productId = await sell(arena, GRANT)
  })
  afterAll(() => arena.finish())

  /** Paid there, with the callback still to come. */
  const paidThere = async (gateway: Gateway, user: string) => {
    const opened = await open(arena, await order(arena, productId, user), gateway, user)
    arena.sandbox[gateway].faults.add({ operation: 'callback', kind: 'never', outTradeNo: opened.outTradeNo })
    await arena.sandbox[gateway].pay(opened.codeUrl)
    return opened
  }

  it.each<Gateway>(['wechat', 'alipay'])('are each accepted, and one has an effect: %s', async (gateway) => {
    const url = `${arena.origin}/api/v1/payments/${gateway}/notify`
    for (let round = 0; round < ROUNDS; round += 1) {
      const user = `${gateway}-${round}`
      const { orderId, outTradeNo } = await paidThere(gateway, user)
      const message = () => ({ url, ...arena.sandbox[gateway].notification({ outTradeNo }) })
      // A gateway repeats the same bytes, or says the same again under a new id and signature.
      const one = message()
      const messages = Array.from({ length: COPIES }, () => (round % 2 === 0 ? one : message()))
      const answers = await volley(messages, round)
      expect(answers.map(({ status, text: body }) => ({ status, body }))).toEqual(copies(COPIES, ACCEPTED[gateway]))
      const readers = readersOf(arena)
      expect((await orderState(arena, orderId))?.status).toBe('paid')
      expect(await readers.transactions.listByOrder(orderId)).toMatchObject([{ disposition: 'settled' }])
      expect(await readers.entitlements.listByUser(user)).toHaveLength(1)
      expect(await readers.fulfilments.listByOrder(orderId)).toHaveLength(1)
      expect(await readers.notifications.listByOrder(orderId)).toHaveLength(1)
      const events = (await readers.events.eventsOf(orderId)).map(({ event }) => event.type)
      expect(events.filter((type) => type === 'order.paid' || type === 'access.granted')).toHaveLength(2)
      await arena.verify()
    }
  })
})
