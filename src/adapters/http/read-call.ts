import { err, ok, type Result } from 'neverthrow'
import { z } from 'zod'
import type { Context } from './context.ts'
import { readJsonBody } from './json-body.ts'
import type { Language } from './language.ts'
import type { ApiError } from './problem.ts'
import { validate } from './validation.ts'

/** The schemas of a request; a part without one must be empty. */
export type CallSchemas<P extends z.ZodObject, Q extends z.ZodObject, B extends z.ZodType> = {
  readonly params?: P
  readonly query?: Q
  readonly body?: B
}

export type ReadCall<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType> = {
  readonly params: z.output<P>
  readonly query: z.output<Q>
  readonly body: z.output<B>
  /** The body as it came. */
  readonly bytes: Uint8Array
}

const NO_FIELDS = z.strictObject({})
const NO_BODY = { value: undefined, bytes: new Uint8Array() }

/** Reads path, query and body, and refuses whatever the schemas do not know. */
export const readCall = async <P extends z.ZodObject, Q extends z.ZodObject, B extends z.ZodType>(
  ctx: Context,
  schemas: CallSchemas<P, Q, B>,
): Promise<Result<ReadCall<P, Q, B>, ApiError>> => {
  const { language } = ctx.state
  const params = validateOr(schemas.params, NO_FIELDS, ctx.params ?? {}, language).mapErr(unknownProvider)
  if (params.isErr()) return err(params.error)
  const query = validateOr(schemas.query, NO_FIELDS, ctx.query, language)
  if (query.isErr()) return err(query.error)
  const json = needsBody(schemas, ctx) ? await readJsonBody(ctx.req) : ok(NO_BODY)
  if (json.isErr()) return err(json.error)
  const body = validateOr(schemas.body, z.undefined(), json.value.value, language)
  if (body.isErr()) return err(body.error)
  return ok({ params: params.value, query: query.value, body: body.value, bytes: json.value.bytes })
}

/** A body that may be left out is read only where there is one. */
const needsBody = ({ body }: CallSchemas<z.ZodObject, z.ZodObject, z.ZodType>, { req }: Context): boolean => {
  if (body === undefined) return false
  const { 'content-length': length = '0', 'transfer-encoding': encoding } = req.headers
  return length !== '0' || encoding !== undefined || !isOptional(body)
}

export const isOptional = (schema: z.ZodType): boolean => schema.safeParse(undefined).success

const validateOr = <S extends z.ZodType>(
  schema: S | undefined,
  absent: z.ZodType,
  input: unknown,
  language: Language,
) =>
  // Without a schema S is only its bound, so nobody can take the value for more than it is.
  validate((schema ?? absent) as S, input, language)

/** A provider nobody knows is a place that does not exist, not a field filled in wrongly. */
const unknownProvider = (error: Extract<ApiError, { code: 'VALIDATION_FAILED' }>): ApiError =>
  error.errors.some(({ path }) => path === 'provider') ? { code: 'PROVIDER_NOT_FOUND' } : error
