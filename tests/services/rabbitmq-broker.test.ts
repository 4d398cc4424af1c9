import { afterEach, describe, expect, it } from 'vitest'
import type { BrokerTrouble } from '../../src/adapters/broker/broker-trouble.ts'
import { RabbitmqBroker } from '../../src/adapters/broker/rabbitmq-broker.ts'
import { brokerMessage, listen } from './rabbitmq.ts'
import { AMQP_URL, withRabbitmq } from './services.ts'
import { tcpProxy } from './tcp-proxy.ts'

const cleanUp: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const step of cleanUp.splice(0).toReversed()) await step()
})

const brokerAt = (exchange: string, options: { readonly url?: string; readonly confirmMs?: number } = {}) => {
  const troubles: BrokerTrouble[] = []
  const broker = new RabbitmqBroker({
    url: AMQP_URL,
    source: 'https://pay.example.cn',
    report: (trouble) => troubles.push(trouble),
    exchange,
    connectMs: 1000,
    retryMs: 20,
    ...options,
  })
  cleanUp.push(() => broker.close())
  return { broker, troubles }
}

const listening = async (options: Parameters<typeof listen>[0] = {}) => {
  const listener = await listen(options)
  cleanUp.push(() => listener.remove())
  return listener
}

const proxied = async () => {
  const proxy = await tcpProxy(Number(new URL(AMQP_URL).port))
  cleanUp.push(() => proxy.stop())
  return proxy
}

const elapsed = async (work: () => Promise<unknown>): Promise<number> => {
  const began = performance.now()
  await work()
  return performance.now() - began
}

