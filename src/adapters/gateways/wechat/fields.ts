import { err, ok, type Result } from 'neverthrow'
import { z } from 'zod'
import { fen, MAX_AMOUNT_FEN } from '../../../domain/money.ts'
import { refundNoPattern, transactionIdPattern } from './request-values.ts'

// The shapes WeChat Pay documents for the fields we read. Objects may gain further fields at any time.
export const textField = (max: number) => z.string().min(1).max(max)
export const numberField = z.string().regex(refundNoPattern) // The wider of the two kinds of number.
export const transactionIdField = z.string().regex(transactionIdPattern)
export const refundIdField = z.string().regex(/^[0-9A-Za-z_-]{1,64}$/)
export const amountField = z.int().min(1).max(MAX_AMOUNT_FEN).transform(fen)
export const timeField = z.iso.datetime({ offset: true }).transform((text) => new Date(text))

/** Reads a value strictly; the error names the field that was wrong and quotes nothing of it. */
export const read = <T>(schema: z.ZodType<T>, value: unknown): Result<T, string> => {
  const parsed = schema.safeParse(value)
  if (parsed.success) return ok(parsed.data)
  const [issue] = parsed.error.issues
  return err(`${issue?.path.join('.') ?? ''} ${issue?.code ?? 'unreadable'}`.trim())
}

/** The JSON of signed bytes; text that is not UTF-8 is refused instead of being repaired. */
export const readJson = (bytes: Uint8Array): Result<unknown, string> => {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    return ok(value)
  } catch {
    return err('not JSON')
  }
}
