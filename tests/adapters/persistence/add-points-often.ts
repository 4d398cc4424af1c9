import { err, ok } from 'neverthrow'
import type { Store } from '../../../src/adapters/persistence/store.ts'
import { WRITE_CONFLICT } from '../../../src/application/transaction.ts'
import { postPoints } from '../../../src/domain/points.ts'
import { openStore } from './support.ts'

/** Adds one point 100 times, ten units at a time that each read the balance and then write it; tells how often it did. */
export const addPointsOften = async (store: Store, who: string): Promise<number> => {
  const addOne = async (id: string): Promise<boolean> => {
    const source = { type: 'admin', id } as const
    const posting = { id, userId: 'user-1', kind: 'adjustment', delta: 1, source, createdAt: new Date(0) } as const
    const result = await store.transaction.run(async ({ points }) => {
      const before = await points.account('user-1')
      const [after, entry] = postPoints(before.value, posting)._unsafeUnwrap()
      return (await points.post(before, after, entry)) === 'posted' ? ok() : err(WRITE_CONFLICT)
    })
    return result.isOk()
  }
  const tenInTurn = async (worker: number): Promise<number> => {
    let done = 0
    for (let n = 0; n < 10; n += 1) if (await addOne(`${who}-${worker}-${n}`)) done += 1
    return done
  }
  const counts = await Promise.all(Array.from({ length: 10 }, (_, worker) => tenInTurn(worker)))
  return counts.reduce((sum, count) => sum + count, 0)
}

if (process.argv[1] === import.meta.filename && process.argv[2] !== undefined) {
  const store = await openStore({ path: process.argv[2] })
  process.stdout.write(String(await addPointsOften(store, process.argv[3] ?? 'other')))
  await store.close()
}
