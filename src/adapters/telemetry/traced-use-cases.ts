import type { Tracing } from './tracing.ts'

// oxlint-disable-next-line typescript/no-explicit-any -- any function will do, and none is called with anything but its own
type UseCase = (...given: any[]) => unknown

/** Each call is a span that is named like the use case; what it is called with and what it answers stays out. */
export const tracedUseCases = <U extends Readonly<Record<keyof U, UseCase>>>(useCases: U, tracing: Tracing): U =>
  Object.fromEntries(
    Object.entries<UseCase>(useCases).map(([name, run]) => {
      const work = { name, kind: 'internal', attributes: {} } as const
      return [name, (...given: unknown[]) => tracing.within(work, async () => run(...given))]
    }),
  ) as U // Each answers a promise, as it did before.
