import type { Result } from 'neverthrow'
import type { WriteConflict } from '../../application/transaction.ts'
import type { Value } from './schema.ts'

/** Runs finished SQL on a connection or within a unit of work; throws `StoreUnavailable` where the store can't be used. */
export interface Executor {
  rows(sql: string, values: readonly Value[]): Promise<readonly unknown[]>
  /** How many rows it inserted, deleted, or found to update. */
  change(sql: string, values: readonly Value[]): Promise<number>
}

/** Puts something around what runs statements that sees them. */
export type WatchStatements = (on: Executor) => Executor

/** Runs a small unit of work that nothing can refuse, durably. */
export type RunDurably = <T>(work: (on: Executor) => Promise<Result<T, WriteConflict>>) => Promise<T>
