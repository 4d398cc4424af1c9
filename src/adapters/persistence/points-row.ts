import type { Versioned } from '../../application/versioned.ts'
import type { PointsAccount, PointsEntry, PointsEntryKind } from '../../domain/points.ts'
import { invariant, toDate, wordOf, wordsOf } from './row-values.ts'
import type { Row } from './schema.ts'

const KINDS = wordsOf<PointsEntryKind>({
  purchase: true,
  bonus: true,
  spend: true,
  spend_refund: true,
  take_back: true,
  adjustment: true,
})
const SOURCES = wordsOf<PointsEntry['source']['type']>({
  order_line: true,
  payment: true,
  refund: true,
  admin: true,
})

export const toAccount = (row: Row<'points_accounts'>): Versioned<PointsAccount> => {
  invariant(row.balance >= 0, 'a points balance below zero')
  return {
    value: { userId: row.user_id, balance: row.balance },
    version: row.version,
    updatedAt: toDate(row.updated_at),
  }
}

export const toEntryRow = (entry: PointsEntry): Row<'points_entries'> => ({
  id: entry.id,
  user_id: entry.userId,
  kind: entry.kind,
  delta: entry.delta,
  balance_after: entry.balanceAfter,
  source_type: entry.source.type,
  source_id: entry.source.id,
  created_at: entry.createdAt.getTime(),
})

export const toEntry = (row: Row<'points_entries'>): PointsEntry => ({
  id: row.id,
  userId: row.user_id,
  kind: wordOf(KINDS, row.kind),
  delta: row.delta,
  balanceAfter: row.balance_after,
  source: { type: wordOf(SOURCES, row.source_type), id: row.source_id },
  createdAt: toDate(row.created_at),
})
