import { err, ok, type Result } from 'neverthrow'
import {
  type AccessCode,
  type AccessCodeDomainEvent,
  accessCodeStream,
  normaliseCode,
  transitionAccessCode,
} from '../../domain/access-code.ts'
import { type Entitlement, grantAccess } from '../../domain/entitlement.ts'
import type { Clock } from '../clock.ts'
import type { Ids } from '../ids.ts'
import { type Readers, type Transaction, WRITE_CONFLICT, type WriteConflict } from '../transaction.ts'
import type { Versioned } from '../versioned.ts'

export type ActivateCodeInput = { readonly typed: string; readonly userId: string }

/** One answer for every cause: whoever guesses learns nothing from it. */
export type AccessCodeInvalid = { readonly code: 'ACCESS_CODE_INVALID' }

type Deps = {
  readonly transaction: Transaction
  readonly readers: Pick<Readers, 'accessCodes' | 'entitlements'>
  readonly clock: Clock
  readonly ids: Ids
}

/** Exchanges a code for access, once; the user who did gets the same answer again. A refusal writes nothing. */
export const activateCode =
  (deps: Deps) =>
  async ({ typed, userId }: ActivateCodeInput): Promise<Result<Entitlement, AccessCodeInvalid>> => {
    const attempt = { text: normaliseCode(typed) ?? NO_CODE, userId, at: deps.clock.now() }
    const decision = await decide(deps.readers, attempt)
    if (decision.isErr() || decision.value.activation === undefined) return decision.map(({ granted }) => granted)
    return activate(deps, attempt)
  }

/** As long as a code and none: it is looked up where no code was typed, so that this takes as long as a wrong guess. */
const NO_CODE = '~'.repeat(16)
const NO_PRODUCT = ''

const INVALID: AccessCodeInvalid = { code: 'ACCESS_CODE_INVALID' }

type Attempt = { readonly text: string; readonly userId: string; readonly at: Date }

type Decision = {
  readonly granted: Entitlement
  /** What there is to be written; nothing where it was granted before. */
  readonly activation:
    | {
        readonly before: Versioned<AccessCode>
        readonly code: AccessCode
        readonly events: readonly AccessCodeDomainEvent[]
      }
    | undefined
}

/** Reads the same and as much for every code, good or not. */
const decide = async (
  { accessCodes, entitlements }: Deps['readers'],
  { text, userId, at }: Attempt,
  entitlementId = '',
): Promise<Result<Decision, AccessCodeInvalid>> => {
  const before = await accessCodes.findByText(text)
  const existing = await entitlements.listByUser(userId, before?.value.productId ?? NO_PRODUCT)
  if (before === undefined) return err(INVALID)
  const activated = transitionAccessCode(before.value, { type: 'activated', userId, at })
  if (activated.isErr()) return err(INVALID)
  const [code, events] = activated.value
  const { id, productId, validityDays } = code
  const source = { type: 'access_code', id } as const
  const earlier = existing.find((one) => one.source.type === source.type && one.source.id === id)
  // A right that was taken back is not given out again.
  if (events.length === 0 && earlier?.revokedAt !== undefined) return err(INVALID)
  if (events.length === 0 && earlier !== undefined) return ok({ granted: earlier, activation: undefined })
  if (events.length === 0 || earlier !== undefined) throw new Error(`the access of code ${id} contradicts its state`)
  const granted = grantAccess({ id: entitlementId, userId, productId, source, validityDays, at }, existing)
  return ok({ granted, activation: { before, code, events } })
}

const activate = ({ transaction, ids }: Deps, attempt: Attempt): Promise<Result<Entitlement, AccessCodeInvalid>> =>
  transaction.run(async (repositories): Promise<Result<Entitlement, AccessCodeInvalid | WriteConflict>> => {
    const { accessCodes, entitlements, outbox } = repositories
    const decision = await decide(repositories, attempt, ids.entity())
    if (decision.isErr()) return err(decision.error)
    const { granted, activation } = decision.value
    if (activation === undefined) return ok(granted)
    const { before, code, events } = activation
    const { at, userId } = attempt
    if (!(await accessCodes.replace(before, code, at))) return err(WRITE_CONFLICT)
    if (!(await entitlements.insert(granted))) return err(WRITE_CONFLICT)
    await outbox.append({
      stream: accessCodeStream(code),
      events: [...events, { type: 'access.granted', entitlementId: granted.id, at }],
      cause: { kind: 'request', actor: userId },
      at,
    })
    return ok(granted)
  })
