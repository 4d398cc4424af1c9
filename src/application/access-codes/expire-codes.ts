import { err, ok, type Result } from 'neverthrow'
import { type AccessCode, accessCodeStream, transitionAccessCode } from '../../domain/access-code.ts'
import type { Clock } from '../clock.ts'
import { type Readers, type Transaction, WRITE_CONFLICT, type WriteConflict } from '../transaction.ts'
import type { Versioned } from '../versioned.ts'

type Deps = {
  readonly transaction: Transaction
  readonly readers: Pick<Readers, 'accessCodes'>
  readonly clock: Clock
}

const BATCH = 500

/**
 * Marks lapsed codes as expired, and tells how many. This is done here and not where one is tried, since a write would
 * make that answer come later than others.
 */
export const expireCodes = (deps: Deps) => async (): Promise<number> => {
  const at = deps.clock.now()
  const lapsed = await deps.readers.accessCodes.listLapsed(at, BATCH)
  const expired = await Promise.all(lapsed.map((code) => expire(deps, code, at)))
  return expired.filter((done) => done).length
}

const expire = async ({ transaction }: Deps, seen: Versioned<AccessCode>, at: Date): Promise<boolean> => {
  const done = await transaction.run(async ({ accessCodes, outbox }): Promise<Result<boolean, WriteConflict>> => {
    const before = await accessCodes.find(seen.value.id)
    if (before?.version !== seen.version) return ok(false) // Revoked meanwhile, or marked by another process.
    const expired = transitionAccessCode(before.value, { type: 'expired', at })
    if (expired.isErr()) return ok(false)
    const [code, events] = expired.value
    if (!(await accessCodes.replace(before, code, at))) return err(WRITE_CONFLICT)
    await outbox.append({ stream: accessCodeStream(code), events, cause: { kind: 'timer', actor: 'expiry' }, at })
    return ok(true)
  })
  return done.unwrapOr(false)
}
