import type { Middleware } from 'koa'
import { sendProblem } from './answer.ts'
import type { RequestState } from './context.ts'
import type { HttpRouter } from './route.ts'

/** For what no route took: 404, or where only the method is wrong, 405 with those that are right. */
export const noRoute =
  (router: HttpRouter): Middleware<RequestState> =>
  async (ctx) => {
    const methods = router.match(ctx.path, ctx.method).path.flatMap((layer) => layer.methods)
    if (methods.length === 0) return sendProblem(ctx, { code: 'NOT_FOUND' })
    ctx.set('Allow', [...new Set([...methods, 'OPTIONS'])].join(', '))
    if (ctx.method === 'OPTIONS') ctx.status = 204
    else sendProblem(ctx, { code: 'METHOD_NOT_ALLOWED' })
  }
