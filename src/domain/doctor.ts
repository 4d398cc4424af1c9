import type { FindingCode } from './doctor-wording.ts'

export const FINDING_LEVELS = ['ok', 'warning', 'problem', 'unknown'] as const
/** `unknown`: it could not be found out, which is neither good nor bad. */
export type FindingLevel = (typeof FINDING_LEVELS)[number]

export const DOCTOR_CHECKS = [
  'settings',
  'keys',
  'gateways',
  'clock',
  'database',
  'services',
  'callback_urls',
  'refused_callbacks',
] as const
export type DoctorCheckName = (typeof DOCTOR_CHECKS)[number]

export type FindingFacts = Readonly<Record<string, string | number>>

/** One thing the doctor has looked at. Its facts never hold a secret. */
export type Finding = {
  readonly check: DoctorCheckName
  readonly code: FindingCode
  readonly level: FindingLevel
  /** What it is about, such as a provider, a setting or an address. */
  readonly subject: string
  readonly facts: FindingFacts
}

/** All that one look at everything has found. */
export type DoctorReport = {
  readonly startedAt: Date
  readonly finishedAt: Date
  readonly findings: readonly Finding[]
}

export const isHealthy = ({ findings }: Pick<DoctorReport, 'findings'>): boolean =>
  findings.every(({ level }) => level !== 'problem')
