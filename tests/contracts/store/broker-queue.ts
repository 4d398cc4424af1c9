import { err } from 'neverthrow'
import { describe, expect } from 'vitest'
import type { QueuedMessage } from '../../../src/application/broker/broker-queue.ts'
import { minute, queuedMessage } from '../../support/builders.ts'
import { type CreateStore, commit, LOOKALIKES, read, type StoreUnderTest, testsOn, TEXTS } from './under-test.ts'

export const brokerQueueContract = (create: CreateStore): void => {
  describe('the queue of a broker', () => queuedMessages(create))
  describe('the publisher of a broker', () => publishers(create))
}

const oldest = (store: StoreUnderTest, limit: number) => read(store, ({ brokerQueue }) => brokerQueue.oldest(limit))
const insert = (store: StoreUnderTest, ...messages: readonly QueuedMessage[]) =>
  commit(store, async ({ brokerQueue }) => {
    for (const message of messages) await brokerQueue.insert(message)
  })
const remove = (store: StoreUnderTest, ...eventIds: readonly string[]) =>
  commit(store, ({ brokerQueue }) => brokerQueue.remove(eventIds))
const numbered = (count: number, first = 1): readonly QueuedMessage[] =>
  Array.from({ length: count }, (_, n) => queuedMessage({ eventId: `e${first + n}`, seq: first + n }))
const ids = (messages: readonly QueuedMessage[]) => messages.map(({ eventId }) => eventId)

const queuedMessages = (create: CreateStore): void => {
  const test = testsOn(create)

  test('gives each message back as it was put in', async (store) => {
    expect(await oldest(store, 9)).toEqual([])
    const messages = TEXTS.map((body, n) =>
      queuedMessage({ eventId: `e${n}`, stream: `流 ${n}`, type: 'points.credited', body, at: minute(n) }),
    )
    await insert(store, ...messages)
    expect(await oldest(store, 9)).toEqual(messages)
  })

  test('gives the oldest first, whatever its id and time, and at most as many as asked for', async (store) => {
    const messages = ['m', 'a', 'z'].map((eventId, n) => queuedMessage({ eventId, at: minute(9 - n) }))
    for (const message of messages) await insert(store, message)
    expect(ids(await oldest(store, 9))).toEqual(['m', 'a', 'z'])
    expect(ids(await oldest(store, 2))).toEqual(['m', 'a'])
  })

  test('forgets exactly those that are removed, however many, and removes again without complaint', async (store) => {
    const messages = numbered(120)
    await insert(store, ...messages)
    await remove(store)
    expect(await oldest(store, 200)).toHaveLength(120)
    const gone = ids(messages).filter((_, n) => n % 9 !== 0)
    await remove(store, ...gone, 'unknown')
    await remove(store, ...gone)
    expect(ids(await oldest(store, 200))).toEqual(ids(messages.filter((_, n) => n % 9 === 0)))
  })

  test('tells ids apart that only look alike', async (store) => {
    await insert(store, ...LOOKALIKES.map((eventId) => queuedMessage({ eventId })))
    await remove(store, 'a1')
    expect(ids(await oldest(store, 9))).toEqual(LOOKALIKES.filter((id) => id !== 'a1'))
  })

  test('puts what comes after the queue was empty behind what came before', async (store) => {
    await insert(store, ...numbered(3))
    await remove(store, 'e1', 'e2', 'e3')
    await insert(store, ...numbered(1, 4))
    await insert(store, ...numbered(1, 5))
    expect(ids(await oldest(store, 9))).toEqual(['e4', 'e5'])
  })

  test('keeps and forgets nothing in a unit of work that is rolled back', async (store) => {
    await insert(store, ...numbered(1))
    await store.transaction.run(async ({ brokerQueue }) => {
      await brokerQueue.insert(queuedMessage({ eventId: 'e2' }))
      await brokerQueue.remove(['e1'])
      expect(ids(await brokerQueue.oldest(9))).toEqual(['e2'])
      return err('no')
    })
    expect(ids(await oldest(store, 9))).toEqual(['e1'])
  })
}

const publishers = (create: CreateStore): void => {
  const test = testsOn(create)
  const claim = (store: StoreUnderTest, holder: string, now: number) =>
    commit(store, ({ brokerQueue }) => brokerQueue.claim({ holder, now: minute(now), until: minute(now + 10) }))
  const release = (store: StoreUnderTest, holder: string) =>
    commit(store, ({ brokerQueue }) => brokerQueue.release(holder))

  test('is one at a time, until its time is over', async (store) => {
    expect(await claim(store, 'a', 0)).toBe(true)
    expect(await claim(store, 'b', 0)).toBe(false)
    expect(await claim(store, 'b', 9)).toBe(false)
    expect(await claim(store, 'b', 10)).toBe(true)
    expect(await claim(store, 'a', 11)).toBe(false)
  })

  test('may claim again, which prolongs its time', async (store) => {
    await claim(store, 'a', 0)
    expect(await claim(store, 'a', 5)).toBe(true)
    expect(await claim(store, 'b', 12)).toBe(false)
    expect(await claim(store, 'b', 15)).toBe(true)
  })

  test('gives up only its own right, and then anybody may publish', async (store) => {
    await release(store, 'a')
    await claim(store, 'a', 0)
    await release(store, 'b')
    expect(await claim(store, 'b', 1)).toBe(false)
    await release(store, 'a')
    expect(await claim(store, 'b', 1)).toBe(true)
  })

  test('is one of twenty that claim at the same time, the first time and every time', async (store) => {
    for (const now of [0, 20, 40]) {
      const claims = Array.from({ length: 20 }, (_, n) => claim(store, `p${n}`, now))
      expect((await Promise.all(claims)).filter((mine) => mine)).toHaveLength(1)
    }
  })
}
