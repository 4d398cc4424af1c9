import type { BrokerMessage, EventBroker } from '../../application/broker/event-broker.ts'
import { type LinkOptions, openLink, type RabbitmqLink } from './rabbitmq-link.ts'

/** Declared durable, of the type topic; whoever wants events binds a queue of their own to it. */
export const EXCHANGE = 'shouyin.events'

type Options = Pick<LinkOptions, 'url' | 'source' | 'report'> &
  Partial<Pick<LinkOptions, 'exchange' | 'connectMs' | 'confirmMs'>> & {
    /** After the first failed attempt to connect; it doubles with each further one. */
    readonly retryMs?: number
  }

const CONNECT_MS = 3_000
const CONFIRM_MS = 10_000
const RETRY_MS = 500
const MAX_RETRY_MS = 30_000

/**
 * Publishes to RabbitMQ over one confirm channel. It connects when there is something to publish and again after the
 * connection was lost, less and less often while that fails; until then everything counts as not taken.
 */
export class RabbitmqBroker implements EventBroker {
  readonly #options: LinkOptions & { readonly retryMs: number }
  #link: Promise<RabbitmqLink | undefined> | undefined
  #failures = 0
  #retryAt = 0
  #isDown = false
  #isClosed = false

  constructor(options: Options) {
    const defaults = { exchange: EXCHANGE, connectMs: CONNECT_MS, confirmMs: CONFIRM_MS, retryMs: RETRY_MS }
    this.#options = { ...defaults, ...options }
  }

  async publish(message: BrokerMessage): Promise<boolean> {
    const link = await this.#open()
    return link !== undefined && link.publish(message)
  }

  async healthy(): Promise<boolean> {
    const link = await this.#open()
    return link !== undefined && !link.isBlocked
  }

  /** What is under way counts as not taken. */
  async close(): Promise<void> {
    this.#isClosed = true
    const link = await this.#link
    await link?.close()
  }

  async #open(): Promise<RabbitmqLink | undefined> {
    if (this.#isClosed) return undefined
    if (this.#link === undefined && performance.now() >= this.#retryAt) this.#link = this.#connect()
    return this.#link
  }

  async #connect(): Promise<RabbitmqLink | undefined> {
    try {
      const link = await openLink(this.#options)
      this.#failures = 0
      if (this.#isDown) this.#options.report({ code: 'BROKER_BACK' })
      this.#isDown = false
      void link.ended.then((reason) => this.#lost(reason))
      return link
    } catch (error) {
      this.#retryAt = performance.now() + Math.min(this.#options.retryMs * 2 ** this.#failures, MAX_RETRY_MS)
      this.#failures += 1
      this.#lost(error instanceof Error ? error.message : 'UNKNOWN')
      return undefined
    }
  }

  #lost(reason: string): void {
    this.#link = undefined
    if (!this.#isDown && !this.#isClosed) this.#options.report({ code: 'BROKER_DOWN', reason })
    this.#isDown = true
  }
}
