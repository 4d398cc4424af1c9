import { Readable } from 'node:stream'
import { ok } from 'neverthrow'
import { z } from 'zod'
import type { CodeParts } from '../../application/access-codes/export-codes.ts'
import type { MakeCodesError } from '../../application/access-codes/make-codes.ts'
import {
  CODE_CSV_HEAD,
  CODE_STATUSES,
  codeBatchJson,
  codeBatchSchema,
  codeCsvLine,
  codeFactsJson,
  codeFactsSchema,
  listedCodeJson,
  listedCodeSchema,
  makeCodesBody,
} from './admin-code-json.ts'
import { sendProblem } from './answer.ts'
import { pageJson } from './age-page.ts'
import { API } from './base-path.ts'
import { CSV_START } from './csv.ts'
import { ageCursorField, limitField, toCursor } from './cursor.ts'
import type { HttpDeps } from './deps.ts'
import { dataOf, listOf } from './envelope.ts'
import { idField } from './fields.ts'
import { jsonRoute } from './json-route.ts'
import { text } from './language.ts'
import { operatorOf } from './operator.ts'
import { type ApiError, invalidField } from './problem.ts'
import { readCall } from './read-call.ts'
import { reasonBody, reasonField } from './reason.ts'
import { admitted, type Route } from './route.ts'

const tag = '管理'

/** Batches of codes, and every code there is. */
export const adminCodeRoutes = (deps: HttpDeps): readonly Route[] => [
  makeRoute(deps),
  listRoute(deps),
  exportRoute(deps),
  revokeRoute(deps),
]

const makeRoute = (deps: HttpDeps): Route =>
  jsonRoute(deps, {
    method: 'POST',
    path: `${API}/admin/access-codes`,
    access: 'admin',
    permission: 'codes.make',
    tag,
    summary: '生成一批兑换码',
    body: makeCodesBody,
    idempotent: true,
    status: 201,
    answer: dataOf(codeBatchSchema),
    problems: ['PRODUCT_NOT_FOUND'],
    async handle(call) {
      const { reason, ...body } = call.body
      const made = await deps.makeCodes({ ...body, batchId: call.resourceId }, operatorOf(call, reason))
      return made.map((batch) => ({ data: codeBatchJson(batch) })).mapErr(makeError)
    },
  })

const makeError = (error: MakeCodesError): ApiError => {
  switch (error.code) {
    case 'PRODUCT_NOT_FOUND':
      return error
    case 'PRODUCT_GIVES_NO_ACCESS':
      return invalidField('productId', text('不是权益类商品', 'not an access product'))
    case 'EXPIRY_IN_THE_PAST':
      return invalidField('expiresAt', text('须晚于现在', 'must be later than now'))
  }
}

const listRoute = (deps: HttpDeps): Route =>
  jsonRoute(deps, {
    method: 'GET',
    path: `${API}/admin/access-codes`,
    access: 'admin',
    permission: 'codes.read',
    tag,
    summary: '兑换码，新的在前；只显示末四位',
    personal: { action: 'access_code.search', notedBy: 'route' },
    query: z.strictObject({
      limit: limitField,
      cursor: ageCursorField.optional(),
      batchId: idField.optional(),
      productId: idField.optional(),
      status: z.enum(CODE_STATUSES).optional(),
    }),
    answer: listOf(listedCodeSchema),
    async handle({ query: { limit, cursor, batchId, productId, status } }) {
      const filter = { batchId, productId, status }
      const page = await deps.readers.accessCodes.list(filter, { limit, after: toCursor(cursor) })
      return ok(pageJson(page, listedCodeJson))
    },
  })

const exportQuery = z.strictObject({ batchId: idField, reason: reasonField.optional() })

const exportRoute = (deps: HttpDeps): Route => ({
  method: 'GET',
  path: `${API}/admin/access-codes.csv`,
  personal: { action: 'access_code.export', notedBy: 'use case' },
  doc: {
    summary: '导出一批兑换码的全文；每次导出都留有审计记录',
    tag,
    query: exportQuery,
    answers: { 200: { description: 'CSV，UTF-8', type: 'text/csv', schema: z.string() } },
    problems: ['NOT_FOUND'],
  },
  permission: 'codes.export',
  ...admitted('admin', async (ctx, caller) => {
    const call = await readCall(ctx, { query: exportQuery })
    if (call.isErr()) return sendProblem(ctx, call.error)
    const { batchId, reason } = call.value.query
    const parts = await deps.exportCodes(batchId, operatorOf({ ...ctx.state, caller }, reason))
    if (parts.isErr()) return sendProblem(ctx, parts.error)
    ctx.status = 200
    ctx.set('Cache-Control', 'no-store')
    ctx.set('Content-Type', 'text/csv; charset=utf-8')
    ctx.set('Content-Disposition', `attachment; filename="access-codes-${batchId}.csv"`)
    ctx.body = Readable.from(csvOf(parts.value))
  }),
})

const csvOf = async function* (parts: CodeParts): AsyncIterable<string> {
  yield CSV_START + CODE_CSV_HEAD
  for await (const codes of parts) yield codes.map(codeCsvLine).join('')
}

const revokeRoute = (deps: HttpDeps): Route =>
  jsonRoute(deps, {
    method: 'POST',
    path: `${API}/admin/access-codes/:codeId/revoke`,
    access: 'admin',
    permission: 'codes.revoke',
    tag,
    summary: '作废一个未使用的兑换码',
    params: z.strictObject({ codeId: idField }),
    body: reasonBody,
    idempotent: true,
    answer: dataOf(codeFactsSchema),
    problems: ['NOT_FOUND', 'ACCESS_CODE_INVALID'],
    async handle(call) {
      const revoked = await deps.revokeCode(call.params.codeId, operatorOf(call, call.body.reason))
      return revoked.map((code) => ({ data: codeFactsJson(code) }))
    },
  })
