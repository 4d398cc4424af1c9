import { Redis, ReplyError } from 'ioredis'

export type RedisTrouble =
  /** Said once, however many commands fail until it answers again. */
  { readonly code: 'REDIS_LOST'; readonly error: unknown } | { readonly code: 'REDIS_BACK' }

/** Redis did not do what it was asked to, or nobody knows whether it did. */
export class RedisUnavailable extends Error {}

export type Subscriber = {
  message(text: string): void
  /** From now on every message arrives; those of before may have been missed. */
  live(): void
  /** From now on messages may be missed. */
  lost(): void
}

type Options = {
  readonly url: string
  /** What every key and channel begins with; `shouyin:` unless a test wants one of its own. */
  readonly prefix?: string
  readonly report: (trouble: RedisTrouble) => void
}

const COMMAND_MS = 150
const CONNECT_MS = 1000
/** After a command that failed nobody waits for another one within this time. */
const REST_MS = 1000
const HEARTBEAT_MS = 1000
const LONGEST_PAUSE_MS = 2000
const PATIENCE_AT_START_MS = 500

/**
 * Two connections to one Redis, one for commands and one for messages; both come back by themselves, for ever. Whoever
 * uses them goes on without Redis: a command fails within 150 ms, those after it at once, and one a second tries again.
 */
export class RedisConnection {
  readonly prefix: string
  /** For libraries that want a client to prepare themselves on; commands go through `run`. */
  readonly client: Redis
  readonly #messages: Redis
  readonly #report: Options['report']
  readonly #subscribers = new Map<string, Subscriber>()
  readonly #onReady: (() => void)[] = []
  readonly #onClose: (() => void)[] = []
  readonly #heartbeat: NodeJS.Timeout
  readonly #down = new Set<Redis>()
  #restUntil = 0
  #isClosed = false

  constructor({ url, prefix = 'shouyin:', report }: Options) {
    this.prefix = prefix
    this.#report = report
    this.client = new Redis(url, { ...OPTIONS, commandTimeout: COMMAND_MS })
    this.#messages = new Redis(url, { ...OPTIONS, commandTimeout: HEARTBEAT_MS, autoResubscribe: false })
    for (const redis of [this.client, this.#messages]) {
      redis.on('error', (error: unknown) => this.#noteLost(redis, error))
      redis.on('close', () => this.#noteLost(redis, new Error('the connection was closed')))
    }
    this.client.on('ready', () => this.#noteReady())
    this.client.on('close', () => this.#onClose.forEach((listener) => listener()))
    this.#messages.on('ready', () => void this.#subscribe())
    this.#messages.on('close', () => this.#noteDeaf())
    this.#messages.on('message', (channel: string, text: string) => this.#subscribers.get(channel)?.message(text))
    this.#heartbeat = setInterval(() => void this.#checkMessages(), HEARTBEAT_MS).unref()
  }

  /** To be said before `open`. */
  subscribe(channel: string, subscriber: Subscriber): void {
    this.#subscribers.set(this.prefix + channel, subscriber)
  }

  /** Told each time commands may be sent, also when the Redis there is another one than before, or an older copy. */
  whenReady(listener: () => void): void {
    this.#onReady.push(listener)
  }

  whenClosed(listener: () => void): void {
    this.#onClose.push(listener)
  }

  /** Connects; a Redis that is not there yet may come later. */
  async open(): Promise<void> {
    const connecting = [this.client, this.#messages].map((redis) => redis.connect().catch(() => undefined)) // Reported.
    const { promise: enough, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, PATIENCE_AT_START_MS)
    await Promise.race([Promise.all(connecting), enough])
    clearTimeout(timer)
  }

  /** Fails with `RedisUnavailable` and nothing else. */
  async run<T>(command: (redis: Redis) => Promise<T>): Promise<T> {
    const now = performance.now()
    if (this.client.status !== 'ready' || now < this.#restUntil) throw new RedisUnavailable('Redis is not answering')
    const isTrial = this.#restUntil > 0
    if (isTrial) this.#restUntil = now + REST_MS // The others do not wait for this one.
    try {
      const answer = await command(this.client)
      this.#restUntil = 0
      this.#noteBack(this.client)
      return answer
    } catch (error) {
      this.#restUntil = performance.now() + REST_MS
      this.#noteLost(this.client, error)
      // Twice without an answer: its host may be gone for good, and another one stand behind the name.
      if (isTrial && !(error instanceof ReplyError)) this.client.disconnect(true)
      throw new RedisUnavailable('a command to Redis failed', { cause: error })
    }
  }

  async answers(): Promise<boolean> {
    try {
      return (await this.run((redis) => redis.ping())) === 'PONG'
    } catch {
      return false // Whatever it was, this is the answer to it.
    }
  }

  close(): void {
    this.#isClosed = true
    clearInterval(this.#heartbeat)
    this.client.disconnect()
    this.#messages.disconnect()
  }

  async #subscribe(): Promise<void> {
    if (this.#subscribers.size === 0) return this.#noteBack(this.#messages)
    try {
      await this.#messages.subscribe(...this.#subscribers.keys())
      this.#noteBack(this.#messages)
      for (const subscriber of this.#subscribers.values()) subscriber.live()
    } catch (error) {
      this.#noteLost(this.#messages, error)
      this.#messages.disconnect(true)
    }
  }

  /** A connection whose other end is gone without a word looks as if nobody had anything to say. */
  async #checkMessages(): Promise<void> {
    if (this.#messages.status !== 'ready') return
    try {
      await this.#messages.ping()
    } catch (error) {
      this.#noteLost(this.#messages, error)
      this.#noteDeaf()
      this.#messages.disconnect(true)
    }
  }

  #noteDeaf(): void {
    for (const subscriber of this.#subscribers.values()) subscriber.lost()
  }

  #noteReady(): void {
    this.#restUntil = 0
    this.#noteBack(this.client)
    for (const listener of this.#onReady) listener()
  }

  #noteLost(redis: Redis, error: unknown): void {
    if (this.#isClosed) return
    if (this.#down.size === 0) this.#report({ code: 'REDIS_LOST', error })
    this.#down.add(redis)
  }

  #noteBack(redis: Redis): void {
    if (this.#down.delete(redis) && this.#down.size === 0) this.#report({ code: 'REDIS_BACK' })
  }
}

const OPTIONS = {
  lazyConnect: true,
  connectTimeout: CONNECT_MS,
  disconnectTimeout: CONNECT_MS,
  enableOfflineQueue: false, // What can't be sent now fails now.
  maxRetriesPerRequest: 0,
  autoResendUnfulfilledCommands: false, // Whoever sent them has gone on without.
  retryStrategy: (attempt: number): number =>
    Math.min(LONGEST_PAUSE_MS, 50 * 2 ** Math.min(attempt, 6)) * (0.75 + Math.random() / 2),
} as const
