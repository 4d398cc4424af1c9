import type { Middleware } from 'koa'
import { StoreUnavailable } from '../../application/transaction.ts'
import { sendProblem } from './answer.ts'
import { createClientAddress } from './client-address.ts'
import type { Context, RequestState } from './context.ts'
import { countRequest } from './count-activity.ts'
import type { HttpDeps, ServedRequest } from './deps.ts'
import type { Language } from './language.ts'
import type { ApiError } from './problem.ts'
import { KeysUnavailable } from './remote-keys.ts'

const REQUEST_ID = /^[\w.-]{1,128}$/

/** The outermost layer: gives the request its id, logs it once, and turns whatever was thrown into an answer. */
export const requestScope = (deps: HttpDeps): Middleware<RequestState> => {
  const addressOf = createClientAddress(deps.trustedProxies)
  return async (ctx, next) => {
    const startedAt = deps.clock.monotonicMs()
    const given = ctx.get('X-Request-Id')
    ctx.state = {
      requestId: REQUEST_ID.test(given) ? given : deps.ids.entity(),
      traceId: undefined,
      language: languageOf(ctx),
      ip: addressOf(ctx.req),
      route: undefined,
      logged: {},
    }
    ctx.set('X-Request-Id', ctx.state.requestId)
    ctx.res.once('close', () => logAccess(deps, ctx, startedAt))
    const serve = async (traceId?: string): Promise<ServedRequest> => {
      ctx.state.traceId = traceId
      try {
        await next()
      } catch (error) {
        answerFailure(deps, ctx, error)
      }
      return { method: ctx.method, route: ctx.state.route, status: ctx.status }
    }
    await (deps.tracing === undefined ? serve() : deps.tracing.request(ctx.state.requestId, serve))
  }
}

const languageOf = (ctx: Pick<Context, 'get' | 'acceptsLanguages'>): Language =>
  ctx.get('Accept-Language') !== '' && ctx.acceptsLanguages('zh', 'en') === 'en' ? 'en' : 'zh'

const logAccess = (
  { log, clock, activity, onRequest }: HttpDeps,
  { state, req, res }: Context,
  startedAt: number,
): void => {
  const { requestId, traceId, route, ip, logged } = state
  const exactMs = clock.monotonicMs() - startedAt
  const durationMs = Math.round(exactMs)
  onRequest?.({ method: req.method ?? '', route, status: res.statusCode, durationMs: exactMs })
  const cutOff = res.writableFinished ? {} : { aborted: true }
  log.info(
    {
      requestId,
      ...(traceId !== undefined && { traceId }),
      method: req.method,
      route,
      status: res.statusCode,
      durationMs,
      ip,
      ...logged,
      ...cutOff,
    },
    'request',
  )
  countRequest(activity, state, res.statusCode)
}

const answerFailure = ({ log }: HttpDeps, ctx: Context, error: unknown): void => {
  const { requestId, route } = ctx.state
  const problem = problemOf(error)
  log.error({ requestId, route, err: error }, 'a request failed')
  if (!ctx.headerSent) sendProblem(ctx, problem)
}

const problemOf = (error: unknown): ApiError =>
  error instanceof StoreUnavailable || error instanceof KeysUnavailable
    ? { code: 'SERVICE_UNAVAILABLE' }
    : { code: 'INTERNAL_ERROR' }
