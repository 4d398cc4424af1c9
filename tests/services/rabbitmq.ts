import { connect } from 'amqplib'
import type { BrokerMessage } from '../../src/application/broker/event-broker.ts'
import { AMQP_URL, ownName } from './services.ts'

export type Arrived = {
  readonly eventId: string
  readonly stream: string
  readonly seq: number
  readonly body: string
  readonly properties: Readonly<Record<string, unknown>>
  readonly fields: { readonly routingKey: string; readonly exchange: string }
}

/** An exchange and a durable queue of a test's own, bound to everything, and what has come out of the queue. */
export const listen = async ({
  url = AMQP_URL,
  exchange = ownName(),
  queue = ownName(),
  pattern = '#',
  consume = true,
} = {}) => {
  const connection = await connect(url)
  connection.on('error', () => undefined) // Some tests kill the broker.
  const channel = await connection.createChannel()
  channel.on('error', () => undefined)
  const arrived: Arrived[] = []
  await channel.assertExchange(exchange, 'topic', { durable: true })
  const receive = () =>
    channel.consume(queue, (message) => {
      if (message === null) return
      const { headers } = message.properties
      arrived.push({
        eventId: String(message.properties.messageId),
        stream: String(headers?.['cloudEvents:subject']),
        seq: Number(headers?.['cloudEvents:sequence']),
        body: message.content.toString('utf8'),
        properties: { ...message.properties },
        fields: message.fields,
      })
      channel.ack(message)
    })
  const bind = async (options: { readonly maxLength?: number; readonly overflow?: string } = {}) => {
    await channel.assertQueue(queue, { durable: true, ...options })
    await channel.bindQueue(queue, exchange, pattern)
  }
  if (consume) {
    await bind()
    await receive()
  }
  return {
    exchange,
    queue,
    arrived,
    channel,
    bind,
    receive,
    async remove({ keepExchange = false } = {}) {
      await channel.deleteQueue(queue)
      if (!keepExchange) await channel.deleteExchange(exchange)
      await connection.close()
    },
  }
}

export const brokerMessage = (stream: string, seq: number): BrokerMessage => ({
  eventId: `${stream}-${seq}`,
  type: 'order.paid',
  stream,
  seq,
  at: new Date('2026-11-20T04:05:06.789Z'),
  body: JSON.stringify({ type: 'order.paid', data: { id: stream, seq, note: '会员' } }),
})
