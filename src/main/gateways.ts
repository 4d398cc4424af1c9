import { err, ok, type Result } from 'neverthrow'
import { createAlipayGateway } from '../adapters/gateways/alipay/alipay-gateway.ts'
import type { CircuitState } from '../adapters/gateways/circuit-breaker.ts'
import { createWechatGateway } from '../adapters/gateways/wechat/wechat-gateway.ts'
import type { Clock } from '../application/clock.ts'
import type { FullGateway, Gateways } from '../application/payments/payment-gateway.ts'
import type { Randomness } from '../application/randomness.ts'
import type { Provider } from '../domain/payment.ts'
import type { Settings } from './config.ts'
import { type GatewayGuard, type GuardTimings, openGuard } from './gateway-guard.ts'

export type OpenGateways = Gateways & {
  /** Whether calls to this provider leave at the moment. */
  circuitOf(provider: Provider): CircuitState | undefined
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
}

type Opened = {
  readonly gateway: FullGateway
  readonly guard: GatewayGuard
  start(): Promise<void>
  fetched(): Promise<void>
  stop(): Promise<void>
}
type Problems = readonly string[]

/** Makes the gateways that are configured; all that is wrong with any of them is told together. */
export const openGateways = async (settings: Settings, deps: Deps): Promise<Result<OpenGateways, Problems>> => {
  const attempts = [openWechat(settings, deps), openAlipay(settings, deps)].filter((one) => one !== undefined)
  const problems = attempts.flatMap((one) => (one.isErr() ? one.error : []))
  const opened = attempts.flatMap((one) => (one.isOk() ? [one.value] : []))
  if (problems.length > 0) return err(problems)
  await Promise.all(opened.map((one) => one.start()))
  const byProvider = new Map<Provider, Opened>(opened.map((one) => [one.gateway.provider, one]))
  return ok({
    find: (provider) => byProvider.get(provider)?.gateway,
    configured: [...byProvider.keys()],
    circuitOf: (provider) => byProvider.get(provider)?.guard.circuit(),
    keysFetched: async () => void (await Promise.all(opened.map((one) => one.fetched()))),
    stop: async () => {
      await Promise.all(opened.map((one) => one.stop()))
      await Promise.all(opened.map(({ guard }) => guard.stop()))
    },
  })
}

const notifyUrl = (publicUrl: string, path: string): string => `${publicUrl}/api/v1/payments/${path}`

const openWechat = (settings: Settings, deps: Deps): Result<Opened, Problems> | undefined => {
  const { WECHAT_MCH_ID: mchId, WECHAT_APP_ID: appId, WECHAT_API_V3_KEY: apiV3Key } = settings
  const { WECHAT_API_CLIENT_KEY: merchantPrivateKey, WECHAT_API_SERIAL_NO: merchantSerialNo } = settings
  if (!mchId || !appId || !apiV3Key || !merchantPrivateKey || !merchantSerialNo) return undefined
  const guard = openGuard('wechat', settings.GATEWAY_TIMEOUT_MS, deps)
  const opened = createWechatGateway(
    {
      mchId,
      appId,
      apiV3Key,
      merchantPrivateKey,
      merchantSerialNo,
      ...given('merchantCertificate', settings.WECHAT_API_CLIENT_CERT),
      ...given('publicKey', settings.WECHAT_PAY_PUBLIC_KEY),
      ...given('publicKeyId', settings.WECHAT_PAY_PUBLIC_KEY_ID),
      notifyUrl: settings.WECHAT_NOTIFY_URL ?? notifyUrl(deps.publicUrl, 'wechat/notify'),
      refundNotifyUrl: settings.WECHAT_REFUND_NOTIFY_URL ?? notifyUrl(deps.publicUrl, 'wechat/refund/notify'),
      baseUrl: settings.WECHAT_BASE_URL,
      timeoutMs: settings.GATEWAY_TIMEOUT_MS,
    },
    { ...deps, transport: guard.transport },
  )
  return opened
    .map((made) => ({
      gateway: guard.around(made),
      guard,
      start: () => made.start(),
      fetched: () => made.fetched(),
      stop: () => made.stop(),
    }))
    .mapErr(({ problems }) => problems.map((problem) => `WECHAT: ${problem}`))
}

const openAlipay = (settings: Settings, deps: Deps): Result<Opened, Problems> | undefined => {
  const { ALIPAY_APP_ID: appId, ALIPAY_PRIVATE_KEY: privateKey } = settings
  if (!appId || !privateKey) return undefined
  const { ALIPAY_APP_CERT: app, ALIPAY_CERT: alipay, ALIPAY_ROOT_CERT: root } = settings
  const certificates = app && alipay && root ? { app, alipay, root } : undefined
  const guard = openGuard('alipay', settings.GATEWAY_TIMEOUT_MS, deps)
  const opened = createAlipayGateway(
    {
      appId,
      privateKey,
      ...given('alipayPublicKey', settings.ALIPAY_PUBLIC_KEY),
      ...given('certificates', certificates),
      ...given('sellerId', settings.ALIPAY_SELLER_ID),
      ...given('returnUrl', settings.ALIPAY_RETURN_URL),
      gatewayUrl: settings.ALIPAY_GATEWAY_URL,
      notifyUrl: settings.ALIPAY_NOTIFY_URL ?? notifyUrl(deps.publicUrl, 'alipay/notify'),
      timeoutMs: settings.GATEWAY_TIMEOUT_MS,
    },
    { ...deps, transport: guard.transport },
  )
  return opened
    .map((made) => ({ gateway: guard.around(made), guard, start: nothing, fetched: nothing, stop: () => made.stop() }))
    .mapErr(({ problems }) => problems.map((problem) => `ALIPAY: ${problem}`))
}

/** Alipay's keys are all in the settings. */
const nothing = (): Promise<void> => Promise.resolve()

const given = <K extends string, V>(name: K, value: V | undefined): { readonly [P in K]?: V } =>
  value === undefined ? {} : ({ [name]: value } as { readonly [P in K]?: V }) // A computed key widens to an index.
