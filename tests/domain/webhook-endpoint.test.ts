import { describe, expect, it } from 'vitest'
import {
  rotateSecret,
  secretsAt,
  subscribes,
  WEBHOOK_EVENT_TYPES,
  type WebhookEndpoint,
  webhookSecret,
} from '../../src/domain/webhook-endpoint.ts'
import { minute, webhookEndpoint } from '../support/builders.ts'

const DAY = 24 * 60

describe('the secret of a webhook endpoint', () => {
  it('is written as Standard Webhooks has it, with all its 32 bytes', () => {
    const bytes = Uint8Array.from({ length: 32 }, (_, n) => n * 8)
    const secret = webhookSecret(bytes)
    expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
    expect(new Uint8Array(Buffer.from(secret.slice(6), 'base64'))).toEqual(bytes)
    expect(() => webhookSecret(bytes.subarray(1))).toThrow('32 bytes')
  })

  it('signs beside the new one for a day after a rotation', () => {
    const before = webhookEndpoint()
    const signing = rotateSecret(before.signing, { secretId: 'two', secret: 'whsec_two' }, minute(0))
    const after = webhookEndpoint({ signing })
    expect(secretsAt(before, minute(0))).toEqual([before.signing.secret])
    expect(secretsAt(after, minute(0))).toEqual(['whsec_two', before.signing.secret])
    expect(secretsAt(after, minute(DAY - 1))).toHaveLength(2)
    expect(secretsAt(after, minute(DAY))).toEqual(['whsec_two'])
  })

  it('is rotated once by a repeated request', () => {
    const once = rotateSecret(webhookEndpoint().signing, { secretId: 'two', secret: 'whsec_two' }, minute(0))
    expect(rotateSecret(once, { secretId: 'two', secret: 'whsec_other' }, minute(1))).toBe(once)
  })

  it('never has more than one before it', () => {
    const two = rotateSecret(webhookEndpoint().signing, { secretId: 'two', secret: 'whsec_two' }, minute(0))
    const three = rotateSecret(two, { secretId: 'three', secret: 'whsec_three' }, minute(1))
    expect(secretsAt(webhookEndpoint({ signing: three }), minute(1))).toEqual(['whsec_three', 'whsec_two'])
  })
})

describe('a webhook endpoint', () => {
  it('hears of every event, or of those it asked for', () => {
    expect(WEBHOOK_EVENT_TYPES.every((type) => subscribes(webhookEndpoint(), type))).toBe(true)
    const some = webhookEndpoint({ eventTypes: ['order.paid', 'refund.failed'] })
    expect(WEBHOOK_EVENT_TYPES.filter((type) => subscribes(some, type))).toEqual(['order.paid', 'refund.failed'])
  })

  it('hears of nothing while it is disabled or once it is deleted', () => {
    const ends: readonly WebhookEndpoint[] = [
      { ...webhookEndpoint(), status: 'disabled', reason: 'operator' },
      { ...webhookEndpoint(), status: 'disabled', reason: 'gone' },
      { ...webhookEndpoint(), status: 'deleted' },
    ]
    for (const endpoint of ends) expect(subscribes(endpoint, 'order.paid')).toBe(false)
  })
})