withRabbitmq(() => {
  describe('publishing to RabbitMQ', () => {
    it('sends what the documents promise: persistent, with its id, and headers as CloudEvents have them', async () => {
      const { exchange, arrived } = await listening({ pattern: 'order.*' })
      const message = brokerMessage('order-1', 12)
      expect(await brokerAt(exchange).broker.publish(message)).toBe(true)
      await expect.poll(() => arrived).toHaveLength(1)
      expect(arrived[0]).toMatchObject({
        eventId: 'order-1-12',
        body: message.body,
        fields: { exchange, routingKey: 'order.paid' },
        properties: {
          deliveryMode: 2,
          contentType: 'application/json',
          messageId: 'order-1-12',
          type: 'order.paid',
          timestamp: 1_795_147_506,
        },
      })
      expect(arrived[0]?.properties['headers']).toEqual({
        'cloudEvents:specversion': '1.0',
        'cloudEvents:id': 'order-1-12',
        'cloudEvents:source': 'https://pay.example.cn',
        'cloudEvents:type': 'order.paid',
        'cloudEvents:subject': 'order-1',
        'cloudEvents:time': '2026-11-20T04:05:06.789Z',
        'cloudEvents:sequence': '0000000012',
      })
    })

    it('makes a durable topic exchange, and agrees with one that is there', async () => {
      const listener = await listening({ consume: false })
      await listener.channel.deleteExchange(listener.exchange)
      expect(await brokerAt(listener.exchange).broker.healthy()).toBe(true)
      await listener.channel.assertExchange(listener.exchange, 'topic', { durable: true }) // Fails were it another.
      expect(await brokerAt(listener.exchange).broker.healthy()).toBe(true)
    })

    it('counts as taken what no queue wants, and says so once', async () => {
      const { exchange } = await listening({ consume: false })
      const { broker, troubles } = brokerAt(exchange)
      for (let seq = 1; seq <= 3; seq += 1) expect(await broker.publish(brokerMessage('a', seq))).toBe(true)
      expect(troubles).toEqual([{ code: 'BROKER_UNROUTED', type: 'order.paid' }])
    })

    it('does not count as taken what a full queue rejects', async () => {
      const listener = await listening({ consume: false })
      await listener.bind({ maxLength: 1, overflow: 'reject-publish' })
      const { broker, troubles } = brokerAt(listener.exchange)
      expect(await broker.publish(brokerMessage('a', 1))).toBe(true)
      expect(await broker.publish(brokerMessage('a', 2))).toBe(false)
      await listener.receive()
      await expect.poll(() => broker.publish(brokerMessage('a', 2))).toBe(true)
      await expect.poll(() => listener.arrived.map(({ seq }) => seq)).toEqual([1, 2])
      expect(troubles).toEqual([{ code: 'BROKER_REFUSED' }])
    })
  })

  describe('a RabbitMQ that fails', () => {
    it('is found missing at once and noticed when it is back, with one line each', async () => {
      const { exchange, arrived } = await listening()
      const proxy = await proxied()
      const { broker, troubles } = brokerAt(exchange, { url: proxy.url })
      expect(await broker.publish(brokerMessage('a', 1))).toBe(true)
      proxy.script.passesBack = () => false
      expect(await broker.publish(brokerMessage('a', 2))).toBe(false)
      for (let n = 0; n < 5; n += 1) {
        expect(await elapsed(() => broker.publish(brokerMessage('a', 2)))).toBeLessThan(900)
        expect(await broker.healthy()).toBe(false)
      }
      proxy.script.passesBack = () => true
      await expect.poll(() => broker.publish(brokerMessage('a', 2)), { timeout: 5000 }).toBe(true)
      await expect.poll(() => arrived.at(-1)?.seq).toBe(2)
      expect(troubles.map(({ code }) => code)).toEqual(['BROKER_DOWN', 'BROKER_BACK'])
    })

    it('is left after a while when it hangs, and fails what was under way', async () => {
      const { exchange } = await listening()
      const proxy = await proxied()
      const { broker, troubles } = brokerAt(exchange, { url: proxy.url, confirmMs: 300 })
      expect(await broker.healthy()).toBe(true)
      proxy.script.silent = true
      const all = Promise.all([1, 2, 3].map((seq) => broker.publish(brokerMessage('a', seq))))
      expect(await elapsed(() => all)).toBeLessThan(900)
      expect(await all).toEqual([false, false, false])
      expect(await broker.healthy()).toBe(false)
      proxy.script.silent = false
      await expect.poll(() => broker.healthy(), { timeout: 5000 }).toBe(true)
      expect(troubles[0]).toEqual({ code: 'BROKER_DOWN', reason: 'TIMEOUT' })
    })

    it('is asked less and less often while it is not there', async () => {
      const { exchange } = await listening()
      const proxy = await proxied()
      let handshakes = 0
      proxy.script.passesBack = () => {
        handshakes += 1
        return false
      }
      const { broker } = brokerAt(exchange, { url: proxy.url })
      const until = performance.now() + 1500
      while (performance.now() < until) await broker.publish(brokerMessage('a', 1))
      expect(handshakes).toBeGreaterThan(3)
      expect(handshakes).toBeLessThan(9) // After 0, 20, 60, 140, 300, 620, 1260 ms.
    })

    it('refuses a wrong password without giving it away', async () => {
      const { broker, troubles } = brokerAt('any', { url: AMQP_URL.replace('guest@', 'hunter2@') })
      expect(await broker.publish(brokerMessage('a', 1))).toBe(false)
      expect(troubles).toMatchObject([{ code: 'BROKER_DOWN', reason: expect.stringContaining('ACCESS_REFUSED') }])
      expect(JSON.stringify(troubles)).not.toContain('hunter2')
    })

    it('says what is wrong where the exchange is one of another kind, and goes on when it is gone', async () => {
      const listener = await listening({ consume: false })
      await listener.channel.deleteExchange(listener.exchange)
      await listener.channel.assertExchange(listener.exchange, 'fanout')
      const { broker, troubles } = brokerAt(listener.exchange)
      expect(await broker.healthy()).toBe(false)
      expect(troubles).toMatchObject([{ reason: expect.stringContaining('PRECONDITION') }])
      await listener.channel.deleteExchange(listener.exchange)
      await expect.poll(() => broker.healthy(), { timeout: 5000 }).toBe(true)
    })

    it('makes the exchange again when somebody deleted it', async () => {
      const listener = await listening()
      const { broker } = brokerAt(listener.exchange)
      expect(await broker.publish(brokerMessage('a', 1))).toBe(true)
      await listener.channel.deleteExchange(listener.exchange)
      expect(await broker.publish(brokerMessage('a', 2))).toBe(false)
      await expect.poll(() => broker.publish(brokerMessage('a', 2)), { timeout: 5000 }).toBe(true)
    })

    it('holds up no stop: what was under way counts as not taken', async () => {
      const { exchange } = await listening()
      const proxy = await proxied()
      const { broker, troubles } = brokerAt(exchange, { url: proxy.url })
      expect(await broker.healthy()).toBe(true)
      proxy.script.silent = true
      const under = broker.publish(brokerMessage('a', 1))
      await new Promise((resolve) => setTimeout(resolve, 50))
      expect(await elapsed(() => Promise.all([broker.close(), broker.close()]))).toBeLessThan(1900)
      expect(await under).toBe(false)
      expect(await broker.publish(brokerMessage('a', 1))).toBe(false)
      expect([await broker.healthy(), troubles]).toEqual([false, []])
    })
  })
})
