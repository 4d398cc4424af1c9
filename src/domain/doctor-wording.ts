import { CANARY_WORDINGS } from './canary-wording.ts'
import type { Finding } from './doctor.ts'
import { GATEWAY_FINDINGS } from './doctor-gateway-wording.ts'
import { SETTING_FINDINGS } from './doctor-setting-wording.ts'
import { STORE_FINDINGS } from './doctor-store-wording.ts'
import { filled } from './filled-wording.ts'
import type { Bilingual } from './wording.ts'

/** What it is in a line, what was seen, and what to do. */
export type FindingWording = { readonly title: Bilingual; readonly detail: Bilingual; readonly advice: Bilingual }

const WORDINGS = { ...SETTING_FINDINGS, ...GATEWAY_FINDINGS, ...STORE_FINDINGS, ...CANARY_WORDINGS } as const

export type FindingCode = keyof typeof WORDINGS

/** A finding in words that whoever runs the service understands. */
export const findingWording = ({ code, facts }: Pick<Finding, 'code' | 'facts'>): FindingWording => {
  const { title, detail, advice } = WORDINGS[code]
  return { title: filled(title, facts), detail: filled(detail, facts), advice: filled(advice, facts) }
}
