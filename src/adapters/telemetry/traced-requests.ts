import type { LogContext } from './log-context.ts'
import type { Tracing } from './tracing.ts'

type Served = { readonly method: string; readonly route: string | undefined; readonly status: number }

const REQUEST = { name: 'request', kind: 'server', attributes: {}, begins: true } as const

/**
 * Follows requests: each log line on the way has the request's id, and each request is a trace of its own. What a caller
 * says of a trace is not believed, and what we ask others does not tell of ours.
 */
export const tracedRequests = (tracing: Tracing, context: LogContext) => ({
  async request(requestId: string, serve: (traceId: string | undefined) => Promise<Served>): Promise<void> {
    await context.within({ requestId }, () => tracing.within(REQUEST, () => serve(tracing.traceId()), describe))
  },
})

/** By the pattern of its route: what was really asked for may be somebody's. */
const describe = ({ method, route = 'none', status }: Served) => ({
  name: `${method} ${route}`,
  attributes: { 'http.request.method': method, 'http.route': route, 'http.response.status_code': status },
  failed: status >= 500,
})
