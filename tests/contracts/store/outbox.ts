import { err, ok } from 'neverthrow'
import { describe, expect, it } from 'vitest'
import type { NewEvents, StoredEvent } from '../../../src/application/outbox.ts'
import type { Cause, DomainEvent } from '../../../src/domain/event.ts'
import { fen } from '../../../src/domain/money.ts'
import { entityId, minute, refundNo } from '../../support/builders.ts'
import { type CreateStore, commit, read, type StoreUnderTest, testsOn } from './under-test.ts'

export const outboxContract = (create: CreateStore): void => {
  describe('the outbox', () => appendedEvents(create))
  describe('the relay', () => relayedEvents(create))
  describe('the commit listener', () => announcedStreams(create))
}

const appendedEvents = (create: CreateStore): void => {
  const test = testsOn(create)

  test('has no events of an unknown stream', async (store) => {
    expect(await eventsOf(store, entityId(1))).toEqual([])
  })

  test('gives each kind of event back with its cause', async (store) => {
    for (const [n, kind] of CAUSES.entries())
      await append(store, { stream: 'all', events: EVENTS, cause: { kind, actor: `谁 ${n}` }, at: minute(n) })
    const stored = await eventsOf(store, 'all')
    expect(stored.map(({ event }) => event)).toEqual(CAUSES.flatMap(() => EVENTS))
    for (const [index, one] of stored.entries()) {
      const n = Math.floor(index / EVENTS.length)
      expect(one).toMatchObject({ stream: 'all', seq: index + 1, createdAt: minute(n) })
      expect(one.cause).toEqual({ kind: CAUSES[n], actor: `谁 ${n}` })
    }
    expect(new Set(stored.map(({ id }) => id)).size).toBe(stored.length)
  })

  test('numbers each stream on its own, over several units of work and several calls in one', async (store) => {
    await append(store, happened('a', 1), happened('b', 1), happened('a', 2))
    await append(store, { ...happened('a', 3), events: [] })
    await append(store, happened('a', 1))
    expect((await eventsOf(store, 'a')).map(({ seq }) => seq)).toEqual([1, 2, 3, 4])
    expect((await eventsOf(store, 'b')).map(({ seq }) => seq)).toEqual([1])
  })

  test('shows a unit of work the events it has appended', async (store) => {
    await append(store, happened('a', 1))
    const seen = await commit(store, async ({ outbox }) => {
      await outbox.append(happened('a', 1))
      return outbox.eventsOf('a')
    })
    expect(seen.map(({ seq }) => seq)).toEqual([1, 2])
  })

  test('leaves no gap behind a unit of work that is rolled back', async (store) => {
    await append(store, happened('a', 1))
    await store.transaction.run(async ({ outbox }) => {
      await outbox.append(happened('a', 3))
      return err('no')
    })
    await append(store, happened('a', 1))
    expect((await eventsOf(store, 'a')).map(({ seq }) => seq)).toEqual([1, 2])
    expect(await store.readers.events.pending(10)).toHaveLength(2)
  })

  test('leaves no gap and makes no number twice when fifty append at the same time', async (store) => {
    await Promise.all(
      Array.from({ length: 50 }, (_, n) =>
        store.transaction.run(async ({ outbox }) => {
          await outbox.append(happened(n % 5 === 0 ? 'b' : 'a', 2))
          return n % 10 === 9 ? err('no') : ok(n)
        }),
      ),
    )
    const upTo = (length: number) => Array.from({ length }, (_, n) => n + 1)
    expect((await eventsOf(store, 'a')).map(({ seq }) => seq)).toEqual(upTo(2 * 35))
    expect((await eventsOf(store, 'b')).map(({ seq }) => seq)).toEqual(upTo(2 * 10))
  })
}

