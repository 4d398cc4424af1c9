import type { Kysely } from 'kysely'
import type { Encryption } from '../../application/encryption.ts'
import type { NotificationLog, NotificationRecord } from '../../application/notifications/notification-log.ts'
import { insertOnce } from './duplicates.ts'
import type { Executor } from './executor.ts'
import { toNotification, toNotificationRow } from './notification-row.ts'
import { type DB, kindsOf } from './schema.ts'
import { insertion, statement } from './statement.ts'

export const notificationStatements = (builder: Kysely<DB>) => {
  const notifications = builder.selectFrom('notifications').selectAll()
  return {
    find: statement(kindsOf('notifications', 'id'), ({ id }) => notifications.where('id', '=', id)),
    listByOrder: statement({ order_id: 'text' }, (given) =>
      notifications.where('order_id', '=', given.order_id).orderBy('received_at').orderBy('id'),
    ),
    known: statement(kindsOf('notifications', 'provider', 'notification_id'), (given) =>
      builder
        .selectFrom('notifications')
        .select('id')
        .where('provider', '=', given.provider)
        .where('notification_id', '=', given.notification_id),
    ),
    insert: insertion(builder, 'notifications'),
  }
}

export class KyselyNotificationLog implements NotificationLog {
  readonly #sql: ReturnType<typeof notificationStatements>
  readonly #on: Executor
  readonly #encryption: Encryption

  constructor(sql: ReturnType<typeof notificationStatements>, on: Executor, encryption: Encryption) {
    this.#sql = sql
    this.#on = on
    this.#encryption = encryption
  }

  async find(id: string): Promise<NotificationRecord | undefined> {
    const row = await this.#sql.find.first(this.#on, { id })
    return row && toNotification(row, this.#encryption)
  }

  async listByOrder(orderId: string): Promise<readonly NotificationRecord[]> {
    const rows = await this.#sql.listByOrder.rows(this.#on, { order_id: orderId })
    return rows.map((row) => toNotification(row, this.#encryption))
  }

  insert(record: NotificationRecord): Promise<boolean> {
    const { provider, notificationId: notification_id } = record
    return insertOnce(
      () => this.#sql.insert(this.#on, [toNotificationRow(record, this.#encryption)]),
      async () => (await this.#sql.known.first(this.#on, { provider, notification_id })) !== undefined,
    )
  }
}
