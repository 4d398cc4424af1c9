import { err, ok, type Result } from 'neverthrow'
import { countFailures } from '../../application/count-failures.ts'
import { FORGED } from './access.ts'
import { API } from './base-path.ts'
import type { HttpDeps } from './deps.ts'
import { keepDevice } from './device-token.ts'
import { dataOf } from './envelope.ts'
import { jsonRoute } from './json-route.ts'
import { operatorOf } from './operator.ts'
import {
  changePasswordBody,
  endedSessionSchema,
  operatorJson,
  operatorSchema,
  sessionJson,
  sessionSchema,
  signInBody,
} from './operator-json.ts'
import { operatorProblem } from './operator-problem.ts'
import type { Route } from './route.ts'
import { csrfTokenOf, keepSession, SESSION_COOKIE, sessionTokenOf } from './session-cookie.ts'
import { signInLimits } from './sign-in-limits.ts'

const tag = '操作员'
const PATH = `${API}/admin/session`

/** Signing in to the console and out of it, and one's own password. */
export const sessionRoutes = (deps: HttpDeps): readonly Route[] => [
  signInRoute(deps),
  readRoute(deps),
  signOutRoute(deps),
  passwordRoute(deps),
]

const signInRoute = (deps: HttpDeps): Route =>
  jsonRoute(deps, {
    method: 'POST',
    path: PATH,
    access: 'public',
    tag,
    summary: '登录控制台；会话放在 Cookie 中',
    body: signInBody,
    answer: dataOf(sessionSchema),
    problems: ['UNAUTHENTICATED', 'FORBIDDEN', 'RATE_LIMITED'],
    async handle({ body, browser, ip, requestId }) {
      // Else a page elsewhere could sign somebody in under a name of its own.
      if (browser.isElsewhere(deps.publicUrl)) return err({ code: 'FORBIDDEN', detail: FORGED })
      const { userAgent } = browser
      const attempt = { ...body, token: sessionTokenOf(browser), requestId, ip, userAgent }
      const limits = signInLimits(deps, { typed: body.name, ip, browser })
      const counted = await countOnly('SIGN_IN_REFUSED', limits, () => deps.signIn(attempt))
      if (counted.isErr())
        return err(counted.error.code === 'RATE_LIMITED' ? counted.error : operatorProblem(counted.error))
      const { token, ...signedIn } = counted.value
      keepSession(browser, token)
      keepDevice(browser, deps.deviceTokens.issue(signedIn.account.name))
      return ok({ data: sessionJson({ ...signedIn, csrfToken: csrfTokenOf(token) }) })
    },
  })

const readRoute = (deps: HttpDeps): Route =>
  jsonRoute(deps, {
    method: 'GET',
    path: PATH,
    access: 'session',
    tag,
    summary: '当前会话：操作员、权限和 CSRF 令牌',
    answer: dataOf(sessionSchema),
    handle: async ({ caller }) => ok({ data: sessionJson(caller) }),
  })

const signOutRoute = (deps: HttpDeps): Route =>
  jsonRoute(deps, {
    method: 'DELETE',
    path: PATH,
    access: 'session',
    tag,
    summary: '退出登录',
    answer: dataOf(endedSessionSchema),
    problems: ['NOT_FOUND'],
    async handle(call) {
      const { id } = call.caller.session
      const ended = await deps.endSession(id, operatorOf(call))
      call.browser.forget(SESSION_COOKIE)
      return ended.map(() => ({ data: { id } }))
    },
  })

const passwordRoute = (deps: HttpDeps): Route =>
  jsonRoute(deps, {
    method: 'POST',
    path: `${PATH}/password`,
    access: 'session',
    tag,
    summary: '修改自己的密码；其他会话随即结束',
    body: changePasswordBody,
    answer: dataOf(operatorSchema),
    problems: ['RATE_LIMITED'],
    async handle(call) {
      const { caller, body } = call
      const limits = [{ limiter: deps.limits.signInFailuresPerDevice, key: `session:${caller.session.id}` }]
      const changed = await countOnly('PASSWORD_WRONG', limits, () =>
        deps.changePassword(caller, body, operatorOf(call)),
      )
      if (changed.isErr())
        return err(changed.error.code === 'RATE_LIMITED' ? changed.error : operatorProblem(changed.error))
      return ok({ data: operatorJson(changed.value) })
    },
  })

/** Counts just the failures that come from guessing. */
const countOnly = async <T, E extends { readonly code: string }>(
  guess: E['code'],
  limits: Parameters<typeof countFailures>[0],
  attempt: () => Promise<Result<T, E>>,
) => {
  const counted = await countFailures(limits, async (): Promise<Result<Result<T, E>, E>> => {
    const result = await attempt()
    return result.isErr() && result.error.code === guess ? err(result.error) : ok(result)
  })
  return counted.andThen((result) => result)
}
