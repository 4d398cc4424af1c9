import type { Encryption } from '../../application/encryption.ts'
import type { NotificationRecord, NotificationVerdict } from '../../application/notifications/notification-log.ts'
import type { RawNotification } from '../../application/payments/payment-gateway.ts'
import { PROVIDERS } from '../../domain/payment.ts'
import { parseObject } from './json.ts'
import { toColumn, toDate, toOptional, toOptionalDate, toTimeColumn, wordOf, wordsOf } from './row-values.ts'
import type { Row } from './schema.ts'

const KINDS = wordsOf<NotificationRecord['kind']>({ payment: true, refund: true, other: true })
const VERDICTS = wordsOf<NotificationVerdict>({
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
})

export const toNotification = (row: Row<'notifications'>, encryption: Encryption): NotificationRecord => ({
  id: row.id,
  provider: wordOf(PROVIDERS, row.provider),
  kind: wordOf(KINDS, row.kind),
  notificationId: row.notification_id,
  outTradeNo: toOptional(row.out_trade_no),
  orderId: toOptional(row.order_id),
  verdict: wordOf(VERDICTS, row.verdict),
  raw: {
    headers: toHeaders(encryption.open(row.headers, headersOf(row.id))),
    body: textAsBytes(encryption.open(row.body, bodyOf(row.id))),
  },
  eventAt: toOptionalDate(row.event_at),
  receivedAt: toDate(row.received_at),
})

const headersOf = (id: string) => ({ table: 'notifications', column: 'headers', row: id })
const bodyOf = (id: string) => ({ table: 'notifications', column: 'body', row: id })

// A character for each byte: what came need not be UTF-8, and has to come back as it was.
const bytesAsText = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
const textAsBytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'))

const toHeaders = (json: string): RawNotification['headers'] => {
  const headers = parseObject(json)
  return Object.fromEntries(headers.keys.map((name) => [name, headers.text(name)]))
}
