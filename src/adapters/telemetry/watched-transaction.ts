import type { Result } from 'neverthrow'
import type { Clock } from '../../application/clock.ts'
import type { Transaction, WriteConflict } from '../../application/transaction.ts'
import type { Tracing } from './tracing.ts'
import { noting, type UnitFacts } from './unit-facts.ts'

/** How a unit of work ended: what it did, or that it was refused or broke off. */
export type EndedUnit = {
  readonly outcome: 'committed' | 'refused' | 'failed'
  /** The code of what refused it. */
  readonly code: string | undefined
  readonly facts: UnitFacts
  /** How often another writer made it start again. */
  readonly reruns: number
  readonly seconds: number
}

type Deps = { readonly clock: Clock; readonly tracing: Tracing; readonly ended: (unit: EndedUnit) => void }

const UNIT = { name: 'unit of work', kind: 'internal', attributes: {} } as const

/**
 * Tells of each unit of work once it has ended, so that nothing is counted that was not committed. A commit whose answer
 * is lost counts as failed.
 */
export const watchedTransaction = (transaction: Transaction, { clock, tracing, ended }: Deps): Transaction => ({
  async run<T, E>(
    work: (repositories: Parameters<Parameters<Transaction['run']>[0]>[0]) => Promise<Result<T, E>>,
  ): Promise<Result<T, Exclude<E, WriteConflict>>> {
    const startedAt = clock.monotonicMs()
    let runs = 0
    let facts = noFacts()
    const end = (outcome: EndedUnit['outcome'], code?: string): void =>
      ended({ outcome, code, facts, reruns: Math.max(0, runs - 1), seconds: (clock.monotonicMs() - startedAt) / 1000 })
    try {
      const result = await tracing.within(UNIT, () => {
        // A store runs the work whenever its turn comes, perhaps amid the work of somebody else.
        const here = tracing.here()
        return transaction.run((repositories) => {
          runs += 1
          facts = { ...noFacts(), stockRaces: facts.stockRaces }
          return here(() => work(noting(repositories, facts)))
        })
      })
      if (result.isOk()) end('committed')
      else end('refused', codeOf(result.error))
      return result
    } catch (error) {
      end('failed')
      throw error
    }
  },
})

const noFacts = (): UnitFacts => ({ facts: [], cause: undefined, stockRaces: 0 })

const codeOf = (error: unknown): string | undefined =>
  typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined
