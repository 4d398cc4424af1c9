import { err, ok, type Result } from 'neverthrow'
import type { CircuitState } from '../adapters/gateways/circuit-breaker.ts'
import type { Certificate } from '../application/alerts/checks/check.ts'
import type { Clock } from '../application/clock.ts'
import type { FullGateway, Gateways } from '../application/payments/payment-gateway.ts'
import type { Randomness } from '../application/randomness.ts'
import type { Provider } from '../domain/payment.ts'
import { certificateIn, platformCertificate } from './certificates.ts'
import type { Settings } from './config.ts'
import { type GatewayGuard, type GuardTimings, openGuard } from './gateway-guard.ts'

export type OpenGateways = Gateways & {
  /** Whether calls to this provider leave at the moment. */
  circuitOf(provider: Provider): CircuitState | undefined
  /** What the gateways that are configured can't do without, as it is now. */
  certificates(): readonly Certificate[]
  /** Once every message can be verified that ever will be; a service does not wait for it. */
  keysFetched(): Promise<void>
  stop(): Promise<void>
}

type Deps = {
  readonly clock: Clock
  readonly randomness: Randomness
  readonly publicUrl: string
  readonly log: (event: string, facts: Record<string, unknown>) => void
  readonly timings?: Partial<GuardTimings>
  /** Told of every call, and whether the gateway answered. */
  readonly called?: ((provider: Provider, isAnswered: boolean) => void) | undefined
  /** Puts something around each gateway that sees its calls. */
  readonly watched?: (gateway: FullGateway) => FullGateway
}

type Opened = {
  readonly gateway: FullGateway
  readonly guard: GatewayGuard
  readonly certificates: () => readonly Certificate[]
  start(): Promise<void>
  fetched(): Promise<void>
  stop(): Promise<void>
}
type Problems = readonly string[]

/**
 * Makes the gateways that are configured; all that is wrong with any of them is told together. What speaks to one that
 * is not configured is not even loaded.
 */
export const openGateways = async (settings: Settings, deps: Deps): Promise<Result<OpenGateways, Problems>> => {
  const attempts = (await Promise.all([openWechat(settings, deps), openAlipay(settings, deps)])).filter(
    (one) => one !== undefined,
  )
  const problems = attempts.flatMap((one) => (one.isErr() ? one.error : []))
  const opened = attempts.flatMap((one) => (one.isOk() ? [one.value] : []))
  if (problems.length > 0) return err(problems)
  await Promise.all(opened.map((one) => one.start()))
  const { watched = (gateway) => gateway } = deps
  const byProvider = new Map<Provider, Opened>(
    opened.map((one) => [one.gateway.provider, { ...one, gateway: watched(one.gateway) }]),
  )
  return ok({
    find: (provider) => byProvider.get(provider)?.gateway,
    configured: [...byProvider.keys()],
    circuitOf: (provider) => byProvider.get(provider)?.guard.circuit(),
    certificates: () => opened.flatMap((one) => one.certificates()),
    keysFetched: async () => void (await Promise.all(opened.map((one) => one.fetched()))),
    stop: async () => {
      await Promise.all(opened.map((one) => one.stop()))
      await Promise.all(opened.map(({ guard }) => guard.stop()))
    },
  })
}

const notifyUrl = (publicUrl: string, path: string): string => `${publicUrl}/api/v1/payments/${path}`

