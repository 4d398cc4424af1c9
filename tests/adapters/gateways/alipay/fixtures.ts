import { createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type AlipaySettings, createAlipayGateway } from '../../../../src/adapters/gateways/alipay/alipay-gateway.ts'
import { type AlipayVerifier, createVerifier } from '../../../../src/adapters/gateways/alipay/alipay-key.ts'
import type { Clock } from '../../../../src/application/clock.ts'
import type { CreateTrade, RefundOrder } from '../../../../src/application/payments/payment-gateway.ts'
import { fen } from '../../../../src/domain/money.ts'

type Params = Readonly<Record<string, string>>
type Signed = { readonly id: string; readonly key: string; readonly algorithm: string; readonly signature: string }
type FormVector = {
  readonly id: string
  readonly key: string
  readonly verify_key?: string
  readonly params: Params
  readonly removed_before_signing: readonly string[]
  readonly expected: boolean
  readonly string_to_verify?: string
  readonly form_body?: string
}

/** The official and computed vectors, as far as the adapter is concerned. */
export const vectors = JSON.parse(readFileSync(new URL('../../../vectors/alipay.json', import.meta.url), 'utf8')) as {
  // The shape of a data file of ours that never changes.
  readonly keys: Readonly<
    Record<string, Readonly<Partial<Record<'spki_base64' | 'pkcs1_base64' | 'pkcs8_base64', string>>>>
  >
  readonly request_signing: readonly (Signed & { readonly params: Params; readonly string_to_sign: string })[]
  readonly notify: readonly FormVector[]
  readonly notify_negative: readonly FormVector[]
  readonly notify_computed: readonly (FormVector & { readonly form_body: string })[]
  readonly return_url: readonly (FormVector & { readonly query: string })[]
  readonly sync_response: readonly (Signed & {
    readonly raw_body?: string
    readonly response_key: string
    readonly signed_substring: string
  })[]
  readonly sync_response_computed: readonly (Signed & {
    readonly raw_body: string
    readonly response_key: string
    readonly signed_substring: string
    readonly verify_key: string
  })[]
  readonly sync_response_extraction: readonly {
    readonly id: string
    readonly response_key: string
    readonly raw_body: string
    readonly expected_substring: string
  }[]
  readonly cert_sn: readonly {
    readonly id: string
    readonly kind: 'leaf' | 'root'
    readonly pem: string
    readonly expected_sn: string
  }[]
}

/** The base64 text of a published key. */
export const keyText = (name: string): string => {
  const key = vectors.keys[name]
  const text = key?.spki_base64 ?? key?.pkcs8_base64 ?? key?.pkcs1_base64
  if (text === undefined) throw new Error(`no key ${name} among the vectors`)
  return text
}

const privateKeyOf = (name: string, type: 'pkcs1' | 'pkcs8'): KeyObject =>
  createPrivateKey({ key: Buffer.from(keyText(name), 'base64'), format: 'der', type })

const spkiText = (key: KeyObject): string =>
  createPublicKey(key).export({ type: 'spki', format: 'der' }).toString('base64')

/** The application's key, and another published one that plays Alipay. */
export const appKey = privateKeyOf('nodejs_app_private_pkcs8', 'pkcs8')
export const alipayKey = privateKeyOf('yansongda_app_private_pkcs1', 'pkcs1')
export const alipayPublicText = spkiText(alipayKey)

export const verifierOf = (name: string): AlipayVerifier =>
  createVerifier([createPublicKey({ key: Buffer.from(keyText(name), 'base64'), format: 'der', type: 'spki' })])

export const APP_ID = '2021000122671080'
export const SELLER_ID = '2088123456789012'

/** 10:00:00 in Beijing, and it stays there. */
export const clock: Clock = { now: () => new Date('2026-10-03T10:00:00+08:00'), monotonicMs: () => 0 }

/** `undefined` takes a setting away. */
export type Overrides = { readonly [Name in keyof AlipaySettings]?: AlipaySettings[Name] | undefined }

export const settings = (overrides: Overrides = {}): AlipaySettings => {
  const all = {
    appId: APP_ID,
    privateKey: keyText('nodejs_app_private_pkcs8'),
    alipayPublicKey: alipayPublicText,
    sellerId: SELLER_ID,
    gatewayUrl: 'http://127.0.0.1:9/gateway.do',
    notifyUrl: 'https://pay.example.com/notify/alipay',
    timeoutMs: 5_000,
    ...overrides,
  }
  // Tests take away only what is optional.
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as AlipaySettings
}

export const gateway = (overrides: Overrides = {}) =>
  createAlipayGateway(settings(overrides), { clock })._unsafeUnwrap()

