import { ok } from 'neverthrow'
import { z } from 'zod'
import type { HttpDeps, MetricsPage } from './deps.ts'
import { jsonRoute } from './json-route.ts'
import { openApiDocument } from './open-api.ts'
import { admitted, type Route } from './route.ts'

const tag = '运维'

/** For the machines that run us, and for those who write programs against us. */
export const operationRoutes = (deps: HttpDeps, documented: readonly Route[]): readonly Route[] => {
  const routes = healthRoutes(deps)
  let document: string | undefined
  const openApi: Route = {
    method: 'GET',
    path: '/openapi.json',
    ...admitted('public', async (ctx) => {
      document ??= JSON.stringify(openApiDocument(deps.version, [...documented, ...routes]))
      ctx.set('Cache-Control', 'no-cache')
      ctx.type = 'application/json; charset=utf-8'
      ctx.body = document
    }),
  }
  return [...routes, openApi]
}

/** What the machines ask that keep a process running; a worker answers nothing else. */
export const healthRoutes = (deps: HttpDeps): readonly Route[] => [
  healthRoute(deps),
  readyRoute(deps),
  ...(deps.metrics === undefined ? [] : [metricsRoute(deps.metrics)]),
]

const healthRoute = (deps: HttpDeps): Route =>
  jsonRoute(deps, {
    method: 'GET',
    path: '/healthz',
    access: 'public',
    tag,
    summary: '进程存活',
    answer: z.strictObject({ status: z.literal('ok'), version: z.string() }),
    handle: async () => ok({ status: 'ok' as const, version: deps.version }),
  })

const readySchema = z.strictObject({
  status: z.enum(['ready', 'unavailable']),
  checks: z.record(z.string(), z.boolean()),
})

/**
 * Without the database nothing can be served. Everything else is reported only: the routes go on without it, and a load
 * balancer that took every process away because Redis is gone would end what still works.
 */
const readyRoute = (deps: HttpDeps): Route => ({
  method: 'GET',
  path: '/readyz',
  doc: {
    summary: '可以接受请求：数据库是否可用；其他依赖（Redis 等）只列在 checks 中，不影响状态',
    tag,
    answers: {
      200: { description: '可用', type: 'application/json', schema: readySchema },
      503: { description: '不可用', type: 'application/json', schema: readySchema },
    },
    problems: [],
  },
  ...admitted('public', async (ctx) => {
    const checks = await deps.ready()
    const isReady = checks['database'] === true
    ctx.status = isReady ? 200 : 503
    ctx.set('Cache-Control', 'no-store')
    ctx.type = 'application/json; charset=utf-8'
    ctx.body = JSON.stringify({ status: isReady ? 'ready' : 'unavailable', checks })
  }),
})

const metricsRoute = (metrics: MetricsPage): Route => ({
  method: 'GET',
  path: '/metrics',
  doc: {
    summary: 'Prometheus 指标',
    tag,
    answers: { 200: { description: 'Prometheus 文本格式', type: 'text/plain', schema: z.string() } },
    problems: [],
  },
  ...admitted('watcher', async (ctx) => {
    ctx.body = await metrics.text()
    ctx.set('Content-Type', metrics.contentType)
    ctx.set('Cache-Control', 'no-store')
  }),
})
