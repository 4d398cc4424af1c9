import type { Context } from './context.ts'
import { type ApiError, PROBLEMS, problemHeaders, problemJson } from './problem.ts'

/** A finished JSON answer, as it is sent and as it is kept for repeats. */
export type Answer = {
  readonly status: number
  readonly body: string
  readonly headers: Readonly<Record<string, string>>
}

export const problemAnswer = (ctx: Context, error: ApiError): Answer => {
  const { language, requestId, traceId } = ctx.state
  ctx.state.logged['problem'] = error.code
  return {
    status: PROBLEMS[error.code].status,
    body: JSON.stringify(problemJson(error, language, { requestId, traceId })),
    headers: problemHeaders(error),
  }
}

export const sendAnswer = (ctx: Context, { status, body, headers }: Answer): void => {
  ctx.status = status
  ctx.set(headers)
  ctx.set('Cache-Control', 'no-store')
  ctx.body = body
  if (status < 400) {
    ctx.type = 'application/json; charset=utf-8'
    return
  }
  ctx.type = 'application/problem+json; charset=utf-8'
  ctx.set('Content-Language', ctx.state.language)
  ctx.vary('Accept-Language')
}

export const sendProblem = (ctx: Context, error: ApiError): void => sendAnswer(ctx, problemAnswer(ctx, error))
