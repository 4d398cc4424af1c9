import type {
  AccessCodeReader,
  AccessCodeRepository,
  IssuedCode,
} from '../../application/access-codes/access-code-repository.ts'
import type { EntitlementReader, EntitlementRepository } from '../../application/entitlements/entitlement-repository.ts'
import type { FulfilmentReader, FulfilmentRepository } from '../../application/fulfilment/fulfilment-repository.ts'
import type { Versioned } from '../../application/versioned.ts'
import type { AccessCode } from '../../domain/access-code.ts'
import type { Entitlement } from '../../domain/entitlement.ts'
import type { FulfilmentRecord } from '../../domain/fulfilment.ts'
import { createTable, type Draft, insertOnce, joined, type Rows } from './table.ts'
import { type Age, firstVersion, newestFirst, oldestFirst } from './versioned-rows.ts'

type CodeRow = { readonly code: Versioned<AccessCode>; readonly text: string }

export const accessCodeTable = () => createTable<CodeRow>(({ code }) => code.value.id, { text: (row) => row.text })
export const entitlementTable = () =>
  createTable<Entitlement>((row) => row.id, { source: (row) => joined(row.source.type, row.source.id) })
export const fulfilmentTable = () => createTable<FulfilmentRecord>((row) => joined(row.orderId, row.line))

const codeAge: Age<CodeRow> = ({ code: { value } }) => ({ createdAt: value.createdAt, id: value.id })

export const accessCodeReader = (codes: Rows<CodeRow>): AccessCodeReader => {
  const boughtIn = (test: (origin: Extract<AccessCode['origin'], { type: 'order' }>) => boolean): CodeRow[] =>
    codes.where(({ code: { value } }) => value.origin.type === 'order' && test(value.origin))
  return {
    listByBuyer: async (userId) =>
      newestFirst(
        boughtIn((origin) => origin.userId === userId),
        codeAge,
      ).map(issued),
    listByOrder: async (orderId) =>
      oldestFirst(
        boughtIn((origin) => origin.orderId === orderId),
        codeAge,
      ).map(issued),
    findByText: async (text) => codes.getBy('text', text)?.code,
  }
}

const issued = ({ code, text }: CodeRow): IssuedCode => ({ code: code.value, text })

export const accessCodeRepository = (codes: Draft<CodeRow>): AccessCodeRepository => ({
  ...accessCodeReader(codes),
  async insert(fresh) {
    for (const { code, text } of fresh) insertOnce(codes, { code: firstVersion(code, code.createdAt), text })
  },
  async replace(before, after, at) {
    const row = codes.get(after.id)
    if (row?.code.version !== before.version) return false
    codes.put({ ...row, code: { value: after, version: before.version + 1, updatedAt: at } })
    return true
  },
})

export const entitlementReader = (entitlements: Rows<Entitlement>): EntitlementReader => ({
  listByUser: async (userId, productId) =>
    oldestFirst(
      entitlements.where((row) => row.userId === userId && (productId === undefined || row.productId === productId)),
      (row) => row,
    ),
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
})
