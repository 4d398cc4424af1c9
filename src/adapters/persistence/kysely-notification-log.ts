import { setImmediate } from 'node:timers/promises'
import { type Expression, type Kysely, sql } from 'kysely'
import type { Encryption } from '../../application/encryption.ts'
import {
  FAILED_VERDICTS,
  type NotificationCount,
  type NotificationEntry,
  type NotificationFilter,
  type NotificationLog,
  type NotificationRecord,
} from '../../application/notifications/notification-log.ts'
import type { Page, PageRequest, Span } from '../../application/page.ts'
import { changeOf, contributionsOfCallback } from '../../application/statistics/contributions.ts'
import { PROVIDERS } from '../../domain/payment.ts'
import { insertOnce } from './duplicates.ts'
import type { Executor } from './executor.ts'
import {
  ENTRY_COLUMNS,
  toNotification,
  toNotificationCounts,
  toNotificationEntry,
  toNotificationRow,
  toRetriedRow,
  VERDICTS,
} from './notification-row.ts'
import { equalities, pageConditions, pageOf, type Place, type Slice } from './paging.ts'
import { indexFor, readBy } from './read-by.ts'
import type { Notes } from './notes.ts'
import { type DB, kindsOf } from './schema.ts'
import { countOf, pageInSlices, sliceEnd } from './slices.ts'
import { insertion, query, statement } from './statement.ts'

/** So much is counted in one go. */
const DAY_MS = 86_400_000

const ARRIVAL: Place = { at: 'received_at', id: 'id' }

const countIf = (column: Expression<unknown>, word: string) => sql`sum(case when ${column} = ${word} then 1 else 0 end)`

export const notificationStatements = (builder: Kysely<DB>) => {
  const notifications = builder.selectFrom('notifications').selectAll()
  const entries = builder.selectFrom('notifications').select(ENTRY_COLUMNS)
  return {
    find: statement(kindsOf('notifications', 'id'), ({ id }) => notifications.where('id', '=', id)),
    findEntry: statement(kindsOf('notifications', 'id'), ({ id }) => entries.where('id', '=', id)),
    listByOrder: statement({ order_id: 'text' }, (given) =>
      entries.where('order_id', '=', given.order_id).orderBy('received_at').orderBy('id'),
    ),
    known: statement(kindsOf('notifications', 'provider', 'notification_id'), (given) =>
      builder
        .selectFrom('notifications')
        .select('id')
        .where('provider', '=', given.provider)
        .where('notification_id', '=', given.notification_id),
    ),
    list: (filter: NotificationFilter, page: Slice) => {
      const { outTradeNo, orderId, verdict, provider, kind } = filter
      const byAge = outTradeNo === undefined && orderId === undefined && verdict === undefined
      const index = indexFor('notifications', { number: outTradeNo, order: orderId, verdict })
      return readBy(builder, 'notifications', index)
        .select(ENTRY_COLUMNS)
        .where((eb) =>
          eb.and([
            ...equalities({ out_trade_no: outTradeNo, order_id: orderId, verdict, provider, kind }, byAge),
            ...pageConditions(page, filter, ARRIVAL),
          ]),
        )
        .orderBy('received_at', 'desc')
        .orderBy('id', 'desc')
        .limit(page.limit + 1)
    },
    listEnd: (filter: NotificationFilter, page: Slice) => {
      const indexed = equalities({ verdict: filter.verdict })
      const index = indexFor('notifications', { verdict: filter.verdict })
      return sliceEnd(
        builder,
        { table: 'notifications', index },
        [...indexed, ...pageConditions(page, filter, ARRIVAL)],
        ARRIVAL,
      )
    },
    /** One pass over an index, whose order the words follow; the content is not read. */
    count: (range: Span) =>
      builder
        .selectFrom('notifications')
        .select('verdict')
        .select(PROVIDERS.map((provider) => countIf(sql.ref('provider'), provider).as(provider)))
        .where('verdict', 'in', [...VERDICTS])
        .where((eb) => eb.and(pageConditions({ limit: 0, after: undefined }, range, ARRIVAL)))
        .groupBy('verdict'),
    /** Of one verdict, since an index has the order of only one at a time. */
    listFailed: statement({ verdict: 'text', limit: 'integer' }, ({ verdict, limit }) =>
      builder
        .selectFrom('notifications')
        .select(['id', 'retries', 'received_at'])
        .where('verdict', '=', verdict)
        .orderBy('retries')
        .orderBy('received_at')
        .orderBy('id')
        .limit(limit),
    ),
    insert: insertion(builder, 'notifications'),
    replace: statement(
      {
        ...kindsOf('notifications', 'id', 'kind', 'out_trade_no', 'order_id', 'verdict', 'event_at', 'retries'),
        before: 'integer',
      },
      ({ id, before, ...changes }) =>
        builder.updateTable('notifications').set(changes).where('id', '=', id).where('retries', '=', before),
    ),
  }
}

