import type { Alerting } from '../../application/alerts/alerting.ts'
import type { BacklogReader } from '../../application/backlog.ts'
import type { DoctorBook } from '../../application/doctor/doctor-book.ts'
import type { IdempotencyKeys } from '../../application/idempotency/idempotency-keys.ts'
import type { Statistics } from '../../application/statistics/statistics.ts'
import type { Readers, Transaction } from '../../application/transaction.ts'
import type { CheckOptions, Violation } from './invariants/invariant.ts'

/** What is opened on a database, whichever it is. */
export type Store = {
  readonly transaction: Transaction
  readonly readers: Readers
  readonly idempotencyKeys: IdempotencyKeys
  readonly statistics: Statistics
  readonly alerting: Alerting
  readonly doctor: DoctorBook
  readonly backlog: BacklogReader
  /** One trivial read, and a write that reaches the disk. */
  healthy(): Promise<boolean>
  /** Every invariant, on committed state that no unit of work is in the middle of. */
  verify(options: CheckOptions): Promise<readonly Violation[]>
  /** Finishes the units of work that were accepted; later ones fail with `StoreUnavailable`. */
  close(): Promise<void>
}
