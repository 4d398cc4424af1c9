import { describe, expect } from 'vitest'
import type { IncidentKind, IncidentReport } from '../../../src/application/incidents/incident-repository.ts'
import { entityId, minute, outTradeNo, pendingPayment } from '../../support/builders.ts'
import {
  type CreateStore,
  commit,
  insertDefaults,
  LOOKALIKES,
  read,
  type StoreUnderTest,
  testsOn,
} from './under-test.ts'

export const incidentContract = (create: CreateStore): void => {
  describe('incidents', () => {
    const test = testsOn(create)

    test('has none at first', async (store) => {
      expect(await read(store, ({ incidents }) => incidents.listOpen(10))).toEqual([])
      expect(await read(store, ({ incidents }) => incidents.listByOrder(entityId(1)))).toEqual([])
    })

    test('opens an incident of each kind with what was seen', async (store) => {
      await insertDefaults(store)
      for (const [n, kind] of KINDS.entries()) await file(store, report(n, { kind, at: minute(n) }))
      expect(await read(store, ({ incidents }) => incidents.listByOrder(pendingPayment().orderId))).toEqual(
        KINDS.map((kind, n) => {
          const { subject: _subject, at, ...facts } = report(n, { kind, at: minute(n) })
          return { ...facts, occurrences: 1, status: 'open', firstSeenAt: at, lastSeenAt: at }
        }),
      )
    })

    test('keeps one about nothing we know', async (store) => {
      await file(store, report(1, { outTradeNo: undefined, orderId: undefined, evidence: {} }))
      expect(await read(store, ({ incidents }) => incidents.listOpen(10))).toMatchObject([
        { id: entityId(1), outTradeNo: undefined, orderId: undefined, evidence: {} },
      ])
    })

    test('counts the same incident instead of opening a second', async (store) => {
      await insertDefaults(store)
      const subject = 'one subject'
      await file(store, report(1, { subject, at: minute(1) }))
      await file(store, report(2, { subject, at: minute(2) }))
      await commit(store, async ({ incidents }) => {
        await incidents.report(report(3, { subject, at: minute(3) }))
        await incidents.report(report(4, { subject, at: minute(4) }))
      })
      expect(await read(store, ({ incidents }) => incidents.listOpen(10))).toMatchObject([
        { id: entityId(1), occurrences: 4, firstSeenAt: minute(1), lastSeenAt: minute(4), status: 'open' },
      ])
    })

    test('takes another kind, provider or subject for another incident', async (store) => {
      await insertDefaults(store)
      const reports = [
        ...LOOKALIKES.map((subject, n) => report(n + 1, { subject })),
        report(8, { subject: 'A1', kind: 'late_payment' }),
        report(9, { subject: 'A1', provider: 'alipay' }),
      ]
      for (const one of reports) await file(store, one)
      const open = await read(store, ({ incidents }) => incidents.listOpen(10))
      expect(open.map(({ id, occurrences }) => [id, occurrences])).toEqual(
        expect.arrayContaining(reports.map(({ id }) => [id, 1])),
      )
      expect(open).toHaveLength(reports.length)
    })

    test('counts each of many reports that come at the same time', async (store) => {
      await insertDefaults(store)
      await Promise.all(Array.from({ length: 20 }, (_, n) => file(store, report(n + 1, { subject: 'same' }))))
      expect(await read(store, ({ incidents }) => incidents.listOpen(10))).toMatchObject([{ occurrences: 20 }])
    })

    test('lists the newest open ones first and no more than asked for', async (store) => {
      await insertDefaults(store)
      for (const n of [2, 4, 1, 3]) await file(store, report(n, { at: minute(n) }))
      const newest = await read(store, ({ incidents }) => incidents.listOpen(3))
      expect(newest.map(({ id }) => id)).toEqual([entityId(4), entityId(3), entityId(2)])
      const oldest = await read(store, ({ incidents }) => incidents.listByOrder(pendingPayment().orderId))
      expect(oldest.map(({ id }) => id)).toEqual([entityId(1), entityId(2), entityId(3), entityId(4)])
    })
  })
}

const KINDS = Object.keys({
  amount_mismatch: 0,
  unknown_order: 0,
  foreign_identity: 0,
  surplus_payment: 0,
  late_payment: 0,
  refund_abnormal: 0,
  points_shortfall: 0,
  contradiction: 0,
} satisfies Record<IncidentKind, 0>) as IncidentKind[] // The keys just checked.

const report = (n: number, given: Partial<IncidentReport>): IncidentReport => ({
  id: entityId(n),
  kind: 'surplus_payment',
  provider: 'wechat',
  subject: `subject-${n}`,
  outTradeNo: outTradeNo(1),
  orderId: pendingPayment().orderId,
  evidence: { expectedFen: 9900, transactionId: '4200', 说明: '多付 👀' },
  at: minute(6),
  ...given,
})

const file = (store: StoreUnderTest, one: IncidentReport): Promise<void> =>
  commit(store, ({ incidents }) => incidents.report(one))
