import { describe, expect } from 'vitest'
import type { DiscrepancyFilter } from '../../../src/application/reconciliation/discrepancy-repository.ts'
import type { Discrepancy } from '../../../src/domain/discrepancy.ts'
import { fen } from '../../../src/domain/money.ts'
import { addDays } from '../../../src/domain/shanghai-day.ts'
import { billDay, discrepancy, entityId, minute, refundNo } from '../../support/builders.ts'
import {
  allPages,
  type CreateStore,
  commit,
  LOOKALIKES,
  present,
  read,
  type StoreUnderTest,
  testsOn,
  TEXTS,
} from './under-test.ts'

const DAY = { provider: 'wechat', day: billDay() } as const
const word = { note: '已核对', by: '王老板', at: minute(20) } as const
const { note: _note, returning: _returning, status: _status, ...facts } = discrepancy()
const ignored: Discrepancy = { ...facts, ...word, status: 'ignored' }

const states: readonly (readonly [string, Discrepancy])[] = [
  ['open', discrepancy()],
  ['open and asked', { ...discrepancy(), note: '查无此单' }],
  ['open and returning', { ...discrepancy(), returning: { refundNo: refundNo(1), amount: fen(9900) } }],
  ['about a refund', { ...facts, ...word, about: 'refund', refundNo: refundNo(1), status: 'ignored' }],
  ['about a row', { ...discrepancy(), class: 'unreadable', about: 'row', rowText: '`a,"b\n,全额' }],
  ['without amounts', { ...discrepancy(), localAmount: undefined, remoteAmount: undefined, localStatus: undefined }],
  ['within its drift', { ...discrepancy(), class: 'missing_remote', withinDrift: true, transactionId: undefined }],
  ['healed', { ...facts, ...word, status: 'resolved', resolution: 'healed' }],
  ['gone', { ...facts, ...word, status: 'resolved', resolution: 'gone' }],
  ['synced', { ...facts, ...word, status: 'resolved', resolution: 'sync' }],
  ['refunded', { ...facts, ...word, status: 'resolved', resolution: 'refund' }],
  ['ignored', ignored],
]

export const discrepancyContract = (create: CreateStore): void => {
  describe('discrepancies', () => storedDiscrepancies(create))
  describe('lists of discrepancies', () => listedDiscrepancies(create))
  describe('due discrepancies', () => dueDiscrepancies(create))
}

