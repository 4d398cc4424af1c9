import { describe, expect } from 'vitest'
import type { AccessCodeFilter, IssuedCode } from '../../../src/application/access-codes/access-code-repository.ts'
import { type AccessCode, codeFromRandom } from '../../../src/domain/access-code.ts'
import {
  accessProduct,
  activatedCode,
  availableCode,
  codeBatch,
  entityId,
  expiredCode,
  frozenCode,
  minute,
  outTradeNo,
  pendingOrder,
  pendingPayment,
  revokedCode,
} from '../../support/builders.ts'
import {
  allPages,
  type CreateStore,
  commit,
  insertDefaults,
  insertPayment,
  present,
  read,
  type StoreUnderTest,
  testsOn,
} from './under-test.ts'

export const accessCodeContract = (create: CreateStore): void => {
  describe('access codes', () => {
    const test = testsOn(create)
    const states: readonly AccessCode[] = [availableCode(), frozenCode(), activatedCode(), expiredCode(), revokedCode()]

    test('knows nothing of a code that was never issued', async (store) => {
      expect(await read(store, ({ accessCodes }) => accessCodes.findByText(textOf(1)))).toBeUndefined()
      expect(await boughtBy(store, 'user-1')).toEqual([])
      expect(await read(store, ({ accessCodes }) => accessCodes.listByOrder(entityId(1)))).toEqual([])
    })

    for (const code of states) {
      test(`gives a code that is ${code.status} back as it was issued`, async (store) => {
        await issue(store, { code, text: textOf(1) })
        const found = present(await read(store, ({ accessCodes }) => accessCodes.findByText(textOf(1))))
        expect(found.value).toEqual(code)
        expect(found.updatedAt).toEqual(code.createdAt)
        const { orderId } = availableOrigin
        expect(await read(store, ({ accessCodes }) => accessCodes.listByOrder(orderId))).toEqual([
          { code, text: textOf(1) },
        ])
      })

      test(`replaces an available code by one that is ${code.status}`, async (store) => {
        await issue(store, { code: availableCode(), text: textOf(1) })
        const before = present(await store.readers.accessCodes.findByText(textOf(1)))
        expect(await commit(store, ({ accessCodes }) => accessCodes.replace(before, code, minute(20)))).toBe(true)
        const after = present(await read(store, ({ accessCodes }) => accessCodes.findByText(textOf(1))))
        expect(after.value).toEqual(code)
        expect(after.version).toBeGreaterThan(before.version)
        expect(after.updatedAt).toEqual(minute(20))
      })
    }

    test('keeps one of a batch, which nobody bought and which never lapses', async (store) => {
      const code = availableCode({ origin: { type: 'batch', batchId: entityId(77) }, expiresAt: undefined })
      await issue(store, { code, text: textOf(1) })
      expect((await read(store, ({ accessCodes }) => accessCodes.findByText(textOf(1))))?.value).toEqual(code)
      expect(await boughtBy(store, 'user-1')).toEqual([])
    })

    test('finds a code by its exact text alone', async (store) => {
      await issue(store, { code: availableCode(), text: 'ABCD000000000001' })
      for (const other of ['abcd000000000001', 'ABCD000000000001 ', 'ABCD00000000000', ''])
        expect(await read(store, ({ accessCodes }) => accessCodes.findByText(other))).toBeUndefined()
    })

    test('issues many codes at once', async (store) => {
      const codes = Array.from({ length: 400 }, (_, n) => ({
        code: availableCode({ id: entityId(n), createdAt: minute(n) }),
        text: textOf(n),
      }))
      await issue(store, ...codes)
      expect(await boughtBy(store, 'user-1')).toEqual(codes.toReversed())
      expect((await store.readers.accessCodes.findByText(textOf(399)))?.value.id).toBe(entityId(399))
      await commit(store, ({ accessCodes }) => accessCodes.insert([]))
    })

    test('refuses an id or a text that is taken, and the whole batch with it', async (store) => {
      const first = { code: availableCode(), text: textOf(1) }
      const fresh = { code: availableCode({ id: entityId(2) }), text: textOf(2) }
      await issue(store, first)
      await expect(issue(store, fresh, { ...fresh, code: first.code })).rejects.toThrow()
      await expect(issue(store, fresh, { code: availableCode({ id: entityId(3) }), text: textOf(1) })).rejects.toThrow()
      expect(await boughtBy(store, 'user-1')).toEqual([first])
    })

    test('lets one of many activate a code at the same time', async (store) => {
      await issue(store, { code: availableCode(), text: textOf(1) })
      const before = present(await store.readers.accessCodes.findByText(textOf(1)))
      const users = Array.from({ length: 20 }, (_, n) => `user-${n}`)
      const won = await Promise.all(
        users.map((activatedBy) =>
          commit(store, ({ accessCodes }) => accessCodes.replace(before, activatedCode({ activatedBy }), minute(20))),
        ),
      )
      expect(won.filter((each) => each)).toHaveLength(1)
      expect((await read(store, ({ accessCodes }) => accessCodes.findByText(textOf(1))))?.value).toEqual(
        activatedCode({ activatedBy: users[won.indexOf(true)] ?? '' }),
      )
      const ghost = { value: availableCode({ id: entityId(9) }), version: 1, updatedAt: minute(0) }
      expect(await commit(store, ({ accessCodes }) => accessCodes.replace(ghost, ghost.value, minute(8)))).toBe(false)
    })

    test('finds a code by its id, whoever it belongs to', async (store) => {
      const code = activatedCode({ origin: { type: 'batch', batchId: entityId(77) } })
      await issue(store, { code, text: textOf(1) })
      expect((await read(store, ({ accessCodes }) => accessCodes.find(code.id)))?.value).toEqual(code)
      expect(await read(store, ({ accessCodes }) => accessCodes.find(entityId(9)))).toBeUndefined()
    })

    test('lists those of a batch, a product and a status, newest first, in pages', async (store) => {
      const [mug, batchId] = [accessProduct({ id: entityId(70) }), entityId(77)]
      await commit(store, ({ products }) => products.insert(mug))
      const origin = { type: 'batch', batchId } as const
      const made = Array.from({ length: 5 }, (_, n) => ({
        code: availableCode({ id: entityId(n + 1), createdAt: minute(n >> 1), origin }),
        text: textOf(n + 1),
      }))
      const revoked = { code: revokedCode({ id: entityId(6), createdAt: minute(9), origin }), text: textOf(6) }
      const frozen = { code: frozenCode({ id: entityId(8), createdAt: minute(8), origin }), text: textOf(8) }
      const other = {
        code: revokedCode({ id: entityId(7), productId: mug.id, createdAt: minute(10) }),
        text: textOf(7),
      }
      await issue(store, ...made, revoked, other, frozen)
      const list = (given: Partial<AccessCodeFilter>) =>
        allPages(2, (page) => read(store, ({ accessCodes }) => accessCodes.list({ ...ANY, ...given }, page)))
      const all = [other, revoked, frozen, ...made.toReversed()]
      expect(await list({})).toEqual(all)
      expect(await list({ batchId })).toEqual(all.slice(1))
      expect(await list({ batchId, status: 'available' })).toEqual(all.slice(2))
      expect(await list({ status: 'revoked' })).toEqual([other, revoked])
      expect(await list({ productId: mug.id })).toEqual([other])
      expect(await list({ productId: mug.id, batchId })).toEqual([])
    })

    test('lists no code of a batch that is not made to its end', async (store) => {
      const batch = codeBatch({ id: entityId(77), count: 2, made: 1 })
      const origin = { type: 'batch', batchId: batch.id } as const
      await commit(store, ({ codeBatches }) => codeBatches.insert(batch))
      await issue(store, { code: availableCode({ origin }), text: textOf(1) })
      const list = () => read(store, ({ accessCodes }) => accessCodes.list(ANY, { limit: 9, after: undefined }))
      expect((await list()).items).toEqual([])
      await commit(store, ({ codeBatches }) => codeBatches.advance(batch, 2))
      expect((await list()).items).toHaveLength(1)
    })

    test('lists unused codes that have lapsed, frozen or not, longest lapsed first', async (store) => {
      const lapsing = [
        availableCode({ id: entityId(1), expiresAt: minute(20) }),
        availableCode({ id: entityId(2), expiresAt: minute(10) }),
        availableCode({ id: entityId(3), expiresAt: minute(21) }),
        availableCode({ id: entityId(4), expiresAt: undefined }),
        activatedCode({ id: entityId(5), expiresAt: minute(10) }),
        expiredCode({ id: entityId(6), expiresAt: minute(10) }),
        frozenCode({ id: entityId(7), expiresAt: minute(15) }),
      ]
      await issue(store, ...lapsing.map((code, n) => ({ code, text: textOf(n) })))
      const lapsed = (limit: number) => read(store, ({ accessCodes }) => accessCodes.listLapsed(minute(20), limit))
      expect((await lapsed(9)).map(({ value }) => value)).toEqual([lapsing[1], lapsing[6], lapsing[0]])
      expect((await lapsed(1)).map(({ value }) => value)).toEqual([lapsing[1]])
    })

    test('lists by buyer, newest first, and by order', async (store) => {
      const elsewhere = entityId(50)
      await insertPayment(store, pendingPayment({ id: entityId(51), orderId: elsewhere, outTradeNo: outTradeNo(51) }))
      const made = [
        { code: availableCode({ id: entityId(3), createdAt: minute(1) }), text: textOf(3) },
        { code: revokedCode({ id: entityId(1), createdAt: minute(2) }), text: textOf(1) },
        {
          code: activatedCode({ id: entityId(2), createdAt: minute(3), origin: bought(elsewhere, 'user-1') }),
          text: textOf(2),
        },
      ]
      const foreign = { code: availableCode({ id: entityId(4), origin: bought(elsewhere, 'User-1') }), text: textOf(4) }
      await issue(store, ...made, foreign)
      expect(await boughtBy(store, 'user-1')).toEqual(made.toReversed())
      expect(await boughtBy(store, 'User-1')).toEqual([foreign])
      expect(await read(store, ({ accessCodes }) => accessCodes.listByOrder(pendingOrder().id))).toHaveLength(2)
    })
  })
}

const ANY: AccessCodeFilter = { batchId: undefined, productId: undefined, status: undefined }

const bought = (orderId: string, userId: string) => ({ type: 'order', orderId, userId }) as const
const availableOrigin = bought(pendingOrder().id, pendingOrder().userId)

/** The nth code; each is a valid one. */
const textOf = (n: number): string =>
  codeFromRandom(Uint8Array.from({ length: 15 }, (_, place) => (n >> (5 * place)) & 31))

const issue = async (store: StoreUnderTest, ...codes: readonly IssuedCode[]): Promise<void> => {
  if ((await store.readers.products.find(accessProduct().id)) === undefined) {
    await commit(store, ({ products }) => products.insert(accessProduct()))
    await insertDefaults(store)
  }
  await commit(store, ({ accessCodes }) => accessCodes.insert(codes))
}

const boughtBy = (store: StoreUnderTest, userId: string) =>
  allPages(500, (page) => read(store, ({ accessCodes }) => accessCodes.listByBuyer(userId, page)))
