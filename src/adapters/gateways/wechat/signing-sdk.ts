import WxPay from 'wechatpay-node-v3'
import type { Clock } from '../../../application/clock.ts'
import type { Randomness } from '../../../application/randomness.ts'
import type { WechatMerchant } from './settings.ts'

/** How the SDK hands over a finished request: the body it signed is `JSON.stringify(params)`. */
export type SdkHttp = Parameters<WxPay['createHttp']>[0]

const USER_AGENT = 'Shouyin/1'

/**
 * The WeChat Pay SDK, used for what it does well: paths, bodies and the Authorization header. Its own verification,
 * decryption, certificates and client parameters are unsafe and never called.
 */
export class SigningSdk extends WxPay {
  readonly #clock: Clock
  readonly #randomness: Randomness

  constructor(
    merchant: WechatMerchant,
    deps: { readonly clock: Clock; readonly randomness: Randomness },
    http: SdkHttp,
  ) {
    super({
      appid: merchant.appId,
      mchid: merchant.mchId,
      serial_no: merchant.serialNo,
      // node:crypto signs with a KeyObject as with a PEM; the SDK's type knows only the latter, parsed at each call.
      privateKey: merchant.privateKey as unknown as Buffer,
      publicKey: Buffer.alloc(0), // Demanded, but read only to find a serial that isn't given.
      userAgent: USER_AGENT,
    })
    this.#clock = deps.clock
    this.#randomness = deps.randomness
    this.createHttp(http)
  }

  /** `GET /v3/certificates` as it comes; the SDK's own method would decrypt it without looking at the tag. */
  certificates(): ReturnType<SdkHttp['get']> {
    const url = 'https://api.mch.weixin.qq.com/v3/certificates'
    return this.httpService.get(url, this.getHeaders(this.buildAuthorization('GET', url)))
  }

  /** With a nonce nobody can guess and the time of the clock port, else as the SDK does it. */
  protected override buildAuthorization(method: string, url: string, params?: Record<string, unknown>): string {
    const nonce = nonceFrom(this.#randomness)
    const timestamp = epochSeconds(this.#clock.now())
    const { pathname, search } = new URL(url)
    return this.getAuthorization(
      nonce,
      timestamp,
      this.getSignature(method, nonce, timestamp, pathname + search, params),
    )
  }
}

export const nonceFrom = (randomness: Randomness): string => Buffer.from(randomness.bytes(16)).toString('hex')

export const epochSeconds = (at: Date): string => String(Math.floor(at.getTime() / 1000))
