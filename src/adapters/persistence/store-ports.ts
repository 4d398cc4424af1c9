import type { Result } from 'neverthrow'
import type { WriteConflict } from '../../application/transaction.ts'
import type { Executor, RunDurably } from './executor.ts'
import { kyselyAlerting } from './kysely-alerting.ts'
import { KyselyBacklog } from './kysely-backlog.ts'
import { KyselyDoctorBook } from './kysely-doctor-book.ts'
import { KyselyIdempotencyKeys } from './kysely-idempotency-keys.ts'
import { KyselyStatistics } from './kysely-statistics.ts'
import type { Notes } from './notes.ts'
import { type RepositoryContext, readersOn, repositoriesOn } from './repositories.ts'
import type { Session } from './session.ts'
import type { Store } from './store.ts'
import type { Manner, Work } from './unit-of-work.ts'

/** Whatever runs units of work on a database. */
type Units = {
  run<T, E>(work: Work<T, E>, manner?: Manner): Promise<Result<T, Exclude<E, WriteConflict>>>
}

/** Runs work that can't be refused, and resolves once it is committed. */
export const durablyOn =
  (units: Units, manner: Manner = 'shared'): RunDurably =>
  async (work) => {
    const result = await units.run(work, manner)
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
  shards: number,
): Pick<Store, 'transaction' | 'readers' | 'idempotencyKeys' | 'statistics' | 'alerting' | 'doctor' | 'backlog'> => {
  const { statements, encryption, watched = (on) => on } = context
  const watchedReader = watched(reader)
  return {
    transaction: {
      run: (work) => units.run((session) => work(repositoriesOn(watched(session), context, notesOf(session)))),
    },
    readers: readersOn(watchedReader, context),
    idempotencyKeys: new KyselyIdempotencyKeys(statements.idempotencyKeys, durablyOn(units), encryption),
    statistics: new KyselyStatistics(statements.statistics, {
      reader: watchedReader,
      durably: durablyOn(units, 'alone'),
      shards,
    }),
    alerting: kyselyAlerting(statements.alerting, { reader: watchedReader, durably: durablyOn(units) }),
    doctor: new KyselyDoctorBook(statements.doctor, { reader: watchedReader, durably: durablyOn(units) }),
    backlog: new KyselyBacklog(statements.backlog, watchedReader),
  }
}

const notesOf = (session: Session): Notes => ({
  announce: (stream) => session.announce(stream),
  count: (contributions) => session.count(contributions),
})
