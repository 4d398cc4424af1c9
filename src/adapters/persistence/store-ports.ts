import type { Result } from 'neverthrow'
import type { WriteConflict } from '../../application/transaction.ts'
import type { Executor, RunDurably } from './executor.ts'
import { KyselyIdempotencyKeys } from './kysely-idempotency-keys.ts'
import { type RepositoryContext, readersOn, repositoriesOn } from './repositories.ts'
import type { Store } from './store.ts'
import type { Work } from './unit-of-work.ts'

/** Whatever runs units of work on a database. */
type Units = { run<T, E>(work: Work<T, E>): Promise<Result<T, Exclude<E, WriteConflict>>> }

/** Runs work that can't be refused, and resolves once it is committed. */
export const durablyOn =
  (units: Units): RunDurably =>
  async (work) => {
    const result = await units.run(work)
    return result.match(
      (value) => value,
      (impossible) => impossible,
    )
  }

/** The ports of a store: units that write, and a reader of what is committed. */
export const storePorts = (
  units: Units,
  reader: Executor,
  context: RepositoryContext,
): Pick<Store, 'transaction' | 'readers' | 'idempotencyKeys'> => ({
  transaction: {
    run: (work) => units.run((session) => work(repositoriesOn(session, context, (stream) => session.announce(stream)))),
  },
  readers: readersOn(reader, context),
  idempotencyKeys: new KyselyIdempotencyKeys(context.statements.idempotencyKeys, durablyOn(units), context.encryption),
})
