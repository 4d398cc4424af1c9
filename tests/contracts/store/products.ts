import { describe, expect } from 'vitest'
import type { Product } from '../../../src/domain/product.ts'
import { accessProduct, codeProduct, entityId, goodsProduct, minute, pointsProduct } from '../../support/builders.ts'
import { type CreateStore, commit, present, read, type StoreUnderTest, TEXTS, testsOn } from './under-test.ts'

export const productContract = (create: CreateStore): void => {
  describe('products', () => {
    const test = testsOn(create)

    test('knows nothing of a product that was never written', async (store) => {
      expect(await read(store, ({ products }) => products.find(entityId(1)))).toBeUndefined()
      expect(await read(store, ({ products }) => products.findMany([entityId(1)]))).toEqual([])
      expect(await read(store, ({ products }) => products.listActive())).toEqual([])
    })

    test('gives each kind of product back as it was inserted', async (store) => {
      const kinds = [accessProduct, codeProduct, pointsProduct, goodsProduct].map((kind, n) =>
        kind({ id: entityId(n + 1), active: n % 2 === 0, updatedAt: minute(n) }),
      )
      await insert(store, ...kinds)
      for (const product of kinds) {
        const found = present(await read(store, ({ products }) => products.find(product.id)))
        expect(found.value).toEqual(product)
        expect(found.updatedAt).toEqual(product.updatedAt)
      }
    })

    test('keeps texts of any script as they are', async (store) => {
      const made = TEXTS.map((text, n) => accessProduct({ id: entityId(n + 1), name: text, description: text }))
      await insert(store, ...made)
      for (const product of made) expect(await valueOf(store, product.id)).toEqual(product)
    })

    test('refuses an id that is taken', async (store) => {
      await insert(store, accessProduct())
      await expect(insert(store, pointsProduct())).rejects.toThrow()
      expect(await valueOf(store, accessProduct().id)).toEqual(accessProduct())
    })

    test('lets one of two writers win who read the same version', async (store) => {
      await insert(store, accessProduct())
      const before = present(await store.readers.products.find(accessProduct().id))
      const dearer = accessProduct({ name: '新名', active: false, sortOrder: -3, updatedAt: minute(2) })
      const won = await commit(store, ({ products }) => products.replace(before, dearer))
      const lost = await commit(store, ({ products }) => products.replace(before, accessProduct()))
      expect([won, lost]).toEqual([true, false])
      const after = present(await read(store, ({ products }) => products.find(dearer.id)))
      expect(after).toMatchObject({ value: dearer, updatedAt: minute(2) })
      expect(await commit(store, ({ products }) => products.replace(after, accessProduct()))).toBe(true)
    })

    test('replaces nothing where the product does not exist', async (store) => {
      const ghost = { value: accessProduct(), version: 1, updatedAt: minute(0) }
      expect(await commit(store, ({ products }) => products.replace(ghost, accessProduct()))).toBe(false)
      expect(await read(store, ({ products }) => products.find(ghost.value.id))).toBeUndefined()
    })

    test('finds those of many ids that exist, each once', async (store) => {
      const [a, b, c] = [1, 2, 3].map((n) => accessProduct({ id: entityId(n) })) as [Product, Product, Product] // Three in, three out.
      await insert(store, a, b, c)
      const found = await read(store, ({ products }) => products.findMany([c.id, entityId(9), a.id, a.id]))
      expect(found.toSorted((x, y) => (x.id < y.id ? -1 : 1))).toEqual([a, c])
      expect(await read(store, ({ products }) => products.findMany([]))).toEqual([])
    })

    test('lists what is on sale by sort order, then age', async (store) => {
      const listed = [
        accessProduct({ id: entityId(4), sortOrder: -1, createdAt: minute(9) }),
        accessProduct({ id: entityId(3), sortOrder: 2, createdAt: minute(1) }),
        accessProduct({ id: entityId(2), sortOrder: 2, createdAt: minute(2) }),
        accessProduct({ id: entityId(1), sortOrder: 10, createdAt: minute(0) }),
      ]
      await insert(store, ...listed.toReversed(), accessProduct({ id: entityId(5), sortOrder: 0, active: false }))
      expect(await read(store, ({ products }) => products.listActive())).toEqual(listed)
    })
  })
}

const insert = (store: StoreUnderTest, ...made: readonly Product[]): Promise<void> =>
  commit(store, async ({ products }) => {
    for (const product of made) await products.insert(product)
  })

const valueOf = async (store: StoreUnderTest, id: string): Promise<Product | undefined> =>
  (await read(store, ({ products }) => products.find(id)))?.value
