import { err, ok, type Result } from 'neverthrow'
import type { Api, Data, Page } from './api.ts'
import { type Columns, printData, printList } from './print.ts'
import { isId, LIST_OPTIONS, type ListWords, readList, readOptions, type UsageError, usage } from './options.ts'
import { plain, tableOf } from './table.ts'
import type { ExitCode, Terminal } from './terminal.ts'

const STATUSES = ['pending', 'paid', 'partially_refunded', 'refunded', 'cancelled', 'expired'] as const

export type OrdersCommand =
  | ({
      readonly name: 'orders list'
      readonly userId: string | undefined
      readonly status: (typeof STATUSES)[number] | undefined
      readonly outTradeNo: string | undefined
      readonly transactionId: string | undefined
    } & ListWords)
  | { readonly name: 'orders show'; readonly orderId: string; readonly json: boolean }

export const parseOrders = (args: readonly string[]): Result<OrdersCommand, UsageError> => {
  const [what = '', ...rest] = args
  switch (what) {
    case 'list':
      return parseList(rest)
    case 'show':
      return parseShow(rest)
    default:
      return usage('orders list | show')
  }
}

const parseList = (args: readonly string[]): Result<OrdersCommand, UsageError> => {
  const read = readOptions('orders list', args, {
    user: { type: 'string' },
    status: { type: 'string' },
    'out-trade-no': { type: 'string' },
    'transaction-id': { type: 'string' },
    ...LIST_OPTIONS,
  })
  if (read.isErr()) return err(read.error)
  const { user: userId, 'out-trade-no': outTradeNo, 'transaction-id': transactionId, ...given } = read.value.values
  const status = STATUSES.find((one) => one === given.status)
  if (given.status !== undefined && status === undefined) return usage(`--status is ${STATUSES.join(', ')}`)
  return readList(given).map((list) => ({ name: 'orders list', userId, status, outTradeNo, transactionId, ...list }))
}

const parseShow = (args: readonly string[]): Result<OrdersCommand, UsageError> => {
  const read = readOptions('orders show', args, { json: { type: 'boolean' } }, ['ID'])
  if (read.isErr()) return err(read.error)
  const [orderId] = read.value.words
  if (!isId(orderId)) return usage('orders show needs an ID')
  return ok({ name: 'orders show', orderId, json: read.value.values.json ?? false })
}

type Order = {
  readonly id: string
  readonly userId: string
  readonly status: string
  readonly amount: string
  readonly refundedAmount: string
  readonly items: readonly { readonly name: string; readonly unitPrice: string; readonly quantity: number }[]
  readonly expiresAt: string
  readonly createdAt: string
}

/** What the timeline shows of the API's answer. */
type OrderDetail = {
  readonly order: Order
  readonly payments: readonly {
    readonly id: string
    readonly method: string
    readonly outTradeNo: string
    readonly transactionId: string | null
    readonly status: string
    readonly amount: string
  }[]
  readonly refunds: readonly {
    readonly refundNo: string
    readonly status: string
    readonly amount: string
    readonly reason: string
    readonly requestedBy: string
  }[]
  readonly fulfilments: readonly { readonly line: number; readonly kind: string; readonly status: string }[]
  readonly incidents: readonly { readonly id: string; readonly kind: string; readonly status: string }[]
  readonly notifications: readonly { readonly receivedAt: string; readonly kind: string; readonly verdict: string }[]
  readonly webhookDeliveries: readonly {
    readonly id: string
    readonly type: string
    readonly status: string
    readonly attempts: number
  }[]
  readonly events: readonly {
    readonly seq: number
    readonly type: string
    readonly cause: string
    readonly actor: string
    readonly at: string
  }[]
}

const COLUMNS: Columns<Order> = {
  head: ['ID', 'STATUS', 'AMOUNT', 'REFUNDED', 'USER', 'CREATED'],
  cells: ({ id, status, amount, refundedAmount, userId, createdAt }) => [
    id,
    status,
    amount,
    refundedAmount,
    userId,
    createdAt,
  ],
}

export const runOrders = async (api: Api, command: OrdersCommand, terminal: Terminal): Promise<ExitCode> => {
  switch (command.name) {
    case 'orders list': {
      const { name: _, json, ...query } = command
      return printList(await api.get<Page<Order>>('/admin/orders', query), COLUMNS, json, terminal)
    }
    case 'orders show': {
      const detail = await api.get<Data<OrderDetail>>(`/admin/orders/${command.orderId}`)
      return printData(detail, detailOf, command.json, terminal)
    }
  }
}

const detailOf = ({ order, ...detail }: OrderDetail): readonly string[] => [
  `order 订单 ${order.id}  ${order.status}`,
  `user 用户 ${plain(order.userId)}, amount 金额 ${order.amount}, refunded 已退 ${order.refundedAmount}, until 有效至 ${order.expiresAt}`,
  ...part(
    'items 商品',
    order.items.map(({ name, unitPrice, quantity }) => [name, unitPrice, `x${quantity}`]),
  ),
  ...part(
    'payments 支付',
    detail.payments.map((one) => [one.status, one.amount, one.method, one.outTradeNo, one.transactionId ?? '-']),
  ),
  ...part(
    'refunds 退款',
    detail.refunds.map((one) => [one.status, one.amount, one.refundNo, one.requestedBy, one.reason]),
  ),
  ...part(
    'deliveries 交付',
    detail.fulfilments.map(({ line, kind, status }) => [String(line), kind, status]),
  ),
  ...part(
    'incidents 异常',
    detail.incidents.map(({ id, kind, status }) => [status, kind, id]),
  ),
  ...part(
    'notifications 通知',
    detail.notifications.map(({ receivedAt, kind, verdict }) => [receivedAt, kind, verdict]),
  ),
  ...part(
    'webhooks 推送',
    detail.webhookDeliveries.map(({ id, type, status, attempts }) => [status, type, String(attempts), id]),
  ),
  ...part(
    'events 时间线',
    detail.events.map(({ seq, at, type, cause, actor }) => [String(seq), at, type, `${cause}: ${actor}`]),
  ),
]

/** A part that is empty is left out. */
const part = (title: string, rows: readonly (readonly string[])[]): readonly string[] =>
  rows.length === 0 ? [] : ['', title, ...tableOf(rows).map((line) => `  ${line}`)]
