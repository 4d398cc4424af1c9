import type { WebhookEndpoint } from '../../domain/webhook-endpoint.ts'
import type { Versioned } from '../versioned.ts'

export interface WebhookEndpointReader {
  /** Deleted ones too. */
  find(id: string): Promise<Versioned<WebhookEndpoint> | undefined>
  /** All but the deleted ones, oldest first. */
  list(): Promise<readonly Versioned<WebhookEndpoint>[]>
}

/** Keeps the secrets encrypted. */
export interface WebhookEndpointRepository extends WebhookEndpointReader {
  insert(endpoint: WebhookEndpoint): Promise<void>
  /** Writes only if nobody wrote since `before` was read. */
  replace(before: Versioned<WebhookEndpoint>, after: WebhookEndpoint, at: Date): Promise<boolean>
}
