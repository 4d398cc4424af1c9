import { err, ok, type Result } from 'neverthrow'
import { isComplete } from '../../domain/code-batch.ts'
import type { Operator } from '../catalogue/maintain-catalogue.ts'
import type { Clock } from '../clock.ts'
import type { Ids } from '../ids.ts'
import type { Cursor } from '../page.ts'
import type { Readers, Transaction } from '../transaction.ts'
import type { IssuedCode } from './access-code-repository.ts'

/** The codes of a batch, a part at a time. */
export type CodeParts = AsyncIterable<readonly IssuedCode[]>

type Deps = {
  readonly transaction: Transaction
  readonly readers: Pick<Readers, 'accessCodes' | 'codeBatches'>
  readonly clock: Clock
  readonly ids: Ids
}

const PART = 250

/** Hands out all codes of a batch in clear; that it was done is on record before the first one leaves. */
export const exportCodes =
  ({ transaction, readers, clock, ids }: Deps) =>
  async (batchId: string, operator: Operator): Promise<Result<CodeParts, { readonly code: 'NOT_FOUND' }>> => {
    const batch = await readers.codeBatches.find(batchId)
    if (batch === undefined || !isComplete(batch)) return err({ code: 'NOT_FOUND' })
    await transaction.run(async ({ audit }): Promise<Result<void, never>> => {
      const entry = { action: 'access_code.export', subject: batchId, before: undefined, after: batch }
      const at = clock.now()
      return ok(await audit.append({ reason: undefined, ...operator, ...entry, id: ids.entity(), at }))
    })
    return ok(partsOf(readers, batchId))
  }

const partsOf = async function* (readers: Deps['readers'], batchId: string): CodeParts {
  let after: Cursor | undefined
  do {
    const filter = { batchId, productId: undefined, status: undefined }
    const { items, next }: Awaited<ReturnType<typeof readers.accessCodes.list>> = await readers.accessCodes.list(
      filter,
      {
        limit: PART,
        after,
      },
    )
    yield items
    after = next
  } while (after !== undefined)
}