const relayedEvents = (create: CreateStore): void => {
  const test = testsOn(create)
  const names = (events: readonly StoredEvent[]) => events.map(({ stream, seq }) => `${stream}${seq}`)

  test('hands on the oldest first, in order within each stream, at most as many as asked for', async (store) => {
    expect(await store.readers.events.pending(10)).toEqual([])
    await append(store, happened('a', 2))
    await append(store, happened('b', 1))
    await append(store, happened('a', 1), happened('c', 1))
    expect(names(await store.readers.events.pending(100))).toEqual(['a1', 'a2', 'b1', 'a3', 'c1'])
    expect(names(await store.readers.events.pending(2))).toEqual(['a1', 'a2'])
    expect(await store.readers.events.pending(2)).toEqual((await eventsOf(store, 'a')).slice(0, 2))
  })

  test('hands on no event again that is marked', async (store) => {
    await append(store, happened('a', 3))
    const [first, second, third] = await store.readers.events.pending(3)
    expect(await publish(store, first, third)).toEqual([true, true])
    expect(await store.readers.events.pending(3)).toEqual([second])
    expect(await publish(store)).toEqual([])
    expect(await publish(store, first, second)).toEqual([false, true])
    expect(await store.readers.events.pending(3)).toEqual([])
    await append(store, happened('a', 1))
    expect(names(await store.readers.events.pending(3))).toEqual(['a4'])
    expect(await eventsOf(store, 'a')).toHaveLength(4)
  })

  test('lets one of two relays hand on an event', async (store) => {
    await append(store, happened('a', 1))
    const [event] = await store.readers.events.pending(1)
    const marked = await Promise.all([publish(store, event), publish(store, event)])
    expect(marked.flat().filter((first) => first)).toHaveLength(1)
  })

  test('marks nothing in a unit of work that is rolled back', async (store) => {
    await append(store, happened('a', 1))
    const [event] = await store.readers.events.pending(1)
    await store.transaction.run(async ({ outbox }) => {
      expect(await outbox.markPublished(event?.id ?? '', minute(9))).toBe(true)
      expect(await outbox.pending(1)).toEqual([])
      return err('no')
    })
    expect(await store.readers.events.pending(1)).toEqual([event])
  })

  test('empties a long queue in small steps without missing one', async (store) => {
    await Promise.all(Array.from({ length: 30 }, (_, n) => append(store, happened(`s${n % 3}`, 2))))
    const handed: StoredEvent[] = []
    for (let step = 0; step < 9; step += 1) {
      const events = await store.readers.events.pending(7)
      handed.push(...events)
      await publish(store, ...events)
    }
    expect(await store.readers.events.pending(7)).toEqual([])
    expect(handed).toHaveLength(60)
    expect(new Set(handed.map(({ id }) => id)).size).toBe(60)
    for (const stream of ['s0', 's1', 's2'])
      expect(handed.filter((event) => event.stream === stream)).toEqual(await eventsOf(store, stream))
  })
}

const announcedStreams = (create: CreateStore): void => {
  it('hears once of each commit with events, after it, and of nothing that is rolled back', async () => {
    const heard: (readonly string[])[] = []
    const store = await create((streams) => {
      if (streams.length > 0) heard.push(streams.toSorted())
    })
    await append(store, happened('a', 2), happened('b', 1), happened('a', 1))
    await append(store, { ...happened('c', 1), events: [] })
    await commit(store, async () => undefined)
    await store.transaction.run(async ({ outbox }) => {
      await outbox.append(happened('d', 1))
      return err('no')
    })
    await append(store, happened('c', 1))
    await store.close()
    expect(heard).toEqual([['a', 'b'], ['c']])
  })
}

const CAUSES = Object.keys({ notification: 0, query: 0, request: 0, timer: 0, admin: 0 } satisfies Record<
  Cause['kind'],
  0
>) as Cause['kind'][] // The keys just checked.

