import { describe, expect } from 'vitest'
import { fen } from '../../../src/domain/money.ts'
import type { ReconciliationRun, ReconciliationSummary } from '../../../src/domain/reconciliation.ts'
import { addDays } from '../../../src/domain/shanghai-day.ts'
import { billDay, entityId, minute, runningRun } from '../../support/builders.ts'
import { allPages, type CreateStore, commit, present, read, type StoreUnderTest, testsOn } from './under-test.ts'

const SUMMARY: ReconciliationSummary = {
  remoteCount: 12,
  localCount: 11,
  matched: 5,
  amountDiffers: 1,
  statusDiffers: 2,
  missingLocal: 3,
  missingRemote: 4,
  unreadable: 6,
  remoteAmount: fen(Number.MAX_SAFE_INTEGER),
  localAmount: fen(9900),
  remoteRefunds: fen(0),
  localRefunds: fen(7),
  feesFen: -60,
  netFen: -9840,
}

const { status: _, billId: _none, ...facts } = runningRun()
const completed: ReconciliationRun = { ...facts, status: 'completed', summary: SUMMARY, finishedAt: minute(20) }
const states: readonly (readonly [string, ReconciliationRun])[] = [
  ['running', runningRun({ requestedBy: '王老板' })],
  ['running with its bill', runningRun({ billId: entityId(710) })],
  ['waiting', { ...facts, status: 'waiting', reason: 'BILL_NOT_READY' }],
  ['completed', completed],
  ['failed', { ...facts, status: 'failed', reason: '账单不完整：' + '长'.repeat(400), finishedAt: minute(20) }],
]

export const reconciliationContract = (create: CreateStore): void => {
  describe('reconciliation runs', () => storedRuns(create))
  describe('due reconciliation runs', () => dueRuns(create))
}

const storedRuns = (create: CreateStore): void => {
  const test = testsOn(create)

  test('knows nothing of a day that was never compared', async (store) => {
    expect(await read(store, ({ reconciliations }) => reconciliations.find(entityId(700)))).toBeUndefined()
    expect(await read(store, ({ reconciliations }) => reconciliations.findOpen('wechat', billDay()))).toBeUndefined()
    expect(await read(store, ({ reconciliations }) => reconciliations.findLatest('wechat', billDay()))).toBeUndefined()
    expect(await read(store, ({ reconciliations }) => reconciliations.wasCompleted('wechat', billDay()))).toBe(false)
  })

  for (const [name, run] of states) {
    test(`gives a run that is ${name} back as it was written`, async (store) => {
      await insert(store, runningRun({ requestedBy: run.requestedBy }))
      const before = present(await store.readers.reconciliations.find(run.id))
      expect(before).toMatchObject({ value: runningRun({ requestedBy: run.requestedBy }), updatedAt: minute(10) })
      expect(await commit(store, ({ reconciliations }) => reconciliations.replace(before, run, minute(20)))).toBe(true)
      const after = present(await read(store, ({ reconciliations }) => reconciliations.find(run.id)))
      expect(after.value).toEqual(run)
      expect(after.version).toBeGreaterThan(before.version)
      expect(after.updatedAt).toEqual(minute(20))
    })
  }

  test('keeps one run of a day and provider that has not ended, and goes on with the unit of work', async (store) => {
    await insert(store, runningRun())
    const inserted = await commit(store, async ({ reconciliations }) => [
      await reconciliations.insert(runningRun({ id: entityId(701) }), minute(10)),
      await reconciliations.insert(runningRun({ id: entityId(702), provider: 'alipay' }), minute(10)),
      await reconciliations.insert(runningRun({ id: entityId(703), day: addDays(billDay(), -1) }), minute(10)),
    ])
    expect(inserted).toEqual([false, true, true])
    const open = await read(store, ({ reconciliations }) => reconciliations.findOpen('wechat', billDay()))
    expect(open?.value).toEqual(runningRun())
    expect(await store.readers.reconciliations.find(entityId(701))).toBeUndefined()
  })

  test('keeps one of many that are begun at the same time', async (store) => {
    const runs = Array.from({ length: 10 }, (_none, n) => runningRun({ id: entityId(700 + n) }))
    const begun = await Promise.all(runs.map((run) => insert(store, run)))
    expect(begun.filter((first) => first)).toHaveLength(1)
  })

  test('lets another run of the day begin once the one before has ended, and knows which came last', async (store) => {
    await insert(store, runningRun())
    await end(store, entityId(700), completed)
    expect(await read(store, ({ reconciliations }) => reconciliations.findOpen('wechat', billDay()))).toBeUndefined()
    expect(await insert(store, runningRun({ id: entityId(701), startedAt: minute(11) }))).toBe(true)
    const latest = await read(store, ({ reconciliations }) => reconciliations.findLatest('wechat', billDay()))
    expect(latest?.value.id).toBe(entityId(701))
    expect(await read(store, ({ reconciliations }) => reconciliations.findLatest('alipay', billDay()))).toBeUndefined()
  })

  test('knows whether a day was ever compared to its end', async (store) => {
    const was = () => read(store, ({ reconciliations }) => reconciliations.wasCompleted('wechat', billDay()))
    await insert(store, runningRun())
    await end(store, entityId(700), { ...facts, status: 'failed', reason: 'NO_AUTH', finishedAt: minute(20) })
    expect(await was()).toBe(false)
    await insert(store, runningRun({ id: entityId(701) }))
    await end(store, entityId(701), { ...completed, id: entityId(701) })
    expect(await was()).toBe(true)
    await insert(store, runningRun({ id: entityId(702) }))
    expect(await was()).toBe(true)
    const other = addDays(billDay(), 1)
    expect(await read(store, ({ reconciliations }) => reconciliations.wasCompleted('wechat', other))).toBe(false)
    expect(await read(store, ({ reconciliations }) => reconciliations.wasCompleted('alipay', billDay()))).toBe(false)
  })

  test('lets one of two writers win who read the same version', async (store) => {
    await insert(store, runningRun())
    const before = present(await store.readers.reconciliations.find(entityId(700)))
    const kept = runningRun({ billId: entityId(710) })
    expect(await commit(store, ({ reconciliations }) => reconciliations.replace(before, kept, minute(11)))).toBe(true)
    expect(await commit(store, ({ reconciliations }) => reconciliations.replace(before, completed, minute(12)))).toBe(
      false,
    )
    expect((await store.readers.reconciliations.find(entityId(700)))?.value).toEqual(kept)
    const ghost = { ...before, value: runningRun({ id: entityId(799) }) }
    expect(await commit(store, ({ reconciliations }) => reconciliations.replace(ghost, ghost.value, minute(12)))).toBe(
      false,
    )
  })

  test('lists newest first, by provider and by state, page by page', async (store) => {
    for (let n = 0; n < 7; n += 1) {
      const provider = n % 3 === 0 ? 'alipay' : 'wechat'
      // Some were begun in the same millisecond.
      const startedAt = minute(Math.floor(n / 2))
      await insert(store, runningRun({ id: entityId(700 + n), provider, day: addDays(billDay(), -n), startedAt }))
    }
    const one = present(await store.readers.reconciliations.find(entityId(701))).value
    await end(store, one.id, { ...completed, id: one.id, day: one.day, startedAt: one.startedAt })
    const ids = async (filter: Parameters<StoreUnderTest['readers']['reconciliations']['list']>[0]) =>
      (await allPages(2, (page) => read(store, ({ reconciliations }) => reconciliations.list(filter, page)))).map(
        ({ id }) => Number.parseInt(id, 16) - 700,
      )
    expect(await ids({})).toEqual([6, 5, 4, 3, 2, 1, 0])
    expect(await ids({ provider: 'alipay' })).toEqual([6, 3, 0])
    expect(await ids({ status: 'running' })).toEqual([6, 5, 4, 3, 2, 0])
    expect(await ids({ provider: 'wechat', status: 'completed' })).toEqual([1])
    expect(await ids({ provider: 'alipay', status: 'failed' })).toEqual([])
  })
}

