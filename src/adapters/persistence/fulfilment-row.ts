import type { FulfilmentRecord } from '../../domain/fulfilment.ts'
import { toDate, toOptionalDate, toTimeColumn, wordOf, wordsOf } from './row-values.ts'
import type { Row } from './schema.ts'

const KINDS = wordsOf<FulfilmentRecord['kind']>({ grant: true, codes: true, points: true, goods: true })
const STATUSES = wordsOf<FulfilmentRecord['status']>({ delivered: true, taken_back: true })

export const toFulfilmentRow = (record: FulfilmentRecord): Row<'fulfilments'> => ({
  order_id: record.orderId,
  line: record.line,
  kind: record.kind,
  status: record.status,
  delivered_at: record.deliveredAt.getTime(),
  taken_back_at: toTimeColumn(record.takenBackAt),
})

export const toFulfilmentRecord = (row: Row<'fulfilments'>): FulfilmentRecord => ({
  orderId: row.order_id,
  line: row.line,
  kind: wordOf(KINDS, row.kind),
  status: wordOf(STATUSES, row.status),
  deliveredAt: toDate(row.delivered_at),
  takenBackAt: toOptionalDate(row.taken_back_at),
})
