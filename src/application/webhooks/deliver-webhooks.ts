import { err, ok, type Result } from 'neverthrow'
import {
  type DueDelivery,
  transitionWebhookDelivery,
  type WebhookDelivery,
  type WebhookDeliveryDomainEvent,
  type WebhookDeliveryEvent,
} from '../../domain/webhook-delivery.ts'
import { secretsAt, type WebhookEndpoint } from '../../domain/webhook-endpoint.ts'
import type { Clock } from '../clock.ts'
import type { Ids } from '../ids.ts'
import type { Randomness } from '../randomness.ts'
import {
  type Readers,
  type Repositories,
  type Transaction,
  WRITE_CONFLICT,
  type WriteConflict,
} from '../transaction.ts'
import type { Versioned } from '../versioned.ts'
import { endpointAudit } from './endpoint-audit.ts'
import type { WebhookAnswer, WebhookSender } from './webhook-sender.ts'

/** What an engineer should hear of. */
export type WebhookTrouble =
  | { readonly code: 'WEBHOOK_PARKED'; readonly delivery: WebhookDelivery }
  | { readonly code: 'WEBHOOK_ENDPOINT_GONE'; readonly endpointId: string }
  | { readonly code: 'WEBHOOK_WORK_FAILED'; readonly endpointId: string; readonly error: unknown }

type Deps = {
  readonly transaction: Transaction
  readonly readers: Pick<Readers, 'webhookDeliveries' | 'webhookEndpoints'>
  readonly clock: Clock
  readonly ids: Ids
  readonly randomness: Randomness
  readonly sender: WebhookSender
  readonly report: (trouble: WebhookTrouble) => void
}

export type DeliverWebhooks = {
  /** Begins with each endpoint that has something due and is not at work already; gives how many. */
  run(): Promise<number>
  /** Waits until no endpoint is at work any more. */
  settled(): Promise<void>
  /** Begins with nothing more. */
  stop(): void
}

/** So many go to one endpoint at a time, so that a slow one takes no more than its share. */
const AT_A_TIME = 8
/** Longer than one attempt takes, so that no second process begins with it meanwhile. */
const LEASE_MS = 30_000
const MAX_ROUNDS = 1000

/** Sends what is due. Endpoints are worked off beside each other, so a dead one holds up nobody else. */
export const deliverWebhooks = (deps: Deps): DeliverWebhooks => {
  const atWork = new Map<string, Promise<void>>()
  const state = { stopped: false }
  const workOff = async (endpointId: string): Promise<void> => {
    try {
      for (let round = 1; round <= MAX_ROUNDS && !state.stopped; round += 1)
        if ((await sendDue(deps, endpointId)) === 0) return
    } catch (error) {
      deps.report({ code: 'WEBHOOK_WORK_FAILED', endpointId, error })
    } finally {
      atWork.delete(endpointId)
    }
  }
  return {
    async run() {
      const due = await deps.readers.webhookDeliveries.endpointsDue(deps.clock.now())
      const begun = state.stopped ? [] : due.filter((endpointId) => !atWork.has(endpointId))
      for (const endpointId of begun) atWork.set(endpointId, workOff(endpointId))
      return begun.length
    },
    async settled() {
      while (atWork.size > 0) await Promise.all(atWork.values())
    },
    stop() {
      state.stopped = true
    },
  }
}

/** One round; gives how many it sent. One that fails fails the round, but only once the others are through. */
const sendDue = async (deps: Deps, endpointId: string): Promise<number> => {
  const endpoint = (await deps.readers.webhookEndpoints.find(endpointId))?.value
  if (endpoint === undefined) throw new Error(`a webhook delivery to endpoint ${endpointId}, which is not there`)
  const now = deps.clock.now()
  const claim = { endpointId, now, leaseUntil: new Date(now.getTime() + LEASE_MS), limit: AT_A_TIME }
  const claimed = await deps.transaction.run(
    async ({ webhookDeliveries }): Promise<Result<readonly Versioned<DueDelivery>[], never>> =>
      ok(await webhookDeliveries.claimDue(claim)),
  )
  const due = claimed.isOk() ? claimed.value : []
  const ends = await Promise.allSettled(due.map((one) => attempt(deps, endpoint, one)))
  const failed = ends.find((end) => end.status === 'rejected')
  if (failed !== undefined) throw failed.reason
  return due.length
}

