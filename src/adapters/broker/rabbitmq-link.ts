import { type ChannelModel, type ConfirmChannel, connect, IllegalOperationError } from 'amqplib'
import type { BrokerMessage } from '../../application/broker/event-broker.ts'
import type { BrokerTrouble } from './broker-trouble.ts'
import { toProperties } from './rabbitmq-message.ts'

export type LinkOptions = {
  readonly url: string
  readonly exchange: string
  /** Whose events these are: the `source` of CloudEvents. */
  readonly source: string
  /** For opening it with everything on it. */
  readonly connectMs: number
  /** From sending a message to its confirm. */
  readonly confirmMs: number
  readonly report: (trouble: BrokerTrouble) => void
}

const HEARTBEAT_SECONDS = 10
const CLOSE_MS = 1000

/** Connects and makes sure of the exchange; throws where that fails or takes too long. */
export const openLink = async (options: LinkOptions): Promise<RabbitmqLink> => {
  const cut = new AbortController()
  const patience = setTimeout(() => cut.abort('TIMEOUT'), options.connectMs)
  try {
    const socket = { signal: cut.signal, noDelay: true, clientProperties: { connection_name: 'shouyin' } }
    const connection = await connect(withHeartbeat(options.url), socket)
    const ended = endOf(connection, cut)
    const channel = await connection.createConfirmChannel()
    channel.on('error', (error) => cut.abort(error.message))
    channel.on('close', () => cut.abort('CHANNEL_CLOSED'))
    await channel.assertExchange(options.exchange, 'topic', { durable: true })
    return new RabbitmqLink({ connection, channel, ended, cut, options })
  } catch (error) {
    const reason = reasonOf(cut, error)
    cut.abort()
    throw new Error(reason, { cause: error })
  } finally {
    clearTimeout(patience)
  }
}

/** The server's own choice, a minute, is too long to notice that it is gone. */
const withHeartbeat = (text: string): string => {
  const url = new URL(text)
  if (!url.searchParams.has('heartbeat')) url.searchParams.set('heartbeat', String(HEARTBEAT_SECONDS))
  return url.href
}

/** Why the connection is no more, once it is; its socket goes with it, also where the other side does not close. */
const endOf = (connection: ChannelModel, cut: AbortController): Promise<string> =>
  new Promise((resolve) => {
    connection.on('error', (error) => resolve(reasonOf(cut, error)))
    connection.on('close', (error) => {
      resolve(reasonOf(cut, error))
      cut.abort()
    })
  })

/** Ours, where we cut it ourselves; never with the address, which has a password in it. */
const reasonOf = ({ signal }: AbortController, error: unknown): string => {
  if (typeof signal.reason === 'string') return signal.reason
  return error instanceof Error ? error.message : 'CLOSED'
}

type Parts = {
  readonly connection: ChannelModel
  readonly channel: ConfirmChannel
  readonly ended: Promise<string>
  /** Destroys the socket, which fails everything that is under way. */
  readonly cut: AbortController
  readonly options: LinkOptions
}

/** One connection with one channel, on which the broker keeps the order; it is not repaired but replaced. */
export class RabbitmqLink {
  readonly #parts: Parts
  readonly #told = new Set<string>()
  #blocked = false

  constructor(parts: Parts) {
    this.#parts = parts
    const { connection, channel } = parts
    connection.on('blocked', (reason) => {
      this.#blocked = true
      this.#tell(reason, { code: 'BROKER_BLOCKED', reason })
    })
    connection.on('unblocked', () => {
      this.#blocked = false
    })
    channel.on('return', ({ fields: { routingKey: type } }) => this.#tell(type, { code: 'BROKER_UNROUTED', type }))
    channel.on('nack', () => this.#tell('nack', { code: 'BROKER_REFUSED' }))
  }

  get ended(): Promise<string> {
    return this.#parts.ended
  }

  /** The broker has no memory or disk left and reads nothing from us. */
  get isBlocked(): boolean {
    return this.#blocked
  }

  publish(message: BrokerMessage): Promise<boolean> {
    const { channel, cut, options } = this.#parts
    if (this.#blocked || cut.signal.aborted) return Promise.resolve(false)
    return new Promise((resolve, reject) => {
      const patience = setTimeout(() => {
        if (!this.#blocked) cut.abort('TIMEOUT') // It hangs. A blocked one is there, and goes on by itself.
        resolve(false)
      }, options.confirmMs)
      const confirmed = (error: unknown): void => {
        clearTimeout(patience)
        resolve(error === null)
      }
      try {
        const properties = toProperties(message, options.source)
        channel.publish(options.exchange, message.type, Buffer.from(message.body), properties, confirmed)
      } catch (error) {
        clearTimeout(patience)
        if (error instanceof IllegalOperationError)
          resolve(false) // The channel is just closing.
        else reject(error)
      }
    })
  }

  async close(): Promise<void> {
    const { connection, ended, cut } = this.#parts
    const patience = setTimeout(() => cut.abort(), CLOSE_MS)
    const closed = connection.close().catch(() => undefined) // It was closing already.
    await Promise.race([closed, ended])
    clearTimeout(patience)
    cut.abort()
  }

  #tell(once: string, trouble: BrokerTrouble): void {
    if (this.#told.has(once)) return
    this.#told.add(once)
    this.#parts.options.report(trouble)
  }
}