const openWechat = async (settings: Settings, deps: Deps): Promise<Result<Opened, Problems> | undefined> => {
  const { WECHAT_MCH_ID: mchId, WECHAT_APP_ID: appId, WECHAT_API_V3_KEY: apiV3Key } = settings
  const { WECHAT_API_CLIENT_KEY: merchantPrivateKey, WECHAT_API_SERIAL_NO: merchantSerialNo } = settings
  if (!mchId || !appId || !apiV3Key || !merchantPrivateKey || !merchantSerialNo) return undefined
  const apiV3Keys = severalOf(apiV3Key)
  const [publicKey, ...previousPublicKeys] = publicKeysOf(settings)
  const { createWechatGateway } = await import('../adapters/gateways/wechat/wechat-gateway.ts')
  const guard = openGuard('wechat', settings.GATEWAY_TIMEOUT_MS, deps)
  const opened = createWechatGateway(
    {
      mchId,
      appId,
      apiV3Key: apiV3Keys.current,
      previousApiV3Keys: apiV3Keys.previous,
      merchantPrivateKey,
      merchantSerialNo,
      ...given('merchantCertificate', settings.WECHAT_API_CLIENT_CERT),
      ...publicKey,
      previousPublicKeys,
      notifyUrl: settings.WECHAT_NOTIFY_URL ?? notifyUrl(deps.publicUrl, 'wechat/notify'),
      refundNotifyUrl: settings.WECHAT_REFUND_NOTIFY_URL ?? notifyUrl(deps.publicUrl, 'wechat/refund/notify'),
      baseUrl: settings.WECHAT_BASE_URL,
      timeoutMs: settings.GATEWAY_TIMEOUT_MS,
    },
    { ...deps, transport: guard.transport, download: guard.download },
  )
  return opened
    .map((made) => ({
      gateway: guard.around(made),
      guard,
      certificates: () => [
        ...certificateIn('wechat_merchant', settings.WECHAT_API_CLIENT_CERT),
        ...platformCertificate(made.certificates()),
      ],
      start: () => made.start(),
      fetched: () => made.fetched(),
      stop: () => made.stop(),
    }))
    .mapErr(({ problems }) => problems.map((problem) => `WECHAT: ${problem}`))
}

const openAlipay = async (settings: Settings, deps: Deps): Promise<Result<Opened, Problems> | undefined> => {
  const { ALIPAY_APP_ID: appId, ALIPAY_PRIVATE_KEY: privateKey } = settings
  if (!appId || !privateKey) return undefined
  const { ALIPAY_APP_CERT: app, ALIPAY_CERT: alipay, ALIPAY_ROOT_CERT: root } = settings
  const alipayCertificates = severalOf(alipay)
  const alipayPublicKeys = severalOf(settings.ALIPAY_PUBLIC_KEY)
  const certificates = app && alipay && root ? { app, alipay: alipayCertificates.current, root } : undefined
  const { createAlipayGateway } = await import('../adapters/gateways/alipay/alipay-gateway.ts')
  const guard = openGuard('alipay', settings.GATEWAY_TIMEOUT_MS, deps)
  const opened = createAlipayGateway(
    {
      appId,
      privateKey,
      ...given('alipayPublicKey', settings.ALIPAY_PUBLIC_KEY && alipayPublicKeys.current),
      previousAlipayPublicKeys: alipayPublicKeys.previous,
      ...given('certificates', certificates),
      previousAlipayCertificates: alipayCertificates.previous,
      ...given('sellerId', settings.ALIPAY_SELLER_ID),
      ...given('returnUrl', settings.ALIPAY_RETURN_URL),
      gatewayUrl: settings.ALIPAY_GATEWAY_URL,
      notifyUrl: settings.ALIPAY_NOTIFY_URL ?? notifyUrl(deps.publicUrl, 'alipay/notify'),
      timeoutMs: settings.GATEWAY_TIMEOUT_MS,
    },
    { ...deps, transport: guard.transport, download: guard.downloadElsewhere },
  )
  return opened
    .map((made) => ({
      gateway: guard.around(made),
      guard,
      certificates: () => [...certificateIn('alipay_app', app), ...certificateIn('alipay_platform', alipay)],
      start: nothing,
      fetched: nothing,
      stop: () => made.stop(),
    }))
    .mapErr(({ problems }) => problems.map((problem) => `ALIPAY: ${problem}`))
}

/** A setting that holds several while it is being changed: the current one first, the others behind commas. */
const severalOf = (text = ''): { readonly current: string; readonly previous: readonly string[] } => {
  const [current = '', ...previous] = text.split(',').map((one) => one.trim())
  return { current, previous }
}

/** Keys and ids belong together by their places; one that lacks the other is found when they are checked. */
const publicKeysOf = ({ WECHAT_PAY_PUBLIC_KEY: keys, WECHAT_PAY_PUBLIC_KEY_ID: ids }: Settings) => {
  const [keyList, idList] = [keys?.split(',') ?? [], ids?.split(',') ?? []]
  return Array.from({ length: Math.max(keyList.length, idList.length) }, (_, place) => ({
    publicKey: keyList[place]?.trim() ?? '',
    publicKeyId: idList[place]?.trim() ?? '',
  }))
}

/** Alipay's keys are all in the settings. */
const nothing = (): Promise<void> => Promise.resolve()

const given = <K extends string, V>(name: K, value: V | undefined): { readonly [P in K]?: V } =>
  value === undefined ? {} : ({ [name]: value } as { readonly [P in K]?: V }) // A computed key widens to an index.
