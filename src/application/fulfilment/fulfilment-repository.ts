import type { FulfilmentRecord } from '../../domain/fulfilment.ts'

export interface FulfilmentReader {
  /** By line. */
  listByOrder(orderId: string): Promise<readonly FulfilmentRecord[]>
}

export interface FulfilmentRepository extends FulfilmentReader {
  /** `false` where any of these lines is delivered already; nothing is written then. */
  insert(records: readonly FulfilmentRecord[]): Promise<boolean>
  /** Writes only if nobody wrote since `before` was read; `false` means another writer won. */
  replace(before: FulfilmentRecord, after: FulfilmentRecord): Promise<boolean>
}
