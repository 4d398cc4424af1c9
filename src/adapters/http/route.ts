import { METHODS } from 'node:http'
import { Router } from '@koa/router'
import type { z } from 'zod'
import { LEAST_ROLES, type Permission } from '../../domain/permission.ts'
import { type Access, ADMISSIONS, type Caller, type CallerOf, needsPermission } from './access.ts'
import { sendProblem } from './answer.ts'
import type { Context, RequestState } from './context.ts'
import type { HttpDeps } from './deps.ts'
import { logOrder } from './logged-order.ts'
import type { Personal } from './personal.ts'
import type { ProblemCode } from './problem.ts'

export type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE'

/** What the OpenAPI document says of a route, from the schemas that validate. */
export type RouteDoc = {
  readonly summary: string
  readonly tag: string
  readonly params?: z.ZodObject | undefined
  readonly query?: z.ZodObject | undefined
  readonly body?: z.ZodType | undefined
  readonly idempotent?: boolean
  readonly answers: Readonly<Record<number, DocumentedAnswer>>
  readonly problems: readonly ProblemCode[]
}
export type DocumentedAnswer = {
  readonly description: string
  readonly type?: string
  readonly schema?: z.ZodType
}

export type Route = {
  readonly method: Method
  /** Parameters as `:name`. */
  readonly path: string
  readonly access: Access
  /** What an operator has to be allowed to; routes for operators have one. */
  readonly permission?: Permission | undefined
  /** Missing for pages and their files. */
  readonly doc?: RouteDoc
  /** Only where data of people is shown to an operator. */
  readonly personal?: Personal | undefined
  readonly serve: (ctx: Context, caller: Caller) => Promise<void>
}

/** Ties what serves a route to the callers its policy lets in. */
export const admitted = <A extends Access>(
  access: A,
  serve: (ctx: Context, caller: CallerOf[A]) => Promise<void>,
): Pick<Route, 'access' | 'serve'> => ({
  access,
  // Routes are only ever served through `mountRoutes`, which admits by this very policy.
  serve: (ctx, caller) => serve(ctx, caller as CallerOf[A]),
})

export type HttpRouter = Router<RequestState>

/** The one way in: a route that declares no policy or no permission, or stands twice, stops the start. */
export const mountRoutes = (deps: HttpDeps, routes: readonly Route[]): HttpRouter => {
  const router = new Router<RequestState>({ sensitive: true, strict: true })
  const taken = new Set<string>()
  for (const route of routes) {
    const name = `${route.method} ${route.path}`
    if (!Object.hasOwn(ADMISSIONS, route.access)) throw new Error(`${name} declares no access policy`)
    if (needsPermission(route.access) && !Object.hasOwn(LEAST_ROLES, route.permission ?? ''))
      throw new Error(`${name} declares no permission`)
    if (taken.has(name)) throw new Error(`${name} is there twice`)
    taken.add(name)
    if (route.personal !== undefined && route.access !== 'admin') throw new Error(`${name} records no operator`)
    // A gateway reads only its own kind of answer, so its places also get the methods they refuse.
    const methods = route.access === 'gateway' ? METHODS : [route.method]
    router.register(route.path, methods, (ctx) => admit(deps, route, ctx))
  }
  return router
}

const admit = async (deps: HttpDeps, route: Route, ctx: Context): Promise<void> => {
  ctx.state.route = route.path
  logOrder(ctx, ctx.params)
  const caller = await ADMISSIONS[route.access](deps, ctx, route.permission)
  if (caller.isErr()) sendProblem(ctx, caller.error)
  else await route.serve(ctx, caller.value)
}
