import * as fc from 'fast-check'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Store } from '../../../src/adapters/persistence/store.ts'
import { sqliteDatabase } from '../../support/database.ts'
import { keptFigures, plainFigures, rowsOf } from '../../support/daily-figures.ts'
import { anyStep, take } from '../../support/money-history.ts'
import { openStore } from './support.ts'

const PAYMENTS = 4

const onFile = async () => {
  const database = sqliteDatabase()
  const store = await openStore({ path: database.path })
  return {
    store,
    database,
    rows: rowsOf(database),
    close: async () => {
      await store.close()
      await database.remove()
    },
  }
}

const wholeSpan = async ({ statistics }: Store) => {
  const span = await statistics.span()
  if (span === undefined) throw new Error('the books are empty')
  return span
}

const recountAll = async (store: Store): Promise<readonly number[]> => {
  const { first, last } = await wholeSpan(store)
  const differed: number[] = []
  for (let day = first; day <= last; day += 1) if (await store.statistics.recount(day)) differed.push(day)
  return differed
}

describe('the daily figures on SQLite', () => {
  it('are those of a plain GROUP BY after each step of any history, and when its days are counted anew', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyStep(PAYMENTS), { minLength: 1, maxLength: 60 }), async (steps) => {
        const { store, rows, close } = await onFile()
        try {
          for (const step of steps) {
            await take(store.transaction, step)
            expect(await keptFigures(rows)).toEqual(await plainFigures(rows))
          }
          if ((await store.statistics.span()) !== undefined) expect(await recountAll(store)).toEqual([])
          expect(await keptFigures(rows)).toEqual(await plainFigures(rows))
        } finally {
          await close()
        }
      }),
      { numRuns: 15 },
    )
  })

  it('are those when whole histories come at once, and days are counted anew between them', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyStep(40), { minLength: 50, maxLength: 150 }), async (steps) => {
        const { store, rows, close } = await onFile()
        try {
          const [step] = steps
          const day = step && Math.floor((step.at.getTime() + 28_800_000) / 86_400_000)
          const working = steps.flatMap((one, n) => [
            take(store.transaction, one),
            ...(n % 10 === 0 && day !== undefined ? [store.statistics.recount(day)] : []),
          ])
          expect((await Promise.all(working)).filter((differed) => differed === true)).toEqual([])
          expect(await keptFigures(rows)).toEqual(await plainFigures(rows))
        } finally {
          await close()
        }
      }),
      { numRuns: 15 },
    )
  })

  it('are mended day by day where they were wrong, and only there', async () => {
    const { store, database, rows, close } = await onFile()
    onTestFinished(close)
    for (const step of fc.sample(anyStep(20), { numRuns: 200, seed: 7 })) await take(store.transaction, step)
    const { first, last } = await wholeSpan(store)
    expect(last - first).toBeGreaterThan(1)
    await database.execute(`update daily_stats set paid_fen = paid_fen + 1 where day = ${first + 1}`)
    await database.execute(`delete from daily_stats where day = ${last}`)
    const stranger = Object.keys((await database.rows('select * from daily_stats limit 1'))[0] ?? {})
    const values = stranger.map((name) => (name === 'day' ? last + 3 : name === 'provider' ? `'alipay'` : 9))
    await database.execute(`insert into daily_stats values (${values.join(', ')})`)
    expect(await recountAll(store)).toEqual([first + 1, last, last + 3])
    expect(await recountAll(store)).toEqual([])
    expect(await keptFigures(rows)).toEqual(await plainFigures(rows))
  })
})