const storedDiscrepancies = (create: CreateStore): void => {
  const test = testsOn(create)

  test('knows nothing of what was never found', async (store) => {
    expect(await read(store, ({ discrepancies }) => discrepancies.find(entityId(720)))).toBeUndefined()
    expect(await read(store, ({ discrepancies }) => discrepancies.findSame(DAY, discrepancy().subject))).toBeUndefined()
    expect(await read(store, ({ discrepancies }) => discrepancies.countOpen(DAY))).toBe(0)
  })

  for (const [name, one] of states) {
    test(`gives one that is ${name} back as it was written`, async (store) => {
      await insert(store, discrepancy())
      const before = present(await store.readers.discrepancies.find(one.id))
      expect(before).toMatchObject({ value: discrepancy(), updatedAt: minute(11) })
      expect(await commit(store, ({ discrepancies }) => discrepancies.replace(before, one, minute(20)))).toBe(true)
      const after = present(await read(store, ({ discrepancies }) => discrepancies.find(one.id)))
      expect(after.value).toEqual(one)
      expect(after.version).toBeGreaterThan(before.version)
      expect(after.updatedAt).toEqual(minute(20))
    })
  }

  test('opens again what had ended', async (store) => {
    await insert(store, discrepancy())
    await change(store, entityId(720), { ...facts, ...word, status: 'resolved', resolution: 'gone' })
    await change(store, entityId(720), discrepancy())
    expect((await read(store, ({ discrepancies }) => discrepancies.find(entityId(720))))?.value).toEqual(discrepancy())
  })

  test('keeps rows of any script as they are', async (store) => {
    const made = TEXTS.map((rowText, n) => discrepancy({ id: entityId(n + 1), subject: `line:${n}`, rowText }))
    for (const one of made) await insert(store, one)
    for (const one of made)
      expect((await read(store, ({ discrepancies }) => discrepancies.find(one.id)))?.value).toEqual(one)
  })

  test('keeps one subject of a day once, and goes on with the unit of work', async (store) => {
    await insert(store, discrepancy())
    const inserted = await commit(store, async ({ discrepancies }) => [
      await discrepancies.insert(discrepancy({ id: entityId(1) }), entityId(700), undefined),
      await discrepancies.insert(
        discrepancy({ id: entityId(2), day: addDays(billDay(), 1) }),
        entityId(700),
        undefined,
      ),
      await discrepancies.insert(discrepancy({ id: entityId(3), provider: 'alipay' }), entityId(700), undefined),
    ])
    expect(inserted).toEqual([false, true, true])
    const found = await read(store, ({ discrepancies }) => discrepancies.findSame(DAY, discrepancy().subject))
    expect(found?.value).toEqual(discrepancy())
  })

  test('tells subjects apart that only look alike', async (store) => {
    const made = LOOKALIKES.map((text, n) => discrepancy({ id: entityId(n + 1), subject: `payment:${text}` }))
    for (const one of made) expect(await insert(store, one)).toBe(true)
    for (const one of made)
      expect((await read(store, ({ discrepancies }) => discrepancies.findSame(DAY, one.subject)))?.value).toEqual(one)
  })

  test('keeps one of many that are found at the same time', async (store) => {
    const copies = Array.from({ length: 10 }, (_none, n) => discrepancy({ id: entityId(n + 1) }))
    const inserted = await Promise.all(copies.map((copy) => insert(store, copy)))
    expect(inserted.filter((first) => first)).toHaveLength(1)
  })

  test('lets one of two writers win who read the same version', async (store) => {
    await insert(store, discrepancy())
    const before = present(await store.readers.discrepancies.find(entityId(720)))
    const asked = { ...discrepancy(), note: '查无此单' }
    expect(await commit(store, ({ discrepancies }) => discrepancies.replace(before, asked, minute(12)))).toBe(true)
    expect(await commit(store, ({ discrepancies }) => discrepancies.replace(before, ignored, minute(13)))).toBe(false)
    expect((await store.readers.discrepancies.find(entityId(720)))?.value).toEqual(asked)
  })
}

