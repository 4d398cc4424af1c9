import { err, ok, type Result } from 'neverthrow'
import { codeFromRandom } from '../../domain/access-code.ts'
import { type CodeBatch, isComplete } from '../../domain/code-batch.ts'
import type { Operator } from '../catalogue/maintain-catalogue.ts'
import type { Clock } from '../clock.ts'
import type { Ids } from '../ids.ts'
import type { Randomness } from '../randomness.ts'
import { type Transaction, WRITE_CONFLICT, type WriteConflict } from '../transaction.ts'
import type { IssuedCode } from './access-code-repository.ts'

export type MakeCodesInput = {
  /** Fixed by the caller, so that a repeated request makes one batch. */
  readonly batchId: string
  readonly productId: string
  readonly count: number
  readonly expiresAt: Date
}

export type MakeCodesError =
  | { readonly code: 'PRODUCT_NOT_FOUND' }
  | { readonly code: 'PRODUCT_GIVES_NO_ACCESS' }
  | { readonly code: 'EXPIRY_IN_THE_PAST' }

export type MakeCodesDeps = {
  readonly transaction: Transaction
  readonly clock: Clock
  readonly ids: Ids
  readonly randomness: Randomness
}
type Deps = MakeCodesDeps

/** Short enough for other work to come in between. */
const CHUNK = 250

/**
 * Makes a batch of codes, part by part. The batch counts from its last part on; a repeat after a crash goes on where the
 * first request stopped.
 */
export const makeCodes =
  (deps: Deps) =>
  async (input: MakeCodesInput, operator: Operator): Promise<Result<CodeBatch, MakeCodesError>> => {
    const batch = await openBatch(deps, input, operator)
    return batch.isErr() ? err(batch.error) : ok(await completeBatch(deps, batch.value))
  }

/** Makes what is missing of a batch, safely also where another maker is at it. */
export const completeBatch = async (deps: Deps, open: CodeBatch): Promise<CodeBatch> => {
  let batch = open
  while (!isComplete(batch)) batch = await makePart(deps, batch)
  return batch
}

const openBatch = (
  { transaction, clock, ids }: Deps,
  { batchId, productId, count, expiresAt }: MakeCodesInput,
  operator: Operator,
): Promise<Result<CodeBatch, MakeCodesError>> =>
  transaction.run(async (repositories): Promise<Result<CodeBatch, MakeCodesError | WriteConflict>> => {
    const { products, codeBatches, audit } = repositories
    const known = await codeBatches.find(batchId)
    if (known !== undefined) return ok(known)
    const at = clock.now()
    const product = await products.find(productId)
    if (product === undefined) return err({ code: 'PRODUCT_NOT_FOUND' })
    const { fulfilment } = product.value
    if (fulfilment.type !== 'access') return err({ code: 'PRODUCT_GIVES_NO_ACCESS' })
    if (expiresAt <= at) return err({ code: 'EXPIRY_IN_THE_PAST' })
    const { validityDays } = fulfilment
    const batch = { id: batchId, productId, validityDays, count, made: 0, expiresAt, createdAt: at }
    if (!(await codeBatches.insert(batch))) return err(WRITE_CONFLICT)
    const entry = { action: 'access_code.make_batch', subject: batchId, before: undefined, after: batch }
    await audit.append({ reason: undefined, ...operator, ...entry, id: ids.entity(), at })
    return ok(batch)
  })

const makePart = async (deps: Deps, batch: CodeBatch): Promise<CodeBatch> => {
  const made = await deps.transaction.run(async ({ codeBatches, accessCodes }): Promise<Result<CodeBatch, never>> => {
    const next = { ...batch, made: Math.min(batch.made + CHUNK, batch.count) }
    if (!(await codeBatches.advance(batch, next.made))) return ok(await found(codeBatches.find(batch.id)))
    await accessCodes.insert(Array.from({ length: next.made - batch.made }, () => newCode(deps, batch)))
    return ok(next)
  })
  return made.match(
    (next) => next,
    (impossible: never) => impossible,
  )
}

const found = async (batch: Promise<CodeBatch | undefined>): Promise<CodeBatch> => {
  const one = await batch
  if (one === undefined) throw new Error('a batch of codes has vanished')
  return one
}

const newCode = (
  { ids, randomness }: Deps,
  { id: batchId, productId, validityDays, expiresAt, createdAt }: CodeBatch,
): IssuedCode => {
  const origin = { type: 'batch', batchId } as const
  const facts = { id: ids.entity(), productId, validityDays, origin, expiresAt, createdAt }
  return { code: { ...facts, status: 'available' }, text: codeFromRandom(randomness.bytes(16)) }
}
