import type { Clock } from '../../application/clock.ts'
import { DONE, TURN } from './turn-attributes.ts'
import type { Tracing } from './tracing.ts'
import type { MeasuredTurn } from './traffic-metrics.ts'

type Job = { readonly name: string; run(): Promise<unknown> }

type Deps = { readonly clock: Clock; readonly tracing: Tracing; readonly turned: (turn: MeasuredTurn) => void }

/** Tells of each turn how long it took and whether it came to its end. */
export const watchedJob = <J extends Job>(job: J, { clock, tracing, turned }: Deps): J => ({
  ...job,
  async run() {
    const startedAt = clock.monotonicMs()
    let ok = false
    try {
      const result = await tracing.within(workOf(job), () => job.run(), foundIn)
      ok = true
      return result
    } finally {
      const seconds = (clock.monotonicMs() - startedAt) / 1000
      turned({ job: job.name, ok, seconds, endedAt: clock.now() })
    }
  },
})

const workOf = ({ name }: Job) =>
  ({ name: `job ${name}`, kind: 'internal', attributes: { [TURN]: name }, begins: true }) as const

/** Most jobs say how much they have done. */
const foundIn = (result: unknown) => ({
  attributes: typeof result === 'number' ? { [DONE]: result } : {},
  failed: false,
})