const listedDiscrepancies = (create: CreateStore): void => {
  const test = testsOn(create)
  const numbers = (found: readonly { readonly value: Discrepancy }[]) =>
    found.map(({ value: { id } }) => Number.parseInt(id, 16)).toSorted((a, b) => a - b)
  const make = (n: number, given: Parameters<typeof discrepancy>[0] = {}) =>
    discrepancy({ id: entityId(n), subject: `payment:${n}`, ...given })

  test('lists a day newest first, by class and by state, page by page', async (store) => {
    for (let n = 1; n <= 9; n += 1) {
      const kind = n % 2 === 0 ? 'missing_local' : 'amount_differs'
      await insert(store, make(n, { class: kind, foundAt: minute(Math.floor(n / 3)) }))
    }
    await insert(store, make(10, { day: addDays(billDay(), 1) }))
    await insert(store, make(11, { provider: 'alipay' }))
    await change(store, entityId(4), { ...ignored, ...make4(), ...word, status: 'ignored' })
    const list = async (filter: Partial<DiscrepancyFilter>) =>
      (
        await allPages(2, (page) => read(store, ({ discrepancies }) => discrepancies.list({ ...DAY, ...filter }, page)))
      ).map(({ id }) => Number.parseInt(id, 16))
    expect(await list({})).toEqual([9, 8, 7, 6, 5, 4, 3, 2, 1])
    expect(await list({ class: 'missing_local' })).toEqual([8, 6, 4, 2])
    expect(await list({ status: 'open' })).toEqual([9, 8, 7, 6, 5, 3, 2, 1])
    expect(await list({ class: 'missing_local', status: 'ignored' })).toEqual([4])
    expect(await list({ class: 'unreadable' })).toEqual([])
    expect(await list({ provider: 'alipay' })).toEqual([11])
  })

  const make4 = () => {
    const { note: _n, returning: _r, status: _s, ...rest } = make(4, { class: 'missing_local', foundAt: minute(1) })
    return rest
  }

  test('finds the open ones of a subject on any day', async (store) => {
    const subject = 'payment:x'
    await insert(store, make(1, { subject }))
    await insert(store, make(2, { subject, day: addDays(billDay(), -1) }))
    await insert(store, make(3, { subject, provider: 'alipay' }))
    await insert(store, make(4, { subject, day: addDays(billDay(), 1) }))
    await insert(store, make(5))
    const { note: _n, returning: _r, status: _s, ...rest } = make(4, { subject, day: addDays(billDay(), 1) })
    await change(store, entityId(4), { ...rest, ...word, status: 'ignored' })
    const listed = await read(store, ({ discrepancies }) => discrepancies.listOpenOf('wechat', subject))
    expect(numbers(listed)).toEqual([1, 2])
  })

  test('lists the open ones that a run has not found, but none whose money is on its way back', async (store) => {
    const vanished = (runId: string, limit = 9) =>
      read(store, ({ discrepancies }) => discrepancies.listVanished(DAY, runId, limit))
    for (let n = 1; n <= 4; n += 1) await insert(store, make(n), entityId(700))
    await insert(store, make(5, { day: addDays(billDay(), -1) }), entityId(700))
    await insert(store, make(6, { provider: 'alipay' }), entityId(700))
    await change(store, entityId(3), { ...make(3), returning: { refundNo: refundNo(1), amount: fen(1) } })
    await commit(store, ({ discrepancies }) => discrepancies.seen(entityId(2), entityId(701)))
    expect(numbers(await vanished(entityId(701)))).toEqual([1, 4])
    expect(numbers(await vanished(entityId(700)))).toEqual([2])
    expect(await vanished(entityId(701), 1)).toHaveLength(1)
    const { note: _n, returning: _r, status: _s, ...rest } = make(1)
    await change(store, entityId(1), { ...rest, ...word, status: 'ignored' })
    expect(numbers(await vanished(entityId(701)))).toEqual([4])
  })

  test('does not count being seen again as a new version', async (store) => {
    await insert(store, make(1))
    const before = present(await store.readers.discrepancies.find(entityId(1)))
    await commit(store, ({ discrepancies }) => discrepancies.seen(entityId(1), entityId(701)))
    expect(await store.readers.discrepancies.find(entityId(1))).toEqual(before)
    await commit(store, ({ discrepancies }) => discrepancies.seen(entityId(799), entityId(701)))
  })

  test('lists those within their drift of a day and before, and counts the others', async (store) => {
    const drifting = { class: 'missing_remote', withinDrift: true } as const
    await insert(store, make(1, drifting))
    await insert(store, make(2, { ...drifting, day: addDays(billDay(), -3) }))
    await insert(store, make(3, { ...drifting, day: addDays(billDay(), 1) }))
    await insert(store, make(4, { ...drifting, about: 'refund' }))
    await insert(store, make(5))
    await insert(store, make(6, { ...drifting, provider: 'alipay' }))
    const list = (about: Discrepancy['about'], limit = 9) =>
      read(store, ({ discrepancies }) => discrepancies.listDrifting(DAY, about, limit))
    expect(numbers(await list('payment'))).toEqual([1, 2])
    expect(numbers(await list('refund'))).toEqual([4])
    expect(await list('payment', 1)).toHaveLength(1)
    expect(await read(store, ({ discrepancies }) => discrepancies.countOpen(DAY))).toBe(1)
    await change(store, entityId(1), make(1, { class: 'missing_remote' }))
    expect(numbers(await list('payment'))).toEqual([2])
    expect(await read(store, ({ discrepancies }) => discrepancies.countOpen(DAY))).toBe(2)
    const { note: _n, returning: _r, status: _s, ...rest } = make(5)
    await change(store, entityId(5), { ...rest, ...word, status: 'ignored' })
    expect(await read(store, ({ discrepancies }) => discrepancies.countOpen(DAY))).toBe(1)
  })
}

