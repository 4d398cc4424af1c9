import { parseCertificate } from '../adapters/gateways/pem.ts'
import type { Certificate } from '../application/alerts/checks/check.ts'

/** One that stands in the settings, which a gateway has read before. */
export const certificateIn = (name: Certificate['name'], text: string | undefined): readonly Certificate[] => {
  if (text === undefined) return []
  const expiresAt = parseCertificate(text).map(({ validToDate }) => validToDate)
  return [{ name, expiresAt: expiresAt.unwrapOr(undefined) }]
}

/** Those that WeChat Pay signs with, where it does: it is not known which before any were fetched. */
export const platformCertificate = (held: readonly Date[] | undefined): readonly Certificate[] => {
  if (held === undefined) return []
  if (held.length === 0) return [{ name: 'wechat_platform', expiresAt: undefined }]
  return held.map((expiresAt) => ({ name: 'wechat_platform', expiresAt }))
}
