import type { Kysely } from 'kysely'
import type { Page, PageRequest } from '../../application/page.ts'
import type { Versioned } from '../../application/versioned.ts'
import type {
  DeliveryClaim,
  DeliveryFilter,
  WebhookDeliveryRepository,
} from '../../application/webhooks/webhook-delivery-repository.ts'
import type { DueDelivery, WebhookDelivery } from '../../domain/webhook-delivery.ts'
import { insertOnce } from './duplicates.ts'
import type { Executor } from './executor.ts'
import { pageConditions, pageOf } from './paging.ts'
import { indexFor, readBy } from './read-by.ts'
import { type DB, kindsOf, type Row } from './schema.ts'
import { insertion, query, statement } from './statement.ts'
import { toDelivery, toDeliveryRow, toDeliveryState } from './webhook-delivery-row.ts'

const STATE = [
  'status',
  'attempts',
  'failures',
  'due_at',
  'last_attempt_at',
  'last_status_code',
  'last_error',
  'updated_at',
] as const

export const webhookDeliveryStatements = (builder: Kysely<DB>) => {
  const deliveries = builder.selectFrom('webhook_deliveries').selectAll()
  return {
    find: statement(kindsOf('webhook_deliveries', 'id'), ({ id }) => deliveries.where('id', '=', id)),
    ofEvent: statement(kindsOf('webhook_deliveries', 'endpoint_id', 'event_id'), (given) =>
      deliveries.where('endpoint_id', '=', given.endpoint_id).where('event_id', '=', given.event_id),
    ),
    ofStream: statement(kindsOf('webhook_deliveries', 'stream'), ({ stream }) =>
      deliveries.where('stream', '=', stream).orderBy('seq').orderBy('endpoint_id'),
    ),
    list: ({ endpointId, status }: DeliveryFilter, page: PageRequest) => {
      const index = indexFor('webhook_deliveries', { status, endpoint: endpointId })
      const every = readBy(builder, 'webhook_deliveries', index).selectAll()
      const all = every.where('endpoint_id', '=', endpointId)
      return (status === undefined ? all : all.where('status', '=', status))
        .where((eb) => eb.and([...pageConditions(page)]))
        .orderBy('created_at', 'desc')
        .orderBy('id', 'desc')
        .limit(page.limit + 1)
    },
    endpoints: statement({}, () =>
      builder.selectFrom('webhook_endpoints').select('id').where('status', '<>', 'disabled'),
    ),
    /** Asked for each endpoint: for all at once MySQL would walk through everything that was ever sent. */
    oneDue: statement({ endpoint_id: 'text', now: 'integer' }, ({ endpoint_id, now }) =>
      builder
        .selectFrom('webhook_deliveries')
        .select('id')
        .where('endpoint_id', '=', endpoint_id)
        .where('due_at', '<=', now)
        .limit(1),
    ),
    insert: insertion(builder, 'webhook_deliveries'),
    replace: statement(kindsOf('webhook_deliveries', 'id', 'version', ...STATE), ({ id, version, ...changes }) =>
      builder
        .updateTable('webhook_deliveries')
        .set(changes)
        .set((eb) => ({ version: eb('version', '+', 1) }))
        .where('id', '=', id)
        .where('version', '=', version),
    ),
    due: statement({ endpoint_id: 'text', now: 'integer', limit: 'integer' }, ({ endpoint_id, now, limit }) =>
      deliveries
        .where('endpoint_id', '=', endpoint_id)
        .where('due_at', '<=', now)
        .orderBy('due_at')
        .orderBy('id')
        .limit(limit),
    ),
    /** The one of its stream that goes out before all others. */
    head: statement(kindsOf('webhook_deliveries', 'endpoint_id', 'stream'), ({ endpoint_id, stream }) =>
      deliveries
        .where('endpoint_id', '=', endpoint_id)
        .where('stream', '=', stream)
        .where('status', '=', 'due')
        .orderBy('seq')
        .limit(1),
    ),
    /** Moves the due time of one that nobody has written since. */
    move: statement({ id: 'text', version: 'integer', due_at: 'integer' }, ({ id, version, due_at }) =>
      builder
        .updateTable('webhook_deliveries')
        .set((eb) => ({ due_at, version: eb('version', '+', 1) }))
        .where('id', '=', id)
        .where('version', '=', version)
        .where('status', '=', 'due'),
    ),
    wake: statement({ id: 'text', due_at: 'integer' }, ({ id, due_at }) =>
      builder
        .updateTable('webhook_deliveries')
        .set((eb) => ({ due_at, version: eb('version', '+', 1) }))
        .where('id', '=', id)
        .where('status', '=', 'due'),
    ),
  }
}