const at = minute(5)
const orderId = entityId(1)
const paymentId = entityId(2)
const payment = { paymentId, orderId, at }
const refund = { refundNo: refundNo(1), orderId, paymentId, at }
const EVENTS: readonly DomainEvent[] = Object.values({
  'order.created': { type: 'order.created', orderId, at },
  'order.paid': { type: 'order.paid', ...payment },
  'order.cancelled': { type: 'order.cancelled', orderId, at: new Date(minute(5).getTime() + 1) },
  'order.expired': { type: 'order.expired', orderId, at },
  'order.refunded': { type: 'order.refunded', orderId, refunded: fen(1), at },
  'payment.created': { type: 'payment.created', ...payment },
  'payment.succeeded': { type: 'payment.succeeded', ...payment, transactionId: '4200000001' },
  'payment.failed': { type: 'payment.failed', ...payment, reason: 'PARAM_ERROR' },
  'payment.closed': { type: 'payment.closed', ...payment },
  'payment.refunded': { type: 'payment.refunded', ...payment, refunded: fen(9900) },
  'refund.requested': { type: 'refund.requested', ...refund },
  'refund.approved': { type: 'refund.approved', ...refund },
  'refund.cancelled': { type: 'refund.cancelled', ...refund, reason: '不同意' },
  'refund.accepted': { type: 'refund.accepted', ...refund },
  'refund.abnormal': { type: 'refund.abnormal', ...refund },
  'refund.succeeded': { type: 'refund.succeeded', ...refund, refundId: '5000' },
  'refund.failed': { type: 'refund.failed', ...refund, reason: 'CLOSED' },
  'refund.retried': { type: 'refund.retried', ...refund },
  'access_code.issued': { type: 'access_code.issued', codeId: entityId(3), at },
  'access_code.activated': { type: 'access_code.activated', codeId: entityId(3), userId: 'user-1', at },
  'access_code.frozen': { type: 'access_code.frozen', codeId: entityId(3), at },
  'access_code.unfrozen': { type: 'access_code.unfrozen', codeId: entityId(3), at },
  'access_code.expired': { type: 'access_code.expired', codeId: entityId(3), at },
  'access_code.revoked': { type: 'access_code.revoked', codeId: entityId(3), at },
  'access.granted': { type: 'access.granted', entitlementId: entityId(4), at },
  'access.revoked': { type: 'access.revoked', entitlementId: entityId(4), at },
  'access.moved': { type: 'access.moved', entitlementId: entityId(4), at },
  'points.credited': { type: 'points.credited', userId: '用户', points: 1000, at },
  'points.debited': { type: 'points.debited', userId: '用户', points: 1, at },
  'reconciliation.completed': { type: 'reconciliation.completed', runId: entityId(5), at },
  'reconciliation.failed': { type: 'reconciliation.failed', runId: entityId(5), reason: 'BILL_HASH_DIFFERS', at },
  'alert.raised': { type: 'alert.raised', alertId: entityId(5), at },
  'alert.resolved': { type: 'alert.resolved', alertId: entityId(5), at },
} satisfies { readonly [T in DomainEvent['type']]: Extract<DomainEvent, { type: T }> })

const happened = (stream: string, count: number): NewEvents => ({
  stream,
  events: Array.from({ length: count }, (_, n) => ({ type: 'order.created', orderId: entityId(n), at })),
  cause: { kind: 'timer', actor: 'test' },
  at: minute(6),
})

const append = (store: StoreUnderTest, ...appended: readonly NewEvents[]): Promise<void> =>
  commit(store, async ({ outbox }) => {
    for (const events of appended) await outbox.append(events)
  })

/** For each whether it was marked now. */
const publish = (store: StoreUnderTest, ...events: readonly (StoredEvent | undefined)[]): Promise<readonly boolean[]> =>
  commit(store, async ({ outbox }) => {
    const marked: boolean[] = []
    for (const event of events) marked.push(await outbox.markPublished(event?.id ?? '', minute(9)))
    return marked
  })

const eventsOf = (store: StoreUnderTest, stream: string): Promise<readonly StoredEvent[]> =>
  read(store, ({ events }) => events.eventsOf(stream))
