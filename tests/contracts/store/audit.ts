import { err } from 'neverthrow'
import { describe, expect } from 'vitest'
import type { AuditEntry, AuditFilter } from '../../../src/application/audit/audit-log.ts'
import { entityId, minute } from '../../support/builders.ts'
import { allPages, type CreateStore, commit, present, read, type StoreUnderTest, TEXTS, testsOn } from './under-test.ts'

export const auditContract = (create: CreateStore): void => {
  describe('the audit log', () => {
    const test = testsOn(create)

    test('keeps each entry once and for good', async (store) => {
      await append(store, entry(1, {}))
      await append(store, entry(2, { reason: undefined, ip: undefined, before: undefined, after: null }))
      await append(store, entry(3, { before: [], after: 'text', reason: TEXTS.join('') }))
      for (const n of [1, 2, 3]) await expect(append(store, entry(n, { actor: 'someone else' }))).rejects.toThrow()
    })

    test('gives each entry back as it was written, newest first', async (store) => {
      const made = [
        entry(1, {}),
        entry(2, { reason: undefined, ip: undefined, before: undefined, after: null }),
        entry(3, { before: [], after: 'text', reason: TEXTS.join('') }),
        entry(4, { at: minute(3), after: { at: minute(7), missing: undefined } }),
      ]
      for (const one of made) await append(store, one)
      const [first, second, third, fourth] = made
      const inJson = { ...present(fourth), after: { at: minute(7).toISOString() } }
      for (const limit of [1, 2, 9])
        expect(await allPages(limit, (page) => store.readers.audit.list(ALWAYS, page))).toEqual([
          inJson,
          third,
          second,
          first,
        ])
    })

    test('finds entries by actor, action, subject and time', async (store) => {
      await append(store, entry(1, { actor: 'a', action: 'x', subject: 's' }))
      await append(store, entry(2, { actor: 'b', action: 'x', subject: 's' }))
      await append(store, entry(3, { actor: 'a', action: 'y', subject: 't' }))
      const found = async (filter: Partial<AuditFilter>) => {
        const page = { limit: 9, after: undefined }
        const { items } = await read(store, ({ audit }) => audit.list({ ...ALWAYS, ...filter }, page))
        return items.map(({ id }) => id)
      }
      expect(await found({ actor: 'a' })).toEqual([entityId(3), entityId(1)])
      expect(await found({ actor: 'A' })).toEqual([])
      expect(await found({ action: 'x' })).toEqual([entityId(2), entityId(1)])
      expect(await found({ subject: 't' })).toEqual([entityId(3)])
      expect(await found({ actor: 'a', action: 'x', subject: 's' })).toEqual([entityId(1)])
      expect(await found({ from: minute(2), to: minute(3) })).toEqual([entityId(2)])
    })

    test('knows what was written, also within the unit of work that writes it', async (store) => {
      expect(await commit(store, ({ audit }) => audit.has(entityId(1)))).toBe(false)
      const known = await commit(store, async ({ audit }) => {
        await audit.append(entry(1, {}))
        return audit.has(entityId(1))
      })
      expect(known).toBe(true)
      expect(await commit(store, ({ audit }) => audit.has(entityId(1)))).toBe(true)
      expect(await commit(store, ({ audit }) => audit.has(entityId(2)))).toBe(false)
      expect(await store.readers.audit.has(entityId(1))).toBe(true)
      expect(await store.readers.audit.has(entityId(2))).toBe(false)
    })

    test('chains each entry to the one before, alike in every store', async (store) => {
      expect(await read(store, ({ audit }) => audit.head())).toBeUndefined()
      for (const [n, hash] of CHAIN.entries()) {
        await append(store, entry(n + 1, n === 1 ? { reason: undefined, ip: undefined, after: undefined } : {}))
        expect(await read(store, ({ audit }) => audit.head())).toEqual({ seq: n + 1, auditId: entityId(n + 1), hash })
      }
      expect(await commit(store, ({ audit }) => audit.chainEarlier(undefined))).toBeUndefined()
    })

    test('chains entries of one unit of work, and those that come at once, without a gap', async (store) => {
      await commit(store, async ({ audit }) => {
        await audit.append(entry(1, {}))
        await audit.append(entry(2, {}))
        expect((await audit.head())?.seq).toBe(2)
      })
      await Promise.all(Array.from({ length: 20 }, (_, n) => append(store, entry(n + 3, {}))))
      expect((await store.readers.audit.head())?.seq).toBe(22)
    })

    test('forgets an entry whose unit of work is rolled back', async (store) => {
      await store.transaction.run(async ({ audit }) => {
        await audit.append(entry(1, {}))
        return err('no')
      })
      expect(await store.readers.audit.head()).toBeUndefined()
      await append(store, entry(1, {}))
      expect((await store.readers.audit.head())?.seq).toBe(1)
    })
  })
}

/** What is in the databases of others: these never change again. */
const CHAIN = [
  '82fb89b94f8e049d89c117c098237b314e17914bfe187e6f7a252024fcafdb23',
  'cb867ae140eafeb718b827c904d7433ba1b5e9a234b02ce41ab715e644afe9db',
  '65dc6d7d880d0a220b777fb4e9c91d26d56eb2df48ac8bb98f5e89c3dcafbf25',
] as const

const ALWAYS = { from: undefined, to: undefined }

const entry = (n: number, given: Partial<AuditEntry>): AuditEntry => ({
  id: entityId(n),
  actor: 'admin-1',
  action: 'product.changed',
  subject: entityId(50),
  reason: '降价',
  before: { price: '99.00', tags: ['新', null], nested: { active: true } },
  after: { price: '89.00' },
  requestId: 'request-1',
  ip: '2001:db8::1',
  at: minute(n),
  ...given,
})

const append = (store: StoreUnderTest, one: AuditEntry): Promise<void> =>
  commit(store, ({ audit }) => audit.append(one))
