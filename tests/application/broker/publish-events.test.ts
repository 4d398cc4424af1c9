import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { BrokerAnswer } from '../../../src/adapters/memory/memory-broker.ts'
import { brokerWorld, disordered, firstCopies, idsOf } from './broker-world.ts'

/** An answer that a test gives when it likes. */
const held = () => {
  const { promise, resolve } = Promise.withResolvers<BrokerAnswer>()
  return { answer: () => promise, give: resolve }
}

describe('publishing events', () => {
  it('hands over the whole queue in the order of each stream and empties it', async () => {
    const world = brokerWorld()
    await world.queue('a', 'b', 'a', 'a', 'b')
    expect(await world.process('p').turn()).toBe(5)
    expect(idsOf(world.broker.arrived).toSorted()).toEqual(['a1', 'a2', 'a3', 'b1', 'b2'])
    expect(disordered(world.broker.arrived)).toEqual([])
    expect(await world.waiting()).toEqual([])
    expect(await world.process('p').turn()).toBe(0)
    expect(world.broker.arrived).toHaveLength(5)
  })

  it('goes on in one turn however long the queue is', async () => {
    const world = brokerWorld()
    for (let n = 0; n < 9; n += 1) await world.queue(...Array(50).fill(`s${n % 3}`))
    expect(await world.process('p').turn()).toBe(450)
    expect(await world.waiting()).toEqual([])
    expect(disordered(world.broker.arrived)).toEqual([])
  })

  it('sends nothing of a stream behind an event that was refused, and lets other streams by', async () => {
    const world = brokerWorld()
    await world.queue('a', 'b', 'a', 'a', 'b')
    world.broker.answer(async ({ eventId }) => (eventId === 'a2' ? 'refused' : 'taken'))
    expect(await world.process('p').turn()).toBe(3)
    expect(await world.waiting()).toEqual(['a2', 'a3'])
    world.broker.answer(async () => 'taken')
    await world.process('p').turn()
    expect(idsOf(world.broker.arrived)).toEqual(['a1', 'b1', 'b2', 'a2', 'a3'])
  })

  it('sends a copy with the same id and body where the confirm was lost', async () => {
    const world = brokerWorld()
    await world.queue('a', 'a')
    world.broker.answer(async () => 'confirm lost')
    expect(await world.process('p').turn()).toBe(0)
    world.broker.answer(async () => 'taken')
    await world.process('p').turn()
    expect(idsOf(world.broker.arrived)).toEqual(['a1', 'a1', 'a2'])
    expect(world.broker.arrived[1]).toEqual(world.broker.arrived[0])
  })

  it('sends a copy where it died between the confirm and the removal, and loses nothing', async () => {
    const world = brokerWorld()
    await world.queue('a', 'a')
    const killed = Promise.withResolvers<boolean>() // Which is never told anything.
    const dying = world.process('p', {
      healthy: async () => true,
      async publish(message) {
        await world.broker.publish(message)
        return killed.promise
      },
    })
    void dying.turn()
    await expect.poll(() => world.broker.arrived.length, { interval: 5 }).toBe(1)
    const next = world.process('q')
    expect(await next.turn()).toBe(0) // The dead one still has its lease.
    next.clock.advance(30_000)
    expect(await next.turn()).toBe(2)
    expect(idsOf(world.broker.arrived)).toEqual(['a1', 'a1', 'a2'])
  })

  it('forgets what was taken and fails the turn where something breaks', async () => {
    const world = brokerWorld()
    await world.queue('a', 'b', 'b')
    world.broker.answer(async ({ eventId }) => {
      if (eventId === 'a1') throw new Error('a bug')
      return 'taken'
    })
    await expect(world.process('p').turn()).rejects.toThrow('a bug')
    expect(await world.waiting()).toEqual(['a1'])
  })

  it('touches nothing while the broker is away', async () => {
    const world = brokerWorld()
    await world.queue('a')
    world.broker.down = true
    expect(await world.process('p').turn()).toBe(0)
    world.broker.down = false
    expect(await world.process('q').turn()).toBe(1) // No lease had been taken.
  })

  it('leaves the queue to the process that is at it', async () => {
    const world = brokerWorld()
    await world.queue('a', 'b')
    const slow = held()
    world.broker.answer(slow.answer)
    const first = world.process('p').turn()
    await new Promise((resolve) => setImmediate(resolve))
    expect(await world.process('q').turn()).toBe(0)
    slow.give('taken')
    expect(await first).toBe(2)
    await world.queue('c')
    expect(await world.process('q').turn()).toBe(1)
    expect(world.broker.arrived).toHaveLength(3)
  })

  it('begins no further message once its lease is over', async () => {
    const world = brokerWorld()
    await world.queue('a', 'a', 'b')
    const slow = world.process('p')
    world.broker.answer(async () => {
      slow.clock.advance(20_000)
      return 'taken'
    })
    expect(await slow.turn()).toBe(2)
    expect(await world.waiting()).toEqual(['a2'])
  })

  it('sends only copies after it was stopped for a minute, each behind the one before it', async () => {
    const world = brokerWorld()
    await world.queue('a', 'a', 'a')
    const slow = held()
    world.broker.answer(slow.answer)
    const stopped = world.process('p').turn() // Its clock stands, so that it does not notice.
    await new Promise((resolve) => setImmediate(resolve))
    world.broker.answer(async () => 'taken')
    const next = world.process('q')
    next.clock.advance(60_000)
    expect(await next.turn()).toBe(3)
    await world.queue('a')
    expect(await next.turn()).toBe(1)
    slow.give('taken')
    expect(await stopped).toBe(3)
    expect(idsOf(world.broker.arrived)).toEqual(['a1', 'a2', 'a3', 'a4', 'a1', 'a2', 'a3'])
    expect(await world.waiting()).toEqual([])
  })

  it('loses nothing and keeps the order of first copies, whatever processes and broker do', async () => {
    const streams = fc.array(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 6 })
    const turns = fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 1, maxLength: 3 })
    const step = fc.record({ queue: streams, turns, later: fc.constantFrom(0, 1000, 31_000) })
    const answer = fc.constantFrom<BrokerAnswer | 'killed'>(
      ...Array(5).fill('taken'),
      'refused',
      'confirm lost',
      'killed',
    )
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 1, maxLength: 12 }),
        fc.infiniteStream(answer),
        fc.scheduler(),
        async (steps, answers, scheduler) => {
          const world = brokerWorld()
          const processes = [0, 1, 2].map((n) => mortal(world, `p${n}`, answers, scheduler))
          for (const { queue, turns: acting, later } of steps) {
            await world.queue(...queue)
            const ends = Promise.all(acting.map(async (n) => processes[n]?.turn()))
            await scheduler.waitFor(ends)
            for (const { clock } of processes.slice(1)) clock.advance(later) // The first one's clock is slow.
          }
          const last = world.process('last')
          last.clock.advance(10_000_000)
          await last.turn()
          expect(await world.waiting()).toEqual([])
          expect(disordered(world.broker.arrived)).toEqual([])
          expect(idsOf(firstCopies(world.broker.arrived)).toSorted()).toEqual(world.queued().toSorted())
        },
      ),
      { numRuns: 500 },
    )
  })
})

/** A process that may be killed at any message, whether it arrived or not, and is then started anew. */
const mortal = (
  world: ReturnType<typeof brokerWorld>,
  name: string,
  answers: Iterator<BrokerAnswer | 'killed'>,
  scheduler: fc.Scheduler,
) => {
  let death = Promise.withResolvers<number>()
  const process = world.process(name, {
    healthy: async () => true,
    async publish(message) {
      const mine = death
      await scheduler.schedule(Promise.resolve())
      const next: BrokerAnswer | 'killed' = answers.next().value
      if (next !== 'refused' && mine === death) await world.broker.publish(message)
      await scheduler.schedule(Promise.resolve())
      if (next !== 'killed' && mine === death) return next === 'taken'
      mine.resolve(0)
      death = mine === death ? Promise.withResolvers() : death
      return new Promise(() => undefined)
    },
  })
  return { clock: process.clock, turn: () => Promise.race([process.turn(), death.promise]) }
}
