import type { ReconciliationRun } from '../../domain/reconciliation.ts'
import { addDays } from '../../domain/shanghai-day.ts'
import type { Repositories } from '../transaction.ts'
import type { BillDay } from './discrepancy-repository.ts'
import { publishedAt } from './fetch-bill.ts'

/** A bill that is not there four hours after it should be. */
const LATE_AFTER_MS = 4 * 3_600_000
/** What was within its drift when these days were compared may be so no more. */
const DAYS_BEFORE = [0, -1, -2] as const

const subjectOf = ({ provider, day }: BillDay): string => `${provider}:${day}`

/** Tells people, in the transaction in which it becomes so, of a run that failed, is late or has found differences. */
export const judgeRun = async (repositories: Repositories, run: ReconciliationRun, at: Date): Promise<void> => {
  const { alerts } = repositories
  const { provider, day } = run
  const subject = subjectOf(run)
  switch (run.status) {
    case 'running':
      return
    case 'waiting':
      if (at.getTime() > publishedAt(day).getTime() + LATE_AFTER_MS)
        await alerts.raise({ rule: 'reconciliation_late', subject, facts: { provider, day }, at })
      return
    case 'failed': {
      const facts = { provider, day, reason: run.reason }
      await alerts.raise({ rule: 'reconciliation_failed', subject, facts, at })
      return alerts.resolve({ rule: 'reconciliation_late', subject, at })
    }
    case 'completed':
      await alerts.resolve({ rule: 'reconciliation_failed', subject, at })
      await alerts.resolve({ rule: 'reconciliation_late', subject, at })
      for (const days of DAYS_BEFORE) await judgeDay(repositories, { provider, day: addDays(day, days) }, at)
  }
}

/** Whether somebody has to look at the differences of a day. */
export const judgeDay = async (
  { discrepancies, alerts }: Pick<Repositories, 'discrepancies' | 'alerts'>,
  bill: BillDay,
  at: Date,
): Promise<void> => {
  const { provider, day } = bill
  const subject = subjectOf(bill)
  const rule = 'reconciliation_differences'
  const count = await discrepancies.countOpen(bill)
  if (count === 0) await alerts.resolve({ rule, subject, at })
  else await alerts.raise({ rule, subject, facts: { provider, day, count }, at })
}

/** The same where one was dealt with: nobody is told once more of those that are left. */
export const judgeRest = async (
  { discrepancies, alerts }: Pick<Repositories, 'discrepancies' | 'alerts'>,
  bill: BillDay,
  at: Date,
): Promise<void> => {
  if ((await discrepancies.countOpen(bill)) === 0)
    await alerts.resolve({ rule: 'reconciliation_differences', subject: subjectOf(bill), at })
}
