import type { DeliveryStatus, FulfilmentRecord } from '../../domain/fulfilment.ts'
import { invariant, toDate, toFlag, toOptionalDate, toTimeColumn, wordOf, wordsOf } from './row-values.ts'
import type { Row } from './schema.ts'

const KINDS = wordsOf<FulfilmentRecord['kind']>({ grant: true, codes: true, points: true, goods: true })
/** What is held stays `delivered` for readers of the column, with a mark beside it. */
const STATUSES = wordsOf<Exclude<DeliveryStatus, 'held'>>({ delivered: true, taken_back: true })

/** The columns that change with the delivery. */
export type FulfilmentStateRow = Pick<Row<'fulfilments'>, 'status' | 'held' | 'taken_back_at' | 'round' | 'withheld'>

export const toFulfilmentRow = (record: FulfilmentRecord): Row<'fulfilments'> => ({
  order_id: record.orderId,
  line: record.line,
  kind: record.kind,
  delivered_at: record.deliveredAt.getTime(),
  ...toFulfilmentState(record),
})

export const toFulfilmentState = ({ status, takenBackAt, round, withheld }: FulfilmentRecord): FulfilmentStateRow => ({
  status: status === 'held' ? 'delivered' : status,
  held: status === 'held' ? 1 : 0,
  taken_back_at: toTimeColumn(takenBackAt),
  round,
  withheld,
})

export const toFulfilmentRecord = (row: Row<'fulfilments'>): FulfilmentRecord => ({
  orderId: row.order_id,
  line: row.line,
  kind: wordOf(KINDS, row.kind),
  status: toStatus(row),
  deliveredAt: toDate(row.delivered_at),
  takenBackAt: toOptionalDate(row.taken_back_at),
  round: row.round,
  withheld: row.withheld,
})

const toStatus = (row: Row<'fulfilments'>): DeliveryStatus => {
  const status = wordOf(STATUSES, row.status)
  const held = toFlag(row.held)
  invariant(!held || status === 'delivered', 'a delivery held after it was taken back')
  return held ? 'held' : status
}
