import { err } from 'neverthrow'
import { describe, expect } from 'vitest'
import type { AlertFilter, Raise } from '../../../src/application/alerts/alert-repository.ts'
import type { IncidentReport } from '../../../src/application/incidents/incident-repository.ts'
import type { Alert } from '../../../src/domain/alert.ts'
import { type Incident, transitionIncident } from '../../../src/domain/incident.ts'
import { entityId, minute } from '../../support/builders.ts'
import {
  allPages,
  type CreateStore,
  commit,
  LOOKALIKES,
  present,
  read,
  type StoreUnderTest,
  testsOn,
} from './under-test.ts'

export const alertContract = (create: CreateStore): void => {
  describe('alerts', () => kept(create))
  describe('alerts of incidents', () => ofIncidents(create))
}

const kept = (create: CreateStore): void => {
  const test = testsOn(create)

  test('has none at first', async (store) => {
    expect(await all(store)).toEqual([])
    expect(await read(store, ({ alerts }) => alerts.find(entityId(1)))).toBeUndefined()
    await commit(store, ({ alerts }) => alerts.resolve({ rule: 'error_rate', subject: 'all', at: minute(1) }))
    expect(await commit(store, ({ alerts }) => alerts.acknowledge(entityId(1), seen))).toBeUndefined()
    expect(await all(store)).toEqual([])
  })

  test('opens an alert with what was seen, and announces it in the same unit of work', async (store) => {
    await raise(store, {})
    const [alert] = await all(store)
    const { id, ...facts } = present(alert)
    expect(facts).toEqual({
      rule: 'gateway_unavailable',
      subject: 'wechat',
      severity: 'critical',
      facts: { provider: 'wechat', minutes: 5, 说明: '无应答 👀' },
      occurrences: 1,
      firstAt: minute(1),
      lastAt: minute(1),
      told: { at: minute(1), severity: 'critical' },
      acknowledgement: undefined,
      status: 'firing',
    })
    expect(await eventsOf(store, id)).toEqual([{ type: 'alert.raised', alertId: id, at: minute(1) }])
    expect(await read(store, ({ alerts }) => alerts.find(id))).toEqual(alert)
  })

  test('neither opens nor announces where the unit of work is given up', async (store) => {
    const given = await store.transaction.run(async ({ alerts }) => {
      await alerts.raise(one({}))
      return err({ code: 'NO' } as const)
    })
    expect(given.isErr()).toBe(true)
    expect(await all(store)).toEqual([])
    expect(await store.readers.events.pending(9)).toEqual([])
  })

  test('counts what goes on and keeps the newest facts, without telling of it again', async (store) => {
    await raise(store, {})
    await raise(store, { at: minute(2), facts: { provider: 'wechat', minutes: 6 } })
    await commit(store, async ({ alerts }) => {
      await alerts.raise(one({ at: minute(3) }))
      await alerts.raise(one({ at: minute(4), facts: { provider: 'wechat', minutes: 8 } }))
    })
    const [alert] = await all(store)
    expect(alert).toMatchObject({ occurrences: 4, firstAt: minute(1), lastAt: minute(4) })
    expect(alert?.facts).toEqual({ provider: 'wechat', minutes: 8 })
    expect(await eventsOf(store, present(alert).id)).toHaveLength(1)
  })

  test('counts each of many that come at the same time, and announces one', async (store) => {
    await Promise.all(Array.from({ length: 20 }, (_, n) => raise(store, { at: minute(n) })))
    const alerts = await all(store)
    expect(alerts).toMatchObject([{ occurrences: 20, status: 'firing' }])
    expect(await eventsOf(store, present(alerts[0]).id)).toHaveLength(1)
  })

  test('takes a given severity in place of the rule’s own, and tells when it rises', async (store) => {
    await raise(store, { severity: 'info' })
    await raise(store, { severity: 'warning', at: minute(2) })
    const [alert] = await all(store)
    expect(alert).toMatchObject({ severity: 'warning', told: { at: minute(2), severity: 'warning' } })
    expect(await eventsOf(store, present(alert).id)).toHaveLength(2)
  })

  test('takes another rule or subject for another alert', async (store) => {
    for (const subject of LOOKALIKES) await raise(store, { subject })
    await commit(store, ({ alerts }) =>
      alerts.raise({
        rule: 'callback_delay',
        subject: 'A1',
        facts: { provider: 'wechat', seconds: 40 },
        at: minute(1),
      }),
    )
    const found = await all(store)
    expect(found.map(({ occurrences }) => occurrences)).toEqual(Array(LOOKALIKES.length + 1).fill(1))
  })

  test('ends, is announced as over, and is opened anew later', async (store) => {
    await raise(store, {})
    await resolve(store, minute(2))
    await resolve(store, minute(3))
    const [over] = await all(store)
    expect(over).toMatchObject({ status: 'resolved', resolvedAt: minute(2), occurrences: 1 })
    await raise(store, { at: minute(60) })
    const [again] = await all(store)
    expect(again).toMatchObject({ id: over?.id, status: 'firing', firstAt: minute(60), occurrences: 1 })
    expect((await eventsOf(store, present(over).id)).map(({ type }) => type)).toEqual([
      'alert.raised',
      'alert.resolved',
      'alert.raised',
    ])
  })

  for (const note of ['已联系渠道 👍', undefined])
    test(`is acknowledged once, ${note === undefined ? 'without' : 'with'} a note`, async (store) => {
      await raise(store, {})
      const { id } = present((await all(store))[0])
      const acknowledgement = { ...seen, note }
      const first = await commit(store, ({ alerts }) => alerts.acknowledge(id, acknowledgement))
      const acknowledged = await read(store, ({ alerts }) => alerts.find(id))
      expect(acknowledged).toMatchObject({ id, status: 'firing', acknowledgement })
      expect(first).toEqual({ before: { ...acknowledged, acknowledgement: undefined }, after: acknowledged })
      const second = await commit(store, ({ alerts }) => alerts.acknowledge(id, { ...seen, by: 'other' }))
      expect(second?.after).toEqual(acknowledged)
      expect(second?.after).toBe(second?.before)
    })

  test('lists by status, rule and severity, newest first, page by page', async (store) => {
    for (const [subject, severity, at] of [
      ['b', 'info', 2],
      ['d', 'critical', 4],
      ['a', 'info', 1],
      ['c', 'critical', 3],
    ] as const)
      await raise(store, { subject, severity, at: minute(at) })
    const delay = { rule: 'callback_delay', subject: 'e', facts: { provider: 'wechat', seconds: 40 } } as const
    await commit(store, ({ alerts }) => alerts.raise({ ...delay, at: minute(5) }))
    await resolve(store, minute(9), 'b')
    const subjects = async (filter: AlertFilter, limit: number) =>
      (await allPages(limit, (page) => store.readers.alerts.list(filter, page))).map(({ subject }) => subject).join('')
    for (const limit of [1, 2, 9]) {
      expect(await subjects({}, limit)).toBe('edcba')
      expect(await subjects({ status: 'firing' }, limit)).toBe('edca')
      expect(await subjects({ status: 'resolved' }, limit)).toBe('b')
      expect(await subjects({ severity: 'info' }, limit)).toBe('ba')
      expect(await subjects({ rule: 'callback_delay' }, limit)).toBe('e')
      expect(await subjects({ rule: 'gateway_unavailable', status: 'firing', severity: 'critical' }, limit)).toBe('dc')
    }
  })
}

