import type { Versioned } from '../../application/versioned.ts'
import type { Blacklist, BlacklistEntry, BlacklistReader } from '../../application/risk/blacklist.ts'
import type { RiskDecisionReader, RiskDecisions } from '../../application/risk/risk-decisions.ts'
import type { RiskHistory } from '../../application/risk/risk-history.ts'
import type { KeptSetting, RiskSettingReader, RiskSettings } from '../../application/risk/risk-settings.ts'
import { type Network, networksAround } from '../../domain/network.ts'
import { type Order, refundedOf } from '../../domain/order.ts'
import type { Payment } from '../../domain/payment.ts'
import type { RiskDecision } from '../../domain/risk.ts'
import { createTable, type Draft, joined, type Rows } from './table.ts'
import { isWithin, newestFirst, oldestFirst, pageOf } from './versioned-rows.ts'

/** An entry that was removed stays as a row that holds no network. */
type BlacklistRow = { readonly entry: BlacklistEntry; readonly isGone: boolean }
/** One that was forgotten stays as a row that nobody sees. */
type DecisionRow = {
  readonly decision: RiskDecision
  readonly refusalKey: string | undefined
  readonly isForgotten?: true
}

const keyOf = ({ first, prefix }: Network): string => joined(first, prefix)

export const blacklistTable = () =>
  createTable<BlacklistRow>(({ entry }) => entry.id, {
    network: ({ entry, isGone }) => (isGone ? undefined : keyOf(entry.network)),
  })
export const decisionTable = () =>
  createTable<DecisionRow>(({ decision }) => decision.id, { refusal: ({ refusalKey }) => refusalKey })
export const settingTable = () => createTable<KeptSetting>(({ setting }) => setting.name)

export const blacklistReader = (rows: Rows<BlacklistRow>): BlacklistReader => {
  const same = (network: Network): BlacklistEntry | undefined => rows.getBy('network', keyOf(network))?.entry
  const isInForce = (entry: BlacklistEntry, at: Date): boolean => entry.expiresAt === undefined || entry.expiresAt > at
  return {
    async find(id) {
      const row = rows.get(id)
      return row?.isGone === false ? row.entry : undefined
    },
    findSame: async (network) => same(network),
    list: async (page) =>
      pageOf(
        rows.where(({ isGone }) => !isGone).map(({ entry }) => entry),
        page,
        ({ createdAt, id }) => ({ createdAt, id }),
      ),
    covering: async (address, at) =>
      networksAround(address)
        .map(same)
        .find((entry) => entry !== undefined && isInForce(entry, at)),
  }
}

export const blacklist = (rows: Draft<BlacklistRow>): Blacklist => {
  const reader = blacklistReader(rows)
  return {
    ...reader,
    insert: async (entry) => rows.insert({ entry, isGone: false }) === undefined,
    async replace({ id, reason, expiresAt }) {
      const entry = await reader.find(id)
      if (entry !== undefined) rows.put({ entry: { ...entry, reason, expiresAt }, isGone: false })
      return entry !== undefined
    },
    async remove(id) {
      const entry = await reader.find(id)
      if (entry !== undefined) rows.put({ entry, isGone: true })
      return entry !== undefined
    },
  }
}

const decisionAge = ({ at: createdAt, id }: RiskDecision) => ({ createdAt, id })

export const decisionReader = (rows: Rows<DecisionRow>, orders: Rows<Versioned<Order>>): RiskDecisionReader => {
  const where = (test: (decision: RiskDecision) => boolean): readonly RiskDecision[] =>
    rows
      .where(({ decision, isForgotten }) => isForgotten === undefined && test(decision))
      .map(({ decision }) => decision)
  const isPaid = (orderId: string | undefined): boolean => {
    const order = orderId === undefined ? undefined : orders.get(orderId)?.value
    return order !== undefined && 'paidAt' in order
  }
  return {
    async list(filter, page) {
      const { userId, orderId, outcome, rule } = filter
      const wanted = (decision: RiskDecision): boolean =>
        (userId === undefined || decision.userId === userId) &&
        (orderId === undefined || decision.orderId === orderId) &&
        (outcome === undefined || decision.outcome === outcome) &&
        (rule === undefined || decision.reasons.some((reason) => reason.rule === rule)) &&
        isWithin(filter, decision.at)
      return pageOf(where(wanted), page, decisionAge)
    },
    listByOrder: async (orderId, limit) =>
      oldestFirst(
        where((decision) => decision.orderId === orderId),
        decisionAge,
      ).slice(0, limit),
    async shadowHits(rule, span, limit) {
      const matched = newestFirst(
        where(({ reasons, at }) => reasons.some((reason) => reason.rule === rule) && isWithin(span, at)),
        decisionAge,
      )
      const hits = matched
        .slice(0, limit)
        .flatMap(({ orderId, reasons }) =>
          reasons
            .filter((reason) => reason.rule === rule && reason.mode === 'shadow')
            .map(({ outcome }) => ({ orderId, outcome, isPaid: isPaid(orderId) })),
        )
      return { hits, isWhole: matched.length <= limit }
    },
    hasRefusal: async (key) => rows.getBy('refusal', key) !== undefined,
  }
}

export const riskDecisions = (rows: Draft<DecisionRow>, orders: Rows<Versioned<Order>>): RiskDecisions => ({
  ...decisionReader(rows, orders),
  async insert(decision) {
    const broken = rows.insert({ decision, refusalKey: undefined })
    if (broken !== undefined) throw new Error(`a decision with the same ${broken} exists`)
  },
  async insertRefusal(decision, refusalKey) {
    return rows.insert({ decision, refusalKey }) === undefined
  },
  async forget(before, limit) {
    const old = rows.where(({ decision, isForgotten }) => isForgotten === undefined && decision.at < before)
    const oldest = oldestFirst(
      old.map(({ decision }) => decision),
      decisionAge,
    ).slice(0, limit)
    for (const decision of oldest) rows.put({ decision, refusalKey: undefined, isForgotten: true })
    return oldest.length
  },
})

export const settingReader = (rows: Rows<KeptSetting>): RiskSettingReader => ({
  list: async () => rows.where(() => true),
})

export const riskSettings = (rows: Draft<KeptSetting>): RiskSettings => ({
  ...settingReader(rows),
  async put(setting, version, at) {
    if ((rows.get(setting.name)?.version ?? 0) !== version) return false
    rows.put({ setting, version: version + 1, updatedAt: at })
    return true
  },
})

export const riskHistory = (orders: Rows<Versioned<Order>>, payments: Rows<Versioned<Payment>>): RiskHistory => ({
  async orders(userId, without, limit) {
    const own = orders.where(({ value }) => value.userId === userId && value.id !== without).map(({ value }) => value)
    return newestFirst(own, (order) => order)
      .slice(0, limit)
      .map((order) => {
        const { status, amount, createdAt } = order
        return { status, amount, refunded: refundedOf(order), createdAt }
      })
  },
  async payments(userId, limit) {
    const own = payments.where(({ value }) => value.userId === userId).map(({ value }) => value)
    return newestFirst(own, (payment) => payment)
      .slice(0, limit)
      .map(({ createdAt }) => createdAt)
  },
})
