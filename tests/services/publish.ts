import { setTimeout } from 'node:timers/promises'
import { RabbitmqBroker } from '../../src/adapters/broker/rabbitmq-broker.ts'
import { systemClock } from '../../src/adapters/system/system-clock.ts'
import type { EventBroker } from '../../src/application/broker/event-broker.ts'
import { publishEvents } from '../../src/application/broker/publish-events.ts'
import { openStore } from '../adapters/persistence/support.ts'

/**
 * A process that publishes a queue until it is empty. It kills itself after so many confirms, before it has forgotten
 * what was confirmed; its clock may be ahead, so that nobody's lease holds it up.
 */
const [path = '', url = '', exchange = '', dieAfter = '0', aheadMs = '0'] = process.argv.slice(2)
const store = await openStore({ path })
const broker = new RabbitmqBroker({ url, source: 'https://pay.example.cn', report: () => undefined, exchange })
let confirmed = 0
const mortal: EventBroker = {
  healthy: () => broker.healthy(),
  async publish(message) {
    const taken = await broker.publish(message)
    confirmed += 1
    if (confirmed === Number(dieAfter)) process.kill(process.pid, 'SIGKILL')
    return taken
  },
}
const clock = { ...systemClock, now: () => new Date(Date.now() + Number(aheadMs)) }
const turn = publishEvents({ ...store, clock, broker: mortal, holder: String(process.pid) })
while ((await store.readers.brokerQueue.oldest(1)).length > 0) {
  await turn()
  await setTimeout(5)
}
await broker.close()
await store.close()
console.log(confirmed)
