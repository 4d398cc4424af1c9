import { ok } from 'neverthrow'
import { z } from 'zod'
import type { Expectations } from '../../domain/callback-verdict.ts'
import type { RefusedCallback } from '../../domain/callback-refusal.ts'
import { API } from './base-path.ts'
import type { HttpDeps } from './deps.ts'
import { doctorJson, doctorSchema, stepsJson, verdictSchema } from './doctor-json.ts'
import { dataOf } from './envelope.ts'
import { idField } from './fields.ts'
import { MAX_BODY_BYTES } from './json-body.ts'
import { jsonRoute } from './json-route.ts'
import { operatorOf } from './operator.ts'
import type { Route } from './route.ts'

const tag = '管理'

/** Whether everything is in order for callbacks to arrive, and why those that did were refused. */
export const adminDoctorRoutes = (deps: HttpDeps): readonly Route[] => {
  const expected = expectationsOf(deps)
  const { book } = deps.doctor
  return [
    jsonRoute(deps, {
      method: 'POST',
      path: `${API}/admin/doctor`,
      access: 'admin',
      permission: 'doctor.ask',
      tag,
      summary: '全面自检：设置、密钥、时钟、数据库、通知地址；最长 60 秒，同时只运行一次',
      idempotent: true,
      answer: dataOf(doctorSchema),
      async handle(call) {
        const report = await deps.askDoctor(operatorOf(call))
        return ok({ data: doctorJson(report, await book.listRefused(), expected) })
      },
    }),
    jsonRoute(deps, {
      method: 'GET',
      path: `${API}/admin/doctor`,
      access: 'admin',
      permission: 'doctor.ask',
      tag,
      summary: '最近一次自检的报告，以及被拒绝的通知各错在哪一步',
      personal: { action: 'doctor.open', notedBy: 'route' },
      answer: dataOf(doctorSchema),
      async handle() {
        const [report, refused] = await Promise.all([book.lastReport(), book.listRefused()])
        return ok({ data: doctorJson(report, refused, expected) })
      },
    }),
    jsonRoute(deps, {
      method: 'GET',
      path: `${API}/admin/notifications/:notificationId/verdict`,
      access: 'admin',
      permission: 'notifications.read',
      tag,
      summary: '一条渠道通知的判定过程：每一步期望什么、收到什么、该怎么办',
      params: z.strictObject({ notificationId: idField }),
      answer: dataOf(verdictSchema),
      problems: ['NOT_FOUND', 'PROVIDER_NOT_CONFIGURED'],
      async handle({ params }) {
        const explained = await deps.explainNotification(params.notificationId)
        return explained.map((steps) => ({ data: { steps: stepsJson(steps) } }))
      },
    }),
  ]
}

const expectationsOf =
  ({ notifyAllowedIps, doctor }: HttpDeps) =>
  ({ provider }: RefusedCallback): Expectations => ({
    allowedIps: notifyAllowedIps[provider],
    knownSerials: provider === 'wechat' ? doctor.knownSerials : [],
    maxBytes: MAX_BODY_BYTES,
  })
