import type { DomainEvent } from './event.ts'

/** What merchants may hear about; every other event stays inside. */
export const WEBHOOK_EVENT_TYPES = [
  'order.paid',
  'order.cancelled',
  'order.expired',
  'order.refunded',
  'payment.succeeded',
  'payment.failed',
  'payment.closed',
  'refund.succeeded',
  'refund.failed',
  'access_code.issued',
  'access.granted',
  'points.credited',
  'reconciliation.completed',
  'alert.raised',
] as const satisfies readonly DomainEvent['type'][]

export type WebhookEventType = (typeof WEBHOOK_EVENT_TYPES)[number]

export type WebhookSigning = {
  /** Names the secret, so that a rotation that is asked for twice happens once. */
  readonly secretId: string
  /** `whsec_` and 32 random bytes in base64. */
  readonly secret: string
  /** The one before, which receivers may still go by for a while. */
  readonly previous: { readonly secret: string; readonly validUntil: Date } | undefined
}

/** A merchant's address for webhooks. */
export type WebhookEndpoint = {
  readonly id: string
  readonly url: string
  readonly description: string
  /** `undefined`: all there are, future ones too. */
  readonly eventTypes: readonly WebhookEventType[] | undefined
  readonly signing: WebhookSigning
  readonly createdAt: Date
} & (
  | { readonly status: 'enabled' }
  /** `gone`: the receiver answered 410, which means that it never wants to hear from us again. */
  | { readonly status: 'disabled'; readonly reason: 'operator' | 'gone' }
  | { readonly status: 'deleted' }
)

export type WebhookEndpointStatus = WebhookEndpoint['status']

/** How long receivers have for putting in a new secret. */
export const SECRET_OVERLAP_MS = 24 * 3_600_000

export const WEBHOOK_SECRET_BYTES = 32

/** A secret as Standard Webhooks writes it. */
export const webhookSecret = (bytes: Uint8Array): string => {
  if (bytes.length !== WEBHOOK_SECRET_BYTES) throw new RangeError(`a webhook secret has ${WEBHOOK_SECRET_BYTES} bytes`)
  return `whsec_${btoa(String.fromCharCode(...bytes))}`
}

/** Whether an event of this type is sent there from now on. */
export const subscribes = (endpoint: WebhookEndpoint, type: WebhookEventType): boolean =>
  endpoint.status === 'enabled' && (endpoint.eventTypes === undefined || endpoint.eventTypes.includes(type))

/** The secrets that sign now, the newest first. */
export const secretsAt = ({ signing: { secret, previous } }: WebhookEndpoint, at: Date): readonly string[] =>
  previous !== undefined && at < previous.validUntil ? [secret, previous.secret] : [secret]

/** Puts a new secret in; the one in use stays valid beside it for a day, one older than that for no longer. */
export const rotateSecret = (
  signing: WebhookSigning,
  { secretId, secret }: Pick<WebhookSigning, 'secretId' | 'secret'>,
  at: Date,
): WebhookSigning => {
  if (secretId === signing.secretId) return signing
  const validUntil = new Date(at.getTime() + SECRET_OVERLAP_MS)
  return { secretId, secret, previous: { secret: signing.secret, validUntil } }
}
