import { err, ok, type Result } from 'neverthrow'
import type { Viewer } from '../../application/orders/viewer.ts'
import type { Context } from './context.ts'
import type { HttpDeps } from './deps.ts'
import type { ApiError } from './problem.ts'
import { admitWatcher } from './watcher.ts'

export type UserCaller = {
  readonly kind: 'user'
  readonly userId: string
  readonly isAdmin: boolean
  readonly tokenExpiresAt: Date
}
/** Whoever holds the cashier link of one order; `token` is that link's, to be handed on and never renewed. */
export type CashierCaller = { readonly kind: 'cashier'; readonly orderId: string; readonly token: string }

/** Who may call a route, and who a call is then known to come from. Every route declares one. */
export type CallerOf = {
  /** Anybody. */
  readonly public: undefined
  /** Anybody; the message itself proves where it comes from. */
  readonly gateway: undefined
  readonly user: UserCaller
  /** A user, or whoever holds the cashier link; either sees only what is theirs. */
  readonly payer: UserCaller | CashierCaller
  readonly admin: UserCaller
  /** A machine that watches us: one that has the token, or a neighbour where there is none. */
  readonly watcher: undefined
}
export type Access = keyof CallerOf
export type Caller = CallerOf[Access]

type Admission<A extends Access> = (deps: HttpDeps, ctx: Context) => Promise<Result<CallerOf[A], ApiError>>

/** Lets a call in, or tells why not: the only place where tokens are looked at. */
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
  async admin(deps, ctx) {
    const signed = await signedIn(deps, ctx)
    if (signed.isErr()) return err(signed.error)
    return signed.value.isAdmin ? signed : err({ code: 'FORBIDDEN' })
  },
  watcher: async (deps, ctx) => admitWatcher(deps, ctx, bearerOf(ctx)),
}

export const viewerOf = (caller: CallerOf['payer']): Viewer =>
  caller.kind === 'user' ? { kind: 'user', userId: caller.userId } : { kind: 'cashier', orderId: caller.orderId }

/** A name for the caller that nobody else has: for counting and for idempotency keys. */
export const nameOf = (caller: CallerOf['payer']): string =>
  caller.kind === 'user' ? `user:${caller.userId}` : `cashier:${caller.orderId}`

const signedIn = async ({ authenticate }: HttpDeps, ctx: Context): Promise<Result<UserCaller, ApiError>> => {
  const token = bearerOf(ctx)
  const identity = token === undefined ? undefined : await authenticate(token)
  if (identity === undefined) return err({ code: 'UNAUTHENTICATED' })
  const { userId, role, expiresAt: tokenExpiresAt } = identity
  return ok({ kind: 'user', userId, isAdmin: role === 'admin', tokenExpiresAt })
}

const bearerOf = (ctx: Context): string | undefined => /^Bearer ([!-~]+)$/i.exec(ctx.get('Authorization'))?.[1]
