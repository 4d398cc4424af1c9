import { Readable } from 'node:stream'
import { err, ok } from 'neverthrow'
import { z } from 'zod'
import type { ResolveDiscrepancyError } from '../../application/reconciliation/resolve-discrepancy.ts'
import { pageJson } from './age-page.ts'
import { sendProblem } from './answer.ts'
import { API } from './base-path.ts'
import { ageCursorField, limitField, toCursor } from './cursor.ts'
import type { HttpDeps } from './deps.ts'
import { dataOf, listOf } from './envelope.ts'
import { idField } from './fields.ts'
import { jsonRoute } from './json-route.ts'
import { text } from './language.ts'
import { operatorOf } from './operator.ts'
import { noteLook } from './personal.ts'
import type { ApiError } from './problem.ts'
import { readCall } from './read-call.ts'
import {
  BILLING_PROVIDERS,
  DISCREPANCY_CLASSES,
  DISCREPANCY_STATUSES,
  discrepancyJson,
  discrepancySchema,
  requestReconciliationBody,
  resolveDiscrepancyBody,
  RUN_STATUSES,
  runJson,
  runSchema,
} from './reconciliation-json.ts'
import { importRoute } from './reconciliation-import.ts'
import { requestError } from './reconciliation-problem.ts'
import { reportOf } from './reconciliation-report.ts'
import { admitted, type Route } from './route.ts'

const tag = '管理'
const params = z.strictObject({ reconciliationId: idField })

/** Holding the gateways' bills against the books, and what was found. */
export const adminReconciliationRoutes = (deps: HttpDeps): readonly Route[] => [
  requestRoute(deps),
  importRoute(deps),
  listRoute(deps),
  readRoute(deps),
  discrepanciesRoute(deps),
  reportRoute(deps),
  resolveRoute(deps),
]

const requestRoute = (deps: HttpDeps): Route =>
  jsonRoute(deps, {
    method: 'POST',
    path: `${API}/admin/reconciliations`,
    access: 'admin',
    permission: 'reconciliation.run',
    tag,
    summary: '核对一天的账单；未结束的同一天核对会被继续',
    body: requestReconciliationBody,
    idempotent: true,
    status: 202,
    answer: dataOf(runSchema),
    problems: ['PROVIDER_NOT_CONFIGURED'],
    async handle(call) {
      const { provider, date: day } = call.body
      const run = await deps.requestReconciliation({ provider, day }, call.resourceId, operatorOf(call))
      return run.map((begun) => ({ data: runJson(begun) })).mapErr(requestError)
    },
  })

const listRoute = (deps: HttpDeps): Route =>
  jsonRoute(deps, {
    method: 'GET',
    path: `${API}/admin/reconciliations`,
    access: 'admin',
    permission: 'reconciliation.read',
    tag,
    summary: '对账记录，新的在前',
    query: z.strictObject({
      limit: limitField,
      cursor: ageCursorField.optional(),
      provider: z.enum(BILLING_PROVIDERS).optional(),
      status: z.enum(RUN_STATUSES).optional(),
    }),
    answer: listOf(runSchema),
    async handle({ query: { limit, cursor, ...filter } }) {
      const page = await deps.readers.reconciliations.list(filter, { limit, after: toCursor(cursor) })
      return ok(pageJson(page, runJson))
    },
  })

const readRoute = (deps: HttpDeps): Route =>
  jsonRoute(deps, {
    method: 'GET',
    path: `${API}/admin/reconciliations/:reconciliationId`,
    access: 'admin',
    permission: 'reconciliation.read',
    tag,
    summary: '一次对账',
    params,
    answer: dataOf(runSchema),
    problems: ['NOT_FOUND'],
    async handle(call) {
      const run = await deps.readers.reconciliations.find(call.params.reconciliationId)
      return run === undefined ? err({ code: 'NOT_FOUND' }) : ok({ data: runJson(run.value) })
    },
  })

