import { describe, expect, it } from 'vitest'
import { startScheduler } from '../../../src/adapters/schedule/interval-scheduler.ts'

describe('the scheduler', () => {
  it('goes on after a failing turn and never runs a job twice at once', async () => {
    const failures: string[] = []
    const done = Promise.withResolvers<void>()
    let running = 0
    let most = 0
    let turns = 0
    const run = async (): Promise<void> => {
      running += 1
      most = Math.max(most, running)
      await new Promise((resolve) => setTimeout(resolve, 5))
      running -= 1
      turns += 1
      if (turns === 4) done.resolve()
      if (turns === 1) throw new Error('the first turn fails')
    }
    const scheduler = startScheduler([{ name: 'job', everyMs: 1, run }], (job) => failures.push(job))
    await done.promise
    await scheduler.stop()
    expect(failures).toEqual(['job'])
    expect(most).toBe(1)
  })

  it('goes on beside turns that take long, up to as many at once as the job allows', async () => {
    const full = Promise.withResolvers<void>()
    const release = Promise.withResolvers<void>()
    let running = 0
    let turns = 0
    const run = async (): Promise<void> => {
      turns += 1
      running += 1
      if (running === 3) full.resolve()
      await release.promise
      running -= 1
    }
    const scheduler = startScheduler([{ name: 'job', everyMs: 1, atOnce: 3, run }], () => undefined)
    await full.promise
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect([running, turns]).toEqual([3, 3])
    release.resolve()
    await expect.poll(() => turns, { interval: 1 }).toBeGreaterThan(3)
    await scheduler.stop()
    expect(running).toBe(0)
  })

  it('waits for the turn in hand when it stops, and starts no other', async () => {
    const started = Promise.withResolvers<void>()
    const release = Promise.withResolvers<void>()
    let finished = 0
    const run = async (): Promise<void> => {
      started.resolve()
      await release.promise
      finished += 1
    }
    const scheduler = startScheduler([{ name: 'job', everyMs: 1, run }], () => undefined)
    await started.promise
    const stopped = scheduler.stop()
    release.resolve()
    await stopped
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(finished).toBe(1)
  })
})
