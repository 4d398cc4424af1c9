import { z } from 'zod'
import type { IssuedCode } from '../../application/access-codes/access-code-repository.ts'
import { type AccessCode, formatCode, shownStatus } from '../../domain/access-code.ts'
import { type CodeBatch, MAX_BATCH } from '../../domain/code-batch.ts'
import { csvLine } from './csv.ts'
import { idSchema, instantOrNull, instantSchema } from './envelope.ts'
import { idField, instantField } from './fields.ts'
import { reasonField } from './reason.ts'

export const CODE_STATUSES = ['available', 'activated', 'expired', 'revoked'] as const

export const makeCodesBody = z
  .strictObject({
    productId: idField,
    count: z.int().min(1).max(MAX_BATCH),
    expiresAt: instantField,
    reason: reasonField.optional(),
  })
  .meta({
    id: 'MakeAccessCodes',
    override: {
      examples: [{ productId: '0199f0c2b7de7000a1b2c3d4e5f60718', count: 100, expiresAt: '2099-12-31T16:00:00.000Z' }],
    },
  })

export const codeBatchSchema = z
  .strictObject({
    batchId: idSchema,
    productId: idSchema,
    count: z.int(),
    expiresAt: instantSchema,
    createdAt: instantSchema,
  })
  .meta({ id: 'AccessCodeBatch' })

export const codeBatchJson = (batch: CodeBatch): z.output<typeof codeBatchSchema> => ({
  batchId: batch.id,
  productId: batch.productId,
  count: batch.count,
  expiresAt: batch.expiresAt.toISOString(),
  createdAt: batch.createdAt.toISOString(),
})

const facts = {
  id: idSchema,
  productId: idSchema,
  batchId: idSchema.nullable(),
  orderId: idSchema.nullable(),
  status: z.enum(CODE_STATUSES),
  validityDays: z.int(),
  expiresAt: instantSchema.nullable(),
  activatedBy: z.string().nullable(),
  activatedAt: instantSchema.nullable(),
  createdAt: instantSchema,
}

/** A code as an operator sees it: never so much of its text that it could be used. */
export const codeFactsSchema = z.strictObject(facts).meta({ id: 'AccessCodeFacts' })

export const listedCodeSchema = z
  .strictObject({ ...facts, lastFour: z.string().meta({ examples: ['ZW8H'] }) })
  .meta({ id: 'ListedAccessCode' })

export const codeFactsJson = (code: AccessCode): z.output<typeof codeFactsSchema> => ({
  id: code.id,
  productId: code.productId,
  batchId: code.origin.type === 'batch' ? code.origin.batchId : null,
  orderId: code.origin.type === 'order' ? code.origin.orderId : null,
  status: shownStatus(code),
  validityDays: code.validityDays,
  expiresAt: instantOrNull(code.expiresAt),
  activatedBy: code.status === 'activated' ? code.activatedBy : null,
  activatedAt: instantOrNull(code.status === 'activated' ? code.activatedAt : undefined),
  createdAt: code.createdAt.toISOString(),
})

export const listedCodeJson = ({ code, text }: IssuedCode): z.output<typeof listedCodeSchema> => ({
  ...codeFactsJson(code),
  lastFour: text.slice(-4),
})

export const CODE_CSV_HEAD = csvLine(['code', 'status', 'productId', 'validityDays', 'expiresAt'])

export const codeCsvLine = ({ code, text }: IssuedCode): string =>
  csvLine([
    formatCode(text),
    shownStatus(code),
    code.productId,
    String(code.validityDays),
    code.expiresAt?.toISOString() ?? '',
  ])
