import { err, ok, type Result } from 'neverthrow'
import { createAlipayGateway } from '../adapters/gateways/alipay/alipay-gateway.ts'
import { createWechatGateway } from '../adapters/gateways/wechat/wechat-gateway.ts'
import type { Clock } from '../application/clock.ts'
import type { FullGateway, Gateways } from '../application/payments/payment-gateway.ts'
import type { Randomness } from '../application/randomness.ts'
import type { Provider } from '../domain/payment.ts'
import type { Settings } from './config.ts'

export type OpenGateways = Gateways & { stop(): Promise<void> }

type Deps = {
  readonly clock: Clock
  readonly randomness: Randomness
  readonly publicUrl: string
  readonly log: (event: string, facts: Record<string, unknown>) => void
}

type Opened = { readonly gateway: FullGateway; start(): Promise<void>; stop(): Promise<void> }
type Problems = readonly string[]

/** Makes the gateways that are configured; all that is wrong with any of them is told together. */
export const openGateways = async (settings: Settings, deps: Deps): Promise<Result<OpenGateways, Problems>> => {
  const attempts = [openWechat(settings, deps), openAlipay(settings, deps)].filter((one) => one !== undefined)
  const problems = attempts.flatMap((one) => (one.isErr() ? one.error : []))
  const opened = attempts.flatMap((one) => (one.isOk() ? [one.value] : []))
  if (problems.length > 0) return err(problems)
  await Promise.all(opened.map((one) => one.start()))
  const byProvider = new Map<Provider, FullGateway>(opened.map(({ gateway }) => [gateway.provider, gateway]))
  return ok({
    find: (provider) => byProvider.get(provider),
    configured: [...byProvider.keys()],
    stop: async () => {
      await Promise.all(opened.map((one) => one.stop()))
    },
  })
}

const notifyUrl = (publicUrl: string, path: string): string => `${publicUrl}/api/v1/payments/${path}`

const openWechat = (settings: Settings, deps: Deps): Result<Opened, Problems> | undefined => {
  const { WECHAT_MCH_ID: mchId, WECHAT_APP_ID: appId, WECHAT_API_V3_KEY: apiV3Key } = settings
  const { WECHAT_API_CLIENT_KEY: merchantPrivateKey, WECHAT_API_SERIAL_NO: merchantSerialNo } = settings
  if (!mchId || !appId || !apiV3Key || !merchantPrivateKey || !merchantSerialNo) return undefined
  const made = createWechatGateway(
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
    deps,
  )
  return made
    .map((gateway) => ({ gateway, start: () => gateway.start(), stop: () => gateway.stop() }))
    .mapErr(({ problems }) => problems.map((problem) => `WECHAT: ${problem}`))
}

const openAlipay = (settings: Settings, deps: Deps): Result<Opened, Problems> | undefined => {
  const { ALIPAY_APP_ID: appId, ALIPAY_PRIVATE_KEY: privateKey } = settings
  if (!appId || !privateKey) return undefined
  const { ALIPAY_APP_CERT: app, ALIPAY_CERT: alipay, ALIPAY_ROOT_CERT: root } = settings
  const certificates = app && alipay && root ? { app, alipay, root } : undefined
  const made = createAlipayGateway(
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
    deps,
  )
  return made
    .map((gateway) => ({ gateway, start: () => Promise.resolve(), stop: () => gateway.stop() }))
    .mapErr(({ problems }) => problems.map((problem) => `ALIPAY: ${problem}`))
}

const given = <K extends string, V>(name: K, value: V | undefined): { readonly [P in K]?: V } =>
  value === undefined ? {} : ({ [name]: value } as { readonly [P in K]?: V }) // A computed key widens to an index.
