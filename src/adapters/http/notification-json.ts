import { z } from 'zod'
import type {
  NotificationCount,
  NotificationEntry,
  NotificationRecord,
} from '../../application/notifications/notification-log.ts'
import type { RetriedNotification } from '../../application/notifications/retry-notification.ts'
import { PROVIDERS } from '../../domain/payment.ts'
import { idSchema, instantOrNull, instantSchema } from './envelope.ts'

export const NOTIFICATION_KINDS = ['payment', 'refund', 'other'] as const

export const VERDICTS = [
  'settled',
  'surplus',
  'late',
  'honoured',
  'refund_settled',
  'recorded',
  'unknown_order',
  'amount_mismatch',
  'foreign_identity',
  'unreadable',
] as const

const entry = {
  id: idSchema,
  provider: z.enum(PROVIDERS),
  kind: z.enum(NOTIFICATION_KINDS),
  notificationId: z.string().meta({ description: '支付渠道的通知编号' }),
  outTradeNo: z.string().nullable(),
  orderId: idSchema.nullable(),
  verdict: z.enum(VERDICTS).meta({ description: '处理结果' }),
  retries: z.int().meta({ description: '人工重新处理的次数' }),
  eventAt: instantSchema.nullable(),
  receivedAt: instantSchema,
}

export const notificationSchema = z
  .strictObject(entry)
  .meta({ id: 'Notification', description: '一条已验签的渠道通知；重复的通知不再记录' })

export const notificationJson = (one: NotificationEntry): z.output<typeof notificationSchema> => ({
  id: one.id,
  provider: one.provider,
  kind: one.kind,
  notificationId: one.notificationId,
  outTradeNo: one.outTradeNo ?? null,
  orderId: one.orderId ?? null,
  verdict: one.verdict,
  retries: one.retries,
  eventAt: instantOrNull(one.eventAt),
  receivedAt: one.receivedAt.toISOString(),
})

export const openedNotificationSchema = z
  .strictObject({
    ...entry,
    headers: z.record(z.string(), z.string()),
    body: z.string(),
    bodyEncoding: z.enum(['utf8', 'base64']).meta({ description: '报文不是有效的 UTF-8 时以 base64 给出' }),
  })
  .meta({ id: 'OpenedNotification' })

export const openedNotificationJson = (record: NotificationRecord): z.output<typeof openedNotificationSchema> => ({
  ...notificationJson(record),
  headers: Object.fromEntries(
    Object.entries(record.raw.headers).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  ),
  ...bodyJson(record.raw.body),
})

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

const bodyJson = (bytes: Uint8Array): { readonly body: string; readonly bodyEncoding: 'utf8' | 'base64' } => {
  try {
    return { body: UTF8.decode(bytes), bodyEncoding: 'utf8' }
  } catch {
    return { body: Buffer.from(bytes).toString('base64'), bodyEncoding: 'base64' }
  }
}

export const retriedSchema = z
  .strictObject({
    outcome: z
      .enum([...VERDICTS, 'repeated', 'refused'])
      .meta({ description: '这一次的结果；repeated：账上已有；refused：签名不再能验证' }),
    notification: notificationSchema,
  })
  .meta({ id: 'RetriedNotification' })

export const retriedJson = ({ outcome, entry: one }: RetriedNotification): z.output<typeof retriedSchema> => ({
  outcome,
  notification: notificationJson(one),
})

export const retryReportSchema = z
  .strictObject({ retried: z.int(), succeeded: z.int(), failed: z.int() })
  .meta({ id: 'RetryReport' })

const counts = z.strictObject({ total: z.int(), byVerdict: z.partialRecord(z.enum(VERDICTS), z.int()) })

export const notificationStatsSchema = z
  .strictObject({
    from: instantSchema,
    to: instantSchema,
    ...counts.shape,
    byProvider: z.partialRecord(z.enum(PROVIDERS), counts),
  })
  .meta({ id: 'NotificationStats' })

type Counts = z.output<typeof counts>

/** The same counts for all providers together and for each; what did not come is not named. */
export const notificationStatsJson = (
  found: readonly NotificationCount[],
  { from, to }: { readonly from: Date; readonly to: Date },
): z.output<typeof notificationStatsSchema> => ({
  from: from.toISOString(),
  to: to.toISOString(),
  ...sumOf(found),
  byProvider: Object.fromEntries(
    PROVIDERS.map((provider) => [provider, found.filter((one) => one.provider === provider)] as const)
      .filter(([, ofOne]) => ofOne.length > 0)
      .map(([provider, ofOne]) => [provider, sumOf(ofOne)]),
  ),
})

const sumOf = (found: readonly NotificationCount[]): Counts => ({
  total: sum(found),
  byVerdict: Object.fromEntries(
    VERDICTS.map((verdict) => [verdict, sum(found.filter((one) => one.verdict === verdict))] as const).filter(
      ([, count]) => count > 0,
    ),
  ),
})

const sum = (found: readonly NotificationCount[]): number => found.reduce((total, { count }) => total + count, 0)
