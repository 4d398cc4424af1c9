import { describe, expect, it } from 'vitest'
import { nextTurn, workOffDue } from '../../src/application/due-work.ts'
import { minute } from '../support/builders.ts'
import { world } from './world.ts'

describe('working off what is due', () => {
  it('tells of one that throws only when the others are through', async () => {
    const { deps } = await world([])
    const done: string[] = []
    const work = async (one: string): Promise<void> => {
      if (one === 'bad') throw new Error('bad one')
      await new Promise((resolve) => setTimeout(resolve, 5))
      done.push(one)
    }
    await expect(workOffDue(deps, async () => ['a', 'bad', 'b'], work)).rejects.toThrow('bad one')
    expect(done).toEqual(['a', 'b'])
  })

  it('takes one batch after another as long as they are full', async () => {
    const { deps } = await world([])
    const due = Array.from({ length: 95 }, (_, n) => n)
    const batches: number[] = []
    const claim = async (_: unknown, __: Date, ___: Date, limit: number) => {
      const taken = due.splice(0, limit)
      batches.push(taken.length)
      return taken
    }
    expect(await workOffDue(deps, claim, async () => undefined)).toBe(95)
    expect(batches).toEqual([40, 40, 15])
  })

  it('repeats the last gap of its schedule', async () => {
    const { clock } = await world([])
    const after = (gaps: number) => nextTurn({ clock }, [15_000, 60_000], gaps).getTime() - minute(0).getTime()
    expect([0, 1, 2, 9].map(after)).toEqual([15_000, 60_000, 60_000, 60_000])
  })
})
