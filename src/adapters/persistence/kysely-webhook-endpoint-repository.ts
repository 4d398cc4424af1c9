import type { Kysely } from 'kysely'
import type { Encryption } from '../../application/encryption.ts'
import type { Versioned } from '../../application/versioned.ts'
import type { WebhookEndpointRepository } from '../../application/webhooks/webhook-endpoint-repository.ts'
import type { WebhookEndpoint } from '../../domain/webhook-endpoint.ts'
import type { Executor } from './executor.ts'
import { type DB, kindsOf } from './schema.ts'
import { insertion, statement } from './statement.ts'
import { toEndpoint, toEndpointRow, toEndpointState } from './webhook-endpoint-row.ts'

const STATE = [
  'url',
  'description',
  'event_types',
  'status',
  'reason',
  'secret_id',
  'secret',
  'previous_secret',
  'previous_valid_until',
  'updated_at',
] as const

export const webhookEndpointStatements = (builder: Kysely<DB>) => {
  const endpoints = builder.selectFrom('webhook_endpoints').selectAll()
  return {
    find: statement(kindsOf('webhook_endpoints', 'id'), ({ id }) => endpoints.where('id', '=', id)),
    list: statement({}, () => endpoints.where('status', '<>', 'deleted').orderBy('created_at').orderBy('id')),
    insert: insertion(builder, 'webhook_endpoints'),
    replace: statement(kindsOf('webhook_endpoints', 'id', 'version', ...STATE), ({ id, version, ...changes }) =>
      builder
        .updateTable('webhook_endpoints')
        .set(changes)
        .set((eb) => ({ version: eb('version', '+', 1) }))
        .where('id', '=', id)
        .where('version', '=', version),
    ),
  }
}

export class KyselyWebhookEndpointRepository implements WebhookEndpointRepository {
  readonly #sql: ReturnType<typeof webhookEndpointStatements>
  readonly #on: Executor
  readonly #encryption: Encryption

  constructor(sql: ReturnType<typeof webhookEndpointStatements>, on: Executor, encryption: Encryption) {
    this.#sql = sql
    this.#on = on
    this.#encryption = encryption
  }

  async find(id: string): Promise<Versioned<WebhookEndpoint> | undefined> {
    const row = await this.#sql.find.first(this.#on, { id })
    return row && toEndpoint(row, this.#encryption)
  }

  async list(): Promise<readonly Versioned<WebhookEndpoint>[]> {
    return (await this.#sql.list.rows(this.#on, {})).map((row) => toEndpoint(row, this.#encryption))
  }

  insert(endpoint: WebhookEndpoint): Promise<void> {
    return this.#sql.insert(this.#on, [toEndpointRow(endpoint, this.#encryption)])
  }

  async replace(before: Versioned<WebhookEndpoint>, after: WebhookEndpoint, at: Date): Promise<boolean> {
    const { version } = before
    const state = toEndpointState(after, this.#encryption)
    const parameters = { id: after.id, version, ...state, updated_at: at.getTime() }
    return (await this.#sql.replace.change(this.#on, parameters)) === 1
  }
}
