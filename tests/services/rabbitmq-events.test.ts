import { spawn } from 'node:child_process'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { ok } from 'neverthrow'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { BrokerTrouble } from '../../src/adapters/broker/broker-trouble.ts'
import { RabbitmqBroker } from '../../src/adapters/broker/rabbitmq-broker.ts'
import { seededRandomness } from '../../src/adapters/memory/seeded-randomness.ts'
import type { Store } from '../../src/adapters/persistence/store.ts'
import { systemClock } from '../../src/adapters/system/system-clock.ts'
import { publishEvents } from '../../src/application/broker/publish-events.ts'
import { openStore, type TemporaryFile, temporaryFile } from '../adapters/persistence/support.ts'
import { disordered, firstCopies } from '../application/broker/broker-world.ts'
import { type Arrived, brokerMessage, listen } from './rabbitmq.ts'
import { AMQP_URL, withRabbitmq } from './services.ts'
import { tcpProxy } from './tcp-proxy.ts'

const PROGRAM = fileURLToPath(new URL('./publish.ts', import.meta.url))
const STREAMS = 20
const LENGTH = 15
const ALL = STREAMS * LENGTH

let file: TemporaryFile
let store: Store
let listener: Awaited<ReturnType<typeof listen>>
beforeEach(async () => {
  file = temporaryFile()
  store = await openStore({ path: file.path })
  listener = await listen()
})
afterEach(async () => {
  await listener.remove()
  await store.close()
  file.remove()
})

/** The events with these numbers of each stream, one after another as they would come. */
const queue = (from: number, to: number) =>
  store.transaction.run(async ({ brokerQueue }) => {
    for (let seq = from; seq <= to; seq += 1)
      for (let n = 0; n < STREAMS; n += 1)
        await brokerQueue.insert({ ...brokerMessage(`o${n}`, seq), queuedAt: new Date() })
    return ok(undefined)
  })

/** Runs a process that publishes; gives its exit code, or the signal that ended it. */
const publishing = ({ dieAfter = 0, aheadMs = 0 } = {}): Promise<number | string | null> =>
  new Promise((resolve, reject) => {
    const given = [file.path, AMQP_URL, listener.exchange, String(dieAfter), String(aheadMs)]
    const child = spawn(process.execPath, [PROGRAM, ...given], { stdio: 'ignore', timeout: 50_000 })
    child.once('error', reject)
    child.once('exit', (code, signal) => resolve(signal ?? code))
  })

const expectAllInOrder = async (): Promise<void> => {
  await expect.poll(() => firstCopies(listener.arrived).length, { timeout: 10_000 }).toBe(ALL)
  expect(disordered(listener.arrived)).toEqual([])
  expect(await store.readers.brokerQueue.oldest(1)).toEqual([])
  const bodies = Map.groupBy(listener.arrived, ({ eventId }) => eventId)
  for (const copies of bodies.values()) expect(new Set(copies.map(withoutPlace)).size).toBe(1)
}

const withoutPlace = ({ body, properties }: Arrived): string => JSON.stringify([body, properties])

withRabbitmq(() => {
  describe('events on their way to RabbitMQ', () => {
    it('arrive once each, in the order of their streams, from two processes that take turns', async () => {
      await queue(1, LENGTH)
      expect(await Promise.all([publishing(), publishing()])).toEqual([0, 0])
      await expectAllInOrder()
      expect(listener.arrived).toHaveLength(ALL)
    })

    it('keep the order of first copies where two processes publish the same at once', async () => {
      await queue(1, LENGTH)
      // Each finds the other's lease over, or thinks so.
      const ends = [publishing({ aheadMs: 0 }), publishing({ aheadMs: 40_000 }), publishing({ aheadMs: 80_000 })]
      expect(await Promise.all(ends)).toEqual([0, 0, 0])
      await expectAllInOrder()
    })

    it('come again under the same id, and are never lost, when the process is killed before it forgets them', async () => {
      await queue(1, LENGTH)
      let aheadMs = 0
      for (const dieAfter of [1, 60, 150]) {
        expect(await publishing({ dieAfter, aheadMs })).toBe('SIGKILL')
        aheadMs += 40_000 // Past the lease that it left behind.
      }
      expect(await publishing({ aheadMs })).toBe(0)
      await expectAllInOrder()
      expect(listener.arrived.length).toBeGreaterThanOrEqual(ALL + 1 + 60)
    })

    it('survive connections that are cut between a message and its confirm', async () => {
      const proxy = await tcpProxy(Number(new URL(AMQP_URL).port))
      const chance = seededRandomness(7)
      let cuts = 0
      proxy.script.passesBack = () => {
        const cut = (chance.bytes(1)[0] ?? 0) < 40
        if (cut) cuts += 1
        return !cut
      }
      const processes = ['p', 'q'].map((holder) => {
        const report = () => undefined
        const options = { source: 'https://pay.example.cn', report, exchange: listener.exchange, retryMs: 1 }
        const broker = new RabbitmqBroker({ url: proxy.url, ...options })
        return { broker, turn: publishEvents({ ...store, clock: systemClock, broker, holder }) }
      })
      for (let seq = 1; seq <= LENGTH; seq += 1) {
        await queue(seq, seq)
        for (let turn = 0; turn < 3; turn += 1) await Promise.all(processes.map((process) => process.turn()))
      }
      while ((await store.readers.brokerQueue.oldest(1)).length > 0) {
        await Promise.all(processes.map((process) => process.turn()))
        await setTimeout(2)
      }
      for (const { broker } of processes) await broker.close()
      await proxy.stop()
      await expectAllInOrder()
      expect(cuts).toBeGreaterThan(5)
      expect(listener.arrived.length).toBeGreaterThan(ALL)
    })

    it('keep their order where a queue is full, rejects one and takes the next', async () => {
      const { exchange, arrived, ...small } = await listen({ consume: false, exchange: listener.exchange })
      await small.bind({ maxLength: 2, overflow: 'reject-publish' })
      await small.channel.prefetch(1)
      await small.receive()
      const refused: string[] = []
      const report = ({ code }: BrokerTrouble) => void refused.push(code)
      const broker = new RabbitmqBroker({ url: AMQP_URL, source: 'https://pay.example.cn', report, exchange })
      const turn = publishEvents({ ...store, clock: systemClock, broker, holder: 'p' })
      await queue(1, LENGTH)
      while ((await store.readers.brokerQueue.oldest(1)).length > 0) await turn()
      await broker.close()
      await expect.poll(() => firstCopies(arrived).length, { timeout: 10_000 }).toBe(ALL)
      await small.remove({ keepExchange: true })
      expect(refused).toEqual(['BROKER_REFUSED'])
      expect(disordered(arrived)).toEqual([])
      await expectAllInOrder()
    })
  })
})
