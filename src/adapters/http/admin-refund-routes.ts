import type { Result } from 'neverthrow'
import { z } from 'zod'
import type { Versioned } from '../../application/versioned.ts'
import type { Decision, DecisionError } from '../../application/refunds/decide-refund.ts'
import type { RejectRefundError } from '../../application/refunds/reject-refund.ts'
import type { Refund } from '../../domain/refund.ts'
import { API } from './base-path.ts'
import type { HttpDeps } from './deps.ts'
import { dataOf } from './envelope.ts'
import { jsonRoute } from './json-route.ts'
import { text } from './language.ts'
import { operatorOf } from './operator.ts'
import { type ApiError, invalidField, type ProblemCode } from './problem.ts'
import { reasonBody } from './reason.ts'
import { refundJson, refundSchema } from './refund-json.ts'
import { refundNoField } from './refund-routes.ts'
import type { Route } from './route.ts'

/** What operators decide about refunds. */
export const adminRefundRoutes = (deps: HttpDeps): readonly Route[] => [
  decisionRoute(deps, {
    name: 'approve',
    summary: '批准待审核的退款，并立即发往支付渠道',
    problems: ['REFUND_EXCEEDS_PAYMENT', 'POINTS_ALREADY_SPENT', 'PROVIDER_NOT_CONFIGURED'],
    decide: async (decision) => (await deps.approveRefund(decision)).mapErr(decisionError),
  }),
  decisionRoute(deps, {
    name: 'reject',
    summary: '驳回待审核的退款；或写明原因，放弃异常（ABNORMAL）的退款',
    problems: ['GATEWAY_UNAVAILABLE'],
    decide: async (decision) => (await deps.rejectRefund(decision)).mapErr(rejectError),
  }),
  decisionRoute(deps, {
    name: 'retry',
    summary: '以原单号重试失败的退款；异常的则再次查询',
    problems: ['REFUND_EXCEEDS_PAYMENT', 'POINTS_ALREADY_SPENT', 'PROVIDER_NOT_CONFIGURED'],
    decide: async (decision) => (await deps.retryRefund(decision)).mapErr(decisionError),
  }),
]

type DecisionRoute = {
  readonly name: 'approve' | 'reject' | 'retry'
  readonly summary: string
  readonly problems: readonly ProblemCode[]
  readonly decide: (decision: Decision) => Promise<Result<Versioned<Refund>, ApiError>>
}

const decisionRoute = (deps: HttpDeps, { name, summary, problems, decide }: DecisionRoute): Route =>
  jsonRoute(deps, {
    method: 'POST',
    path: `${API}/admin/refunds/:refundNo/${name}`,
    access: 'admin',
    permission: 'refunds.decide',
    tag: '管理',
    summary,
    params: z.strictObject({ refundNo: refundNoField }),
    body: reasonBody,
    idempotent: true,
    answer: dataOf(refundSchema),
    problems: ['REFUND_NOT_FOUND', 'ORDER_NOT_REFUNDABLE', ...problems],
    async handle(call) {
      const { params, body, resourceId } = call
      const operator = operatorOf(call, body.reason)
      const refund = await decide({ refundNo: params.refundNo, actionId: resourceId, operator })
      return refund.map((decided) => ({ data: refundJson(decided) }))
    },
  })

const decisionError = (error: DecisionError): ApiError =>
  error.code === 'SECOND_PERSON_NEEDED' ? { code: 'FORBIDDEN', detail: NOT_ALONE } : error

const NOT_ALONE = text(
  '同一支付的退款合计超过 FOUR_EYES_ABOVE，须由申请人以外的人批准或重试。',
  'The refunds of this payment come to more than FOUR_EYES_ABOVE: somebody else than who asked has to decide.',
)

const rejectError = (error: RejectRefundError): ApiError =>
  error.code === 'REASON_REQUIRED'
    ? invalidField('reason', text('放弃异常退款必须写明原因', 'giving up an abnormal refund needs a reason'))
    : error
