import type { Kysely } from 'kysely'
import type { AlertClaim, AlertDeliveryRepository } from '../../application/alerts/alert-delivery-repository.ts'
import type { Versioned } from '../../application/versioned.ts'
import type { AlertDelivery, DueAlertDelivery } from '../../domain/alert-delivery.ts'
import { toAlertDelivery, toAlertDeliveryRow, toAlertDeliveryState } from './alert-delivery-row.ts'
import { insertOnce } from './duplicates.ts'
import type { Executor } from './executor.ts'
import { type DB, kindsOf, type Row } from './schema.ts'
import { skipLocked } from './skip-locked.ts'
import { insertion, statement } from './statement.ts'

const STATE = ['status', 'attempts', 'error', 'due_at', 'ended_at', 'updated_at'] as const

export const alertDeliveryStatements = (builder: Kysely<DB>) => {
  const deliveries = builder.selectFrom('alert_deliveries').selectAll()
  return {
    ofEvent: statement(kindsOf('alert_deliveries', 'event_id', 'channel'), ({ event_id, channel }) =>
      deliveries.where('event_id', '=', event_id).where('channel', '=', channel),
    ),
    ofAlert: statement(kindsOf('alert_deliveries', 'alert_id'), ({ alert_id }) =>
      deliveries.where('alert_id', '=', alert_id).orderBy('channel').orderBy('created_at').orderBy('id'),
    ),
    /** Grouped by channel they would be looked for among all that were ever sent. */
    due: statement({ now: 'integer', limit: 'integer' }, ({ now, limit }) =>
      builder
        .selectFrom('alert_deliveries')
        .select('channel')
        .where('due_at', '<=', now)
        .orderBy('due_at')
        .limit(limit),
    ),
    insert: insertion(builder, 'alert_deliveries'),
    dueOf: statement({ channel: 'text', by: 'integer', limit: 'integer' }, ({ channel, by, limit }) =>
      skipLocked(
        builder,
        deliveries
          .where('channel', '=', channel)
          .where('due_at', '<=', by)
          .orderBy('due_at')
          .orderBy('id')
          .limit(limit),
      ),
    ),
    lease: statement({ id: 'text', version: 'integer', due_at: 'integer' }, ({ id, version, due_at }) =>
      builder
        .updateTable('alert_deliveries')
        .set((eb) => ({ due_at, version: eb('version', '+', 1) }))
        .where('id', '=', id)
        .where('version', '=', version)
        .where('status', '=', 'due'),
    ),
    replace: statement(kindsOf('alert_deliveries', 'id', 'version', ...STATE), ({ id, version, ...changes }) =>
      builder
        .updateTable('alert_deliveries')
        .set(changes)
        .set((eb) => ({ version: eb('version', '+', 1) }))
        .where('id', '=', id)
        .where('version', '=', version),
    ),
  }
}

/** Where one channel has more than this, the others have their turn after it. */
const LOOKED_AT = 500

export class KyselyAlertDeliveryRepository implements AlertDeliveryRepository {
  readonly #sql: ReturnType<typeof alertDeliveryStatements>
  readonly #on: Executor

  constructor(sql: ReturnType<typeof alertDeliveryStatements>, on: Executor) {
    this.#sql = sql
    this.#on = on
  }

  async listByAlert(alertId: string): Promise<readonly Versioned<AlertDelivery>[]> {
    return (await this.#sql.ofAlert.rows(this.#on, { alert_id: alertId })).map(toAlertDelivery)
  }

  async channelsDue(now: Date): Promise<readonly string[]> {
    const due = await this.#sql.due.rows(this.#on, { now: now.getTime(), limit: LOOKED_AT })
    return [...new Set(due.map(({ channel }) => channel))]
  }

  insert(delivery: DueAlertDelivery): Promise<boolean> {
    const row = toAlertDeliveryRow(delivery)
    return insertOnce(
      () => this.#sql.insert(this.#on, [row]),
      async () => (await this.#sql.ofEvent.first(this.#on, row)) !== undefined,
    )
  }

  async claim({ channel, dueBy, leaseUntil, limit }: AlertClaim): Promise<readonly Versioned<DueAlertDelivery>[]> {
    const claimed: Versioned<DueAlertDelivery>[] = []
    const due_at = leaseUntil.getTime()
    for (const row of await this.#sql.dueOf.rows(this.#on, { channel, by: dueBy.getTime(), limit })) {
      const { id, version } = row
      if ((await this.#sql.lease.change(this.#on, { id, version, due_at })) === 1) claimed.push(leased(row, due_at))
    }
    return claimed
  }

  async replace(before: Versioned<AlertDelivery>, after: AlertDelivery, at: Date): Promise<boolean> {
    const state = { ...toAlertDeliveryState(after), updated_at: at.getTime() }
    return (await this.#sql.replace.change(this.#on, { id: after.id, version: before.version, ...state })) === 1
  }
}

const leased = (row: Row<'alert_deliveries'>, due_at: number): Versioned<DueAlertDelivery> => {
  const { value, ...rest } = toAlertDelivery({ ...row, due_at, version: row.version + 1 })
  if (value.status !== 'due') throw new Error(`alert delivery ${value.id} was claimed, but is ${value.status}`)
  return { ...rest, value }
}
