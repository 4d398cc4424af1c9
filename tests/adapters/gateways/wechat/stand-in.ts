import { createCipheriv, createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { onTestFinished } from 'vitest'
import { createWechatGateway, type WechatSettings } from '../../../../src/adapters/gateways/wechat/wechat-gateway.ts'
import type { Clock } from '../../../../src/application/clock.ts'
import type { CreateTrade, RawNotification } from '../../../../src/application/payments/payment-gateway.ts'
import { fen } from '../../../../src/domain/money.ts'
import data from '../../../vectors/wechatpay.json' with { type: 'json' }

export { data }
export const NOW = new Date(1_717_992_301_000)
export const API_V3_KEY = 'a7cde1ZJB1kG2e7VfTs3jQzaWizur8Gb'
export const MCH_ID = '1234567891'
export const APP_ID = 'wx2421b1c4370ec43b'
export const OUT_TRADE_NO = 'SY202406101204000001'
export const PUBLIC_KEY_ID = 'PUB_KEY_ID_0112345678912024061000000000000001'

export type KeyName = 'java-merchant' | 'java-platform' | 'go-platform' | 'doc-merchant'
type Listed = 'java-platform' | 'go-platform'
export const privateKeyOf = (name: KeyName): KeyObject =>
  createPrivateKey({ key: Buffer.from(data.keys[name].private_key, 'base64'), format: 'der', type: 'pkcs8' })
export const publicKeyOf = (name: keyof typeof data.keys): KeyObject =>
  createPublicKey({ key: Buffer.from(data.keys[name].public_key, 'base64'), format: 'der', type: 'spki' })
export const serialOf = (name: 'java-merchant' | 'java-platform' | 'go-platform'): string => data.keys[name].serial_no

export const fixedClock = (at = NOW): Clock & { advance(ms: number): void } => {
  let passed = 0
  return {
    now: () => new Date(at.getTime() + passed),
    monotonicMs: () => passed,
    advance: (ms) => {
      passed += ms
    },
  }
}
export const countingBytes = { bytes: (count: number) => Uint8Array.from({ length: count }, (_, index) => index) }

export const settings = (overrides: Partial<WechatSettings> = {}): WechatSettings => ({
  appId: APP_ID,
  mchId: MCH_ID,
  apiV3Key: API_V3_KEY,
  merchantPrivateKey: data.keys['java-merchant'].private_key,
  merchantSerialNo: serialOf('java-merchant'),
  notifyUrl: 'https://shop.example/api/v1/payments/wechat/notify',
  refundNotifyUrl: 'https://shop.example/api/v1/payments/wechat/refund/notify',
  baseUrl: 'http://127.0.0.1:1',
  timeoutMs: 5_000,
  ...overrides,
})
/** The java-platform key plays 微信支付公钥. */
export const publicKeyMode = { publicKey: data.keys['java-platform'].public_key, publicKeyId: PUBLIC_KEY_ID }

export const trade = (
  overrides: Partial<CreateTrade> = {},
  request: Partial<CreateTrade['request']> = {},
): CreateTrade => ({
  method: 'WECHAT_NATIVE',
  outTradeNo: OUT_TRADE_NO,
  amount: fen(10_000),
  currency: 'CNY',
  expiresAt: new Date(NOW.getTime() + 1_800_000),
  ...overrides,
  request: {
    subject: '会员月卡',
    notifyUrl: 'https://shop.example/api/v1/payments/wechat/notify',
    returnUrl: undefined,
    openid: 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o',
    clientIp: '203.0.113.7',
    ...request,
  },
})

type Signing = { readonly by?: 'java-merchant' | Listed; readonly serial?: string; readonly at?: Date }
/** Signs like WeChat Pay, answers and notifications alike; unless told otherwise in public-key mode. */
export const signedHeaders = (body: string | Uint8Array, { by = 'java-platform', serial, at = NOW }: Signing = {}) => {
  const timestamp = String(Math.floor(at.getTime() / 1000))
  const nonce = 'Zk3vPq8RtY1nWm5XcB7dGhJ2sLf9aEuT'
  const message = Buffer.concat([Buffer.from(`${timestamp}\n${nonce}\n`), Buffer.from(body), Buffer.from('\n')])
  return {
    'wechatpay-serial': serial ?? (by === 'java-platform' ? PUBLIC_KEY_ID : serialOf(by)),
    'wechatpay-timestamp': timestamp,
    'wechatpay-nonce': nonce,
    'wechatpay-signature': sign('RSA-SHA256', message, privateKeyOf(by)).toString('base64'),
    'wechatpay-signature-type': 'WECHATPAY2-SHA256-RSA2048',
  }
}

export const seal = (plain: string, associatedData: string, key = API_V3_KEY) => {
  const nonce = '9dTgK2mXq7Lz'
  const cipher = createCipheriv('aes-256-gcm', key, nonce)
  cipher.setAAD(Buffer.from(associatedData))
  const ciphertext = Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]).toString('base64')
  return { algorithm: 'AEAD_AES_256_GCM', ciphertext, associated_data: associatedData, nonce }
}

