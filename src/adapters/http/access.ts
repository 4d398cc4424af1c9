import { err, ok, type Result } from 'neverthrow'
import type { CurrentSession } from '../../application/operators/current-session.ts'
import type { Viewer } from '../../application/orders/viewer.ts'
import { operatorActor } from '../../domain/operator.ts'
import { mayDo, type Permission } from '../../domain/permission.ts'
import { browserOf } from './browser.ts'
import type { Context } from './context.ts'
import type { HttpDeps } from './deps.ts'
import { isSameText } from './keyed-proof.ts'
import { text } from './language.ts'
import type { ApiError } from './problem.ts'
import { csrfTokenOf, sessionTokenOf } from './session-cookie.ts'
import { admitWatcher } from './watcher.ts'

export type UserCaller = {
  readonly kind: 'user'
  readonly userId: string
  readonly isAdmin: boolean
  readonly tokenExpiresAt: Date
}
/** Whoever holds the cashier link of one order; `token` is that link's, to be handed on and never renewed. */
export type CashierCaller = { readonly kind: 'cashier'; readonly orderId: string; readonly token: string }
/** Somebody who has signed in to the console. */
export type OperatorCaller = CurrentSession & { readonly kind: 'operator'; readonly csrfToken: string }

/** Who may call a route, and who a call is then known to come from. Every route declares one. */
export type CallerOf = {
  /** Anybody. */
  readonly public: undefined
  /** Anybody; the message itself proves where it comes from. */
  readonly gateway: undefined
  readonly user: UserCaller
  /** A user, or whoever holds the cashier link; either sees only what is theirs. */
  readonly payer: UserCaller | CashierCaller
  /** A user, who sees only what is theirs, or an operator with the route's permission. */
  readonly owner: UserCaller | OperatorCaller
  /** The bearer of an admin's token, or an operator with the route's permission. */
  readonly admin: UserCaller | OperatorCaller
  /** An operator, whatever their role, also while they still have to change their password. */
  readonly session: OperatorCaller
  /** A machine that watches us: one that has the token, or a neighbour where there is none. */
  readonly watcher: undefined
}
export type Access = keyof CallerOf
export type Caller = CallerOf[Access]

type Admission<A extends Access> = (
  deps: HttpDeps,
  ctx: Context,
  permission: Permission | undefined,
) => Promise<Result<CallerOf[A], ApiError>>

/** Lets a call in, or tells why not: the only place where tokens and sessions are looked at. */
export const ADMISSIONS: { readonly [A in Access]: Admission<A> } = {
  public: async () => ok(undefined),
  gateway: async () => ok(undefined),
  user: async (deps, ctx) => signedIn(deps, ctx),
  async payer(deps, ctx) {
    const token = bearerOf(ctx)
    const orderId = token && deps.cashierTokens.verify(token)
    if (token !== undefined && orderId !== undefined) return ok({ kind: 'cashier', orderId, token })
    return signedIn(deps, ctx)
  },
  async owner(deps, ctx, permission) {
    const caller = await signedInEitherWay(deps, ctx)
    return caller.andThen((known) => (known.kind === 'user' ? ok(known) : permitted(known, permission)))
  },
  async admin(deps, ctx, permission) {
    const caller = await signedInEitherWay(deps, ctx)
    return caller.andThen((known) => permitted(known, permission))
  },
  async session(deps, ctx) {
    const caller = await operatorOf(deps, ctx)
    if (caller.isErr()) return err(caller.error)
    return caller.value === undefined ? err({ code: 'UNAUTHENTICATED' }) : ok(caller.value)
  },
  watcher: async (deps, ctx) => admitWatcher(deps, ctx, bearerOf(ctx)),
}

/** Routes of these do nothing without a permission. */
export const needsPermission = (access: Access): boolean => access === 'admin' || access === 'owner'

/** Whether somebody may do a thing: the bearer of an admin's token all of them. */
export const can = (caller: CallerOf['admin'], permission: Permission): boolean =>
  caller.kind === 'user' ? caller.isAdmin : mayDo(caller.account.role, permission)

export const viewerOf = (caller: CallerOf['payer']): Viewer =>
  caller.kind === 'user' ? { kind: 'user', userId: caller.userId } : { kind: 'cashier', orderId: caller.orderId }

/** A name for the caller that nobody else has: for counting and for idempotency keys. */
export const nameOf = (caller: Exclude<Caller, undefined>): string => {
  switch (caller.kind) {
    case 'user':
      return `user:${caller.userId}`
    case 'cashier':
      return `cashier:${caller.orderId}`
    case 'operator':
      return operatorActor(caller.account.name)
  }
}

const permitted = <C extends CallerOf['admin']>(caller: C, permission: Permission | undefined): Result<C, ApiError> => {
  if (permission === undefined || !can(caller, permission)) return err({ code: 'FORBIDDEN' })
  const mustChange = caller.kind === 'operator' && caller.account.mustChangePassword
  return mustChange ? err({ code: 'FORBIDDEN', detail: PASSWORD_FIRST }) : ok(caller)
}

const PASSWORD_FIRST = text('请先修改一次性密码。', 'The one-time password has to be changed first.')

/** A session counts only where there is no token: of two credentials in one call, one is there by itself. */
const signedInEitherWay = async (deps: HttpDeps, ctx: Context): Promise<Result<CallerOf['admin'], ApiError>> => {
  const operator = await operatorOf(deps, ctx)
  if (operator.isErr()) return err(operator.error)
  return operator.value === undefined ? signedIn(deps, ctx) : ok(operator.value)
}

const signedIn = async ({ authenticate }: HttpDeps, ctx: Context): Promise<Result<UserCaller, ApiError>> => {
  const token = bearerOf(ctx)
  const identity = token === undefined ? undefined : await authenticate(token)
  if (identity === undefined) return err({ code: 'UNAUTHENTICATED' })
  const { userId, role, expiresAt: tokenExpiresAt } = identity
  return ok({ kind: 'user', userId, isAdmin: role === 'admin', tokenExpiresAt })
}

const bearerOf = (ctx: Context): string | undefined => /^Bearer ([!-~]+)$/i.exec(ctx.get('Authorization'))?.[1]

const SAFE_METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD'])

/** Cookies come along with every call, so what changes something has to come from a page of ours that knows the session. */
const operatorOf = async (deps: HttpDeps, ctx: Context): Promise<Result<OperatorCaller | undefined, ApiError>> => {
  if (ctx.get('Authorization') !== '') return ok(undefined)
  const browser = browserOf(ctx)
  const token = sessionTokenOf(browser)
  const current = token && (await deps.currentSession(token))
  if (token === undefined || current === undefined) return ok(undefined)
  const csrfToken = csrfTokenOf(token)
  if (!SAFE_METHODS.has(ctx.method)) {
    const isOurs = !browser.isElsewhere(deps.publicUrl) && isSameText(ctx.get('X-CSRF-Token'), csrfToken)
    if (!isOurs) return err({ code: 'FORBIDDEN', detail: FORGED })
  }
  return ok({ kind: 'operator', ...current, csrfToken })
}

export const FORGED = text(
  '请求来自其他网站，或 X-CSRF-Token 缺失或不对。',
  'The call comes from another site, or its X-CSRF-Token is missing or wrong.',
)
