import {
  isFailed,
  type NotificationEntry,
  type NotificationLog,
  type NotificationReader,
  type NotificationRecord,
} from '../../application/notifications/notification-log.ts'
import { createTable, type Draft, insertOnce, joined, type Rows } from './table.ts'
import { type Age, isWithin, oldestFirst, pageOf } from './versioned-rows.ts'

export const notificationTable = () =>
  createTable<NotificationRecord>((row) => row.id, { message: (row) => joined(row.provider, row.notificationId) })

const arrival: Age<NotificationEntry> = ({ receivedAt: createdAt, id }) => ({ createdAt, id })

const entryOf = ({ raw: _raw, ...entry }: NotificationRecord): NotificationEntry => entry

export const notificationReader = (notifications: Rows<NotificationRecord>): NotificationReader => {
  const entries = (test: (entry: NotificationEntry) => boolean) => notifications.where(test).map(entryOf)
  return {
    find: async (id) => notifications.get(id),
    async findEntry(id) {
      const record = notifications.get(id)
      return record && entryOf(record)
    },
    listByOrder: async (orderId) =>
      oldestFirst(
        entries((entry) => entry.orderId === orderId),
        arrival,
      ),
    async list(filter, page) {
      const { provider, verdict, kind, orderId, outTradeNo } = filter
      const wanted = (entry: NotificationEntry): boolean =>
        (provider === undefined || entry.provider === provider) &&
        (verdict === undefined || entry.verdict === verdict) &&
        (kind === undefined || entry.kind === kind) &&
        (orderId === undefined || entry.orderId === orderId) &&
        (outTradeNo === undefined || entry.outTradeNo === outTradeNo) &&
        isWithin(filter, entry.receivedAt)
      return pageOf(entries(wanted), page, arrival)
    },
    async count(range) {
      const groups = Map.groupBy(
        entries(({ receivedAt }) => isWithin(range, receivedAt)),
        ({ provider, verdict }) => joined(provider, verdict),
      )
      return [...groups.values()].flatMap(([first, ...more]) =>
        first === undefined ? [] : [{ provider: first.provider, verdict: first.verdict, count: more.length + 1 }],
      )
    },
    async listFailed(limit) {
      const failed = oldestFirst(
        entries(({ verdict }) => isFailed(verdict)),
        arrival,
      )
      return failed
        .toSorted((a, b) => a.retries - b.retries)
        .slice(0, limit)
        .map(({ id }) => id)
    },
  }
}

export const notificationLog = (notifications: Draft<NotificationRecord>): NotificationLog => ({
  ...notificationReader(notifications),
  async insert(record) {
    if (notifications.getBy('message', joined(record.provider, record.notificationId))) return false
    insertOnce(notifications, record)
    return true
  },
  async replace(before, { kind, outTradeNo, orderId, verdict, eventAt, retries }) {
    const known = notifications.get(before.id)
    if (known?.retries !== before.retries) return false
    notifications.put({ ...known, kind, outTradeNo, orderId, verdict, eventAt, retries })
    return true
  },
})
