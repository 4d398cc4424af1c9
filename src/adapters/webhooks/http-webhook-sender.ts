import { lookup } from 'node:dns'
import { Webhook } from 'standardwebhooks'
import { Agent, type Dispatcher, request } from 'undici'
import type {
  WebhookAnswer,
  WebhookMessage,
  WebhookSender,
  WebhookTargets,
} from '../../application/webhooks/webhook-sender.ts'
import { checkedConnector, type Resolve } from './checked-connector.ts'
import { isPublicAddress } from './public-address.ts'

type Options = {
  readonly targets: WebhookTargets
  readonly allowPrivate: boolean
  /** For the whole attempt, from the lookup to the last byte. */
  readonly timeoutMs?: number
  readonly resolve?: Resolve
  /** In place of the rule which addresses are public. */
  readonly isAllowed?: (address: string) => boolean
}

const TIMEOUT_MS = 10_000
const MAX_ANSWER_BYTES = 65_536
const EXCERPT_LENGTH = 200
const CONNECTIONS_PER_ORIGIN = 16

/** Sends Standard Webhooks over HTTPS to public addresses. `close` breaks off what is under way. */
export const createHttpWebhookSender = (options: Options): WebhookSender & { close(): Promise<void> } => {
  const { targets, allowPrivate, timeoutMs = TIMEOUT_MS, resolve = lookup, isAllowed = isPublicAddress } = options
  const connection = { timeoutMs, resolve, isAllowed: allowPrivate ? () => true : isAllowed }
  const agent = new Agent({
    connections: CONNECTIONS_PER_ORIGIN,
    connect: checkedConnector(connection),
    headersTimeout: 0, // One deadline rules; these two would each count on their own.
    bodyTimeout: 0,
  })
  const closing = new AbortController()
  return {
    async send(message) {
      const url = targets.check(message.url)
      if (url.isErr()) return { type: 'unreachable', reason: `URL_REFUSED: ${url.error.reason}` }
      const deadline = new AbortController()
      const timer = setTimeout(() => deadline.abort(), timeoutMs)
      try {
        const signal = AbortSignal.any([deadline.signal, closing.signal])
        return await post(url.value, message, { dispatcher: agent, signal })
      } catch (error) {
        if (closing.signal.aborted) return { type: 'interrupted' }
        return { type: 'unreachable', reason: deadline.signal.aborted ? 'TIMEOUT' : reasonOf(error) }
      } finally {
        clearTimeout(timer)
      }
    },
    async close() {
      closing.abort()
      if (!agent.destroyed) await agent.destroy()
    },
  }
}

const post = async (
  url: string,
  message: WebhookMessage,
  connection: { readonly dispatcher: Dispatcher; readonly signal: AbortSignal },
): Promise<WebhookAnswer> => {
  const headers = {
    'content-type': 'application/json; charset=utf-8',
    'user-agent': 'Shouyin-Webhooks',
    'accept-encoding': 'identity', // A packed answer could unpack without bound.
    ...signedHeaders(message),
  }
  const { statusCode, body } = await request(url, { ...connection, method: 'POST', headers, body: message.body })
  return { type: 'answered', statusCode, excerpt: await excerptOf(body) }
}

/** As Standard Webhooks has it: one signature for each secret that is valid now. */
export const signedHeaders = ({ id, body, secrets, at }: WebhookMessage): Readonly<Record<string, string>> => ({
  'webhook-id': id,
  'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
  'webhook-signature': secrets.map((secret) => new Webhook(secret).sign(id, at, body)).join(' '),
})

/** The beginning of the answer in one line; what is longer than an answer may be is not even received. */
const excerptOf = async (body: AsyncIterable<Uint8Array>): Promise<string> => {
  const parts: Uint8Array[] = []
  let size = 0
  try {
    for await (const part of body) {
      parts.push(part)
      size += part.length
      if (size >= MAX_ANSWER_BYTES) break // Which ends the connection.
    }
  } catch {
    return '' // The status has come, and it alone decides.
  }
  const text = Buffer.concat(parts)
    .subarray(0, EXCERPT_LENGTH * 4)
    .toString('utf8')
  return text
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim()
    .slice(0, EXCERPT_LENGTH)
    .toWellFormed()
}

/** The code alone: messages of network errors carry addresses. */
const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return 'NETWORK_ERROR'
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name
}
