import type { Result } from 'neverthrow'
import type { HttpAnswer, HttpRequest } from '../http-transport.ts'
import type { WechatMerchant } from './settings.ts'
import { type SdkHttp, SigningSdk } from './signing-sdk.ts'

export type Unavailable = { readonly code: 'GATEWAY_UNAVAILABLE'; readonly reason: string }
export type SdkCall = (sdk: SigningSdk) => ReturnType<SdkHttp['get']>

/** Lets the SDK make and sign a request and sends it through our transport; the answer is not yet verified. */
export type Sender<A = HttpAnswer> = (call: SdkCall) => Promise<Result<A, Unavailable>>

type SenderDeps<A> = ConstructorParameters<typeof SigningSdk>[1] & {
  readonly transport: (request: HttpRequest) => Promise<Result<A, Unavailable>>
}

export const createSender = <A>(merchant: WechatMerchant, deps: SenderDeps<A>): Sender<A> => {
  const send = async (url: string, given: Record<string, unknown>, body?: string) => {
    // The signature covers path and query only, so the origin may be another: the sandbox's, or the second region's.
    const { pathname, search } = new URL(url)
    const headers = Object.fromEntries(Object.entries(given).map(([name, value]) => [name, String(value)]))
    if (merchant.publicKey !== undefined) headers['Wechatpay-Serial'] = merchant.publicKey.id // Asks to be answered with it.
    const target = { url: merchant.origin + pathname + search, headers }
    const answer = await deps.transport(
      body === undefined ? { method: 'GET', ...target } : { method: 'POST', ...target, body },
    )
    // With another status than 200 the SDK leaves the answer alone instead of making client parameters from it.
    return { status: 0, data: answer }
  }
  const sdk = new SigningSdk(merchant, deps, {
    get: (url, headers) => send(url, headers),
    post: (url, params, headers) => send(url, headers, JSON.stringify(params)),
    upload: () => Promise.reject(new Error('uploads are not part of this adapter')),
  })
  return async (call) => (await call(sdk)).data as Result<A, Unavailable> // `any` in the SDK; `send` put it in.
}
