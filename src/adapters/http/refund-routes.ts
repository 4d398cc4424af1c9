import { err, ok } from 'neverthrow'
import { z } from 'zod'
import type { RefundRequester, RequestRefundError } from '../../application/refunds/request-refund.ts'
import { PROVIDERS } from '../../domain/payment.ts'
import type { CallerOf } from './access.ts'
import { agePageFields, pageJson, split } from './age-page.ts'
import { API } from './base-path.ts'
import type { HttpDeps } from './deps.ts'
import { dataOf, listOf } from './envelope.ts'
import { idField, moneyField, says, textField } from './fields.ts'
import { jsonRoute } from './json-route.ts'
import { text } from './language.ts'
import { actorOf, operatorOf } from './operator.ts'
import type { ApiError } from './problem.ts'
import { REFUND_STATUSES, refundJson, refundSchema } from './refund-json.ts'
import type { Route } from './route.ts'

const tag = '退款'

/** WeChat Pay prints at most so many characters of it to the payer. */
const MAX_REASON = 80

const NOTHING = says(text('金额须大于 0', 'an amount above zero'))

export const requestRefundBody = z
  .strictObject({
    orderId: idField,
    amount: moneyField.refine((amount) => amount > 0, NOTHING),
    reason: textField(1, MAX_REASON),
    refundNo: z
      .string()
      .regex(/^\w{1,64}$/) // What both gateways take: WeChat Pay would allow `-|*@` too, Alipay does not.
      .optional()
      .meta({ description: '商户退款单号；同一单号、订单和金额得到同一笔退款' }),
  })
  .meta({
    id: 'RequestRefund',
    override: {
      examples: [{ orderId: '0199f0c2b7de7000a1b2c3d4e5f60718', amount: '30.00', reason: '尺码不合适' }],
    },
  })

/** Also a number that a gateway's own console has made. */
export const refundNoField = z.string().regex(/^[0-9A-Za-z_\-|*@]{1,64}$/)

export const refundRoutes = (deps: HttpDeps): readonly Route[] => [requestRoute(deps), listRoute(deps), readRoute(deps)]

const requestRoute = (deps: HttpDeps): Route =>
  jsonRoute(deps, {
    method: 'POST',
    path: `${API}/payments/:provider/refund`,
    access: 'owner',
    permission: 'refunds.request',
    tag,
    summary: '申请退款，可多次部分退款；订单所有者、管理员或财务操作员，超过 FOUR_EYES_ABOVE 的须另一人批准',
    params: z.strictObject({ provider: z.enum(PROVIDERS).meta({ description: '支付渠道' }) }),
    body: requestRefundBody,
    idempotent: true,
    status: 201,
    answer: dataOf(refundSchema),
    problems: [
      'PROVIDER_NOT_FOUND',
      'PROVIDER_NOT_CONFIGURED',
      'ORDER_NOT_FOUND',
      'ORDER_NOT_REFUNDABLE',
      'REFUND_EXCEEDS_PAYMENT',
      'REFUND_WINDOW_CLOSED',
      'POINTS_ALREADY_SPENT',
    ],
    async handle(call) {
      const { params, body, resourceId } = call
      const requester = requesterOf(call)
      const { provider } = params
      const refund = await deps.requestRefund({ ...body, refundNo: body.refundNo, requester, provider, resourceId })
      return refund.map((requested) => ({ data: refundJson(requested) })).mapErr(requestError)
    },
  })

const requesterOf = (call: {
  readonly caller: CallerOf['owner']
  readonly requestId: string
  readonly ip: string
}): RefundRequester =>
  call.caller.kind === 'user' && !call.caller.isAdmin
    ? { kind: 'user', userId: call.caller.userId }
    : { kind: 'operator', operator: operatorOf(call) }

/** A refund number names its refund for ever, as an idempotency key does its request. */
const requestError = (error: RequestRefundError): ApiError =>
  error.code === 'REFUND_NO_TAKEN' ? { code: 'IDEMPOTENCY_KEY_REUSED' } : error

const listRoute = (deps: HttpDeps): Route =>
  jsonRoute(deps, {
    method: 'GET',
    path: `${API}/refunds`,
    access: 'user',
    tag,
    summary: '我的退款，新的在前',
    query: z.strictObject({ ...agePageFields, status: z.enum(REFUND_STATUSES).optional() }),
    answer: listOf(refundSchema),
    async handle({ caller, query }) {
      const { filter, page } = split(query)
      return ok(pageJson(await deps.readers.refunds.list({ ...filter, userId: caller.userId }, page), refundJson))
    },
  })

const readRoute = (deps: HttpDeps): Route =>
  jsonRoute(deps, {
    method: 'GET',
    path: `${API}/refunds/:refundNo`,
    access: 'owner',
    permission: 'orders.read',
    tag,
    summary: '一笔退款；处理中的会先向支付渠道查询',
    params: z.strictObject({ refundNo: refundNoField }),
    answer: dataOf(refundSchema),
    problems: ['REFUND_NOT_FOUND'],
    async handle({ caller, params }) {
      const viewer = { userId: actorOf(caller), isOperator: caller.kind === 'operator' || caller.isAdmin }
      const refund = await deps.findRefund(viewer, params.refundNo)
      return refund.isErr() ? err(refund.error) : ok({ data: refundJson(refund.value) })
    },
  })
