import type { RefusedCallback } from '../../domain/callback-refusal.ts'
import { FAILED_STEPS } from '../../domain/callback-verdict.ts'
import type { Finding } from '../../domain/doctor.ts'
import type { Clock } from '../clock.ts'
import { isFailed } from '../notifications/notification-log.ts'
import type { Readers } from '../transaction.ts'
import type { DoctorBook } from './doctor-book.ts'

type Deps = {
  readonly book: Pick<DoctorBook, 'listRefused'>
  readonly readers: Pick<Readers, 'notifications'>
  readonly clock: Clock
}

const DAYS = 7
const DAY_MS = 86_400_000

/** Callbacks that looked genuine and were refused, and genuine ones that could not be booked. */
export const refusedFindings = async ({ book, readers, clock }: Deps): Promise<readonly Finding[]> => {
  const to = clock.now()
  const from = new Date(to.getTime() - DAYS * DAY_MS)
  const [refused, counts] = await Promise.all([book.listRefused(), readers.notifications.count({ from, to })])
  const recent = refused.filter(({ lastAt }) => lastAt >= from)
  const failed = counts.filter(({ verdict }) => isFailed(verdict))
  const count = failed.reduce((sum, one) => sum + one.count, 0)
  const verdicts = failed.map((one) => `${one.provider} ${one.verdict}: ${one.count}`).join(', ')
  return [
    ...(recent.length === 0 ? [about('ok', 'none_refused', 'callbacks', { days: DAYS })] : []),
    ...recent.map(refusedFinding),
    ...(count > 0 ? [about('warning', 'callbacks_unusable', 'notifications', { days: DAYS, count, verdicts })] : []),
  ]
}

/** Anybody may send what looks genuine, so this is a hint and never by itself a fault. */
const refusedFinding = ({ provider, reason, slot, occurrences, lastAt, evidence }: RefusedCallback): Finding =>
  about('warning', 'callback_refused', `${provider} ${reason} ${slot}`, {
    provider,
    refusal: reason,
    count: occurrences,
    lastAt: lastAt.toISOString(),
    address: evidence.address,
    step: FAILED_STEPS[reason],
  })

const about = (level: Finding['level'], code: Finding['code'], subject: string, facts: Finding['facts']): Finding => ({
  check: 'refused_callbacks',
  level,
  code,
  subject,
  facts,
})
