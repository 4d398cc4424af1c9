import { describe, expect } from 'vitest'
import { codeBatch, entityId, minute } from '../../support/builders.ts'
import { type CreateStore, commit, LOOKALIKES, present, read, testsOn } from './under-test.ts'

export const codeBatchContract = (create: CreateStore): void => {
  describe('batches of codes', () => {
    const test = testsOn(create)
    const batch = codeBatch({ count: 3 })

    test('come back as they were inserted, each once', async (store) => {
      expect(await read(store, ({ codeBatches }) => codeBatches.find(batch.id))).toBeUndefined()
      const inserted = await commit(store, async ({ codeBatches }) => [
        await codeBatches.insert(batch),
        await codeBatches.insert({ ...batch, count: 9 }),
      ])
      expect(inserted).toEqual([true, false])
      expect(await read(store, ({ codeBatches }) => codeBatches.find(batch.id))).toEqual(batch)
    })

    test('are listed oldest first while codes are missing', async (store) => {
      const made = [3, 1, 4, 2].map((n) => codeBatch({ id: entityId(n), count: 2, createdAt: minute(n) }))
      await commit(store, async ({ codeBatches }) => {
        for (const one of made) await codeBatches.insert(one)
        await codeBatches.advance(present(made[1]), 2)
        await codeBatches.advance(present(made[3]), 1)
      })
      const open = async (before: Date, limit: number) =>
        (await read(store, ({ codeBatches }) => codeBatches.listOpen(before, limit))).map(({ id }) => id)
      expect(await open(minute(9), 9)).toEqual([entityId(2), entityId(3), entityId(4)])
      expect(await open(minute(9), 2)).toEqual([entityId(2), entityId(3)])
      expect(await open(minute(3), 9)).toEqual([entityId(2)])
    })

    test('are told apart where they only look alike', async (store) => {
      for (const id of LOOKALIKES)
        expect(await commit(store, ({ codeBatches }) => codeBatches.insert({ ...batch, id }))).toBe(true)
    })

    test('are advanced by one maker at a time', async (store) => {
      await commit(store, ({ codeBatches }) => codeBatches.insert(batch))
      const advance = (made: number, to: number) =>
        commit(store, ({ codeBatches }) => codeBatches.advance({ ...batch, made }, to))
      expect((await Promise.all([advance(0, 1), advance(0, 1), advance(0, 1)])).toSorted()).toEqual([
        false,
        false,
        true,
      ])
      expect([await advance(0, 2), await advance(1, 3)]).toEqual([false, true])
      expect(await read(store, ({ codeBatches }) => codeBatches.find(batch.id))).toEqual({ ...batch, made: 3 })
      const ghost = { ...batch, id: entityId(9) }
      expect(await commit(store, ({ codeBatches }) => codeBatches.advance(ghost, 1))).toBe(false)
    })
  })
}
