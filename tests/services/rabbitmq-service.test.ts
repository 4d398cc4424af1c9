import { connect } from 'amqplib'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { EXCHANGE } from '../../src/adapters/broker/rabbitmq-broker.ts'
import { freePort } from '../support/free-port.ts'
import { type Running, readersOf, startRunning, storeOf } from '../support/service.ts'
import { disordered } from '../application/broker/broker-world.ts'
import { eventually, GRANT, open, order, orderState, sell } from '../wire/payer.ts'
import { listen } from './rabbitmq.ts'
import { AMQP_URL, withRabbitmq } from './services.ts'

let running: Running | undefined
afterEach(() => running?.stop())

/** Unless somebody else's queue is bound to it. */
const removeExchange = async (): Promise<void> => {
  const connection = await connect(AMQP_URL)
  const channel = await connection.createChannel()
  await channel.deleteExchange(EXCHANGE, { ifUnused: true })
  await connection.close()
}

const started = async (settings: Readonly<Record<string, string>>): Promise<Running> => {
  running = await startRunning({ settings })
  return running
}

const pay = async (service: Running): Promise<string> => {
  const orderId = await order(service, await sell(service, GRANT))
  const { codeUrl } = await open(service, orderId, 'wechat')
  await service.sandbox.wechat.pay(codeUrl)
  await eventually(
    () => orderState(service, orderId),
    (seen) => seen?.status === 'paid',
  )
  return orderId
}

const relayed = (service: Running) =>
  expect.poll(() => readersOf(service).events.pending(1), { timeout: 10_000 }).toEqual([])
const queued = (service: Running) => readersOf(service).brokerQueue.oldest(99)
const readiness = async ({ origin }: Running) => (await fetch(`${origin}/readyz`)).json()

withRabbitmq(() => {
  describe('a service with a broker', () => {
    afterAll(removeExchange)

    it('publishes what happens to an order, in its order, and nothing stays in the queue', async () => {
      const service = await started({ AMQP_URL })
      const listener = await listen({ exchange: EXCHANGE })
      const orders = [await pay(service), await pay(service)]
      const mine = () => listener.arrived.filter(({ stream }) => orders.includes(stream))
      await expect.poll(() => mine().length, { timeout: 10_000 }).toBe(6)
      await listener.remove({ keepExchange: true })
      expect(disordered(mine())).toEqual([])
      for (const orderId of orders) {
        const told = mine().filter(({ stream }) => stream === orderId)
        const types = ['payment.succeeded', 'order.paid', 'access.granted']
        expect(told.map(({ fields }) => fields.routingKey)).toEqual(types)
        expect(told.map(({ body }) => JSON.parse(body).type)).toEqual(types)
        expect(JSON.parse(told[1]?.body ?? '')).toMatchObject({ data: { id: orderId, status: 'paid' } })
        expect(told[0]?.properties['headers']).toMatchObject({ 'cloudEvents:source': service.origin })
      }
      await expect.poll(() => queued(service)).toEqual([])
      expect(await readiness(service)).toEqual({ status: 'ready', checks: { database: true, broker: true } })
      const now = service.clock.now()
      expect(await storeOf(service).verify({ quiescent: false, now, graceMs: 3_600_000 })).toEqual([])
    })

    it('takes payments and stops as ever while the broker is away, and keeps what happened for it', async () => {
      const service = await started({ AMQP_URL: `amqp://127.0.0.1:${await freePort()}` })
      const orderId = await pay(service)
      await relayed(service)
      expect((await queued(service)).map(({ stream, type }) => [stream, type])).toEqual([
        [orderId, 'payment.succeeded'],
        [orderId, 'order.paid'],
        [orderId, 'access.granted'],
      ])
      expect(await readiness(service)).toMatchObject({ checks: { database: true, broker: false } })
      const began = performance.now()
      await service.stop()
      expect(performance.now() - began).toBeLessThan(4000)
      running = undefined
    })
  })

  describe('a service without a broker', () => {
    it('queues nothing for one', async () => {
      const service = await started({})
      await pay(service)
      await relayed(service)
      expect(await queued(service)).toEqual([])
      expect(await readiness(service)).toEqual({ status: 'ready', checks: { database: true } })
    })
  })
})
