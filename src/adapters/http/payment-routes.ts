import { err, ok, type Result } from 'neverthrow'
import { z } from 'zod'
import type { CreatePaymentError } from '../../application/payments/create-payment.ts'
import { PROVIDERS } from '../../domain/payment.ts'
import { viewerOf } from './access.ts'
import { admitCreation } from './admit-creation.ts'
import { agePageFields, pageJson, split } from './age-page.ts'
import { API } from './base-path.ts'
import type { HttpDeps } from './deps.ts'
import { dataOf, listOf } from './envelope.ts'
import { idField } from './fields.ts'
import { jsonRoute } from './json-route.ts'
import { text } from './language.ts'
import { orderJson, orderSchema } from './order-json.ts'
import {
  actionJson,
  actionSchema,
  createPaymentBody,
  PAYMENT_STATUSES,
  paymentJson,
  paymentSchema,
} from './payment-json.ts'
import { type ApiError, invalidField } from './problem.ts'
import type { Route } from './route.ts'

const tag = '支付'
const provider = z.enum(PROVIDERS).meta({ description: '支付渠道' })

export const paymentRoutes = (deps: HttpDeps): readonly Route[] => [
  createRoute(deps),
  queryRoute(deps),
  closeRoute(deps),
  listRoute(deps),
  readRoute(deps),
]

const createRoute = (deps: HttpDeps): Route =>
  jsonRoute(deps, {
    method: 'POST',
    path: `${API}/payments/:provider/create`,
    access: 'payer',
    tag,
    summary: '发起支付；未完成前再次请求得到同一笔支付',
    params: z.strictObject({ provider }),
    body: createPaymentBody,
    idempotent: true,
    status: 201,
    answer: dataOf(z.strictObject({ payment: paymentSchema, action: actionSchema })),
    problems: [
      'PROVIDER_NOT_FOUND',
      'PROVIDER_NOT_CONFIGURED',
      'ORDER_NOT_FOUND',
      'ORDER_NOT_PAYABLE',
      'DUPLICATE_PAYMENT',
      'PAYMENT_TIMEOUT',
      'AMOUNT_MISMATCH',
      'INSUFFICIENT_POINTS',
      'FORBIDDEN',
      'RISK_DENIED',
      'RATE_LIMITED',
      'GATEWAY_REJECTED',
      'GATEWAY_UNAVAILABLE',
    ],
    async handle({ caller, params, body, ip, resourceId }) {
      const returnUrl = returnUrlOf(deps, body.returnUrl)
      if (returnUrl.isErr()) return err(returnUrl.error)
      const { paymentsPerUser: perCaller, paymentsPerIp: perIp } = deps.limits
      const admission = await admitCreation(deps, { action: 'create_payment', caller, ip, perCaller, perIp })
      if (admission.isErr()) return err(admission.error)
      const { orderId, method, amount, subject, openid } = body
      const asked = { orderId, method, amount, subject, openid, returnUrl: returnUrl.value, clientIp: ip }
      const input = { ...asked, paymentId: resourceId }
      const created = await deps.createPayment({ ...input, viewer: viewerOf(caller), provider: params.provider })
      if (created.isErr()) return err(createError(created.error))
      const { payment, action } = created.value
      return ok({ data: { payment: paymentJson(payment), action: actionJson(action) } })
    },
  })

const queryRoute = (deps: HttpDeps): Route =>
  jsonRoute(deps, {
    method: 'GET',
    path: `${API}/payments/:provider/query/:orderId`,
    access: 'payer',
    tag,
    summary: '向支付渠道查询，并更新本地状态',
    params: z.strictObject({ provider, orderId: idField }),
    answer: dataOf(z.strictObject({ payment: paymentSchema, order: orderSchema })),
    problems: [
      'PROVIDER_NOT_FOUND',
      'PROVIDER_NOT_CONFIGURED',
      'ORDER_NOT_FOUND',
      'PAYMENT_NOT_FOUND',
      'GATEWAY_UNAVAILABLE',
    ],
    async handle({ caller, params }) {
      const queried = await deps.queryPayment(viewerOf(caller), params.provider, params.orderId)
      return queried.map(({ payment, order }) => ({
        data: { payment: paymentJson(payment), order: orderJson(deps, caller, order) },
      }))
    },
  })

const closeRoute = (deps: HttpDeps): Route =>
  jsonRoute(deps, {
    method: 'POST',
    path: `${API}/payments/:provider/close/:orderId`,
    access: 'payer',
    tag,
    summary: '先在支付渠道关闭未完成的支付；订单仍可用其他方式支付',
    params: z.strictObject({ provider, orderId: idField }),
    answer: dataOf(z.strictObject({ payment: paymentSchema, order: orderSchema })),
    problems: [
      'PROVIDER_NOT_FOUND',
      'PROVIDER_NOT_CONFIGURED',
      'ORDER_NOT_FOUND',
      'PAYMENT_NOT_FOUND',
      'DUPLICATE_PAYMENT',
      'GATEWAY_UNAVAILABLE',
    ],
    async handle({ caller, params }) {
      const closed = await deps.closePayment(viewerOf(caller), params.provider, params.orderId)
      return closed.map(({ payment, order }) => ({
        data: { payment: paymentJson(payment), order: orderJson(deps, caller, order) },
      }))
    },
  })

const listRoute = (deps: HttpDeps): Route =>
  jsonRoute(deps, {
    method: 'GET',
    path: `${API}/payments`,
    access: 'user',
    tag,
    summary: '我的支付，新的在前',
    query: z.strictObject({ ...agePageFields, status: z.enum(PAYMENT_STATUSES).optional() }),
    answer: listOf(paymentSchema),
    async handle({ caller, query }) {
      const { filter, page } = split(query)
      return ok(pageJson(await deps.readers.payments.list({ ...filter, userId: caller.userId }, page), paymentJson))
    },
  })

const readRoute = (deps: HttpDeps): Route =>
  jsonRoute(deps, {
    method: 'GET',
    path: `${API}/payments/:paymentId`,
    access: 'user',
    tag,
    summary: '一笔支付',
    params: z.strictObject({ paymentId: idField }),
    answer: dataOf(paymentSchema),
    problems: ['PAYMENT_NOT_FOUND'],
    async handle({ caller, params }) {
      const payment = await deps.readers.payments.find(params.paymentId)
      return payment?.value.userId === caller.userId
        ? ok({ data: paymentJson(payment) })
        : err({ code: 'PAYMENT_NOT_FOUND' })
    },
  })

/** Where the payer may be sent back to: an origin that is listed, and nothing that only looks like one. */
const returnUrlOf = (
  { returnUrlOrigins }: HttpDeps,
  given: string | undefined,
): Result<string | undefined, ApiError> => {
  if (given === undefined) return ok(undefined)
  const url = URL.parse(given)
  const isListed = url !== null && url.username === '' && url.password === '' && returnUrlOrigins.includes(url.origin)
  return isListed ? ok(url.href) : err(BAD_RETURN_URL)
}

const BAD_RETURN_URL = invalidField('returnUrl', text('不在允许的来源之内', 'not on an allowed origin'))

const createError = (error: CreatePaymentError): ApiError => {
  if (error.code === 'METHOD_NOT_OF_PROVIDER')
    return invalidField('method', text('该支付渠道没有这种支付方式', 'not a method of this provider'))
  if (error.code === 'POINTS_NEED_THEIR_OWNER') return { code: 'FORBIDDEN' }
  return error.code === 'OPENID_REQUIRED'
    ? invalidField('openid', text('该支付方式需要 openid', 'this method needs an openid'))
    : error
}
