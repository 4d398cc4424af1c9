import { describe, expect } from 'vitest'
import type { Cursor } from '../../../src/application/page.ts'
import type { Entitlement } from '../../../src/domain/entitlement.ts'
import { accessProduct, entitlement, entityId, minute } from '../../support/builders.ts'
import { type CreateStore, commit, LOOKALIKES, read, type StoreUnderTest, testsOn } from './under-test.ts'

export const entitlementContract = (create: CreateStore): void => {
  describe('entitlements', () => {
    const test = testsOn(create)
    const ofUser = (store: StoreUnderTest, userId = 'user-1', productId?: string): Promise<readonly Entitlement[]> =>
      read(store, ({ entitlements }) => entitlements.listByUser(userId, productId))

    test('knows of none at first', async (store) => {
      expect(await ofUser(store)).toEqual([])
      expect(await commit(store, ({ entitlements }) => entitlements.revoke(entityId(1), minute(1)))).toBe(false)
    })

    test('gives entitlements back as they were inserted', async (store) => {
      const made = [
        grant(1, {}),
        grant(2, { source: { type: 'access_code', id: entityId(2) } }),
        grant(3, { revokedAt: minute(30) }),
      ]
      for (const one of made) expect(await insert(store, one)).toBe(true)
      expect(await ofUser(store)).toEqual(made)
    })

    test('grants once for each source and goes on with the unit of work', async (store) => {
      const source = { type: 'order_line', id: 'A1' } as const
      const first = grant(1, { source })
      const other = grant(3, { source: { type: 'access_code', id: 'A1' } })
      await insert(store, first)
      const inserted = await commit(store, async ({ entitlements }) => [
        await entitlements.insert(grant(2, { source, userId: 'user-2' })),
        await entitlements.insert(other),
      ])
      expect(inserted).toEqual([false, true])
      expect(await ofUser(store)).toEqual([first, other])
      expect(await ofUser(store, 'user-2')).toEqual([])
    })

    test('tells sources and users apart that only look alike', async (store) => {
      for (const [n, id] of LOOKALIKES.entries())
        expect(await insert(store, grant(n + 1, { userId: id, source: { type: 'order_line', id } }))).toBe(true)
      for (const [n, id] of LOOKALIKES.entries())
        expect((await ofUser(store, id)).map((one) => one.id)).toEqual([entityId(n + 1)])
    })

    test('grants once when many grant at the same time', async (store) => {
      const source = { type: 'access_code', id: entityId(5) } as const
      await insert(store, grant(99, {}))
      const inserted = await Promise.all(Array.from({ length: 20 }, (_, n) => insert(store, grant(n + 1, { source }))))
      expect(inserted.filter((first) => first)).toHaveLength(1)
      expect(await ofUser(store)).toHaveLength(2)
    })

    test('finds what a source has granted, revoked or not', async (store) => {
      const [first, second] = [
        grant(1, {}),
        grant(2, { source: { type: 'access_code', id: 'C1' }, revokedAt: minute(9) }),
      ]
      for (const one of [first, second]) await insert(store, one)
      const granted = (source: Entitlement['source']) =>
        read(store, ({ entitlements }) => entitlements.findBySource(source))
      expect(await granted(first.source)).toEqual(first)
      expect(await granted({ type: 'access_code', id: 'C1' })).toEqual(second)
      expect(await granted({ type: 'order_line', id: 'C1' })).toBeUndefined()
      expect(await granted({ type: 'access_code', id: 'c1' })).toBeUndefined()
    })

    test('moves one to another span, unless it was moved or revoked meanwhile', async (store) => {
      const first = grant(1, { startsAt: minute(100), expiresAt: minute(200) })
      await insert(store, first)
      await insert(store, grant(2, {}))
      const moved = { ...first, startsAt: minute(50), expiresAt: minute(150) }
      const move = (before: Entitlement, after: Entitlement) =>
        commit(store, ({ entitlements }) => entitlements.move(before, after))
      expect([await move(first, moved), await move(first, moved)]).toEqual([true, false])
      expect(await ofUser(store)).toEqual([moved, grant(2, {})])
      await commit(store, ({ entitlements }) => entitlements.revoke(first.id, minute(60)))
      expect(await move(moved, first)).toBe(false)
      expect(await move(grant(9, {}), grant(9, {}))).toBe(false)
    })

    test('revokes once and keeps the first time', async (store) => {
      const made = [grant(1, {}), grant(2, {})]
      for (const one of made) await insert(store, one)
      const revoke = (at: number) => commit(store, ({ entitlements }) => entitlements.revoke(entityId(1), minute(at)))
      expect([await revoke(40), await revoke(41)]).toEqual([true, false])
      expect(await ofUser(store)).toEqual([grant(1, { revokedAt: minute(40) }), grant(2, {})])
    })

    test('lists those of one user, or of one product of theirs, oldest first', async (store) => {
      const mug = accessProduct({ id: entityId(70) })
      await commit(store, ({ products }) => products.insert(mug))
      const made = [
        grant(3, { createdAt: minute(1), productId: mug.id }),
        grant(1, { createdAt: minute(2) }),
        grant(2, { createdAt: minute(3), productId: mug.id, revokedAt: minute(4) }),
      ]
      for (const one of made.toReversed()) await insert(store, one)
      await insert(store, grant(4, { userId: 'user-2' }))
      expect(await ofUser(store)).toEqual(made)
      expect(await ofUser(store, 'user-1', mug.id)).toEqual([made[0], made[2]])
      expect(await ofUser(store, 'user-2', mug.id)).toEqual([])
    })

    test('lists those of one user that last, newest first', async (store) => {
      const until = { expiresAt: minute(50) }
      const made = [
        grant(1, { ...until, createdAt: minute(1) }),
        grant(2, { ...until, createdAt: minute(2) }),
        grant(3, { ...until, createdAt: minute(2), startsAt: minute(40) }),
        grant(4, { expiresAt: minute(10), createdAt: minute(3) }),
        grant(5, { ...until, createdAt: minute(4), revokedAt: minute(5) }),
        grant(6, { ...until, createdAt: minute(5), userId: 'user-2' }),
      ]
      for (const one of made) await insert(store, one)
      const lasting = (limit: number, after?: Cursor) =>
        read(store, ({ entitlements }) => entitlements.listLasting('user-1', minute(10), { limit, after }))
      const first = await lasting(2)
      expect(first.items).toEqual([made[2], made[1]])
      expect(await lasting(2, first.next)).toEqual({ items: [made[0]], next: undefined })
    })
  })
}

const grant = (n: number, given: Partial<Entitlement>): Entitlement =>
  entitlement({ id: entityId(n), source: { type: 'order_line', id: `${entityId(n)}:0` }, ...given })

const insert = async (store: StoreUnderTest, one: Entitlement): Promise<boolean> => {
  if ((await store.readers.products.find(accessProduct().id)) === undefined)
    await commit(store, ({ products }) => products.insert(accessProduct()))
  return commit(store, ({ entitlements }) => entitlements.insert(one))
}
