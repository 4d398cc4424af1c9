import type { Container } from 'inversify'
import type { BrokerTrouble } from '../adapters/broker/broker-trouble.ts'
import { RabbitmqBroker } from '../adapters/broker/rabbitmq-broker.ts'
import type { Log } from '../adapters/http/deps.ts'
import { writeWebhook } from '../adapters/http/webhook-json.ts'
import type { Store } from '../adapters/persistence/store.ts'
import type { Job } from '../adapters/schedule/interval-scheduler.ts'
import { publishEvents } from '../application/broker/publish-events.ts'
import { queueEvents } from '../application/broker/queue-events.ts'
import type { Clock } from '../application/clock.ts'
import type { Ids } from '../application/ids.ts'
import type { EventConsumer } from '../application/relay-events.ts'
import { publicUrlOf, type Settings } from './config.ts'
import { tokens } from './tokens.ts'

/** What the service does because a broker is configured; without one all of it is empty. */
export type BrokerParts = {
  /** Of the relay. */
  readonly consumers: readonly EventConsumer[]
  readonly jobs: (everyMs: number) => readonly Job[]
  readonly checks: () => Promise<Readonly<Record<string, boolean>>>
  readonly close: () => Promise<void>
}

export const bindBroker = (container: Container, report: (trouble: BrokerTrouble) => void): void => {
  container
    .bind(tokens.broker)
    .toResolvedValue(
      (settings: Settings, store: Store, clock: Clock, ids: Ids) =>
        settings.AMQP_URL === undefined
          ? NO_BROKER
          : rabbitmq({ url: settings.AMQP_URL, source: publicUrlOf(settings), store, clock, ids, report }),
      [tokens.settings, tokens.store, tokens.clock, tokens.ids],
    )
}

const NO_BROKER: BrokerParts = {
  consumers: [],
  jobs: () => [],
  checks: async () => ({}),
  close: async () => undefined,
}

type Deps = {
  readonly url: string
  readonly source: string
  readonly store: Store
  readonly clock: Clock
  readonly ids: Ids
  readonly report: (trouble: BrokerTrouble) => void
}

const rabbitmq = ({ url, source, store: { transaction, readers }, clock, ids, report }: Deps): BrokerParts => {
  const broker = new RabbitmqBroker({ url, source, report })
  const run = publishEvents({ transaction, readers, clock, broker, holder: ids.entity() })
  return {
    consumers: [queueEvents({ writeWebhook })],
    jobs: (everyMs) => [{ name: 'broker', everyMs, run }],
    checks: async () => ({ broker: await broker.healthy() }),
    close: () => broker.close(),
  }
}

/** What an engineer is to find in the log. */
export const brokerLog =
  (log: Log) =>
  (trouble: BrokerTrouble): void => {
    switch (trouble.code) {
      case 'BROKER_DOWN':
        return log.warn({ reason: trouble.reason }, 'the broker is not there; events wait and are published later')
      case 'BROKER_BACK':
        return log.info({}, 'the broker is there again')
      case 'BROKER_BLOCKED':
        return log.warn({ reason: trouble.reason }, 'the broker takes nothing for now; events wait')
      case 'BROKER_UNROUTED':
        return log.warn({ type: trouble.type }, 'no queue is bound for events of this type; they are not kept')
      case 'BROKER_REFUSED':
        return log.warn({}, 'a queue of the broker refused an event; it is sent again')
    }
  }
