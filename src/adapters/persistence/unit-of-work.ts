import type { Result } from 'neverthrow'
import { WRITE_CONFLICT, type WriteConflict } from '../../application/transaction.ts'
import type { Session } from './session.ts'

/** `alone`: shares its commit with no other unit, so that it sees all that was noted of those before it. */
export type Manner = 'shared' | 'alone'

export type Work<T, E> = (session: Session) => Promise<Result<T, E>>

const HUNG = 'a unit of work does not end: it waits for something outside the store, which no transaction may'

/** The work's result, or an error once it has taken so long that it must hang. */
export const withinPatience = async <T>(work: Promise<T>, patienceMs: number): Promise<T> => {
  const { promise: hung, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error(`${HUNG} (${patienceMs} ms)`)), patienceMs)
  try {
    return await Promise.race([work, hung])
  } finally {
    clearTimeout(timer)
  }
}

/** The caller's own refusal, as opposed to a race that another run decides. */
export const isFinal = <E>(error: E): error is Exclude<E, WriteConflict> =>
  typeof error !== 'object' || error === null || !('code' in error) || error.code !== WRITE_CONFLICT.code
