import { describe, expect } from 'vitest'
import type { RiskDecisionFilter } from '../../../src/application/risk/risk-decisions.ts'
import { allSettings, policyIn } from '../../../src/application/risk/risk-settings.ts'
import { fen } from '../../../src/domain/money.ts'
import { type Network, parseNetwork } from '../../../src/domain/network.ts'
import type { RiskDecision, RiskReason } from '../../../src/domain/risk.ts'
import { INITIAL_POLICY, initialRule } from '../../../src/domain/risk-rules.ts'
import {
  blacklistEntry,
  cancelledOrder,
  entityId,
  minute,
  outTradeNo,
  paidOrder,
  partiallyRefundedOrder,
  pendingOrder,
  pendingPayment,
  refundedOrder,
  riskDecision,
} from '../../support/builders.ts'
import {
  allPages,
  type CreateStore,
  commit,
  insertOrder,
  insertPayment,
  LOOKALIKES,
  read,
  type StoreUnderTest,
  TEXTS,
  testsOn,
} from './under-test.ts'

export const riskContract = (create: CreateStore): void => {
  describe('the blacklist', () => blacklisted(create))
  describe('decisions about risk', () => decided(create))
  describe('settings of risk', () => set(create))
  describe('what is known of a user', () => known(create))
}

const network = (text: string): Network => parseNetwork(text) ?? blacklistEntry().network

const blacklisted = (create: CreateStore): void => {
  const test = testsOn(create)
  const covering = (store: StoreUnderTest, address: string, at = minute(5)) =>
    read(store, ({ blacklist }) => blacklist.covering(network(address), at))

  test('has nobody on it at first', async (store) => {
    expect(await covering(store, '203.0.113.9')).toBeUndefined()
    expect(await read(store, ({ blacklist }) => blacklist.list({ limit: 9, after: undefined }))).toEqual({
      items: [],
      next: undefined,
    })
  })

  test('gives entries back as they were', async (store) => {
    for (const [n, reason] of TEXTS.entries()) {
      const expiresAt = n % 2 === 0 ? undefined : minute(n)
      const entry = blacklistEntry({ id: entityId(n), address: `10.0.0.${n}`, reason, expiresAt })
      expect(await commit(store, ({ blacklist }) => blacklist.insert(entry))).toBe(true)
      expect(await read(store, ({ blacklist }) => blacklist.find(entry.id))).toEqual(entry)
      expect(await read(store, ({ blacklist }) => blacklist.findSame(entry.network))).toEqual(entry)
    }
  })

  test('finds the narrowest entry around an address', async (store) => {
    const addresses = ['203.0.0.0/16', '203.0.113.0/24', '203.0.113.9', '2001:db8::/32']
    for (const [n, address] of addresses.entries())
      await commit(store, ({ blacklist }) => blacklist.insert(blacklistEntry({ id: entityId(n), address })))
    const found = async (address: string) => (await covering(store, address))?.address
    expect(await found('203.0.113.9')).toBe('203.0.113.9')
    expect(await found('::ffff:203.0.113.9')).toBe('203.0.113.9')
    expect(await found('203.0.113.8')).toBe('203.0.113.0/24')
    expect(await found('203.0.114.8')).toBe('203.0.0.0/16')
    expect(await found('203.1.0.0')).toBeUndefined()
    expect(await found('2001:db8:1::1')).toBe('2001:db8::/32')
    expect(await found('2001:db9::1')).toBeUndefined()
  })

  test('forgets an entry at its end, and finds a wider one that goes on', async (store) => {
    await commit(store, async ({ blacklist }) => {
      await blacklist.insert(blacklistEntry({ id: entityId(1), address: '203.0.113.9', expiresAt: minute(5) }))
      await blacklist.insert(blacklistEntry({ id: entityId(2), address: '203.0.113.0/24', expiresAt: minute(6) }))
    })
    const found = async (at: number) => (await covering(store, '203.0.113.9', minute(at)))?.address
    expect([await found(4), await found(5), await found(6)]).toEqual(['203.0.113.9', '203.0.113.0/24', undefined])
  })

  test('has one entry for a network, whose reason and end can be written anew', async (store) => {
    const entry = blacklistEntry()
    const twin = { ...entry, id: entityId(9), reason: 'twin' }
    await commit(store, ({ blacklist }) => blacklist.insert(entry))
    expect(await commit(store, ({ blacklist }) => blacklist.insert(twin))).toBe(false)
    expect(await commit(store, ({ blacklist }) => blacklist.replace(twin))).toBe(false)
    const changed = { ...entry, reason: '误伤', expiresAt: minute(3) }
    expect(await commit(store, ({ blacklist }) => blacklist.replace(changed))).toBe(true)
    expect(await read(store, ({ blacklist }) => blacklist.find(entry.id))).toEqual(changed)
  })

  test('lets an entry go once, and takes its network again', async (store) => {
    const entry = blacklistEntry()
    await commit(store, ({ blacklist }) => blacklist.insert(entry))
    const remove = () => commit(store, ({ blacklist }) => blacklist.remove(entry.id))
    expect([await remove(), await remove()]).toEqual([true, false])
    expect(await covering(store, '203.0.113.9')).toBeUndefined()
    expect(await read(store, ({ blacklist }) => blacklist.find(entry.id))).toBeUndefined()
    const again = { ...entry, id: entityId(9) }
    expect(await commit(store, ({ blacklist }) => blacklist.insert(again))).toBe(true)
    expect((await covering(store, '203.0.113.9'))?.id).toBe(entityId(9))
  })

  test('lists entries in pages, the newest first', async (store) => {
    for (const n of [2, 4, 1, 3]) {
      const entry = blacklistEntry({ id: entityId(n), address: `10.0.0.${n}`, createdAt: minute(n) })
      await commit(store, ({ blacklist }) => blacklist.insert(entry))
    }
    const all = await allPages(3, (page) => read(store, ({ blacklist }) => blacklist.list(page)))
    expect(all.map(({ id }) => id)).toEqual([4, 3, 2, 1].map(entityId))
  })
}

const reason = (rule: RiskReason['rule'], given: Partial<RiskReason> = {}): RiskReason => ({
  rule,
  mode: 'shadow',
  weight: 30,
  outcome: 'review',
  ...given,
})

const insert = (store: StoreUnderTest, given: Partial<RiskDecision>): Promise<void> =>
  commit(store, ({ riskDecisions }) => riskDecisions.insert(riskDecision(given)))

const decided = (create: CreateStore): void => {
  const test = testsOn(create)
  const list = async (store: StoreUnderTest, filter: Partial<RiskDecisionFilter> = {}) =>
    allPages(2, (page) =>
      read(store, ({ riskDecisions }) => riskDecisions.list({ from: undefined, to: undefined, ...filter }, page)),
    )
  const ids = async (store: StoreUnderTest, filter: Partial<RiskDecisionFilter>) =>
    (await list(store, filter)).map(({ id }) => id)

  test('come back as they were', async (store) => {
    const reasons = [reason('velocity'), reason('night_hours', { mode: 'on', weight: 0, outcome: 'allow' })]
    const one = riskDecision({ id: entityId(2), score: 70, outcome: 'review', reasons, at: minute(2) })
    const nobody = riskDecision({ userId: undefined, address: undefined, orderId: undefined })
    await insert(store, one)
    await insert(store, nobody)
    expect(await list(store)).toEqual([one, nobody])
  })

  test('are found by user, order, outcome, rule and time, alone and together', async (store) => {
    const outcomes = ['allow', 'review', 'allow', 'review'] as const
    for (const [n, outcome] of outcomes.entries())
      await insert(store, {
        id: entityId(n),
        userId: LOOKALIKES[n % 2],
        orderId: `o${n < 2}`,
        outcome,
        reasons: n === 3 ? [reason('velocity'), reason('unpaid_orders')] : n === 1 ? [reason('velocity')] : [],
        at: minute(n),
      })
    expect(await ids(store, {})).toEqual([3, 2, 1, 0].map(entityId))
    expect(await ids(store, { userId: LOOKALIKES[0] })).toEqual([2, 0].map(entityId))
    expect(await ids(store, { orderId: 'otrue' })).toEqual([1, 0].map(entityId))
    expect(await ids(store, { outcome: 'review' })).toEqual([3, 1].map(entityId))
    expect(await ids(store, { rule: 'velocity' })).toEqual([3, 1].map(entityId))
    expect(await ids(store, { rule: 'blacklist' })).toEqual([])
    expect(await ids(store, { rule: 'velocity', orderId: 'otrue' })).toEqual([entityId(1)])
    expect(await ids(store, { rule: 'velocity', userId: LOOKALIKES[0] })).toEqual([])
    expect(await ids(store, { rule: 'velocity', from: minute(2), to: minute(4) })).toEqual([entityId(3)])
    expect(await ids(store, { userId: LOOKALIKES[0], outcome: 'allow' })).toEqual([2, 0].map(entityId))
    expect(await ids(store, { from: minute(1), to: minute(3) })).toEqual([2, 1].map(entityId))
  })

  test('of an order come the oldest first, up to a limit', async (store) => {
    for (const n of [3, 1, 2]) await insert(store, { id: entityId(n), at: minute(n) })
    await insert(store, { id: entityId(4), orderId: 'another', at: minute(4) })
    const { orderId } = riskDecision()
    const found = await read(store, ({ riskDecisions }) => riskDecisions.listByOrder(orderId ?? '', 2))
    expect(found.map(({ id }) => id)).toEqual([1, 2].map(entityId))
  })

  test('that refuse are written once for their key', async (store) => {
    const refused = riskDecision({ outcome: 'deny', reasons: [reason('blacklist', { mode: 'on', outcome: 'deny' })] })
    const refuse = (id: string, key: string) =>
      commit(store, ({ riskDecisions }) => riskDecisions.insertRefusal({ ...refused, id }, key))
    const has = (key: string) => read(store, ({ riskDecisions }) => riskDecisions.hasRefusal(key))
    expect(await has('k')).toBe(false)
    expect(await Promise.all([1, 2, 3].map((n) => refuse(entityId(n), 'k')))).toHaveLength(3)
    expect(await refuse(entityId(4), 'K')).toBe(true)
    expect([await has('k'), await has('K'), await has('k ')]).toEqual([true, true, false])
    expect(await list(store)).toHaveLength(2)
    expect(await ids(store, { rule: 'blacklist' })).toHaveLength(2)
  })

  test('tell what a rule did in shadow, and whether the order was paid', async (store) => {
    await insertOrder(store, paidOrder({ id: 'paid' }))
    await insertOrder(store, pendingOrder({ id: 'pending' }))
    const orders = ['paid', 'pending', undefined, 'gone', 'paid']
    for (const [n, orderId] of orders.entries()) {
      const mode = n === 4 ? 'on' : 'shadow'
      await insert(store, { id: entityId(n), orderId, reasons: [reason('velocity', { mode })], at: minute(n) })
    }
    await insert(store, { id: entityId(9), reasons: [reason('night_hours')], at: minute(2) })
    const hits = (limit: number, from = 0, to = 9) =>
      read(store, ({ riskDecisions }) =>
        riskDecisions.shadowHits('velocity', { from: minute(from), to: minute(to) }, limit),
      )
    const outcome = 'review'
    const all = [
      { orderId: 'gone', outcome, isPaid: false },
      { orderId: undefined, outcome, isPaid: false },
      { orderId: 'pending', outcome, isPaid: false },
      { orderId: 'paid', outcome, isPaid: true },
    ]
    expect(await hits(5)).toEqual({ hits: all, isWhole: true })
    expect(await hits(2)).toEqual({ hits: all.slice(0, 1), isWhole: false })
    expect(await hits(9, 0, 1)).toEqual({ hits: all.slice(3), isWhole: true })
  })

  test('are forgotten from a time on, the oldest first, with their matches and the keys of refusals', async (store) => {
    const forget = (at: number, limit: number) =>
      commit(store, ({ riskDecisions }) => riskDecisions.forget(minute(at), limit))
    expect(await forget(9, 9)).toBe(0)
    for (const n of [4, 2, 3])
      await insert(store, { id: entityId(n), reasons: [reason('velocity'), reason('night_hours')], at: minute(n) })
    const refused = riskDecision({ id: entityId(1), outcome: 'deny', at: minute(1) })
    await commit(store, ({ riskDecisions }) => riskDecisions.insertRefusal(refused, 'k'))
    expect(await forget(4, 2)).toBe(2)
    expect(await ids(store, {})).toEqual([4, 3].map(entityId))
    expect(await ids(store, { rule: 'velocity' })).toEqual([4, 3].map(entityId))
    expect(await read(store, ({ riskDecisions }) => riskDecisions.hasRefusal('k'))).toBe(false)
    expect([await forget(4, 2), await forget(4, 2)]).toEqual([1, 0])
    expect(await ids(store, {})).toEqual([entityId(4)])
    const span = { from: minute(0), to: minute(9) }
    const { hits } = await read(store, ({ riskDecisions }) => riskDecisions.shadowHits('velocity', span, 9))
    expect(hits).toHaveLength(1)
    const { orderId } = riskDecision()
    expect(await read(store, ({ riskDecisions }) => riskDecisions.listByOrder(orderId ?? '', 9))).toHaveLength(1)
    expect(
      await commit(store, ({ riskDecisions }) => riskDecisions.insertRefusal({ ...refused, id: entityId(5) }, 'k')),
    ).toBe(true)
  })
}

