import type { Finding, FindingFacts, FindingLevel } from '../../domain/doctor.ts'
import type { FindingCode } from '../../domain/doctor-wording.ts'
import type { CallbackProvider, NotifyTarget } from './check.ts'

/** What of the settings can be risky without being wrong; none of it is secret. */
export type RiskySettings = {
  readonly isProduction: boolean
  readonly publicUrl: string
  /** Each configured gateway with where it is asked; `isReal` where that is the gateway's own address. */
  readonly gateways: readonly { readonly provider: CallbackProvider; readonly url: string; readonly isReal: boolean }[]
  readonly targets: readonly NotifyTarget[]
  readonly trustsProxies: boolean
  readonly hasAlertReceivers: boolean
}

/** Whether a host can be reached from this machine or its network alone. */
export type IsPrivateHost = (host: string) => boolean

type Report = (level: FindingLevel, code: FindingCode, subject: string, facts?: FindingFacts) => void

/** What is allowed and still likely to lose callbacks, or to be regretted. */
export const settingFindings = (settings: RiskySettings, isPrivateHost: IsPrivateHost): readonly Finding[] => {
  const found: Finding[] = []
  const report: Report = (level, code, subject, facts = {}) =>
    void found.push({ check: 'settings', level, code, subject, facts })
  judgeGateways(settings, report)
  for (const target of settings.targets) judgeTarget(settings, target, isPrivateHost, report)
  // The service speaks http alone, so whatever is https ends at a proxy.
  if (settings.publicUrl.startsWith('https:') && !settings.trustsProxies)
    report('warning', 'proxies_not_trusted', 'TRUSTED_PROXIES')
  if (!settings.hasAlertReceivers) report('warning', 'alerts_unreceived', 'ALERT_WEBHOOK_URL')
  if (found.length === 0) report('ok', 'settings_fine', 'settings')
  return found
}

const judgeGateways = ({ isProduction, gateways }: RiskySettings, report: Report): void => {
  if (gateways.length === 0) report('warning', 'gateway_missing', 'gateways')
  for (const { provider, url, isReal } of gateways)
    if (!isReal) report(isProduction ? 'problem' : 'warning', 'gateway_simulated', provider, { provider, url })
  if (!isProduction && gateways.some(({ isReal }) => isReal)) report('warning', 'not_production', 'NODE_ENV')
}

const judgeTarget = (
  { isProduction, gateways }: RiskySettings,
  { provider, url, path }: NotifyTarget,
  isPrivateHost: IsPrivateHost,
  report: Report,
): void => {
  const { protocol, hostname, pathname } = new URL(url)
  const isReal = gateways.some((one) => one.provider === provider && one.isReal)
  if (isReal && isPrivateHost(hostname)) report('problem', 'notify_url_private', url, { provider, url })
  else if (protocol === 'http:' && (isReal || isProduction))
    report(isProduction ? 'problem' : 'warning', 'notify_url_plain', url, { provider, url })
  if (!pathname.endsWith(path)) report('warning', 'notify_url_elsewhere', url, { provider, url, path })
}
