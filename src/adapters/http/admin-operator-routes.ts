import { err, ok } from 'neverthrow'
import { z } from 'zod'
import { type CallerOf, can } from './access.ts'
import { pageJson } from './age-page.ts'
import { API } from './base-path.ts'
import { ageCursorField, limitField, toCursor } from './cursor.ts'
import type { HttpDeps } from './deps.ts'
import { dataOf, listOf } from './envelope.ts'
import { idField } from './fields.ts'
import { jsonRoute } from './json-route.ts'
import { text } from './language.ts'
import { operatorOf } from './operator.ts'
import {
  addOperatorBody,
  changeOperatorBody,
  endedSessionSchema,
  listedSessionJson,
  listedSessionSchema,
  newPasswordSchema,
  operatorJson,
  operatorNameField,
  operatorSchema,
} from './operator-json.ts'
import { operatorProblem } from './operator-problem.ts'
import { type ApiError, invalidField } from './problem.ts'
import type { Route } from './route.ts'
import { SESSION_COOKIE } from './session-cookie.ts'
import type { SetPassword } from '../../application/operators/given-password.ts'

const tag = '操作员'
const access = 'admin'
const PATH = `${API}/admin/operators`

/** Who may sign in to the console, and where they have. */
export const adminOperatorRoutes = (deps: HttpDeps): readonly Route[] => [
  sessionsRoute(deps),
  endSessionRoute(deps),
  listRoute(deps),
  addRoute(deps),
  changeRoute(deps),
  resetRoute(deps),
]

const sessionsRoute = (deps: HttpDeps): Route =>
  jsonRoute(deps, {
    method: 'GET',
    path: `${API}/admin/sessions`,
    access,
    permission: 'sessions.own',
    tag,
    summary: '自己的会话，新的在前；管理员可查看任何操作员的',
    personal: { action: 'operator_session.search', notedBy: 'route' },
    query: z.strictObject({
      limit: limitField,
      cursor: ageCursorField.optional(),
      operator: operatorNameField.optional(),
    }),
    answer: listOf(listedSessionSchema),
    problems: ['NOT_FOUND'],
    async handle({ caller, query: { limit, cursor, operator } }) {
      const operatorId = await whoseSessions(deps, caller, operator)
      if (operatorId.isErr()) return err(operatorId.error)
      const page = { limit, after: toCursor(cursor) }
      const found = await deps.readers.operatorSessions.listOpen(operatorId.value, deps.clock.now(), page)
      const current = caller.kind === 'operator' ? caller.session.id : undefined
      return ok(pageJson(found, listedSessionJson(current)))
    },
  })

const whoseSessions = async (deps: HttpDeps, caller: CallerOf['admin'], named: string | undefined) => {
  const own = caller.kind === 'operator' ? caller.account : undefined
  if (named === undefined) return own === undefined ? err(WHOSE) : ok(own.id)
  if (named === own?.name) return ok(own.id)
  if (!can(caller, 'operators.manage')) return err<never, ApiError>({ code: 'FORBIDDEN' })
  const found = await deps.readers.operators.findByName(named)
  return found === undefined ? err<never, ApiError>({ code: 'NOT_FOUND' }) : ok(found.value.account.id)
}

const WHOSE = invalidField('operator', text('令牌没有会话，须写明操作员', 'a token has no sessions; name an operator'))

const endSessionRoute = (deps: HttpDeps): Route =>
  jsonRoute(deps, {
    method: 'DELETE',
    path: `${API}/admin/sessions/:sessionId`,
    access,
    permission: 'sessions.own',
    tag,
    summary: '结束自己的一个会话；管理员可结束任何人的',
    params: z.strictObject({ sessionId: idField }),
    answer: dataOf(endedSessionSchema),
    problems: ['NOT_FOUND'],
    async handle(call) {
      const { caller, params } = call
      const only = caller.kind === 'user' || can(caller, 'operators.manage') ? undefined : caller.account.id
      const ended = await deps.endSession(params.sessionId, operatorOf(call), only)
      if (caller.kind === 'operator' && caller.session.id === params.sessionId) call.browser.forget(SESSION_COOKIE)
      return ended.map(() => ({ data: { id: params.sessionId } }))
    },
  })

const listRoute = (deps: HttpDeps): Route =>
  jsonRoute(deps, {
    method: 'GET',
    path: PATH,
    access,
    permission: 'operators.manage',
    tag,
    summary: '操作员，新的在前',
    personal: { action: 'operator.search', notedBy: 'route' },
    query: z.strictObject({ limit: limitField, cursor: ageCursorField.optional() }),
    answer: listOf(operatorSchema),
    handle: async ({ query: { limit, cursor } }) =>
      ok(pageJson(await deps.readers.operators.list({ limit, after: toCursor(cursor) }), operatorJson)),
  })

const addRoute = (deps: HttpDeps): Route =>
  jsonRoute(deps, {
    method: 'POST',
    path: PATH,
    access,
    permission: 'operators.manage',
    tag,
    summary: '添加操作员，并给出一次性密码',
    body: addOperatorBody,
    idempotent: true,
    status: 201,
    answer: dataOf(newPasswordSchema),
    async handle(call) {
      const { name, role, displayName = name } = call.body
      const draft = { name, role, displayName }
      const added = await deps.addOperator(call.resourceId, draft, { kind: 'one_time' }, operatorOf(call))
      return added.map(withPassword).mapErr(operatorProblem)
    },
  })

const withPassword = ({ account, oneTimePassword = '' }: SetPassword) => ({
  data: { ...operatorJson(account), oneTimePassword },
})

const params = z.strictObject({ name: operatorNameField })

const changeRoute = (deps: HttpDeps): Route =>
  jsonRoute(deps, {
    method: 'PATCH',
    path: `${PATH}/:name`,
    access,
    permission: 'operators.manage',
    tag,
    summary: '修改操作员的角色、状态或显示名；改角色或停用会结束其全部会话',
    params,
    body: changeOperatorBody,
    answer: dataOf(operatorSchema),
    problems: ['NOT_FOUND'],
    async handle(call) {
      const changed = await deps.changeOperator(call.params.name, call.body, operatorOf(call))
      return changed.map((account) => ({ data: operatorJson(account) })).mapErr(operatorProblem)
    },
  })

const resetRoute = (deps: HttpDeps): Route =>
  jsonRoute(deps, {
    method: 'POST',
    path: `${PATH}/:name/password`,
    access,
    permission: 'operators.manage',
    tag,
    summary: '重置操作员的密码，给出一次性密码，并结束其全部会话',
    params,
    idempotent: true,
    answer: dataOf(newPasswordSchema),
    problems: ['NOT_FOUND'],
    async handle(call) {
      const reset = await deps.resetPassword(call.params.name, { kind: 'one_time' }, operatorOf(call))
      return reset.map(withPassword).mapErr(operatorProblem)
    },
  })
