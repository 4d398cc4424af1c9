import type { Options } from 'amqplib'
import type { BrokerMessage } from '../../application/broker/event-broker.ts'

/** A CloudEvent in the binary mode of its AMQP binding: the attributes are headers, the body is the event's data. */
export const toProperties = (message: BrokerMessage, source: string): Options.Publish => ({
  persistent: true,
  mandatory: true,
  messageId: message.eventId,
  type: message.type,
  contentType: 'application/json',
  timestamp: Math.floor(message.at.getTime() / 1000),
  appId: 'shouyin',
  headers: {
    'cloudEvents:specversion': '1.0',
    'cloudEvents:id': message.eventId,
    'cloudEvents:source': source,
    'cloudEvents:type': message.type,
    'cloudEvents:subject': message.stream,
    'cloudEvents:time': message.at.toISOString(),
    // The sequence extension is a text, which has to sort as the numbers do.
    'cloudEvents:sequence': String(message.seq).padStart(SEQUENCE_DIGITS, '0'),
  },
})

const SEQUENCE_DIGITS = 10
