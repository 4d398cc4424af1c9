import { describe, expect } from 'vitest'
import type { KeyUse } from '../../../src/application/idempotency/idempotency-keys.ts'
import { entityId, minute } from '../../support/builders.ts'
import { type CreateStore, LOOKALIKES, type StoreUnderTest, TEXTS, testsOn } from './under-test.ts'

export const idempotencyContract = (create: CreateStore): void => {
  describe('idempotency keys', () => {
    const test = testsOn(create)

    test('are taken by the first use, with its resource', async (store) => {
      expect(await claim(store, USE, 1)).toEqual({ state: 'claimed', resourceId: entityId(1) })
    })

    test('are in use until the answer is there, then give it again', async (store) => {
      await claim(store, USE, 1)
      expect(await claim(store, USE, 2)).toEqual({ state: 'in_use' })
      const answer = { status: 201, body: JSON.stringify({ data: TEXTS }) }
      await store.idempotencyKeys.complete(USE, answer, minute(0))
      expect(await claim(store, USE, 2)).toEqual({ state: 'answered', answer })
      expect(await claim(store, USE, 3, 23 * 60)).toEqual({ state: 'answered', answer })
    })

    test('are reused where the request is another one, before and after the answer', async (store) => {
      const other = { ...USE, requestHash: 'another' }
      await claim(store, USE, 1)
      expect(await claim(store, other, 2)).toEqual({ state: 'reused' })
      expect(await claim(store, other, 2, 60)).toEqual({ state: 'reused' })
      await store.idempotencyKeys.complete(USE, { status: 200, body: '' }, minute(0))
      expect(await claim(store, other, 2)).toEqual({ state: 'reused' })
      expect(await claim(store, USE, 2)).toEqual({ state: 'answered', answer: { status: 200, body: '' } })
    })

    test('go to the next use with the first resource once the lease is over', async (store) => {
      await claim(store, USE, 1)
      expect(await claim(store, USE, 2, LEASE_MINUTES - 0.01)).toEqual({ state: 'in_use' })
      expect(await claim(store, USE, 2, LEASE_MINUTES + 0.01)).toEqual({ state: 'claimed', resourceId: entityId(1) })
      expect(await claim(store, USE, 3, LEASE_MINUTES + 0.02)).toEqual({ state: 'in_use' })
      expect(await claim(store, USE, 3, 2 * LEASE_MINUTES + 1)).toEqual({ state: 'claimed', resourceId: entityId(1) })
    })

    test('go to the next use at once with the first resource when they are given back', async (store) => {
      await claim(store, USE, 1)
      await store.idempotencyKeys.release(USE)
      expect(await claim(store, { ...USE, requestHash: 'another' }, 2)).toEqual({ state: 'reused' })
      expect(await claim(store, USE, 2)).toEqual({ state: 'claimed', resourceId: entityId(1) })
      expect(await claim(store, USE, 3)).toEqual({ state: 'in_use' })
    })

    test('keep the first answer, whatever comes after it', async (store) => {
      await claim(store, USE, 1)
      await store.idempotencyKeys.complete(USE, { status: 201, body: 'first' }, minute(0))
      await store.idempotencyKeys.complete(USE, { status: 500, body: 'second' }, minute(1))
      await store.idempotencyKeys.release(USE)
      expect(await claim(store, USE, 2, 60)).toEqual({ state: 'answered', answer: { status: 201, body: 'first' } })
    })

    test('are told apart by caller, route and key, exactly', async (store) => {
      const uses = [
        ...LOOKALIKES.flatMap((text) => [
          { ...USE, caller: text },
          { ...USE, route: text },
          { ...USE, key: text },
        ]),
        { ...USE, caller: 'ab', route: 'c', key: 'd' },
        { ...USE, caller: 'a', route: 'bc', key: 'd' },
        { ...USE, caller: 'a', route: 'b', key: 'cd' },
      ]
      for (const [n, use] of uses.entries())
        expect(await claim(store, use, n)).toEqual({ state: 'claimed', resourceId: entityId(n) })
      for (const use of uses) expect(await claim(store, use, 99)).toEqual({ state: 'in_use' })
    })

    test('may be as long as the contract allows', async (store) => {
      const use = { ...USE, key: 'k'.repeat(255) }
      expect(await claim(store, use, 1)).toEqual({ state: 'claimed', resourceId: entityId(1) })
      expect(await claim(store, { ...use, key: 'k'.repeat(254) }, 2)).toMatchObject({ state: 'claimed' })
    })

    test('go to one of many who use them at the same time', async (store) => {
      const claims = await Promise.all(Array.from({ length: 20 }, (_, n) => claim(store, USE, n)))
      expect(claims.map(({ state }) => state).toSorted()).toEqual(['claimed', ...Array(19).fill('in_use')])
      const again = await Promise.all(Array.from({ length: 20 }, (_, n) => claim(store, USE, 50 + n, 60)))
      expect(again.map(({ state }) => state).toSorted()).toEqual(['claimed', ...Array(19).fill('in_use')])
      expect(again.find(({ state }) => state === 'claimed')).toEqual(claims.find(({ state }) => state === 'claimed'))
    })

    test('are forgotten after 24 hours, not before', async (store) => {
      await claim(store, USE, 1)
      await store.idempotencyKeys.complete(USE, { status: 201, body: '{}' }, minute(0))
      await claim(store, { ...USE, key: 'unanswered' }, 2)
      await claim(store, { ...USE, key: 'later' }, 3, 60)
      expect(await store.idempotencyKeys.purge(minute(DAY_MINUTES - 1))).toBe(0)
      expect(await claim(store, USE, 5, DAY_MINUTES - 1)).toMatchObject({ state: 'answered' })
      expect(await store.idempotencyKeys.purge(minute(DAY_MINUTES + 1))).toBe(2)
      expect(await store.idempotencyKeys.purge(minute(DAY_MINUTES + 1))).toBe(0)
      expect(await claim(store, USE, 6, DAY_MINUTES + 1)).toEqual({ state: 'claimed', resourceId: entityId(6) })
      expect(await claim(store, { ...USE, key: 'later' }, 7, DAY_MINUTES + 1)).toMatchObject({
        resourceId: entityId(3),
      })
    })
  })
}

const LEASE_MINUTES = 5
const DAY_MINUTES = 24 * 60

const USE: KeyUse = { caller: 'user-1', route: 'POST /orders', key: 'key-1', requestHash: 'hash-of-the-body' }

const claim = (store: StoreUnderTest, use: KeyUse, resource: number, at = 0) =>
  store.idempotencyKeys.claim(use, entityId(resource), minute(at), LEASE_MINUTES * 60_000)
