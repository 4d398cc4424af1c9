import type { Executor } from '../../src/adapters/persistence/executor.ts'
import type { Store } from '../../src/adapters/persistence/store.ts'
import { openStore } from '../adapters/persistence/support.ts'

export type RecordedStore = {
  readonly store: Store
  /** Everything that was asked of the database so far, in its order. */
  readonly statements: string[]
}

/** An SQLite store in memory that keeps every statement it sends. */
export const createRecordedStore = async (): Promise<RecordedStore> => {
  const statements: string[] = []
  const watched = (on: Executor): Executor => ({
    rows(sql, values) {
      statements.push(sql)
      return on.rows(sql, values)
    },
    change(sql, values) {
      statements.push(sql)
      return on.change(sql, values)
    },
  })
  return { store: await openStore({ watched }), statements }
}
