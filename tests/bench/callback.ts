import type { Provider } from '../../src/domain/payment.ts'

/** One genuine callback, ready to be sent. */
export type Callback = {
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

/** What the floor needs to check a callback: what any receiver of them has. */
export type FloorKeys = {
  readonly wechatPublicKey: string
  readonly wechatPublicKeyId: string
  readonly wechatApiV3Key: string
  readonly alipayPublicKey: string
}

export const notifyPath = (provider: Provider): string => `/api/v1/payments/${provider}/notify`

export const accepted = (provider: Provider, status: number, body: string): boolean =>
  provider === 'wechat' ? status === 204 : status === 200 && body === 'success'
