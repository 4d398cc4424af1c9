import { describe, expect } from 'vitest'
import { codeBatch, entityId } from '../../support/builders.ts'
import { type CreateStore, commit, LOOKALIKES, read, testsOn } from './under-test.ts'

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

    test('are told apart where they only look alike', async (store) => {
      for (const id of LOOKALIKES)
        expect(await commit(store, ({ codeBatches }) => codeBatches.insert({ ...batch, id }))).toBe(true)
    })

    test('are advanced by one maker at a time', async (store) => {
      await commit(store, ({ codeBatches }) => codeBatches.insert(batch))
      const advance = (made: number, to: number) =>
        commit(store, ({ codeBatches }) => codeBatches.advance({ ...batch, made }, to))
      expect(await Promise.all([advance(0, 1), advance(0, 1), advance(0, 1)])).toEqual([true, false, false])
      expect([await advance(0, 2), await advance(1, 3)]).toEqual([false, true])
      expect(await read(store, ({ codeBatches }) => codeBatches.find(batch.id))).toEqual({ ...batch, made: 3 })
      const ghost = { ...batch, id: entityId(9) }
      expect(await commit(store, ({ codeBatches }) => codeBatches.advance(ghost, 1))).toBe(false)
    })
  })
}
