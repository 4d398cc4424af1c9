import { err, ok, type Result } from 'neverthrow'
import { transitionWebhookDelivery, type WebhookDelivery } from '../../domain/webhook-delivery.ts'
import type { Operator } from '../catalogue/maintain-catalogue.ts'
import type { Clock } from '../clock.ts'
import type { Ids } from '../ids.ts'
import { type Transaction, WRITE_CONFLICT, type WriteConflict } from '../transaction.ts'
import type { Versioned } from '../versioned.ts'

type Deps = { readonly transaction: Transaction; readonly clock: Clock; readonly ids: Ids }

export type RedeliverError = { readonly code: 'NOT_FOUND' }

/** Makes a delivery due now, whatever became of it, with as many attempts as a new one has. */
export const redeliverWebhook =
  ({ transaction, clock, ids }: Deps) =>
  (id: string, operator: Operator): Promise<Result<Versioned<WebhookDelivery>, RedeliverError>> =>
    transaction.run(
      async ({
        webhookDeliveries,
        webhookEndpoints,
        audit,
      }): Promise<Result<Versioned<WebhookDelivery>, RedeliverError | WriteConflict>> => {
        const before = await webhookDeliveries.find(id)
        const endpoint = before && (await webhookEndpoints.find(before.value.endpointId))
        if (before === undefined || endpoint?.value.status === 'deleted') return err({ code: 'NOT_FOUND' })
        const at = clock.now()
        const transition = transitionWebhookDelivery(before.value, { type: 'redelivered', at })
        if (transition.isErr()) throw new Error(`webhook delivery ${id}: ${transition.error.code}`)
        const [after, news] = transition.value
        if (news.length === 0) return ok(before)
        if (!(await webhookDeliveries.replace(before, after, at))) return err(WRITE_CONFLICT)
        await audit.append({
          ...operator,
          id: ids.entity(),
          action: 'webhook_delivery.redeliver',
          subject: id,
          reason: undefined,
          before: withoutBody(before.value),
          after: withoutBody(after),
          at,
        })
        return ok({ value: after, version: before.version + 1, updatedAt: at })
      },
    )

const withoutBody = (delivery: WebhookDelivery) => {
  const { body: _, ...others } = delivery
  return others
}
