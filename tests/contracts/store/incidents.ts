import { describe, expect } from 'vitest'
import type { IncidentReport } from '../../../src/application/incidents/incident-repository.ts'
import { happensAgain, type Incident, type IncidentKind, transitionIncident } from '../../../src/domain/incident.ts'
import { entityId, minute, outTradeNo, pendingPayment } from '../../support/builders.ts'
import {
  allPages,
  type CreateStore,
  commit,
  insertDefaults,
  LOOKALIKES,
  present,
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

    test('finds an incident by its id, and by what makes it the same', async (store) => {
      await insertDefaults(store)
      await file(store, report(1, { kind: 'late_payment', subject: 'A1' }))
      const found = await read(store, ({ incidents }) => incidents.find(entityId(1)))
      expect(found).toMatchObject({ id: entityId(1), kind: 'late_payment' })
      const same = (kind: IncidentKind, provider: 'wechat' | 'alipay', subject: string) =>
        read(store, ({ incidents }) => incidents.findSame(kind, provider, subject))
      expect(await same('late_payment', 'wechat', 'A1')).toEqual(found)
      expect(await same('contradiction', 'wechat', 'A1')).toBeUndefined()
      expect(await same('late_payment', 'alipay', 'A1')).toBeUndefined()
      expect(await same('late_payment', 'wechat', 'a1')).toBeUndefined()
      expect(await read(store, ({ incidents }) => incidents.find(entityId(2)))).toBeUndefined()
    })

    test('is resolved once, with a note', async (store) => {
      await insertDefaults(store)
      await file(store, report(1, {}))
      const resolve = (note: string) => resolveAs(store, note, minute(9))
      expect(await resolve('已退款 👍')).toBe(true)
      expect(await resolve('too late')).toBe(false)
      expect(await read(store, ({ incidents }) => incidents.find(entityId(1)))).toMatchObject({
        status: 'resolved',
        resolution: { note: '已退款 👍', by: 'boss', at: minute(9) },
      })
      expect(await read(store, ({ incidents }) => incidents.listOpen(10))).toEqual([])
    })

    for (const kind of KINDS)
      test(`${happensAgain(kind) ? 'opens' : 'counts'} a resolved ${kind} that is reported again`, async (store) => {
        await insertDefaults(store)
        const again = { kind, subject: 'one' }
        await file(store, report(1, again))
        await resolveAs(store, '已处理', minute(9))
        const before = present(await store.readers.incidents.find(entityId(1)))
        const evidence = { amountFen: 1 }
        await file(store, report(2, { ...again, evidence, at: minute(10) }))
        const after = await read(store, ({ incidents }) => incidents.find(entityId(1)))
        expect(after).toEqual(transitionIncident(before, { type: 'repeated', evidence, at: minute(10) }))
        expect(after).toMatchObject({ occurrences: 2, status: happensAgain(kind) ? 'open' : 'resolved' })
      })

    test('lists by status and kind, newest first, page by page', async (store) => {
      await insertDefaults(store)
      for (const n of [2, 4, 1, 3, 5])
        await file(store, report(n, { at: minute(Math.ceil(n / 2)), kind: n > 3 ? 'late_payment' : 'contradiction' }))
      await resolveAs(store, 'x', minute(9), 3)
      await resolveAs(store, 'x', minute(9), 4)
      const list = async (filter: Parameters<typeof store.readers.incidents.list>[0], limit: number) =>
        (await allPages(limit, (page) => store.readers.incidents.list(filter, page))).map(({ id }) => id)
      for (const limit of [1, 2, 9]) {
        expect(await list({}, limit)).toEqual([5, 4, 3, 2, 1].map(entityId))
        expect(await list({ status: 'open' }, limit)).toEqual([5, 2, 1].map(entityId))
        expect(await list({ status: 'resolved' }, limit)).toEqual([4, 3].map(entityId))
        expect(await list({ kind: 'late_payment' }, limit)).toEqual([5, 4].map(entityId))
        expect(await list({ kind: 'contradiction', status: 'open' }, limit)).toEqual([2, 1].map(entityId))
      }
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

const resolveAs = (store: StoreUnderTest, note: string, at: Date, n = 1): Promise<boolean> =>
  commit(store, async ({ incidents }) => {
    const {
      status: _status,
      resolution: _resolution,
      ...facts
    } = {
      resolution: undefined,
      ...present(await incidents.find(entityId(n))),
    }
    const resolved: Incident = { ...facts, status: 'resolved', resolution: { note, by: 'boss', at } }
    return incidents.resolve(resolved)
  })