const set = (create: CreateStore): void => {
  const test = testsOn(create)
  const list = (store: StoreUnderTest) => read(store, ({ riskSettings }) => riskSettings.list())

  test('are as the code has them at first', async (store) => {
    expect(await list(store)).toEqual([])
    expect(policyIn(await list(store))).toEqual(INITIAL_POLICY)
    expect(allSettings(await list(store)).map(({ version }) => version)).toEqual([0, 0, 0, 0, 0, 0])
  })

  test('are as they were set, each for itself', async (store) => {
    const thresholds = { review: 10, deny: 20 }
    const velocity = { ...initialRule('velocity'), mode: 'on', weight: 7 } as const
    await commit(store, async ({ riskSettings }) => {
      expect(await riskSettings.put({ name: 'thresholds', ...thresholds }, 0, minute(1))).toBe(true)
      expect(await riskSettings.put({ name: 'velocity', ...velocity }, 0, minute(2))).toBe(true)
    })
    const kept = await list(store)
    expect(policyIn(kept)).toEqual({ thresholds, rules: { ...INITIAL_POLICY.rules, velocity } })
    const all = allSettings(kept).filter(({ version }) => version > 0)
    expect(all.map(({ setting, version, updatedAt }) => [setting.name, version, updatedAt])).toEqual([
      ['thresholds', 1, minute(1)],
      ['velocity', 1, minute(2)],
    ])
  })

  test('are written by one of two who read the same', async (store) => {
    const put = (review: number, version: number) =>
      commit(store, ({ riskSettings }) =>
        riskSettings.put({ name: 'thresholds', review, deny: 99 }, version, minute(review)),
      )
    expect([await put(1, 0), await put(2, 0), await put(3, 1), await put(4, 1), await put(5, 2)]).toEqual([
      true,
      false,
      true,
      false,
      true,
    ])
    expect(await list(store)).toEqual([
      { setting: { name: 'thresholds', review: 5, deny: 99 }, version: 3, updatedAt: minute(5) },
    ])
  })
}

