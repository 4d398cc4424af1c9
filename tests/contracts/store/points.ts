import { err, ok } from 'neverthrow'
import { describe, expect } from 'vitest'
import { WRITE_CONFLICT } from '../../../src/application/transaction.ts'
import type { PointsEntry } from '../../../src/domain/points.ts'
import { entityId, minute, pointsPosting } from '../../support/builders.ts'
import { allPages, type CreateStore, commit, LOOKALIKES, read, type StoreUnderTest, testsOn } from './under-test.ts'

export const pointsContract = (create: CreateStore): void => {
  describe('points', () => {
    const test = testsOn(create)

    test('gives an account nobody has posted to a balance and a version of zero', async (store) => {
      expect(await read(store, ({ points }) => points.account('user-1'))).toMatchObject({
        value: { userId: 'user-1', balance: 0 },
        version: 0,
      })
      expect(await entriesOf(store, 'user-1')).toEqual([])
    })

    test('writes each kind of entry with the balance after it', async (store) => {
      const kinds = ['purchase', 'bonus', 'spend', 'spend_refund', 'take_back', 'adjustment'] as const
      const sources = ['order_line', 'payment', 'refund', 'admin'] as const
      const made = kinds.map((kind, n) =>
        entry(n + 1, { kind, delta: 100 - n, source: { type: sources[n % 4] ?? 'admin', id: entityId(n) } }),
      )
      for (const one of made) expect(await post(store, one)).toBe('posted')
      const balance = made.reduce((sum, { delta }) => sum + delta, 0)
      const account = await read(store, ({ points }) => points.account('user-1'))
      expect(account.value).toEqual({ userId: 'user-1', balance })
      expect(account.updatedAt).toEqual(made.at(-1)?.createdAt)
      const listed = await entriesOf(store, 'user-1')
      const running = made.map((_one, n) => made.slice(0, n + 1).reduce((sum, { delta }) => sum + delta, 0))
      expect(listed.toReversed()).toEqual(made.map((one, n) => ({ ...one, balanceAfter: running[n] })))
    })

    test('keeps a balance as large as an integer can be', async (store) => {
      expect(await post(store, entry(1, { delta: Number.MAX_SAFE_INTEGER }))).toBe('posted')
      expect((await read(store, ({ points }) => points.account('user-1'))).value.balance).toBe(Number.MAX_SAFE_INTEGER)
    })

    test('answers conflict to the second of two who read the same version, and writes nothing', async (store) => {
      for (const n of [0, 2]) {
        const before = await store.readers.points.account('user-1')
        expect(await post(store, entry(n + 1, {}))).toBe('posted')
        const after = { userId: 'user-1', balance: before.value.balance + 1000 }
        const late = await commit(store, ({ points }) => points.post(before, after, entry(n + 2, {})))
        expect(late).toBe('conflict')
        expect(await entriesOf(store, 'user-1')).toHaveLength(n / 2 + 1)
      }
      expect((await read(store, ({ points }) => points.account('user-1'))).value.balance).toBe(2000)
    })

    test('posts one source and kind once and goes on with the unit of work', async (store) => {
      const source = { type: 'order_line', id: 'A1' } as const
      await post(store, entry(1, { source }))
      const again = await commit(store, async ({ points }) => {
        const before = await points.account('user-1')
        const after = { userId: 'user-1', balance: before.value.balance + 1000 }
        const repeated = await points.post(before, after, entry(2, { source }))
        return [repeated, await points.post(before, after, entry(3, { source, kind: 'bonus', balanceAfter: 2000 }))]
      })
      expect(again).toEqual(['repeated', 'posted'])
      expect((await entriesOf(store, 'user-1')).map(({ id }) => id)).toEqual([entityId(3), entityId(1)])
      expect((await read(store, ({ points }) => points.account('user-1'))).value.balance).toBe(2000)
    })

    test('posts one source once over all accounts', async (store) => {
      const source = { type: 'refund', id: 'R1' } as const
      expect(await post(store, entry(1, { source }))).toBe('posted')
      expect(await post(store, entry(2, { source, userId: 'user-2' }))).toBe('repeated')
      expect(await read(store, ({ points }) => points.account('user-2'))).toMatchObject({ value: { balance: 0 } })
    })

    test('finds what a source has posted, by its kind', async (store) => {
      const source = { type: 'payment', id: 'P1' } as const
      const spent = entry(1, { source, kind: 'spend', delta: 5 })
      await post(store, spent)
      expect(await read(store, ({ points }) => points.posted(source, 'spend'))).toEqual({ ...spent, balanceAfter: 5 })
      expect(await read(store, ({ points }) => points.posted(source, 'spend_refund'))).toBeUndefined()
      expect(await read(store, ({ points }) => points.posted({ type: 'refund', id: 'P1' }, 'spend'))).toBeUndefined()
    })

    test('counts sources of two types on their own', async (store) => {
      expect(await post(store, entry(1, { source: { type: 'payment', id: 'same' } }))).toBe('posted')
      expect(await post(store, entry(2, { source: { type: 'refund', id: 'same' } }))).toBe('posted')
    })

    test('tells users and sources apart that only look alike', async (store) => {
      for (const [n, id] of LOOKALIKES.entries())
        expect(await post(store, entry(n + 1, { userId: id, delta: n + 1, source: { type: 'payment', id } }))).toBe(
          'posted',
        )
      for (const [n, id] of LOOKALIKES.entries())
        expect((await read(store, ({ points }) => points.account(id))).value).toEqual({ userId: id, balance: n + 1 })
    })

    test('comes out exact when fifty post at the same time', async (store) => {
      await Promise.all(Array.from({ length: 50 }, (_, n) => postAgainAndAgain(store, entry(n + 1, { delta: n + 1 }))))
      const account = await read(store, ({ points }) => points.account('user-1'))
      expect(account.value.balance).toBe((50 * 51) / 2)
      const entries = await entriesOf(store, 'user-1')
      expect(entries).toHaveLength(50)
      expect(new Set(entries.map(({ balanceAfter }) => balanceAfter)).size).toBe(50)
    })

    test('counts one source once when many post it at the same time', async (store) => {
      const source = { type: 'order_line', id: 'same' } as const
      const outcomes = await Promise.all(
        Array.from({ length: 20 }, (_, n) => postAgainAndAgain(store, entry(n + 1, { source }))),
      )
      expect(outcomes.filter((outcome) => outcome === 'posted')).toHaveLength(1)
      expect((await read(store, ({ points }) => points.account('user-1'))).value.balance).toBe(1000)
    })

    test('lists the entries of one user, newest first, page by page, also where many have one time', async (store) => {
      const made = [4, 1, 6, 2, 5, 3].map((n) => entry(n, { createdAt: minute(Math.floor(n / 3)) }))
      for (const one of made) await post(store, one)
      await post(store, entry(9, { userId: 'user-2' }))
      const expected = [6, 5, 4, 3, 2, 1].map(entityId)
      for (const limit of [1, 2, 3, 6, 50]) {
        const listed = await allPages(limit, (page) => store.readers.points.entries('user-1', page))
        expect(listed.map(({ id }) => id)).toEqual(expected)
      }
    })
  })
}