const dueDiscrepancies = (create: CreateStore): void => {
  const test = testsOn(create)
  const claim = (store: StoreUnderTest, now: number, until: number, limit = 9) =>
    commit(store, ({ discrepancies }) => discrepancies.claimDue(minute(now), minute(until), limit))
  const postpone = (store: StoreUnderTest, until: number | undefined) =>
    commit(store, ({ discrepancies }) =>
      discrepancies.postpone(entityId(720), until === undefined ? undefined : minute(until)),
    )

  test('is asked about from its time on, to one at a time, and each claim is counted', async (store) => {
    await insert(store, discrepancy(), entityId(700), 12)
    await insert(store, discrepancy({ id: entityId(1), subject: 'payment:1' }))
    expect(await claim(store, 11, 20)).toEqual([])
    expect(await claim(store, 12, 20)).toEqual([
      { discrepancy: await store.readers.discrepancies.find(entityId(720)), attempts: 1 },
    ])
    expect(await claim(store, 19, 30)).toEqual([])
    expect(await claim(store, 20, 30)).toMatchObject([{ attempts: 2 }])
  })

  test('gives no more than it was asked for, longest due first, and each once', async (store) => {
    for (let n = 1; n <= 6; n += 1)
      await insert(store, discrepancy({ id: entityId(n), subject: `payment:${n}` }), entityId(700), 20 - n)
    const first = await claim(store, 30, 40, 2)
    expect(first.map(({ discrepancy: { value } }) => value.id)).toEqual([entityId(6), entityId(5)])
    const rest = await Promise.all([claim(store, 30, 40, 3), claim(store, 30, 40, 3), claim(store, 30, 40, 3)])
    expect(rest.flat()).toHaveLength(4)
  })

  test('is asked about when it was put off to, also where it never was to be', async (store) => {
    await insert(store, discrepancy())
    await postpone(store, 15)
    expect(await claim(store, 15, 20)).toMatchObject([{ attempts: 1 }])
    await postpone(store, undefined)
    expect(await claim(store, 9999, 10_000)).toEqual([])
  })

  test('is asked about no more once it has ended', async (store) => {
    await insert(store, discrepancy(), entityId(700), 12)
    await change(store, entityId(720), ignored)
    expect(await claim(store, 9999, 10_000)).toEqual([])
    await postpone(store, 15)
    expect(await claim(store, 9999, 10_000)).toEqual([])
  })

  test('notes once that something was on the bill of another day', async (store) => {
    const note = (day: typeof DAY.day, ...subjects: string[]) =>
      commit(store, ({ discrepancies }) => discrepancies.noteElsewhere({ ...DAY, day }, subjects, minute(5)))
    const elsewhere = (provider: 'wechat' | 'alipay', subjects: readonly string[]) =>
      read(store, ({ dayBooks }) => dayBooks.matchedElsewhere(provider, subjects))
    expect(await elsewhere('wechat', [])).toEqual(new Set())
    await note(DAY.day, 'payment:1', 'payment:2')
    await note(DAY.day, 'payment:2', 'payment:2', 'refund:1:2')
    await note(addDays(DAY.day, 1), 'payment:2')
    const subjects = ['payment:1', 'payment:2', 'PAYMENT:2', 'payment:2 ', 'payment:3']
    expect(await elsewhere('wechat', subjects)).toEqual(new Set(['payment:1', 'payment:2']))
    expect(await elsewhere('alipay', subjects)).toEqual(new Set())
  })
}

const insert = (
  store: StoreUnderTest,
  one: Discrepancy,
  runId: string = entityId(700),
  askAt?: number,
): Promise<boolean> =>
  commit(store, ({ discrepancies }) =>
    discrepancies.insert(one, runId, askAt === undefined ? undefined : minute(askAt)),
  )

const change = (store: StoreUnderTest, id: string, after: Discrepancy): Promise<void> =>
  commit(store, async ({ discrepancies }) => {
    const before = present(await discrepancies.find(id))
    expect(await discrepancies.replace(before, after, minute(20))).toBe(true)
  })
