import type { Result } from 'neverthrow'
import type { z } from 'zod'
import type { Permission } from '../../domain/permission.ts'
import { type Access, type CallerOf, nameOf } from './access.ts'
import { type Answer, problemAnswer, sendAnswer } from './answer.ts'
import { type Browser, browserOf } from './browser.ts'
import { type Context, param } from './context.ts'
import type { HttpDeps } from './deps.ts'
import { answerOnce, hashOf, idempotencyKeyOf } from './idempotency.ts'
import { logOrder } from './logged-order.ts'
import { noteLook, type Personal } from './personal.ts'
import type { ApiError, ProblemCode } from './problem.ts'
import { type CallSchemas, type ReadCall, readCall } from './read-call.ts'
import { admitted, type Method, type Route } from './route.ts'

/** A call that was let in and read: everything in it is of its declared type. */
export type Call<A extends Access, P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType> = Omit<
  ReadCall<P, Q, B>,
  'bytes'
> & {
  readonly caller: CallerOf[A]
  /** The id of what the call creates: the same again when the same idempotency key is tried again. */
  readonly resourceId: string
  readonly requestId: string
  readonly ip: string
  readonly browser: Browser
}

type Spec<
  A extends Access,
  P extends z.ZodObject,
  Q extends z.ZodObject,
  B extends z.ZodType,
  R extends z.ZodType,
> = CallSchemas<P, Q, B> & {
  readonly method: Method
  readonly path: string
  readonly access: A
  readonly permission?: Permission
  readonly summary: string
  readonly tag: string
  /** For a POST that creates something: `resourceId` is then what binds the effect to the caller's key. */
  readonly idempotent?: boolean
  readonly personal?: Personal
  readonly status?: 200 | 201 | 202
  /** The whole body of the answer. */
  readonly answer: R
  readonly problems?: readonly ProblemCode[]
  readonly handle: (call: Call<A, P, Q, B>) => Promise<Result<z.output<R>, ApiError>>
}

/** A route that takes and gives JSON: reads strictly, calls one use case, answers. */
export const jsonRoute = <
  A extends Access,
  P extends z.ZodObject,
  Q extends z.ZodObject,
  B extends z.ZodType,
  R extends z.ZodType,
>(
  deps: HttpDeps,
  spec: Spec<A, P, Q, B, R>,
): Route => ({
  method: spec.method,
  path: spec.path,
  permission: spec.permission,
  doc: {
    summary: spec.summary,
    tag: spec.tag,
    params: spec.params,
    query: spec.query,
    body: spec.body,
    idempotent: spec.idempotent === true,
    answers: { [spec.status ?? 200]: { description: spec.summary, type: 'application/json', schema: spec.answer } },
    problems: spec.problems ?? [],
  },
  personal: spec.personal,
  ...admitted(spec.access, async (ctx, caller) => {
    const read = await readCall(ctx, spec)
    sendAnswer(ctx, read.isErr() ? problemAnswer(ctx, read.error) : await answerTo(deps, spec, ctx, caller, read.value))
  }),
})

const answerTo = async <
  A extends Access,
  P extends z.ZodObject,
  Q extends z.ZodObject,
  B extends z.ZodType,
  R extends z.ZodType,
>(
  deps: HttpDeps,
  spec: Spec<A, P, Q, B, R>,
  ctx: Context,
  caller: CallerOf[A],
  { bytes, ...read }: ReadCall<P, Q, B>,
): Promise<Answer> => {
  const { requestId, ip, logged } = ctx.state
  logOrder(ctx, read.body)
  const work = async (resourceId: string): Promise<Answer> => {
    const result = await spec.handle({ ...read, caller, resourceId, requestId, ip, browser: browserOf(ctx) })
    if (spec.idempotent === true && result.isOk()) logged['resourceId'] = resourceId
    if (result.isOk() && spec.personal !== undefined)
      await noteLook(deps, spec.personal, { ...read, caller, requestId, ip })
    return result.isErr() ? problemAnswer(ctx, result.error) : successAnswer(spec.status ?? 200, result.value)
  }
  if (spec.idempotent !== true || caller === undefined) return work(deps.ids.entity())
  const key = idempotencyKeyOf(ctx)
  if (key.isErr()) return problemAnswer(ctx, key.error)
  if (key.value === undefined) return work(deps.ids.entity())
  const use = { caller: nameOf(caller), route: routeOf(spec, ctx), key: key.value, requestHash: hashOf(bytes) }
  return answerOnce(deps, ctx, use, work)
}

const successAnswer = (status: number, body: unknown): Answer => ({ status, body: JSON.stringify(body), headers: {} })

/** The route with its parameters filled in: one key may serve different orders. */
const routeOf = ({ method, path }: Pick<Route, 'method' | 'path'>, ctx: Context): string =>
  `${method} ${path.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(param(ctx, name)))}`