const known = (create: CreateStore): void => {
  const test = testsOn(create)

  test('are the latest orders, but for one', async (store) => {
    const userId = 'u1'
    await insertOrder(store, paidOrder({ id: 'a', userId, amount: fen(100), createdAt: minute(1) }))
    await insertOrder(store, partiallyRefundedOrder({ id: 'b', userId, createdAt: minute(2) }))
    await insertOrder(store, refundedOrder({ id: 'c', userId, amount: fen(300), createdAt: minute(3) }))
    await insertOrder(store, cancelledOrder({ id: 'd', userId, amount: fen(400), createdAt: minute(4) }))
    await insertOrder(store, pendingOrder({ id: 'e', userId, amount: fen(500), createdAt: minute(5) }))
    await insertOrder(store, pendingOrder({ id: 'f', userId: 'U1', createdAt: minute(6) }))
    const orders = (limit: number) => read(store, ({ riskHistory }) => riskHistory.orders(userId, 'e', limit))
    const part = partiallyRefundedOrder()
    expect(await orders(9)).toEqual([
      { status: 'cancelled', amount: fen(400), refunded: fen(0), createdAt: minute(4) },
      { status: 'refunded', amount: fen(300), refunded: fen(300), createdAt: minute(3) },
      { status: 'partially_refunded', amount: part.amount, refunded: part.refunded, createdAt: minute(2) },
      { status: 'paid', amount: fen(100), refunded: fen(0), createdAt: minute(1) },
    ])
    expect(await orders(1)).toHaveLength(1)
  })

  test('are the times of the latest payments', async (store) => {
    for (const n of [2, 3, 1]) {
      const payment = { id: entityId(n), orderId: `o${n}`, outTradeNo: outTradeNo(n), createdAt: minute(n) }
      await insertPayment(store, pendingPayment({ ...payment, userId: n === 1 ? 'U1' : 'u1' }))
    }
    const payments = (limit: number) => read(store, ({ riskHistory }) => riskHistory.payments('u1', limit))
    expect([await payments(9), await payments(1)]).toEqual([[minute(3), minute(2)], [minute(3)]])
  })
}
