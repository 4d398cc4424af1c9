import type { PointsAccount, PointsEntry, PointsEntryKind } from '../../domain/points.ts'
import type { Page, PageRequest } from '../page.ts'
import type { Versioned } from '../versioned.ts'

export interface PointsReader {
  /** An account nobody has posted to has balance 0 and version 0. */
  account(userId: string): Promise<Versioned<PointsAccount>>
  /** Newest first. */
  entries(userId: string, page: PageRequest): Promise<Page<PointsEntry>>
  /** What this source has posted of this kind. */
  posted(source: PointsEntry['source'], kind: PointsEntryKind): Promise<PointsEntry | undefined>
}

export interface PointsRepository extends PointsReader {
  /**
   * Writes entry and balance together. `conflict`: another writer was faster;
   * `repeated`: this source has posted an entry of this kind already. Nothing is written in either case.
   */
  post(
    before: Versioned<PointsAccount>,
    after: PointsAccount,
    entry: PointsEntry,
  ): Promise<'posted' | 'conflict' | 'repeated'>
}