export const notification = (
  eventType: string,
  originalType: string,
  content: unknown,
  { envelope = {}, signing = {} }: { readonly envelope?: object; readonly signing?: Signing } = {},
): RawNotification => {
  const body = JSON.stringify({
    id: '8f7b2c4e-1d3a-5b6c-9e0f-a1b2c3d4e5f6',
    create_time: '2024-06-10T12:05:01+08:00',
    resource_type: 'encrypt-resource',
    event_type: eventType,
    summary: '支付成功',
    resource: { original_type: originalType, ...seal(JSON.stringify(content), originalType) },
    ...envelope,
  })
  return { headers: signedHeaders(body, signing), body: Buffer.from(body) }
}

export const paidTrade = {
  mchid: MCH_ID,
  appid: APP_ID,
  out_trade_no: OUT_TRADE_NO,
  transaction_id: '4200002264202406108888888801',
  trade_type: 'NATIVE',
  trade_state: 'SUCCESS',
  trade_state_desc: '支付成功',
  bank_type: 'OTHERS',
  attach: '',
  success_time: '2024-06-10T12:05:00+08:00',
  payer: { openid: 'oUpF8uMuAJO_M2pxb1Q9zNjWeS6o' },
  amount: { total: 10_000, payer_total: 9_900, currency: 'CNY', payer_currency: 'CNY' },
}

export type Reply = { readonly status: number; readonly headers?: Record<string, string>; readonly body?: string }
export type Call = {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: string
}
export const ok = (body: unknown, signing: Signing = {}): Reply => raw(JSON.stringify(body), signing)
export const raw = (body: string, signing: Signing = {}): Reply => ({
  status: 200,
  body,
  headers: signedHeaders(body, signing),
})
export const closedAnswer = (): Reply => ({ status: 204, headers: signedHeaders('') })
export const refusal = (status: number, code: string, message = 'no'): Reply => ({
  status,
  body: JSON.stringify({ code, message }),
})

export const certificateList = (names: readonly Listed[], key = API_V3_KEY) => ({
  data: names.map((name) => ({
    serial_no: serialOf(name),
    effective_time: '2022-05-10T10:04:30+08:00',
    expire_time: '2031-04-25T16:55:23+08:00',
    encrypt_certificate: seal(data.keys[name].certificate_pem, 'certificate', key),
  })),
})

type Answering = (call: Call) => Reply | ((response: ServerResponse) => void)
/** A server in WeChat Pay's place, answering as told, with the gateway that talks to it. */
export const standIn = async (answering: Answering, overrides: Partial<WechatSettings> = publicKeyMode) => {
  const calls: Call[] = []
  const server = createServer((request, response) => void answer(request, response))
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const body = Buffer.concat(await request.toArray()).toString()
    const call = { method: request.method ?? '', url: request.url ?? '', headers: request.headers, body }
    calls.push(call)
    const reply = answering(call)
    if (typeof reply === 'function') reply(response)
    else response.writeHead(reply.status, reply.headers).end(reply.body)
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo // An address once it listens on a port.
  const clock = fixedClock()
  const events: { readonly event: string; readonly facts: Readonly<Record<string, unknown>> }[] = []
  const gateway = createWechatGateway(settings({ baseUrl: `http://127.0.0.1:${port}`, ...overrides }), {
    clock,
    randomness: countingBytes,
    log: (event, facts) => events.push({ event, facts }),
  })._unsafeUnwrap()
  onTestFinished(async () => {
    await gateway.stop()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return { gateway, calls, clock, events }
}
