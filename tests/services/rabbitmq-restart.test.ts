import { describe, expect, it, onTestFinished } from 'vitest'
import type { BrokerTrouble } from '../../src/adapters/broker/broker-trouble.ts'
import { RabbitmqBroker } from '../../src/adapters/broker/rabbitmq-broker.ts'
import { disordered, firstCopies } from '../application/broker/broker-world.ts'
import { hasPrivateRabbitmq, privateRabbitmq } from './private-rabbitmq.ts'
import { brokerMessage, listen } from './rabbitmq.ts'
import { ownName } from './services.ts'

const COUNT = 60

describe.skipIf(!hasPrivateRabbitmq)('a RabbitMQ of our own', () => {
  it('keeps what it confirmed through a crash, and says when it has no memory left', { timeout: 150_000 }, async () => {
    const rabbitmq = await privateRabbitmq()
    onTestFinished(() => rabbitmq.remove())
    await rabbitmq.start()
    const { url } = rabbitmq
    const exchange = ownName()
    const troubles: BrokerTrouble[] = []
    const report = (trouble: BrokerTrouble) => void troubles.push(trouble)
    const source = 'https://pay.example.cn'
    const broker = new RabbitmqBroker({ url, source, exchange, report, retryMs: 50, confirmMs: 1500 })
    onTestFinished(() => broker.close())

    const before = await listen({ url, exchange, consume: false })
    await before.bind()
    for (let seq = 1; seq <= COUNT; seq += 1) expect(await broker.publish(brokerMessage('a', seq))).toBe(true)
    const under = Array.from({ length: COUNT }, (_, n) => broker.publish(brokerMessage(`b${n}`, 1)))
    await rabbitmq.kill()
    const unsure = (await Promise.all(under)).filter((taken) => !taken).length
    expect(await broker.publish(brokerMessage('a', COUNT + 1))).toBe(false)

    // So little memory that it blocks who publishes, and nobody else.
    await rabbitmq.start('vm_memory_high_watermark.absolute = 1MB\n')
    const after = await listen({ url, exchange, queue: before.queue })
    await expect.poll(() => after.arrived.length, { timeout: 10_000 }).toBeGreaterThanOrEqual(2 * COUNT - unsure)
    expect(firstCopies(after.arrived).filter(({ stream }) => stream === 'a')).toHaveLength(COUNT)
    expect(disordered(after.arrived)).toEqual([])

    await expect.poll(() => broker.healthy(), { timeout: 10_000 }).toBe(true) // It has not been told yet.
    const began = performance.now()
    expect(await broker.publish(brokerMessage('a', COUNT + 1))).toBe(false)
    expect(performance.now() - began).toBeLessThan(3000)
    expect(await broker.healthy()).toBe(false)
    expect(await broker.publish(brokerMessage('a', COUNT + 1))).toBe(false)
    expect(troubles.map(({ code }) => code)).toEqual(['BROKER_DOWN', 'BROKER_BACK', 'BROKER_BLOCKED'])
  })
})
