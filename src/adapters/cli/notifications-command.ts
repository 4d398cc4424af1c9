import { err, type Result } from 'neverthrow'
import type { Api, Data, Page } from './api.ts'
import { type Columns, printData, printList } from './print.ts'
import {
  isId,
  LIST_OPTIONS,
  type ListWords,
  readList,
  readOptions,
  readReason,
  type UsageError,
  usage,
} from './options.ts'
import { tableOf } from './table.ts'
import type { ExitCode, Terminal } from './terminal.ts'

export type NotificationsCommand =
  | ({
      readonly name: 'notifications list'
      readonly provider: string | undefined
      readonly verdict: string | undefined
      readonly kind: string | undefined
      readonly orderId: string | undefined
      readonly outTradeNo: string | undefined
    } & ListWords)
  | {
      readonly name: 'notifications stats'
      readonly from: string | undefined
      readonly to: string | undefined
      readonly json: boolean
    }
  | {
      readonly name: 'notifications retry'
      readonly notificationId: string
      readonly reason: string | undefined
      readonly json: boolean
    }
  | { readonly name: 'notifications retry-failed'; readonly reason: string | undefined; readonly json: boolean }

export const parseNotifications = (args: readonly string[]): Result<NotificationsCommand, UsageError> => {
  const [what = '', ...rest] = args
  switch (what) {
    case 'list':
      return parseList(rest)
    case 'stats':
      return parseStats(rest)
    case 'retry':
      return parseRetry(rest)
    case 'retry-failed':
      return parseRetryFailed(rest)
    default:
      return usage('notifications list | stats | retry | retry-failed')
  }
}

const parseList = (args: readonly string[]): Result<NotificationsCommand, UsageError> => {
  const read = readOptions('notifications list', args, {
    provider: { type: 'string' },
    verdict: { type: 'string' },
    kind: { type: 'string' },
    order: { type: 'string' },
    'out-trade-no': { type: 'string' },
    ...LIST_OPTIONS,
  })
  if (read.isErr()) return err(read.error)
  const { provider, verdict, kind, order: orderId, 'out-trade-no': outTradeNo, ...given } = read.value.values
  const filter = { provider, verdict, kind, orderId, outTradeNo }
  return readList(given).map((list) => ({ name: 'notifications list', ...filter, ...list }))
}

const JSON_OPTION = { json: { type: 'boolean' } } as const
const REASON_OPTIONS = { reason: { type: 'string' }, ...JSON_OPTION } as const

const parseStats = (args: readonly string[]): Result<NotificationsCommand, UsageError> => {
  const options = { from: { type: 'string' }, to: { type: 'string' }, ...JSON_OPTION } as const
  return readOptions('notifications stats', args, options).map(({ values: { from, to, json = false } }) => ({
    name: 'notifications stats',
    from,
    to,
    json,
  }))
}

const parseRetry = (args: readonly string[]): Result<NotificationsCommand, UsageError> => {
  const read = readOptions('notifications retry', args, REASON_OPTIONS, ['ID'])
  if (read.isErr()) return err(read.error)
  const [notificationId] = read.value.words
  if (!isId(notificationId)) return usage('notifications retry needs an ID')
  const { reason: given, json = false } = read.value.values
  return readReason(given).map((reason) => ({ name: 'notifications retry', notificationId, reason, json }))
}

const parseRetryFailed = (args: readonly string[]): Result<NotificationsCommand, UsageError> => {
  const read = readOptions('notifications retry-failed', args, REASON_OPTIONS)
  if (read.isErr()) return err(read.error)
  const { reason: given, json = false } = read.value.values
  return readReason(given).map((reason) => ({ name: 'notifications retry-failed', reason, json }))
}

type Notification = {
  readonly id: string
  readonly provider: string
  readonly kind: string
  readonly outTradeNo: string | null
  readonly verdict: string
  readonly retries: number
  readonly receivedAt: string
}
type Stats = {
  readonly from: string
  readonly to: string
  readonly total: number
  readonly byProvider: Readonly<Record<string, { readonly byVerdict: Readonly<Record<string, number>> }>>
}
type Retried = { readonly outcome: string; readonly notification: Notification }
type RetryReport = { readonly retried: number; readonly succeeded: number; readonly failed: number }

const COLUMNS: Columns<Notification> = {
  head: ['ID', 'RECEIVED', 'PROVIDER', 'KIND', 'VERDICT', 'RETRIES', 'OUT TRADE NO'],
  cells: ({ id, receivedAt, provider, kind, verdict, retries, outTradeNo }) => [
    id,
    receivedAt,
    provider,
    kind,
    verdict,
    String(retries),
    outTradeNo,
  ],
}

export const runNotifications = async (
  api: Api,
  command: NotificationsCommand,
  terminal: Terminal,
): Promise<ExitCode> => {
  switch (command.name) {
    case 'notifications list': {
      const { name: _, json, ...query } = command
      return printList(await api.get<Page<Notification>>('/admin/notifications', query), COLUMNS, json, terminal)
    }
    case 'notifications stats': {
      const { from, to } = command
      const stats = await api.get<Data<Stats>>('/admin/notifications/stats', { from, to })
      return printData(stats, statsLines, command.json, terminal)
    }
    case 'notifications retry': {
      const { notificationId, reason } = command
      const retried = await api.post<Data<Retried>>(`/admin/notifications/${notificationId}/retry`, { reason })
      return printData(retried, ({ outcome }) => [`outcome 结果: ${outcome}`], command.json, terminal)
    }
    case 'notifications retry-failed': {
      const report = await api.post<Data<RetryReport>>('/admin/notifications/retry-failed', { reason: command.reason })
      return printData(report, reportLines, command.json, terminal)
    }
  }
}

const statsLines = ({ from, to, total, byProvider }: Stats): readonly string[] => [
  `${from} – ${to}: ${total}`,
  ...tableOf(
    Object.entries(byProvider).flatMap(([provider, { byVerdict }]) =>
      Object.entries(byVerdict).map(([verdict, count]) => [provider, verdict, String(count)]),
    ),
  ),
]

const reportLines = ({ retried, succeeded, failed }: RetryReport): readonly string[] => [
  `retried 已重试 ${retried}, succeeded 成功 ${succeeded}, failed 失败 ${failed}`,
]
