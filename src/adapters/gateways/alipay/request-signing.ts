import type { KeyObject } from 'node:crypto'
import { restoreSockets } from './plain-sockets.ts' // Before the SDK: it keeps what that replaces.
import { AlipaySdk } from 'alipay-sdk'
import type { Clock } from '../../../application/clock.ts'
import { formatBeijingTime } from './beijing-time.ts'

restoreSockets()

/** Texts only: the SDK would print a float as it is and a date in UTC. */
export type BizContent = Readonly<Record<string, string | readonly string[]>>

/** Where Alipay is to report to; a key that has nothing to say is left out, since an empty one is signed as well. */
export type Addresses = { readonly notify_url?: string; readonly return_url?: string }

/** Signs requests by the SDK, which sends nothing itself: its transport repeats requests and skips signatures. */
export type RequestSigner = {
  /** All parameters as one form, `sign` included: the body of a call, and the order string of an app. */
  form(method: string, content: BizContent, addresses?: Addresses): string
  /** Where a browser goes. */
  pageUrl(method: string, content: BizContent, addresses: Addresses): string
}

type SignerSettings = {
  readonly appId: string
  readonly privateKey: KeyObject
  readonly gatewayUrl: string
  readonly serials: { readonly app: string; readonly root: string } | undefined
}

export const createRequestSigner = (settings: SignerSettings, clock: Clock): RequestSigner => {
  const { appId, privateKey, gatewayUrl, serials } = settings
  const sdk = new AlipaySdk({
    appId,
    privateKey: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    keyType: 'PKCS8',
    signType: 'RSA2',
    gateway: gatewayUrl,
    ...(serials && { appCertSn: serials.app, alipayRootCertSn: serials.root }),
  })
  // The SDK's own timestamp is in the time zone of the process.
  const timestamp = () => formatBeijingTime(clock.now())
  return {
    form: (method, content, addresses) =>
      sdk.sdkExecute(
        method,
        { ...addresses, timestamp: timestamp(), bizContent: content },
        { bizContentAutoSnakeCase: false },
      ),
    pageUrl: (method, content, addresses) =>
      sdk.pageExecute(method, 'GET', { ...addresses, timestamp: timestamp(), bizContent: content }),
  }
}
