import { join } from 'node:path'
import type { Sandbox } from '../adapters/sandbox/sandbox.ts'
import type { Settings } from './config.ts'

export type RunningSandbox = Pick<Sandbox, 'origin' | 'payerUrl' | 'stop'> & {
  /** The given settings with both gateways pointing at the sandbox. */
  readonly settings: Settings
}

/** Starts both gateways on this machine; keys and ledger lie beside the database, so that a restart goes on. */
export const openSandbox = async (settings: Settings, directory: string): Promise<RunningSandbox> => {
  const { startSandbox } = await import('../adapters/sandbox/sandbox.ts') // Not loaded where no sandbox is wanted.
  const stateFile = join(directory, 'sandbox.json')
  // Beside the service's own port, so that its pages keep their address; any other where that is taken.
  const sandbox = await startSandbox({ stateFile, port: settings.PORT + 1 }).catch(() => startSandbox({ stateFile }))
  const { origin, payerUrl } = sandbox
  return { origin, payerUrl, settings: { ...settings, ...sandboxSettings(sandbox) }, stop: () => sandbox.stop() }
}

/** The settings, by their variables' names, that make a service use this sandbox as if both gateways were configured. */
export const sandboxSettings = ({ wechat, alipay }: Pick<Sandbox, 'wechat' | 'alipay'>) => ({
  WECHAT_APP_ID: wechat.credentials.appId,
  WECHAT_MCH_ID: wechat.credentials.mchId,
  WECHAT_API_V3_KEY: wechat.credentials.apiV3Key,
  WECHAT_API_CLIENT_CERT: wechat.credentials.merchantCertificate,
  WECHAT_API_CLIENT_KEY: wechat.credentials.merchantPrivateKey,
  WECHAT_API_SERIAL_NO: wechat.credentials.merchantSerialNo,
  WECHAT_PAY_PUBLIC_KEY: wechat.credentials.publicKey,
  WECHAT_PAY_PUBLIC_KEY_ID: wechat.credentials.publicKeyId,
  WECHAT_BASE_URL: wechat.credentials.baseUrl,
  ALIPAY_APP_ID: alipay.credentials.appId,
  ALIPAY_PRIVATE_KEY: alipay.credentials.privateKey,
  ALIPAY_PUBLIC_KEY: alipay.credentials.alipayPublicKey,
  ALIPAY_SELLER_ID: alipay.credentials.sellerId,
  ALIPAY_GATEWAY_URL: alipay.credentials.gatewayUrl,
})