const dueRuns = (create: CreateStore): void => {
  const test = testsOn(create)
  const claim = (store: StoreUnderTest, now: number, until: number, limit = 9) =>
    commit(store, ({ reconciliations }) => reconciliations.claimDue(minute(now), minute(until), limit))

  test('leases what is due, longest due first, to nobody else until the lease is over', async (store) => {
    await insert(store, runningRun(), 12)
    await insert(store, runningRun({ id: entityId(701), provider: 'alipay' }), 11)
    expect(await claim(store, 10, 20)).toEqual([])
    const due = await claim(store, 12, 20)
    expect(due.map(({ run, attempts }) => [run.value.id, attempts])).toEqual([
      [entityId(701), 1],
      [entityId(700), 1],
    ])
    expect(due[1]?.run).toEqual(await store.readers.reconciliations.find(entityId(700)))
    expect(await claim(store, 19, 30)).toEqual([])
    expect((await claim(store, 20, 30, 1)).map(({ attempts }) => attempts)).toEqual([2])
  })

  test('leases once to many who ask at the same time', async (store) => {
    await insert(store, runningRun(), 10)
    const claims = await Promise.all(Array.from({ length: 8 }, () => claim(store, 10, 20)))
    expect(claims.flat()).toHaveLength(1)
  })

  test('gives one by its name before its time, but none that has ended or never was', async (store) => {
    const take = (id: string) => commit(store, ({ reconciliations }) => reconciliations.claim(id, minute(20)))
    await insert(store, runningRun(), 99)
    expect(await take(entityId(700))).toMatchObject({ run: { value: runningRun() }, attempts: 1 })
    expect(await claim(store, 19, 30)).toEqual([])
    await end(store, entityId(700), completed)
    expect(await take(entityId(700))).toBeUndefined()
    expect(await take(entityId(799))).toBeUndefined()
  })

  test('looks again when it was put off to, and never at what has ended', async (store) => {
    const postpone = (until: number) =>
      commit(store, ({ reconciliations }) => reconciliations.postpone(entityId(700), minute(until)))
    await insert(store, runningRun(), 10)
    await claim(store, 10, 20)
    await postpone(15)
    expect(await claim(store, 15, 30)).toHaveLength(1)
    await end(store, entityId(700), completed)
    await postpone(16)
    expect(await claim(store, 9999, 10_000)).toEqual([])
  })

  test('stays claimable by the version it was read with', async (store) => {
    await insert(store, runningRun(), 10)
    const [due] = await claim(store, 10, 20)
    const { run } = present(due)
    expect(await commit(store, ({ reconciliations }) => reconciliations.replace(run, completed, minute(12)))).toBe(true)
  })
}

const insert = (store: StoreUnderTest, run: ReconciliationRun, dueAt = 10): Promise<boolean> =>
  commit(store, ({ reconciliations }) => reconciliations.insert(run, minute(dueAt)))

const end = (store: StoreUnderTest, id: string, after: ReconciliationRun): Promise<void> =>
  commit(store, async ({ reconciliations }) => {
    const before = present(await reconciliations.find(id))
    expect(await reconciliations.replace(before, after, minute(20))).toBe(true)
  })
