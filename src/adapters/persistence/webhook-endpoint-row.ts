import type { Encryption } from '../../application/encryption.ts'
import type { Versioned } from '../../application/versioned.ts'
import {
  WEBHOOK_EVENT_TYPES,
  type WebhookEndpoint,
  type WebhookEndpointStatus,
  type WebhookSigning,
} from '../../domain/webhook-endpoint.ts'
import { present, toDate, toOptionalDate, toTimeColumn, wordOf, wordsOf } from './row-values.ts'
import type { Row } from './schema.ts'

/** The columns that may change. */
export type EndpointStateRow = Omit<Row<'webhook_endpoints'>, 'id' | 'created_at' | 'updated_at' | 'version'>

const STATUSES = wordsOf<WebhookEndpointStatus>({ enabled: true, disabled: true, deleted: true })
const REASONS = wordsOf<Extract<WebhookEndpoint, { status: 'disabled' }>['reason']>({ operator: true, gone: true })

export const toEndpointRow = (endpoint: WebhookEndpoint, encryption: Encryption): Row<'webhook_endpoints'> => ({
  id: endpoint.id,
  ...toEndpointState(endpoint, encryption),
  created_at: endpoint.createdAt.getTime(),
  updated_at: endpoint.createdAt.getTime(),
  version: 1,
})

export const toEndpointState = (endpoint: WebhookEndpoint, encryption: Encryption): EndpointStateRow => {
  const { id, url, description, eventTypes, signing, status } = endpoint
  const { previous } = signing
  return {
    url,
    description,
    event_types: eventTypes === undefined ? null : eventTypes.join(' '),
    status,
    reason: status === 'disabled' ? endpoint.reason : null,
    secret_id: signing.secretId,
    secret: encryption.seal(signing.secret, placeOf('secret', id)),
    previous_secret: previous === undefined ? null : encryption.seal(previous.secret, placeOf('previous_secret', id)),
    previous_valid_until: toTimeColumn(previous?.validUntil),
  }
}

export const toEndpoint = (row: Row<'webhook_endpoints'>, encryption: Encryption): Versioned<WebhookEndpoint> => ({
  value: inState(row, {
    id: row.id,
    url: row.url,
    description: row.description,
    eventTypes: row.event_types?.split(' ').map((type) => wordOf(WEBHOOK_EVENT_TYPES, type)),
    signing: toSigning(row, encryption),
    createdAt: toDate(row.created_at),
  }),
  version: row.version,
  updatedAt: toDate(row.updated_at),
})

export const placeOf = (column: string, row: string) => ({ table: 'webhook_endpoints', column, row })

const toSigning = (row: Row<'webhook_endpoints'>, encryption: Encryption): WebhookSigning => {
  const validUntil = toOptionalDate(row.previous_valid_until)
  return {
    secretId: row.secret_id,
    secret: encryption.open(row.secret, placeOf('secret', row.id)),
    previous: validUntil && {
      secret: encryption.open(present(row.previous_secret, 'previous_secret'), placeOf('previous_secret', row.id)),
      validUntil,
    },
  }
}

const inState = (
  row: Row<'webhook_endpoints'>,
  facts: Omit<Extract<WebhookEndpoint, { status: 'enabled' }>, 'status'>,
): WebhookEndpoint => {
  const status = wordOf(STATUSES, row.status)
  switch (status) {
    case 'enabled':
    case 'deleted':
      return { ...facts, status }
    case 'disabled':
      return { ...facts, status, reason: wordOf(REASONS, present(row.reason, 'reason')) }
  }
}
