import type { DoctorReport, Finding } from '../../domain/doctor.ts'
import type { Clock } from '../clock.ts'
import type { DoctorCheck } from './check.ts'

export type ExamineProgress = (done: number, total: number) => void

/** Gives what the work comes to, or `late` where that takes longer. */
export type Patience = <T>(work: Promise<T>, ms: number) => Promise<T | 'late'>

type Deps = {
  readonly checks: readonly DoctorCheck[]
  readonly clock: Clock
  readonly patience: Patience
  /** For all checks, which run side by side. */
  readonly limitMs: number
}

export type Examine = (onProgress?: ExamineProgress) => Promise<DoctorReport>

/** Looks at everything once. Whoever asks while that is under way gets the same report. */
export const examine = (deps: Deps): Examine => {
  let running: Promise<DoctorReport> | undefined
  return (onProgress = () => undefined) => {
    running ??= lookAtAll(deps, onProgress).finally(() => (running = undefined))
    return running
  }
}

const lookAtAll = async (deps: Deps, onProgress: ExamineProgress): Promise<DoctorReport> => {
  const { checks, clock } = deps
  const startedAt = clock.now()
  let done = 0
  onProgress(done, checks.length)
  const found = await Promise.all(
    checks.map(async (check) => {
      const findings = await lookAt(deps, check)
      onProgress((done += 1), checks.length)
      return findings
    }),
  )
  return { startedAt, finishedAt: clock.now(), findings: found.flat() }
}

const lookAt = async ({ patience, limitMs }: Deps, check: DoctorCheck): Promise<readonly Finding[]> => {
  const about = { check: check.name, level: 'unknown', subject: check.name } as const
  try {
    const found = await patience(check.run(), limitMs)
    if (found !== 'late') return found
    return [{ ...about, code: 'check_unfinished', facts: { check: check.name, seconds: limitMs / 1000 } }]
  } catch (error) {
    // The name alone: a message could quote an address with its password.
    const reason = error instanceof Error ? error.name : 'unexpected failure'
    return [{ ...about, code: 'check_failed', facts: { check: check.name, reason } }]
  }
}
