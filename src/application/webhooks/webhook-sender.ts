import type { Result } from 'neverthrow'

export type WebhookMessage = {
  readonly url: string
  /** `webhook-id`: the same for each attempt and every endpoint. */
  readonly id: string
  readonly body: string
  /** Each signs. */
  readonly secrets: readonly string[]
  readonly at: Date
}

export type WebhookAnswer =
  | { readonly type: 'answered'; readonly statusCode: number; readonly excerpt: string }
  /** Nothing came back in time, or the address is one that we do not send to. */
  | { readonly type: 'unreachable'; readonly reason: string }
  /** We are stopping: nobody knows whether it arrived, and it counts as not tried. */
  | { readonly type: 'interrupted' }

/** Sends one webhook once: a signed POST, no redirect followed, a bounded time and answer. */
export interface WebhookSender {
  send(message: WebhookMessage): Promise<WebhookAnswer>
}

export type UrlRefusal = {
  readonly code: 'URL_REFUSED'
  readonly reason: 'malformed' | 'not_https' | 'credentials' | 'private'
}

/** Which addresses may be sent to. */
export interface WebhookTargets {
  /** The address in its one spelling. A name is only looked up when something is sent to it. */
  check(url: string): Result<string, UrlRefusal>
}
