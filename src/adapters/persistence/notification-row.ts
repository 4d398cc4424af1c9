import type { Encryption } from '../../application/encryption.ts'
import type {
  NotificationCount,
  NotificationEntry,
  NotificationRecord,
  NotificationVerdict,
} from '../../application/notifications/notification-log.ts'
import type { RawNotification } from '../../application/payments/payment-gateway.ts'
import { type Provider, PROVIDERS } from '../../domain/payment.ts'
import { parseObject } from './json.ts'
import { toColumn, toDate, toOptional, toOptionalDate, toTimeColumn, wordOf, wordsOf } from './row-values.ts'
import type { Row } from './schema.ts'

const KINDS = wordsOf<NotificationRecord['kind']>({ payment: true, refund: true, other: true })
export const VERDICTS = wordsOf<NotificationVerdict>({
  settled: true,
  surplus: true,
  late: true,
  honoured: true,
  refund_settled: true,
  recorded: true,
  unknown_order: true,
  amount_mismatch: true,
  foreign_identity: true,
  unreadable: true,
})

export const toNotificationRow = (record: NotificationRecord, encryption: Encryption): Row<'notifications'> => ({
  id: record.id,
  provider: record.provider,
  kind: record.kind,
  notification_id: record.notificationId,
  out_trade_no: toColumn(record.outTradeNo),
  order_id: toColumn(record.orderId),
  verdict: record.verdict,
  headers: encryption.seal(JSON.stringify(record.raw.headers), headersOf(record.id)),
  body: encryption.seal(bytesAsText(record.raw.body), bodyOf(record.id)),
  event_at: toTimeColumn(record.eventAt),
  received_at: record.receivedAt.getTime(),
  retries: record.retries,
})

export const toNotification = (row: Row<'notifications'>, encryption: Encryption): NotificationRecord => ({
  ...toNotificationEntry(row),
  raw: {
    headers: toHeaders(encryption.open(row.headers, headersOf(row.id))),
    body: textAsBytes(encryption.open(row.body, bodyOf(row.id))),
  },
})

/** The columns that need no key to be read. */
export const ENTRY_COLUMNS = [
  'id',
  'provider',
  'kind',
  'notification_id',
  'out_trade_no',
  'order_id',
  'verdict',
  'event_at',
  'received_at',
  'retries',
] as const satisfies readonly (keyof Row<'notifications'>)[]

type EntryRow = Pick<Row<'notifications'>, (typeof ENTRY_COLUMNS)[number]>

export const toNotificationEntry = (row: EntryRow): NotificationEntry => ({
  id: row.id,
  provider: wordOf(PROVIDERS, row.provider),
  kind: wordOf(KINDS, row.kind),
  notificationId: row.notification_id,
  outTradeNo: toOptional(row.out_trade_no),
  orderId: toOptional(row.order_id),
  verdict: wordOf(VERDICTS, row.verdict),
  eventAt: toOptionalDate(row.event_at),
  receivedAt: toDate(row.received_at),
  retries: row.retries,
})

/** What is written of a retry. */
export const toRetriedRow = (entry: NotificationEntry) => ({
  kind: entry.kind,
  out_trade_no: toColumn(entry.outTradeNo),
  order_id: toColumn(entry.orderId),
  verdict: entry.verdict,
  event_at: toTimeColumn(entry.eventAt),
  retries: entry.retries,
})

/** A database may count in text. */
export const toNotificationCounts = (
  row: Readonly<Record<Provider, unknown>> & { readonly verdict: string },
): readonly NotificationCount[] =>
  PROVIDERS.map((provider) => ({
    provider,
    verdict: wordOf(VERDICTS, row.verdict),
    count: Number(row[provider]),
  })).filter(({ count }) => count > 0)

export const headersOf = (id: string) => ({ table: 'notifications', column: 'headers', row: id })
export const bodyOf = (id: string) => ({ table: 'notifications', column: 'body', row: id })

// A character for each byte: what came need not be UTF-8, and has to come back as it was.
const bytesAsText = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
const textAsBytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'))

const toHeaders = (json: string): RawNotification['headers'] => {
  const headers = parseObject(json)
  return Object.fromEntries(headers.keys.map((name) => [name, headers.text(name)]))
}
