import { err, ok, type Result } from 'neverthrow'
import { isLapsed, type OperatorAccount, operatorActor, parseOperatorName } from '../../domain/operator.ts'
import { type OperatorSession, SESSION_MS } from '../../domain/operator-session.ts'
import { normalPassword } from '../../domain/password.ts'
import type { Clock } from '../clock.ts'
import type { Ids } from '../ids.ts'
import type { Randomness } from '../randomness.ts'
import { type Readers, type Transaction, WRITE_CONFLICT, type WriteConflict } from '../transaction.ts'
import type { OperatorRecord } from './operator-repository.ts'
import type { HasherBusy, PasswordHasher } from './password-hasher.ts'

export type SignIn = {
  readonly name: string
  readonly password: string
  /** The session this browser had before, which ends. */
  readonly token: Uint8Array | undefined
  readonly requestId: string
  readonly ip: string
  readonly userAgent: string | undefined
}

export type SignedIn = {
  readonly account: OperatorAccount
  readonly session: OperatorSession
  /** What the browser proves itself by; it is not kept here. */
  readonly token: Uint8Array
}

/** One refusal for every cause: whoever tries must not learn which names there are. */
export type SignInRefused = { readonly code: 'SIGN_IN_REFUSED' }

type Deps = {
  readonly transaction: Transaction
  readonly readers: Pick<Readers, 'operators'>
  readonly clock: Clock
  readonly ids: Ids
  readonly randomness: Randomness
  readonly hasher: PasswordHasher
}

const TOKEN_BYTES = 32

/** Begins a session for whoever knows the password; an unknown name costs the same statements and the same hashing. */
export const signIn =
  (deps: Deps) =>
  async (given: SignIn): Promise<Result<SignedIn, SignInRefused | HasherBusy>> => {
    const password = normalPassword(given.password)
    const found = await deps.readers.operators.findByName(parseOperatorName(given.name) ?? '')
    const checked = await deps.hasher.check(password, found?.value.passwordHash)
    if (checked.isErr()) return err(checked.error)
    const cause = refusalOf(found?.value, checked.value.matches, deps.clock.now())
    if (found === undefined || cause !== undefined) return refuse(deps, given, found?.value.account, cause)
    const rehashed = checked.value.isStale ? await deps.hasher.hash(password) : ok(found.value.passwordHash)
    // A hash that could not be renewed now is renewed next time.
    return begin(deps, given, found.value, rehashed.unwrapOr(found.value.passwordHash))
  }

type Cause = 'unknown_name' | 'wrong_password' | 'disabled' | 'one_time_password_lapsed'

const refusalOf = (record: OperatorRecord | undefined, matches: boolean, at: Date): Cause | undefined => {
  if (record === undefined) return 'unknown_name'
  if (!matches) return 'wrong_password'
  if (record.account.status === 'disabled') return 'disabled'
  return isLapsed(record.account, at) ? 'one_time_password_lapsed' : undefined
}

/** A name that nobody has is not written down: people type passwords in its place. */
const refuse = async (
  { transaction, clock, ids }: Deps,
  { requestId, ip }: SignIn,
  account: OperatorAccount | undefined,
  cause: Cause | undefined,
): Promise<Result<never, SignInRefused>> => {
  await transaction.run(async ({ audit }) => {
    const who = { actor: 'anonymous', subject: account?.name ?? 'unknown', requestId, ip, reason: undefined }
    const entry = { action: 'session.refuse', before: undefined, after: { cause } }
    return ok(await audit.append({ ...who, ...entry, id: ids.entity(), at: clock.now() }))
  })
  return err({ code: 'SIGN_IN_REFUSED' })
}

const begin = (
  { transaction, clock, ids, randomness }: Deps,
  given: SignIn,
  checked: OperatorRecord,
  passwordHash: string,
): Promise<Result<SignedIn, SignInRefused>> => {
  const at = clock.now()
  const token = randomness.bytes(TOKEN_BYTES)
  const { ip, userAgent, requestId } = given
  const { id: operatorId } = checked.account
  const expiresAt = new Date(at.getTime() + SESSION_MS)
  const session = { id: ids.entity(), operatorId, ip, userAgent, createdAt: at, seenAt: at, expiresAt }
  return transaction.run(async (repositories): Promise<Result<SignedIn, SignInRefused | WriteConflict>> => {
    const { operators, operatorSessions, audit } = repositories
    const before = await operators.find(operatorId)
    // Disabled, or with another password, since it was checked.
    if (before?.value.account.status !== 'active' || before.value.passwordHash !== checked.passwordHash)
      return err({ code: 'SIGN_IN_REFUSED' })
    const { account } = before.value
    if (passwordHash !== checked.passwordHash && !(await operators.replace(before, { account, passwordHash }, at)))
      return err(WRITE_CONFLICT)
    await operatorSessions.endExpired(at)
    const previous = given.token && (await operatorSessions.find(given.token))
    if (previous !== undefined) await operatorSessions.end(previous.id)
    await operatorSessions.insert(session, token)
    const who = { actor: operatorActor(account.name), subject: account.name, requestId, ip, reason: undefined }
    const entry = { action: 'session.begin', before: undefined, after: { sessionId: session.id, userAgent } }
    await audit.append({ ...who, ...entry, id: ids.entity(), at })
    return ok({ account, session, token })
  })
}
