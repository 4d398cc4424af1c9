import type { Finding } from '../../domain/doctor.ts'
import type { Certificate } from '../alerts/checks/check.ts'
import type { CallbackProvider } from './check.ts'

export type KeyFacts = {
  /** Of each configured gateway, what is wrong with its keys; nothing where they fit together. */
  readonly gateways: readonly { readonly provider: CallbackProvider; readonly problems: readonly string[] }[]
  readonly certificates: readonly Certificate[]
  /** WeChat Pay without the merchant's certificate, which its private key would be compared with. */
  readonly lacksMerchantCertificate: boolean
}

const DAY_MS = 86_400_000
const ENDING_DAYS = 14

/** Whether the keys are what they should be, and how long the certificates last. */
export const keyFindings = (
  { gateways, certificates, lacksMerchantCertificate }: KeyFacts,
  now: Date,
): readonly Finding[] => [
  ...gateways.flatMap(({ provider, problems }): readonly Finding[] =>
    problems.length === 0
      ? [{ check: 'keys', level: 'ok', code: 'keys_fit', subject: provider, facts: { provider } }]
      : problems.map((problem) => ({
          check: 'keys',
          level: 'problem',
          code: 'keys_wrong',
          subject: provider,
          facts: { provider, problem },
        })),
  ),
  ...(lacksMerchantCertificate
    ? [
        {
          check: 'keys',
          level: 'unknown',
          code: 'certificate_not_given',
          subject: 'WECHAT_API_CLIENT_CERT',
          facts: {},
        } as const,
      ]
    : []),
  ...certificates.map((certificate) => certificateFinding(certificate, now)),
]

const certificateFinding = ({ name, expiresAt }: Certificate, now: Date): Finding => {
  const about = { check: 'keys', subject: name } as const
  if (expiresAt === undefined)
    return { ...about, level: 'unknown', code: 'certificate_absent', facts: { certificate: name } }
  const days = Math.floor((expiresAt.getTime() - now.getTime()) / DAY_MS)
  const facts = { certificate: name, day: expiresAt.toISOString().slice(0, 10), days }
  if (days < 0) return { ...about, level: 'problem', code: 'certificate_ended', facts }
  return days <= ENDING_DAYS
    ? { ...about, level: 'warning', code: 'certificate_ending', facts }
    : { ...about, level: 'ok', code: 'certificate_fine', facts }
}