const attempt = async (deps: Deps, endpoint: WebhookEndpoint, due: Versioned<DueDelivery>): Promise<void> => {
  switch (endpoint.status) {
    case 'enabled': {
      const event = await send(deps, endpoint, due.value)
      return event && record(deps, due, event)
    }
    case 'disabled': // Since a moment ago; it waits until the endpoint is enabled again.
      return
    case 'deleted':
      return record(deps, due, { type: 'abandoned', at: deps.clock.now() })
  }
}

const send = async (
  { clock, randomness, sender }: Deps,
  endpoint: WebhookEndpoint,
  { eventId: id, body, attempts }: DueDelivery,
): Promise<WebhookDeliveryEvent | undefined> => {
  const began = clock.now()
  const answer = await sender.send({ url: endpoint.url, id, body, secrets: secretsAt(endpoint, began), at: began })
  const [jitter = 0] = randomness.bytes(1)
  return eventOf(answer, { attempt: attempts + 1, jitter, at: clock.now() })
}

const GONE = 410

const eventOf = (
  answer: WebhookAnswer,
  { jitter, ...attempted }: { readonly attempt: number; readonly jitter: number; readonly at: Date },
): WebhookDeliveryEvent | undefined => {
  switch (answer.type) {
    case 'answered': {
      const { statusCode, excerpt } = answer
      if (statusCode >= 200 && statusCode < 300) return { type: 'accepted', ...attempted, statusCode }
      const error = excerpt === '' ? `HTTP ${statusCode}` : `HTTP ${statusCode}: ${excerpt}`
      return { type: 'refused', ...attempted, statusCode, error, jitter, final: statusCode === GONE }
    }
    case 'unreachable':
      return { type: 'refused', ...attempted, statusCode: undefined, error: answer.reason, jitter, final: false }
    case 'interrupted':
      return undefined
  }
}

/** Writes the outcome down, unless somebody took the delivery over meanwhile: then theirs counts. */
const record = async (deps: Deps, due: Versioned<DueDelivery>, event: WebhookDeliveryEvent): Promise<void> => {
  const transition = transitionWebhookDelivery(due.value, event)
  if (transition.isErr()) throw new Error(`webhook delivery ${due.value.id}: ${transition.error.code}`)
  const [after, news] = transition.value
  const isGone = event.type === 'refused' && event.statusCode === GONE
  const written = await deps.transaction.run(async (repositories): Promise<Result<boolean, WriteConflict>> => {
    if (!(await repositories.webhookDeliveries.replace(due, after, event.at))) return ok(false)
    return isGone ? disable(deps, repositories, due.value, event.at) : ok(true)
  })
  if (written.unwrapOr(false)) reportOn(deps, after, news, isGone)
}

const reportOn = (
  { report }: Deps,
  delivery: WebhookDelivery,
  news: readonly WebhookDeliveryDomainEvent[],
  isGone: boolean,
): void => {
  if (news.some(({ type }) => type === 'webhook.parked')) report({ code: 'WEBHOOK_PARKED', delivery })
  if (isGone) report({ code: 'WEBHOOK_ENDPOINT_GONE', endpointId: delivery.endpointId })
}

/** Standard Webhooks: who answers 410 does not want to be called again. */
const disable = async (
  { ids }: Deps,
  { webhookEndpoints, audit }: Repositories,
  { id: deliveryId, endpointId }: DueDelivery,
  at: Date,
): Promise<Result<boolean, WriteConflict>> => {
  const before = await webhookEndpoints.find(endpointId)
  if (before?.value.status !== 'enabled') return ok(true)
  const after: WebhookEndpoint = { ...before.value, status: 'disabled', reason: 'gone' }
  if (!(await webhookEndpoints.replace(before, after, at))) return err(WRITE_CONFLICT)
  const operator = { actor: 'webhooks', requestId: deliveryId, ip: undefined }
  await audit.append(endpointAudit({ id: ids.entity(), operator, action: 'disable', before: before.value, after, at }))
  return ok(true)
}