const isSparse = ({ outTradeNo, orderId, provider, kind }: NotificationFilter): boolean =>
  countOf(outTradeNo, orderId) === 0 && countOf(provider, kind) > 0

export class KyselyNotificationLog implements NotificationLog {
  readonly #sql: ReturnType<typeof notificationStatements>
  readonly #on: Executor
  readonly #encryption: Encryption
  readonly #count: Notes['count']

  constructor(
    sql: ReturnType<typeof notificationStatements>,
    on: Executor,
    { encryption, count }: Pick<Notes, 'count'> & { readonly encryption: Encryption },
  ) {
    this.#sql = sql
    this.#on = on
    this.#encryption = encryption
    this.#count = count
  }

  async find(id: string): Promise<NotificationRecord | undefined> {
    const row = await this.#sql.find.first(this.#on, { id })
    return row && toNotification(row, this.#encryption)
  }

  async findEntry(id: string): Promise<NotificationEntry | undefined> {
    const row = await this.#sql.findEntry.first(this.#on, { id })
    return row && toNotificationEntry(row)
  }

  async listByOrder(orderId: string): Promise<readonly NotificationEntry[]> {
    return (await this.#sql.listByOrder.rows(this.#on, { order_id: orderId })).map(toNotificationEntry)
  }

  async list(filter: NotificationFilter, page: PageRequest): Promise<Page<NotificationEntry>> {
    const list = async (slice: Slice) => (await query(this.#on, this.#sql.list(filter, slice))).map(toNotificationEntry)
    const end = (slice: Slice) => this.#sql.listEnd(filter, slice)
    const place = ({ receivedAt: createdAt, id }: NotificationEntry) => ({ createdAt, id })
    return isSparse(filter)
      ? pageInSlices({ on: this.#on, end, list }, page, place)
      : pageOf(await list(page), page, place)
  }

  async count({ from, to }: Span): Promise<readonly NotificationCount[]> {
    const counts: NotificationCount[] = []
    for (let start = from; start < to; start = new Date(start.getTime() + DAY_MS)) {
      const end = new Date(Math.min(start.getTime() + DAY_MS, to.getTime()))
      counts.push(...(await query(this.#on, this.#sql.count({ from: start, to: end }))).flatMap(toNotificationCounts))
      await setImmediate() // As in a walk through slices.
    }
    return counts
  }

  async listFailed(limit: number): Promise<readonly string[]> {
    const failed = []
    for (const verdict of FAILED_VERDICTS)
      failed.push(...(await this.#sql.listFailed.rows(this.#on, { verdict, limit })))
    return failed
      .toSorted((a, b) => a.retries - b.retries || a.received_at - b.received_at || (a.id < b.id ? -1 : 1))
      .slice(0, limit)
      .map(({ id }) => id)
  }

  async insert(record: NotificationRecord): Promise<boolean> {
    const { provider, notificationId: notification_id } = record
    const inserted = await insertOnce(
      () => this.#sql.insert(this.#on, [toNotificationRow(record, this.#encryption)]),
      async () => (await this.#sql.known.first(this.#on, { provider, notification_id })) !== undefined,
    )
    if (inserted) this.#count(contributionsOfCallback(record))
    return inserted
  }

  async replace(before: NotificationEntry, after: NotificationEntry): Promise<boolean> {
    const { id, retries } = before
    if ((await this.#sql.replace.change(this.#on, { id, before: retries, ...toRetriedRow(after) })) !== 1) return false
    const moved = { ...before, eventAt: after.eventAt }
    this.#count(changeOf(contributionsOfCallback(before), contributionsOfCallback(moved)))
    return true
  }
}
