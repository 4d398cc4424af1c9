import { err, ok, type Result } from 'neverthrow'
import {
  rotateSecret,
  WEBHOOK_SECRET_BYTES,
  type WebhookEndpoint,
  type WebhookEventType,
  webhookSecret,
} from '../../domain/webhook-endpoint.ts'
import type { Operator } from '../catalogue/maintain-catalogue.ts'
import type { Clock } from '../clock.ts'
import type { Ids } from '../ids.ts'
import type { Randomness } from '../randomness.ts'
import { type Transaction, WRITE_CONFLICT, type WriteConflict } from '../transaction.ts'
import type { Versioned } from '../versioned.ts'
import { endpointAudit } from './endpoint-audit.ts'
import type { UrlRefusal, WebhookTargets } from './webhook-sender.ts'

type WriteDeps = { readonly transaction: Transaction; readonly clock: Clock; readonly ids: Ids }
type Deps = WriteDeps & { readonly randomness: Randomness; readonly targets: WebhookTargets }

export type EndpointDraft = {
  readonly url: string
  readonly description: string
  /** `undefined`: all. */
  readonly eventTypes: readonly WebhookEventType[] | undefined
}

/** What is not there stays as it is. */
export type EndpointChanges = {
  readonly url?: string | undefined
  readonly description?: string | undefined
  readonly eventTypes?: EndpointDraft['eventTypes'] | 'all'
  readonly enabled?: boolean | undefined
  /** Fixed by the caller, so that a repeated request rotates once. */
  readonly newSecretId?: string | undefined
}

export type EndpointNotFound = { readonly code: 'NOT_FOUND' }

/** Begins to send to an address; the same id gives the same endpoint. */
export const createWebhookEndpoint =
  ({ transaction, clock, ids, randomness, targets }: Deps) =>
  async (
    id: string,
    draft: EndpointDraft,
    operator: Operator,
  ): Promise<Result<Versioned<WebhookEndpoint>, UrlRefusal>> => {
    const url = targets.check(draft.url)
    if (url.isErr()) return err(url.error)
    return transaction.run(async ({ webhookEndpoints, audit }): Promise<Result<Versioned<WebhookEndpoint>, never>> => {
      const known = await webhookEndpoints.find(id)
      if (known !== undefined) return ok(known)
      const at = clock.now()
      const signing = { secretId: id, secret: newSecret(randomness), previous: undefined }
      const endpoint: WebhookEndpoint = { ...draft, id, url: url.value, signing, createdAt: at, status: 'enabled' }
      await webhookEndpoints.insert(endpoint)
      const entry = { id: ids.entity(), operator, action: 'create', before: undefined, after: endpoint, at } as const
      await audit.append(endpointAudit(entry))
      return ok({ value: endpoint, version: 1, updatedAt: at })
    })
  }

/** Changes an endpoint; what is still to be sent goes by the new address and secret. */
export const updateWebhookEndpoint =
  (deps: Deps) =>
  async (
    id: string,
    changes: EndpointChanges,
    operator: Operator,
  ): Promise<Result<Versioned<WebhookEndpoint>, UrlRefusal | EndpointNotFound>> => {
    const url = changes.url === undefined ? ok(undefined) : deps.targets.check(changes.url)
    if (url.isErr()) return err(url.error)
    const { newSecretId: secretId } = changes
    const next = secretId === undefined ? undefined : { secretId, secret: newSecret(deps.randomness) }
    const action = next === undefined ? 'update' : 'rotate_secret'
    return write(deps, { id, operator, action }, (before, at) => {
      const { description = before.description } = changes
      const eventTypes = changes.eventTypes ?? before.eventTypes
      const signing = next === undefined ? before.signing : rotateSecret(before.signing, next, at)
      const changed = {
        id,
        url: url.value ?? before.url,
        description,
        eventTypes: eventTypes === 'all' ? undefined : eventTypes,
        signing,
        createdAt: before.createdAt,
      }
      const isEnabled = changes.enabled ?? before.status === 'enabled'
      if (isEnabled) return { ...changed, status: 'enabled' }
      return { ...changed, status: 'disabled', reason: before.status === 'disabled' ? before.reason : 'operator' }
    })
  }

/** Sends nothing more there; what it was sent stays known. */
export const deleteWebhookEndpoint =
  (deps: WriteDeps) =>
  (id: string, operator: Operator): Promise<Result<Versioned<WebhookEndpoint>, EndpointNotFound>> =>
    write(
      deps,
      { id, operator, action: 'delete' },
      ({ id: same, url, description, eventTypes, signing, createdAt }) => ({
        id: same,
        url,
        description,
        eventTypes,
        signing,
        createdAt,
        status: 'deleted',
      }),
    )

type Writing = Pick<Parameters<typeof endpointAudit>[0], 'id' | 'operator' | 'action'>

const write = (
  { transaction, clock, ids }: WriteDeps,
  { id, operator, action }: Writing,
  change: (before: WebhookEndpoint, at: Date) => WebhookEndpoint,
): Promise<Result<Versioned<WebhookEndpoint>, EndpointNotFound>> =>
  transaction.run(
    async ({
      webhookEndpoints,
      audit,
    }): Promise<Result<Versioned<WebhookEndpoint>, EndpointNotFound | WriteConflict>> => {
      const before = await webhookEndpoints.find(id)
      if (before === undefined || before.value.status === 'deleted') return err({ code: 'NOT_FOUND' })
      const at = clock.now()
      const after = change(before.value, at)
      if (!(await webhookEndpoints.replace(before, after, at))) return err(WRITE_CONFLICT)
      await audit.append(endpointAudit({ id: ids.entity(), operator, action, before: before.value, after, at }))
      return ok({ value: after, version: before.version + 1, updatedAt: at })
    },
  )

const newSecret = (randomness: Randomness): string => webhookSecret(randomness.bytes(WEBHOOK_SECRET_BYTES))
