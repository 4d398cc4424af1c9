import { shanghaiDayOf } from '../../../domain/shanghai-day.ts'
import type { Certificate, Check } from './check.ts'

const DAY_MS = 86_400_000
const CRITICAL_DAYS = 3

/** Certificates whose last days have come. Old and new ones overlap, so of several the newest counts. */
export const checkCertificates: Check<'certificate_expiring'> = async ({ certificates, now }, most) =>
  [...Map.groupBy(certificates(), ({ name }) => name)].map(([name, all]) => {
    const expiresAt = newestOf(all)
    if (expiresAt === undefined) return { subject: name, state: 'undecided' }
    const days = Math.max(0, Math.floor((expiresAt.getTime() - now.getTime()) / DAY_MS))
    if (days > most) return { subject: name, state: 'over' }
    const facts = { certificate: name, days, day: shanghaiDayOf(expiresAt) }
    return { subject: name, state: 'holds', facts, severity: days <= CRITICAL_DAYS ? 'critical' : 'warning' }
  })

const newestOf = (all: readonly Certificate[]): Date | undefined => {
  const times = all.flatMap(({ expiresAt }) => (expiresAt === undefined ? [] : [expiresAt.getTime()]))
  return times.length === 0 ? undefined : new Date(Math.max(...times))
}
