import { err } from 'neverthrow'
import { describe, expect } from 'vitest'
import type { AuditEntry } from '../../../src/application/audit/audit-log.ts'
import { entityId, minute } from '../../support/builders.ts'
import { type CreateStore, commit, type StoreUnderTest, TEXTS, testsOn } from './under-test.ts'

/** The log has no reader yet: that an entry is there shows in its id being taken. */
export const auditContract = (create: CreateStore): void => {
  describe('the audit log', () => {
    const test = testsOn(create)

    test('keeps each entry once and for good', async (store) => {
      await append(store, entry(1, {}))
      await append(store, entry(2, { reason: undefined, ip: undefined, before: undefined, after: null }))
      await append(store, entry(3, { before: [], after: 'text', reason: TEXTS.join('') }))
      for (const n of [1, 2, 3]) await expect(append(store, entry(n, { actor: 'someone else' }))).rejects.toThrow()
    })

    test('forgets an entry whose unit of work is rolled back', async (store) => {
      await store.transaction.run(async ({ audit }) => {
        await audit.append(entry(1, {}))
        return err('no')
      })
      await append(store, entry(1, {}))
    })
  })
}

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
