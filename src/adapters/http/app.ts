import type { IncomingMessage, ServerResponse } from 'node:http'
import Koa from 'koa'
import { accessRoutes } from './access-routes.ts'
import { adminAuditRoutes } from './admin-audit-routes.ts'
import { adminCodeRoutes } from './admin-code-routes.ts'
import { adminAlertRoutes } from './admin-alert-routes.ts'
import { adminDoctorRoutes } from './admin-doctor-routes.ts'
import { adminReconciliationRoutes } from './admin-reconciliation-routes.ts'
import { adminIncidentRoutes } from './admin-incident-routes.ts'
import { adminNotificationRoutes } from './admin-notification-routes.ts'
import { adminOperatorRoutes } from './admin-operator-routes.ts'
import { adminRefundRoutes } from './admin-refund-routes.ts'
import { adminRiskRoutes } from './admin-risk-routes.ts'
import { adminRoutes } from './admin-routes.ts'
import { adminStatisticsRoutes } from './admin-statistics-routes.ts'
import { adminWebhookRoutes } from './admin-webhook-routes.ts'
import { adminSearchRoutes } from './admin-search-routes.ts'
import type { RequestState } from './context.ts'
import { crossOrigin } from './cross-origin.ts'
import type { HttpDeps } from './deps.ts'
import { noRoute } from './no-route.ts'
import { notifyRoutes } from './notify-routes.ts'
import { healthRoutes, operationRoutes } from './operation-routes.ts'
import { orderEvents } from './order-events.ts'
import { orderRoutes } from './order-routes.ts'
import { pageRoutes } from './page-routes.ts'
import { paymentRoutes } from './payment-routes.ts'
import { productRoutes } from './product-routes.ts'
import { refundRoutes } from './refund-routes.ts'
import { requestScope } from './request-scope.ts'
import { mountRoutes, type Route } from './route.ts'
import { securityHeaders } from './security-headers.ts'
import { sessionRoutes } from './session-routes.ts'

export type { HttpDeps } from './deps.ts'

export type HttpApp = {
  callback(): (request: IncomingMessage, response: ServerResponse) => void
  /** Ends the event streams, which would otherwise keep a server open for ever. */
  closeStreams(): void
  /** Every route there is, for those who check them all. */
  readonly routes: readonly Route[]
}

/** The whole HTTP side of the service. */
export const createHttpApp = (deps: HttpDeps): HttpApp => {
  const events = orderEvents(deps)
  const notifications = notifyRoutes(deps)
  const api = [
    ...productRoutes(deps),
    ...orderRoutes(deps),
    events.route,
    ...paymentRoutes(deps),
    ...refundRoutes(deps),
    ...accessRoutes(deps),
    ...sessionRoutes(deps),
    ...adminOperatorRoutes(deps),
    ...adminRoutes(deps),
    ...adminCodeRoutes(deps),
    ...adminSearchRoutes(deps),
    ...adminAuditRoutes(deps),
    ...adminIncidentRoutes(deps),
    ...adminAlertRoutes(deps),
    ...adminReconciliationRoutes(deps),
    ...adminNotificationRoutes(deps),
    ...adminDoctorRoutes(deps),
    ...adminRefundRoutes(deps),
    ...adminRiskRoutes(deps),
    ...adminStatisticsRoutes(deps),
    ...adminWebhookRoutes(deps),
  ]
  const routes = [...api, ...operationRoutes(deps, [...api, ...notifications]), ...pageRoutes(deps)]
  const app = new Koa<RequestState>()
  app.use(requestScope(deps))
  app.use(mountRoutes(deps, notifications).routes()) // Before everything a gateway has no use for.
  answerRoutes(app, deps, routes)
  return {
    callback: () => callbackOf(app),
    closeStreams: () => events.closeStreams(),
    routes: [...routes, ...notifications],
  }
}

/** The HTTP side of a process that serves nobody: only whether it is alive and ready. */
export const createWorkerApp = (deps: HttpDeps): HttpApp => {
  const routes = healthRoutes(deps)
  const app = new Koa<RequestState>()
  app.use(requestScope(deps))
  answerRoutes(app, deps, routes)
  return { callback: () => callbackOf(app), closeStreams: () => undefined, routes }
}

const answerRoutes = (app: Koa<RequestState>, deps: HttpDeps, routes: readonly Route[]): void => {
  const router = mountRoutes(deps, routes)
  app.use(securityHeaders(deps.publicUrl))
  app.use(crossOrigin(deps.corsOrigins))
  app.use(router.routes())
  app.use(noRoute(router))
  app.on('error', (error: unknown) => {
    if (!isHangUp(error)) deps.log.error({ err: error }, 'an answer could not be sent')
  })
}

const callbackOf = (app: Koa<RequestState>): ReturnType<HttpApp['callback']> => {
  const handle = app.callback()
  return (request, response) => void handle(request, response)
}

/** The client went away in the middle: its business, and nobody's error. The access log has it. */
const isHangUp = (error: unknown): boolean =>
  error instanceof Error &&
  'code' in error &&
  typeof error.code === 'string' &&
  (HANG_UPS.has(error.code) || error.code.startsWith('HPE_'))

const HANG_UPS: ReadonlySet<string> = new Set(['ERR_STREAM_PREMATURE_CLOSE', 'ECONNRESET', 'EPIPE'])