const discrepanciesRoute = (deps: HttpDeps): Route =>
  jsonRoute(deps, {
    method: 'GET',
    path: `${API}/admin/reconciliations/:reconciliationId/discrepancies`,
    access: 'admin',
    permission: 'reconciliation.read',
    tag,
    summary: '这一天的差异，新的在前',
    personal: { action: 'discrepancy.search', notedBy: 'route' },
    params,
    query: z.strictObject({
      limit: limitField,
      cursor: ageCursorField.optional(),
      class: z.enum(DISCREPANCY_CLASSES).optional(),
      status: z.enum(DISCREPANCY_STATUSES).optional(),
    }),
    answer: listOf(discrepancySchema),
    problems: ['NOT_FOUND'],
    async handle(call) {
      const run = await deps.readers.reconciliations.find(call.params.reconciliationId)
      if (run === undefined) return err({ code: 'NOT_FOUND' })
      const { provider, day } = run.value
      const { limit, cursor, ...wanted } = call.query
      const page = await deps.readers.discrepancies.list(
        { provider, day, ...wanted },
        { limit, after: toCursor(cursor) },
      )
      return ok(pageJson(page, discrepancyJson))
    },
  })

const exported = { action: 'discrepancy.export', notedBy: 'route' } as const

const reportRoute = (deps: HttpDeps): Route => ({
  method: 'GET',
  path: `${API}/admin/reconciliations/:reconciliationId/report.csv`,
  personal: exported,
  doc: {
    summary: '这一天的差异报表，末尾有合计',
    tag,
    params,
    answers: { 200: { description: 'CSV，UTF-8', type: 'text/csv', schema: z.string() } },
    problems: ['NOT_FOUND'],
  },
  permission: 'reconciliation.read',
  ...admitted('admin', async (ctx, caller) => {
    const call = await readCall(ctx, { params })
    if (call.isErr()) return sendProblem(ctx, call.error)
    const run = await deps.readers.reconciliations.find(call.value.params.reconciliationId)
    if (run === undefined) return sendProblem(ctx, { code: 'NOT_FOUND' })
    await noteLook(deps, exported, { ...ctx.state, caller, params: call.value.params, query: {} })
    const { provider, day } = run.value
    ctx.status = 200
    ctx.set('Cache-Control', 'no-store')
    ctx.set('Content-Type', 'text/csv; charset=utf-8')
    ctx.set('Content-Disposition', `attachment; filename="reconciliation-${provider}-${day}.csv"`)
    ctx.body = Readable.from(reportOf(deps.readers.discrepancies, run.value))
  }),
})

const resolveRoute = (deps: HttpDeps): Route =>
  jsonRoute(deps, {
    method: 'POST',
    path: `${API}/admin/discrepancies/:discrepancyId/resolve`,
    access: 'admin',
    permission: 'reconciliation.resolve',
    tag,
    summary: '处理一处差异：向渠道核实、退款或忽略；已处理的保留第一次的说明',
    params: z.strictObject({ discrepancyId: idField }),
    body: resolveDiscrepancyBody,
    idempotent: true,
    answer: dataOf(discrepancySchema),
    problems: [
      'NOT_FOUND',
      'GATEWAY_UNAVAILABLE',
      'ORDER_NOT_REFUNDABLE',
      'REFUND_EXCEEDS_PAYMENT',
      'REFUND_WINDOW_CLOSED',
      'POINTS_ALREADY_SPENT',
      'PROVIDER_NOT_CONFIGURED',
      'ORDER_NOT_FOUND',
    ],
    async handle(call) {
      const resolved = await deps.resolveDiscrepancy(call.params.discrepancyId, call.body, operatorOf(call))
      return resolved.map((discrepancy) => ({ data: discrepancyJson(discrepancy) })).mapErr(resolveError)
    },
  })

const NOT_ALONE = text(
  '金额超过 FOUR_EYES_ABOVE，且这笔收款不属于任何订单：请在支付平台的商户后台退回，再选择“核实”。',
  'More than FOUR_EYES_ABOVE, and it belongs to no order: give it back in the portal of the gateway, then sync.',
)

const resolveError = (error: ResolveDiscrepancyError): ApiError => {
  switch (error.code) {
    case 'SECOND_PERSON_NEEDED':
      return { code: 'FORBIDDEN', detail: NOT_ALONE }
    case 'RETURN_UNDER_WAY': // It is being refunded already.
      return { code: 'ORDER_NOT_REFUNDABLE' }
    case 'REFUND_NO_TAKEN':
      return { code: 'IDEMPOTENCY_KEY_REUSED' }
    case 'NOT_FOUND':
    case 'GATEWAY_UNAVAILABLE':
    case 'ORDER_NOT_FOUND':
    case 'ORDER_NOT_REFUNDABLE':
    case 'REFUND_EXCEEDS_PAYMENT':
    case 'REFUND_WINDOW_CLOSED':
    case 'POINTS_ALREADY_SPENT':
    case 'PROVIDER_NOT_CONFIGURED':
      return error
  }
}
