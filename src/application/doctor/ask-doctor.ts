import { ok } from 'neverthrow'
import type { DoctorReport, FindingLevel } from '../../domain/doctor.ts'
import type { Operator } from '../catalogue/maintain-catalogue.ts'
import type { Clock } from '../clock.ts'
import type { Ids } from '../ids.ts'
import type { Transaction } from '../transaction.ts'
import type { DoctorBook } from './doctor-book.ts'
import type { Examine } from './examine.ts'

type Deps = {
  readonly examine: Examine
  readonly book: DoctorBook
  readonly transaction: Transaction
  readonly clock: Clock
  readonly ids: Ids
}

/** Has everything looked at, and keeps the report. It asks gateways and sends canaries, so who wanted it is on record. */
export const askDoctor =
  ({ examine, book, transaction, clock, ids }: Deps) =>
  async (operator: Operator): Promise<DoctorReport> => {
    const report = await examine()
    await book.keepReport(report)
    const entry = { action: 'doctor.run', subject: 'doctor', before: undefined, after: countsOf(report) }
    await transaction.run(async ({ audit }) => {
      await audit.append({ reason: undefined, ...operator, ...entry, id: ids.entity(), at: clock.now() })
      return ok(undefined)
    })
    return report
  }

const countsOf = ({ findings }: DoctorReport): Readonly<Record<FindingLevel, number>> => {
  const counts = { ok: 0, warning: 0, problem: 0, unknown: 0 }
  for (const { level } of findings) counts[level] += 1
  return counts
}
