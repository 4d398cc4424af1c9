import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readersOf } from '../support/service.ts'
import { apiShot, copies, volley } from '../support/volley.ts'
import { codesOf, GRANT, sell } from '../wire/payer.ts'
import { type Arena, ROUNDS, startArena } from './arena.ts'
import { STORES } from './stores.ts'

const USERS = 100

describe.each(STORES)('a hundred people with one code, on $name', (store) => {
  let arena: Arena
  let productId: string
  let codes: readonly string[]
  beforeAll(async () => {
    // Each comes from an address of his own, or the guard against guessing would be all that is tested.
    arena = await startArena(store, { TRUSTED_PROXIES: '127.0.0.1' })
    productId = await sell(arena, GRANT)
    codes = await codesOf(arena, productId, ROUNDS)
  })
  afterAll(() => arena.finish())

  it('are answered alike but for one, who has it', async () => {
    expect(codes).toHaveLength(ROUNDS)
    for (const [round, code] of codes.entries()) {
      const users = await Promise.all(
        Array.from({ length: USERS }, async (_, n) => ({
          name: `u${round}-${n}`,
          token: await arena.token(`u${round}-${n}`),
          headers: { 'x-forwarded-for': `10.${round}.0.${n}` },
        })),
      )
      const shots = users.map(({ token, headers }) =>
        apiShot(arena, '/access-codes/activate', { token, headers, body: { code } }),
      )
      const answers = await volley(shots, round)
      const winner = answers.findIndex(({ status }) => status === 200)
      const losers = answers.filter((_, n) => n !== winner)
      expect(losers.map(({ status, text }) => [status, JSON.parse(text).code])).toEqual(
        copies(USERS - 1, [404, 'ACCESS_CODE_INVALID']),
      )
      const { entitlements } = readersOf(arena)
      const held = await Promise.all(users.map(({ name }) => entitlements.listByUser(name)))
      expect(held.map(({ length }) => length)).toEqual(users.map((_, n) => (n === winner ? 1 : 0)))
      const again = await volley(shots.slice(winner, winner + 1), round)
      expect([again[0]?.status, again[0]?.text]).toEqual([200, answers[winner]?.text])
      await arena.verify()
    }
  })
})