/** How many due ones are looked at for one that may be claimed. */
const LOOKED_AT = 4

export class KyselyWebhookDeliveryRepository implements WebhookDeliveryRepository {
  readonly #sql: ReturnType<typeof webhookDeliveryStatements>
  readonly #on: Executor

  constructor(sql: ReturnType<typeof webhookDeliveryStatements>, on: Executor) {
    this.#sql = sql
    this.#on = on
  }

  async find(id: string): Promise<Versioned<WebhookDelivery> | undefined> {
    const row = await this.#sql.find.first(this.#on, { id })
    return row && toDelivery(row)
  }

  async deliveriesOfOrder(orderId: string): Promise<readonly Versioned<WebhookDelivery>[]> {
    return (await this.#sql.ofStream.rows(this.#on, { stream: orderId })).map(toDelivery)
  }

  async list(filter: DeliveryFilter, page: PageRequest): Promise<Page<Versioned<WebhookDelivery>>> {
    const rows = await query(this.#on, this.#sql.list(filter, page))
    return pageOf(rows.map(toDelivery), page, ({ value }) => value)
  }

  async endpointsDue(now: Date): Promise<readonly string[]> {
    const due: string[] = []
    for (const { id } of await this.#sql.endpoints.rows(this.#on, {})) {
      const found = await this.#sql.oneDue.first(this.#on, { endpoint_id: id, now: now.getTime() })
      if (found !== undefined) due.push(id)
    }
    return due
  }

  insert(delivery: DueDelivery): Promise<boolean> {
    const row = toDeliveryRow(delivery)
    return insertOnce(
      () => this.#sql.insert(this.#on, [row]),
      async () => (await this.#sql.ofEvent.first(this.#on, row)) !== undefined,
    )
  }

  async replace(before: Versioned<WebhookDelivery>, after: WebhookDelivery, at: Date): Promise<boolean> {
    const { version } = before
    const parameters = { id: after.id, version, ...toDeliveryState(after), updated_at: at.getTime() }
    if ((await this.#sql.replace.change(this.#on, parameters)) !== 1) return false
    if (after.status !== 'due') await this.#wakeNext(after, at)
    return true
  }

  async claimDue({ endpointId, now, leaseUntil, limit }: DeliveryClaim): Promise<readonly Versioned<DueDelivery>[]> {
    const claim = { endpoint_id: endpointId, now: now.getTime(), limit: limit * LOOKED_AT }
    const until = leaseUntil.getTime()
    const claimed: Versioned<DueDelivery>[] = []
    for (const row of await this.#sql.due.rows(this.#on, claim)) {
      if (claimed.length === limit) break
      const head = await this.#sql.head.first(this.#on, row)
      if (head === undefined) continue // Somebody else has just finished with it.
      const isItsTurn = head.due_at !== null && head.due_at <= claim.now
      if (isItsTurn && (await this.#move(head, until))) claimed.push(leased(head, until))
      // It would be looked at in vain again and again, and in front of those that may go.
      if (head.id !== row.id) await this.#move(row, isItsTurn ? until : (head.due_at ?? until))
    }
    return claimed
  }

  async #wakeNext({ endpointId, stream }: WebhookDelivery, at: Date): Promise<void> {
    const next = await this.#sql.head.first(this.#on, { endpoint_id: endpointId, stream })
    // Whatever its version is: a process that is just putting it off because of the one before must not win.
    if (next !== undefined) await this.#sql.wake.change(this.#on, { id: next.id, due_at: at.getTime() })
  }

  async #move({ id, version }: Pick<Row<'webhook_deliveries'>, 'id' | 'version'>, due_at: number): Promise<boolean> {
    return (await this.#sql.move.change(this.#on, { id, version, due_at })) === 1
  }
}

const leased = (row: Row<'webhook_deliveries'>, until: number): Versioned<DueDelivery> => {
  const { value, ...rest } = toDelivery({ ...row, due_at: until, version: row.version + 1 })
  if (value.status !== 'due') throw new Error(`delivery ${value.id} was claimed, but is ${value.status}`)
  return { ...rest, value }
}
