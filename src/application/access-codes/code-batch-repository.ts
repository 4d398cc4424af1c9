import type { CodeBatch } from '../../domain/code-batch.ts'

export interface CodeBatchReader {
  find(id: string): Promise<CodeBatch | undefined>
  /** Those made before that moment of which codes are still missing, oldest first. */
  listOpen(before: Date, limit: number): Promise<readonly CodeBatch[]>
}

export interface CodeBatchRepository extends CodeBatchReader {
  /** `false` where a batch of this id exists already; nothing is written then. */
  insert(batch: CodeBatch): Promise<boolean>
  /** Writes how many are made now; `false` where another maker was faster than `before` knows. */
  advance(before: CodeBatch, made: number): Promise<boolean>
}
