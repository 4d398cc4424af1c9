import { join } from 'node:path'
import type { Sandbox } from '../adapters/sandbox/sandbox.ts'
import type { Settings } from './config.ts'

export type RunningSandbox = Pick<Sandbox, 'origin' | 'payerUrl' | 'stop'> & {
  /** The given settings with both gateways pointing at the sandbox. */
  readonly settings: Settings
}

/** Beside the service's own port, so that its pages keep their address. */
const portOf = ({ PORT }: Settings): number => PORT + 1

const stateFileIn = (directory: string): string => join(directory, 'sandbox.json')

/** Starts both gateways on this machine; keys and ledger lie beside the database, so that a restart goes on. */
export const openSandbox = async (settings: Settings, directory: string): Promise<RunningSandbox> => {
  const { startSandbox } = await import('../adapters/sandbox/sandbox.ts') // Not loaded where no sandbox is wanted.
  const stateFile = stateFileIn(directory)
  const sandbox = await startSandbox({ stateFile, port: portOf(settings) }).catch(() => startSandbox({ stateFile })) // Taken.
  const { origin, payerUrl } = sandbox
  return { origin, payerUrl, settings: { ...settings, ...sandboxSettings(sandbox) }, stop: () => sandbox.stop() }
}

/**
 * The settings of a service that runs with the sandbox, for a second process beside it. Its keys come from its file,
 * which only it writes; a sandbox that forgets everything tells what follows from them.
 */
export const settingsBesideSandbox = async (settings: Settings, directory: string): Promise<Settings> => {
  const { readSandbox, startSandbox } = await import('../adapters/sandbox/sandbox.ts')
  const known = await readSandbox(stateFileIn(directory))
  if (known === undefined) return settings
  const stand = await startSandbox({ keys: known.keys })
  const given = sandboxSettings(stand)
  await stand.stop()
  const origin = known.origin ?? `http://127.0.0.1:${portOf(settings)}`
  const there = (address: string): string => address.replace(stand.origin, origin)
  const { WECHAT_BASE_URL, ALIPAY_GATEWAY_URL } = given
  return {
    ...settings,
    ...given,
    WECHAT_BASE_URL: there(WECHAT_BASE_URL),
    ALIPAY_GATEWAY_URL: there(ALIPAY_GATEWAY_URL),
  }
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