export const trade = (overrides: Partial<CreateTrade> = {}): CreateTrade => ({
  method: 'ALIPAY_QR',
  outTradeNo: 'P20261003100000001',
  amount: fen(8888),
  currency: 'CNY',
  request: {
    subject: '测试商品',
    notifyUrl: 'https://pay.example.com/notify/alipay',
    returnUrl: undefined,
    openid: undefined,
    clientIp: undefined,
  },
  expiresAt: new Date('2026-10-03T10:30:00+08:00'),
  ...overrides,
})

export const refundOrder = (overrides: Partial<RefundOrder> = {}): RefundOrder => ({
  refundNo: 'R20261003142000001',
  outTradeNo: 'P20261003100000001',
  transactionId: '2026100322001412345610000001',
  amount: fen(2000),
  paid: fen(8888),
  currency: 'CNY',
  reason: '部分退款',
  ...overrides,
})

/** The fields of a payment's notification, unsigned. */
export const paymentFields = (overrides: Readonly<Record<string, string | undefined>> = {}): Params =>
  Object.fromEntries(
    Object.entries({
      gmt_create: '2026-10-03 10:00:05',
      charset: 'utf-8',
      gmt_payment: '2026-10-03 10:00:21',
      notify_time: '2026-10-03 10:00:22',
      subject: '测试商品A',
      buyer_id: '2088000000000002',
      version: '1.0',
      notify_id: '2026100301222100022012341400000001',
      fund_bill_list: '[{"amount":"88.88","fundChannel":"ALIPAYACCOUNT"}]',
      notify_type: 'trade_status_sync',
      out_trade_no: 'P20261003100000001',
      total_amount: '88.88',
      trade_status: 'TRADE_SUCCESS',
      trade_no: '2026100322001412345610000001',
      auth_app_id: APP_ID,
      app_id: APP_ID,
      sign_type: 'RSA2',
      seller_id: SELLER_ID,
      ...overrides,
    }).filter((entry): entry is [string, string] => entry[1] !== undefined),
  )

export const signText = (text: string | Buffer, key: KeyObject = alipayKey): string =>
  sign('RSA-SHA256', Buffer.from(text), key).toString('base64')

/** The text Alipay signs for a trade's notification. */
export const notificationText = (params: Params, removed: readonly string[] = ['sign', 'sign_type']): string =>
  Object.keys(params)
    .filter((name) => !removed.includes(name))
    .sort()
    .map((name) => `${name}=${params[name]}`)
    .join('&')

export const formBody = (params: Params): Buffer =>
  Buffer.from(
    Object.entries(params)
      .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
      .join('&'),
  )

export const signedForm = (params: Params, key: KeyObject = alipayKey): Buffer =>
  formBody({ ...params, sign: signText(notificationText(params), key) })

export const notified = (body: Uint8Array, overrides: Overrides = {}) =>
  gateway(overrides).readNotification({ headers: {}, body })

/** An answer as the gateway writes it: HTTP 200, whatever it says. */
export const signedAnswer = (method: string, response: unknown, key: KeyObject = alipayKey): string => {
  const text = JSON.stringify(response).replaceAll('/', '\\/')
  return `{"${method.replaceAll('.', '_')}_response":${text},"sign":"${signText(text, key)}"}`
}

type Handler = (params: URLSearchParams, response: ServerResponse, request: IncomingMessage) => void

/** A gateway on loopback that answers as it is told, and what it was asked. */
export const startServer = async (handler: Handler) => {
  const asked: URLSearchParams[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const params = new URLSearchParams(Buffer.concat(chunks).toString('utf8'))
      asked.push(params)
      handler(params, response, request)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo // It listens on TCP.
  return {
    url: `http://127.0.0.1:${port}/gateway.do`,
    asked,
    stop: () => {
      server.closeAllConnections()
      return new Promise<void>((resolve) => {
        server.close(() => resolve())
      })
    },
  }
}

type Answers = Readonly<Record<string, unknown>>

/** Asks a gateway that gives each method its signed answer. */
export const withAnswers = async <T>(
  answers: Answers,
  use: (alipay: ReturnType<typeof gateway>, asked: readonly URLSearchParams[]) => Promise<T>,
): Promise<T> =>
  withServer((params, response) => {
    const method = params.get('method') ?? ''
    response.setHeader('content-type', 'text/html;charset=utf-8')
    response.end(signedAnswer(method, answers[method]))
  }, use)

export const withServer = async <T>(
  handler: Handler,
  use: (alipay: ReturnType<typeof gateway>, asked: readonly URLSearchParams[]) => Promise<T>,
  overrides: Overrides = {},
): Promise<T> => {
  const server = await startServer(handler)
  const alipay = gateway({ gatewayUrl: server.url, ...overrides })
  try {
    return await use(alipay, server.asked)
  } finally {
    await alipay.stop()
    await server.stop()
  }
}
