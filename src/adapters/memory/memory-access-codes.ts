import type {
  AccessCodeReader,
  AccessCodeRepository,
  IssuedCode,
} from '../../application/access-codes/access-code-repository.ts'
import type { CodeBatchReader, CodeBatchRepository } from '../../application/access-codes/code-batch-repository.ts'
import type { Versioned } from '../../application/versioned.ts'
import { type AccessCode, shownStatus } from '../../domain/access-code.ts'
import { type CodeBatch, isComplete } from '../../domain/code-batch.ts'
import { createTable, type Draft, insertOnce, type Rows } from './table.ts'
import { type Age, firstVersion, oldestFirst, pageOf } from './versioned-rows.ts'

type CodeRow = { readonly code: Versioned<AccessCode>; readonly text: string }

export const accessCodeTable = () => createTable<CodeRow>(({ code }) => code.value.id, { text: (row) => row.text })
export const codeBatchTable = () => createTable<CodeBatch>((batch) => batch.id)

const codeAge: Age<CodeRow> = ({ code: { value } }) => ({ createdAt: value.createdAt, id: value.id })

export const accessCodeReader = (codes: Rows<CodeRow>, batches: Rows<CodeBatch>): AccessCodeReader => {
  const boughtIn = (test: (origin: Extract<AccessCode['origin'], { type: 'order' }>) => boolean): CodeRow[] =>
    codes.where(({ code: { value } }) => value.origin.type === 'order' && test(value.origin))
  return {
    find: async (id) => codes.get(id)?.code,
    async listByBuyer(userId, page) {
      const { items, next } = pageOf(
        boughtIn((origin) => origin.userId === userId),
        page,
        codeAge,
      )
      return { items: items.map(issued), next }
    },
    listByOrder: async (orderId) =>
      oldestFirst(
        boughtIn((origin) => origin.orderId === orderId),
        codeAge,
      ).map(issued),
    findByText: async (text) => codes.getBy('text', text)?.code,
    async list({ batchId, productId, status }, page) {
      const open = new Set(batches.where((batch) => !isComplete(batch)).map(({ id }) => id))
      const wanted = ({ code: { value } }: CodeRow): boolean =>
        (batchId === undefined || batchOf(value) === batchId) &&
        (productId === undefined || value.productId === productId) &&
        (status === undefined || shownStatus(value) === status) &&
        !open.has(batchOf(value) ?? '')
      const { items, next } = pageOf(codes.where(wanted), page, codeAge)
      return { items: items.map(issued), next }
    },
    async listLapsed(at, limit) {
      const lapsed = codes.where(
        ({ code: { value } }) => shownStatus(value) === 'available' && lapsesAt(value) <= at.getTime(),
      )
      return lapsed
        .map(({ code }) => code)
        .toSorted((a, b) => lapsesAt(a.value) - lapsesAt(b.value))
        .slice(0, limit)
    },
  }
}

const issued = ({ code, text }: CodeRow): IssuedCode => ({ code: code.value, text })

const batchOf = ({ origin }: AccessCode): string | undefined => (origin.type === 'batch' ? origin.batchId : undefined)

const lapsesAt = ({ expiresAt }: AccessCode): number => expiresAt?.getTime() ?? Number.POSITIVE_INFINITY

export const accessCodeRepository = (codes: Draft<CodeRow>, batches: Rows<CodeBatch>): AccessCodeRepository => ({
  ...accessCodeReader(codes, batches),
  async insert(fresh) {
    for (const { code, text } of fresh) insertOnce(codes, { code: firstVersion(code, code.createdAt), text })
  },
  async replace(before, after, at) {
    const row = codes.get(after.id)
    if (row?.code.version !== before.version) return false
    codes.put({ ...row, code: { value: after, version: before.version + 1, updatedAt: at } })
    return true
  },
})

export const codeBatchReader = (batches: Rows<CodeBatch>): CodeBatchReader => ({
  find: async (id) => batches.get(id),
  listOpen: async (before, limit) =>
    oldestFirst(
      batches.where((batch) => !isComplete(batch) && batch.createdAt < before),
      (batch) => batch,
    ).slice(0, limit),
})

export const codeBatchRepository = (batches: Draft<CodeBatch>): CodeBatchRepository => ({
  ...codeBatchReader(batches),
  insert: async (batch) => batches.insert(batch) === undefined,
  async advance(before, made) {
    const known = batches.get(before.id)
    if (known?.made !== before.made) return false
    batches.put({ ...known, made })
    return true
  },
})
