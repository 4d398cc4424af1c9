import { err, ok, type Result } from 'neverthrow'
import { z } from 'zod'
import { type Language, LANGUAGES, type Text, text } from './language.ts'
import type { ApiError, FieldError } from './problem.ts'

const LOCALES = { zh: z.locales.zhCN().localeError, en: z.locales.en().localeError } as const

/** Parses with the schema that documents it; each fault is named with its place. */
export const validate = <S extends z.ZodType>(
  schema: S,
  input: unknown,
  language: Language,
): Result<z.output<S>, Extract<ApiError, { code: 'VALIDATION_FAILED' }>> => {
  const parsed = schema.safeParse(input, { error: LOCALES[language] })
  return parsed.success
    ? ok(parsed.data)
    : err({ code: 'VALIDATION_FAILED', errors: parsed.error.issues.flatMap(fieldErrors).slice(0, MAX_ERRORS) })
}

const MAX_ERRORS = 50
const UNKNOWN_FIELD = text('未知字段', 'unknown field')

type Issue = z.core.$ZodIssue

const fieldErrors = (issue: Issue): readonly FieldError[] => {
  const path = issue.path.map(String)
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({ path: joined([...path, key]), message: UNKNOWN_FIELD }))
  const own = issue.code === 'custom' ? ownText(issue.params?.['text']) : undefined
  return [{ path: joined(path), message: own ?? issue.message }]
}

/** A caller's own field names come back to him in the path: cut, so that an answer stays small. */
const joined = (path: readonly string[]): string => path.map((part) => part.slice(0, 64)).join('.')

const ownText = (value: unknown): Text | undefined => {
  const parsed = textSchema.safeParse(value)
  return parsed.success ? parsed.data : undefined
}

const textSchema = z.record(z.enum(LANGUAGES), z.string())