const entry = (n: number, given: Partial<PointsEntry>): PointsEntry => ({
  ...pointsPosting({ id: entityId(n), source: { type: 'order_line', id: `${entityId(n)}:0` }, createdAt: minute(n) }),
  balanceAfter: given.delta ?? 1000,
  ...given,
})

/** The entry as it comes on top of what the account has now. */
const post = (store: StoreUnderTest, one: PointsEntry) =>
  commit(store, async ({ points }) => {
    const before = await points.account(one.userId)
    const balance = before.value.balance + one.delta
    return points.post(before, { userId: one.userId, balance }, { ...one, balanceAfter: balance })
  })

const postAgainAndAgain = async (store: StoreUnderTest, one: PointsEntry) => {
  const result = await store.transaction.run(async ({ points }) => {
    const before = await points.account(one.userId)
    const balance = before.value.balance + one.delta
    const outcome = await points.post(before, { userId: one.userId, balance }, { ...one, balanceAfter: balance })
    return outcome === 'conflict' ? err(WRITE_CONFLICT) : ok(outcome)
  })
  return result._unsafeUnwrap()
}

const entriesOf = async (store: StoreUnderTest, userId: string): Promise<readonly PointsEntry[]> =>
  (await read(store, ({ points }) => points.entries(userId, { limit: 100, after: undefined }))).items
