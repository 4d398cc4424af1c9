import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { apiShot, copies, volley } from '../support/volley.ts'
import { call, sell, stockOf, stockUp } from '../wire/payer.ts'
import { type Arena, ROUNDS, startArena } from './arena.ts'
import { STORES } from './stores.ts'

const BUYERS = 200
const SKU = 'LAST'

describe.each(STORES)('two hundred buyers and one piece, on $name', (store) => {
  let arena: Arena
  let productId: string
  beforeAll(async () => {
    arena = await startArena(store)
    productId = await sell(arena, { type: 'goods', sku: SKU })
  })
  afterAll(() => arena.finish())

  it('leave one order and nothing below zero', async () => {
    const tokens = await Promise.all(Array.from({ length: BUYERS }, (_, n) => arena.token(`buyer-${n}`)))
    const body = { items: [{ productId, quantity: 1 }] }
    let kept = 0
    for (let round = 0; round < ROUNDS; round += 1) {
      await stockUp(arena, SKU, 1)
      const answers = await volley(
        tokens.map((token) => apiShot(arena, '/orders', { token, body })),
        round,
      )
      const winner = answers.findIndex(({ status }) => status === 201)
      const losers = answers.filter((_, n) => n !== winner)
      expect(losers.map(({ status, text }) => [status, JSON.parse(text).code])).toEqual(
        copies(BUYERS - 1, [409, 'OUT_OF_STOCK']),
      )
      kept += 1
      expect(await stockOf(arena, SKU)).toEqual({ sku: SKU, onHand: kept, reserved: kept })
      await arena.verify()
      if (round % 2 === 0) continue
      // Every other time the piece is given back and taken out, so that a release comes before the next race too.
      const { id } = JSON.parse(answers[winner]?.text ?? '').data
      const cancelled = await call(arena, `/orders/${id}/cancel`, { token: tokens[winner] ?? '', body: {} })
      expect(cancelled.status).toBe(200)
      await stockUp(arena, SKU, -1)
      kept -= 1
    }
  })
})
