import { isIP } from 'node:net'
import { createGatewayClocks } from '../adapters/doctor/gateway-clocks.ts'
import { isPublicAddress } from '../adapters/webhooks/public-address.ts'
import type { Certificate } from '../application/alerts/checks/check.ts'
import type { Clock } from '../application/clock.ts'
import { callbackUrlFindings, untriedFindings } from '../application/doctor/check-callback-urls.ts'
import { clockFindings, gatewayFindings } from '../application/doctor/check-gateways.ts'
import { keyFindings, type KeyFacts } from '../application/doctor/check-keys.ts'
import { refusedFindings } from '../application/doctor/check-refused.ts'
import { type RiskySettings, settingFindings } from '../application/doctor/check-settings.ts'
import { databaseFindings, serviceFindings } from '../application/doctor/check-store.ts'
import type { CanaryProbe } from '../application/doctor/canary-probe.ts'
import type { CallbackProvider, DoctorCheck, NotifyTarget } from '../application/doctor/check.ts'
import type { DoctorBook } from '../application/doctor/doctor-book.ts'
import type { Ids } from '../application/ids.ts'
import type { Gateways } from '../application/payments/payment-gateway.ts'
import type { Readers } from '../application/transaction.ts'
import { hasAlipay, hasWechat, isProduction, publicUrlOf, type Settings } from './config.ts'
import { databaseCheckupOf } from './open-store.ts'

export type DoctorParts = {
  readonly settings: Settings
  readonly gateways: Gateways
  /** What is wrong with keys, of gateways that could not be made. */
  readonly keyProblems: KeyFacts['gateways']
  readonly certificates: () => readonly Certificate[]
  readonly clock: Clock
  readonly ids: Ids
  /** Missing where the database can't be used. */
  readonly store: { readonly doctor: DoctorBook; readonly readers: Pick<Readers, 'notifications'> } | undefined
  readonly reached: () => Promise<Readonly<Record<string, boolean>>>
  /** Missing where no canary is wanted. */
  readonly probe: CanaryProbe | undefined
}

/** Everything the doctor looks at. */
export const doctorChecks = (parts: DoctorParts): readonly DoctorCheck[] => {
  const { settings, clock, store, probe } = parts
  const targets = notifyTargets(settings)
  const addresses = Object.fromEntries(gatewaysOf(settings).map(({ provider, url }) => [provider, url]))
  const clocks = createGatewayClocks({ addresses, clock, timeoutMs: settings.GATEWAY_TIMEOUT_MS })
  return [
    { name: 'settings', run: async () => settingFindings(riskySettings(settings, targets), isPrivateHost) },
    { name: 'keys', run: async () => keyFindings(keyFacts(parts), clock.now()) },
    { name: 'gateways', run: () => gatewayFindings(parts) },
    { name: 'clock', run: () => clockFindings(clocks) },
    { name: 'database', run: async () => databaseFindings(await databaseCheckupOf(settings, clock)) },
    { name: 'services', run: async () => serviceFindings(await parts.reached()) },
    {
      name: 'callback_urls',
      run: async () =>
        probe === undefined ? untriedFindings(targets, '--no-canary') : callbackUrlFindings({ probe, targets }),
    },
    ...(store === undefined
      ? []
      : [
          {
            name: 'refused_callbacks',
            run: () => refusedFindings({ book: store.doctor, readers: store.readers, clock }),
          } as const,
        ]),
  ]
}

/** Where the gateways that are configured are told to announce things. */
export const notifyTargets = (settings: Settings): readonly NotifyTarget[] => {
  const publicUrl = publicUrlOf(settings)
  const target = (provider: CallbackProvider, place: NotifyTarget['place'], url: string | undefined): NotifyTarget => {
    const path = `/api/v1/payments/${provider}/${place === 'payment' ? 'notify' : 'refund/notify'}`
    return { provider, place, path, url: url ?? publicUrl + path }
  }
  const { ALIPAY_REFUND_NOTIFY_URL: alipayRefunds } = settings
  return [
    ...(hasWechat(settings)
      ? [
          target('wechat', 'payment', settings.WECHAT_NOTIFY_URL),
          target('wechat', 'refund', settings.WECHAT_REFUND_NOTIFY_URL),
        ]
      : []),
    ...(hasAlipay(settings) ? [target('alipay', 'payment', settings.ALIPAY_NOTIFY_URL)] : []),
    // Alipay announces refunds at the first address; another is tried where somebody has set one.
    ...(hasAlipay(settings) && alipayRefunds !== undefined ? [target('alipay', 'refund', alipayRefunds)] : []),
  ]
}

const REAL_HOST = /(?:^|\.)(?:mch\.weixin\.qq\.com|alipay\.com)$/

const gatewaysOf = (settings: Settings): RiskySettings['gateways'] => {
  const gateway = (provider: CallbackProvider, url: string) => ({
    provider,
    url,
    isReal: REAL_HOST.test(new URL(url).hostname),
  })
  return [
    ...(hasWechat(settings) ? [gateway('wechat', settings.WECHAT_BASE_URL)] : []),
    ...(hasAlipay(settings) ? [gateway('alipay', settings.ALIPAY_GATEWAY_URL)] : []),
  ]
}

const riskySettings = (settings: Settings, targets: readonly NotifyTarget[]): RiskySettings => ({
  isProduction: isProduction(settings),
  publicUrl: publicUrlOf(settings),
  gateways: gatewaysOf(settings),
  targets,
  trustsProxies: settings.TRUSTED_PROXIES.length > 0,
  hasAlertReceivers:
    settings.SMTP_URL !== undefined || settings.ALERT_WEBHOOK_URL.length > 0 || settings.ALERT_SMS_TO !== undefined,
})

/** Names that are not addresses may be anywhere, but for these. */
const isPrivateHost = (hostname: string): boolean => {
  const host = hostname.replace(/^\[|\]$/g, '')
  return isIP(host) === 0 ? /(?:^|\.)(?:localhost|local|lan|internal|home\.arpa)$/.test(host) : !isPublicAddress(host)
}

/** Those that could be made fit: they are compared when they are read. */
const keyFacts = ({ settings, gateways, keyProblems, certificates }: DoctorParts): KeyFacts => ({
  gateways: [
    ...keyProblems,
    ...gateways.configured.filter((provider) => provider !== 'points').map((provider) => ({ provider, problems: [] })),
  ],
  certificates: certificates(),
  lacksMerchantCertificate: hasWechat(settings) && settings.WECHAT_API_CLIENT_CERT === undefined,
})
