import type { Entitlement } from '../../domain/entitlement.ts'
import { toDate, toOptionalDate, toTimeColumn, wordOf, wordsOf } from './row-values.ts'
import type { Row } from './schema.ts'

const SOURCES = wordsOf<Entitlement['source']['type']>({ order_line: true, access_code: true })

export const toEntitlementRow = (entitlement: Entitlement): Row<'entitlements'> => ({
  id: entitlement.id,
  user_id: entitlement.userId,
  product_id: entitlement.productId,
  source_type: entitlement.source.type,
  source_id: entitlement.source.id,
  starts_at: entitlement.startsAt.getTime(),
  expires_at: entitlement.expiresAt.getTime(),
  revoked_at: toTimeColumn(entitlement.revokedAt),
  created_at: entitlement.createdAt.getTime(),
})

export const toEntitlement = (row: Row<'entitlements'>): Entitlement => ({
  id: row.id,
  userId: row.user_id,
  productId: row.product_id,
  source: { type: wordOf(SOURCES, row.source_type), id: row.source_id },
  startsAt: toDate(row.starts_at),
  expiresAt: toDate(row.expires_at),
  revokedAt: toOptionalDate(row.revoked_at),
  createdAt: toDate(row.created_at),
})