const ofIncidents = (create: CreateStore): void => {
  const test = testsOn(create)

  test('are opened with the incident, in the severity of its kind', async (store) => {
    await file(store, incident({ kind: 'refund_abnormal' }))
    expect(await all(store)).toMatchObject([
      {
        rule: 'incident_opened',
        subject: `refund_abnormal:${entityId(1)}`,
        severity: 'critical',
        status: 'firing',
        facts: { kind: 'refund_abnormal', provider: 'wechat', incidentId: entityId(1), outTradeNo: 'P1' },
      },
    ])
  })

  test('count with the incident, whatever id it is reported by', async (store) => {
    await file(store, incident({}))
    await file(store, incident({ id: entityId(2), at: minute(3) }))
    expect(await all(store)).toMatchObject([{ occurrences: 2, facts: { incidentId: entityId(1) } }])
  })

  test('end with the incident, once', async (store) => {
    await file(store, incident({}))
    expect([await settle(store), await settle(store)]).toEqual([true, false])
    expect(await all(store)).toMatchObject([{ status: 'resolved', resolvedAt: minute(9) }])
  })

  test('come back with an incident that happens again', async (store) => {
    await file(store, incident({ kind: 'surplus_payment' }))
    await settle(store)
    await file(store, incident({ kind: 'surplus_payment', at: minute(30) }))
    expect(await all(store)).toMatchObject([{ status: 'firing', firstAt: minute(30) }])
  })

  test('stay over where the same message only comes once more', async (store) => {
    await file(store, incident({ kind: 'unknown_order' }))
    await settle(store)
    await file(store, incident({ kind: 'unknown_order', at: minute(30) }))
    expect(await all(store)).toMatchObject([{ status: 'resolved', occurrences: 1 }])
  })
}

const seen = { by: 'boss', note: '好的', at: minute(7) }

type Gone = Extract<Raise, { rule: 'gateway_unavailable' }>

const one = (given: Partial<Gone>): Gone => ({
  rule: 'gateway_unavailable',
  subject: 'wechat',
  facts: { provider: 'wechat', minutes: 5, 说明: '无应答 👀' },
  at: minute(1),
  ...given,
})

const raise = (store: StoreUnderTest, given: Partial<Gone>): Promise<void> =>
  commit(store, ({ alerts }) => alerts.raise(one(given)))

const resolve = (store: StoreUnderTest, at: Date, subject = 'wechat'): Promise<void> =>
  commit(store, ({ alerts }) => alerts.resolve({ rule: 'gateway_unavailable', subject, at }))

const all = async (store: StoreUnderTest): Promise<readonly Alert[]> =>
  (await read(store, ({ alerts }) => alerts.list({}, { limit: 50, after: undefined }))).items

const eventsOf = async (store: StoreUnderTest, id: string) =>
  (await store.readers.events.eventsOf(id)).map(({ event }) => event)

const incident = (given: Partial<IncidentReport>): IncidentReport => ({
  id: entityId(1),
  kind: 'unknown_order',
  provider: 'wechat',
  subject: '4200',
  outTradeNo: 'P1',
  orderId: undefined,
  evidence: {},
  at: minute(2),
  ...given,
})

const file = (store: StoreUnderTest, report: IncidentReport): Promise<void> =>
  commit(store, ({ incidents }) => incidents.report(report))

const settle = (store: StoreUnderTest): Promise<boolean> =>
  commit(store, async ({ incidents }) => {
    const before = present(await incidents.find(entityId(1)))
    const resolution = { note: '已处理', by: 'boss', at: minute(9) }
    const after: Incident = transitionIncident(before, { type: 'resolved', resolution })
    return after.status === 'resolved' && incidents.resolve(after)
  })
