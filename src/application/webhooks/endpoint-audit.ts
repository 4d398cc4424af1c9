import type { WebhookEndpoint } from '../../domain/webhook-endpoint.ts'
import type { AuditEntry } from '../audit/audit-log.ts'
import type { Operator } from '../catalogue/maintain-catalogue.ts'

type Change = {
  readonly id: string
  readonly operator: Operator
  readonly action: 'create' | 'update' | 'rotate_secret' | 'disable' | 'delete'
  readonly before: WebhookEndpoint | undefined
  readonly after: WebhookEndpoint
  readonly at: Date
}

/** A change of an endpoint for the audit trail, which never sees a secret. */
export const endpointAudit = ({ id, operator, action, before, after, at }: Change): AuditEntry => ({
  ...operator,
  id,
  action: `webhook_endpoint.${action}`,
  subject: after.id,
  reason: undefined,
  before: before && withoutSecrets(before),
  after: withoutSecrets(after),
  at,
})

const withoutSecrets = ({ signing, ...endpoint }: WebhookEndpoint) => ({ ...endpoint, secretId: signing.secretId })
