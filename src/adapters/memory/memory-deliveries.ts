import type { EntitlementReader, EntitlementRepository } from '../../application/entitlements/entitlement-repository.ts'
import type { FulfilmentReader, FulfilmentRepository } from '../../application/fulfilment/fulfilment-repository.ts'
import { type Entitlement, isLasting } from '../../domain/entitlement.ts'
import type { FulfilmentRecord } from '../../domain/fulfilment.ts'
import { createTable, type Draft, insertOnce, joined, type Rows } from './table.ts'
import { oldestFirst, pageOf } from './versioned-rows.ts'

export const entitlementTable = () =>
  createTable<Entitlement>((row) => row.id, { source: (row) => joined(row.source.type, row.source.id) })
export const fulfilmentTable = () => createTable<FulfilmentRecord>((row) => joined(row.orderId, row.line))

export const entitlementReader = (entitlements: Rows<Entitlement>): EntitlementReader => ({
  find: async (id) => entitlements.get(id),
  listByUser: async (userId, productId) =>
    oldestFirst(
      entitlements.where((row) => row.userId === userId && (productId === undefined || row.productId === productId)),
      (row) => row,
    ),
  listLasting: async (userId, at, page) =>
    pageOf(
      entitlements.where((row) => row.userId === userId && isLasting(row, at)),
      page,
      (row) => row,
    ),
  findBySource: async (source) => entitlements.getBy('source', joined(source.type, source.id)),
})

export const entitlementRepository = (entitlements: Draft<Entitlement>): EntitlementRepository => ({
  ...entitlementReader(entitlements),
  async insert(entitlement) {
    if (entitlements.getBy('source', joined(entitlement.source.type, entitlement.source.id))) return false
    insertOnce(entitlements, entitlement)
    return true
  },
  async revoke(id, at) {
    const entitlement = entitlements.get(id)
    if (entitlement === undefined || entitlement.revokedAt !== undefined) return false
    entitlements.put({ ...entitlement, revokedAt: at })
    return true
  },
  async move(before, { startsAt, expiresAt }) {
    const known = entitlements.get(before.id)
    if (known?.startsAt.getTime() !== before.startsAt.getTime() || known.revokedAt !== undefined) return false
    entitlements.put({ ...known, startsAt, expiresAt })
    return true
  },
})

export const fulfilmentReader = (fulfilments: Rows<FulfilmentRecord>): FulfilmentReader => ({
  listByOrder: async (orderId) => fulfilments.where((row) => row.orderId === orderId).sort((a, b) => a.line - b.line),
})

export const fulfilmentRepository = (fulfilments: Draft<FulfilmentRecord>): FulfilmentRepository => ({
  ...fulfilmentReader(fulfilments),
  async insert(records) {
    if (records.some((record) => fulfilments.get(joined(record.orderId, record.line)) !== undefined)) return false
    for (const record of records) insertOnce(fulfilments, record)
    return true
  },
  async replace(before, after) {
    if (fulfilments.get(joined(after.orderId, after.line))?.round !== before.round) return false
    fulfilments.put(after)
    return true
  },
})
