import { createDecipheriv, createPublicKey, createSign, createVerify, randomBytes, X509Certificate } from 'node:crypto'
import { request } from 'node:http'
import type { WechatCredentials } from '../../../src/adapters/sandbox/wechat/wechat-sandbox.ts'

export type Answer = {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
  readonly bytes: Buffer
  /** Parsed body, `{}` where it is none. */
  readonly json: Readonly<Record<string, unknown>>
}

export type Tweaks = {
  readonly timestamp?: number
  readonly mchId?: string
  readonly serialNo?: string
  readonly privateKey?: string
  /** Signed over, while `target` and `body` are sent. */
  readonly signedTarget?: string
  readonly signedBody?: string
  readonly headers?: Readonly<Record<string, string | undefined>>
}

/** A merchant's client of nothing but node:http and node:crypto. */
export const wechatClient = (credentials: WechatCredentials) => {
  const call = (method: string, target: string, body = '', tweaks: Tweaks = {}): Promise<Answer> => {
    const timestamp = tweaks.timestamp ?? Math.floor(Date.now() / 1000)
    const nonce = randomBytes(16).toString('hex')
    const message = `${method}\n${tweaks.signedTarget ?? target}\n${timestamp}\n${nonce}\n${tweaks.signedBody ?? body}\n`
    const signature = createSign('RSA-SHA256')
      .update(message)
      .sign(tweaks.privateKey ?? credentials.merchantPrivateKey, 'base64')
    const items = {
      mchid: tweaks.mchId ?? credentials.mchId,
      nonce_str: nonce,
      timestamp,
      serial_no: tweaks.serialNo ?? credentials.merchantSerialNo,
      signature,
    }
    const authorization = Object.entries(items).map(([name, value]) => `${name}="${value}"`)
    const headers = {
      Accept: 'application/json',
      'User-Agent': 'test',
      Authorization: `WECHATPAY2-SHA256-RSA2048 ${authorization.join(',')}`,
      ...(body === '' ? {} : { 'Content-Type': 'application/json' }),
      ...tweaks.headers,
    }
    return send(`${credentials.baseUrl}${target}`, method, headers, body)
  }
  const order = (overrides: Readonly<Record<string, unknown>> = {}) => ({
    appid: credentials.appId,
    mchid: credentials.mchId,
    description: '会员月卡',
    out_trade_no: `T${randomBytes(8).toString('hex')}`,
    notify_url: 'http://127.0.0.1:9/nobody',
    amount: { total: 9900, currency: 'CNY' },
    ...overrides,
  })
  return {
    call,
    order,
    post: (target: string, body: object, tweaks?: Tweaks) => call('POST', target, JSON.stringify(body), tweaks),
    create: (overrides: Readonly<Record<string, unknown>> = {}, type = 'native') =>
      call('POST', `/v3/pay/transactions/${type}`, JSON.stringify(order(overrides))),
    query: (outTradeNo: string, tweaks?: Tweaks) =>
      call('GET', `/v3/pay/transactions/out-trade-no/${outTradeNo}?mchid=${credentials.mchId}`, '', tweaks),
    close: (outTradeNo: string) =>
      call(
        'POST',
        `/v3/pay/transactions/out-trade-no/${outTradeNo}/close`,
        JSON.stringify({ mchid: credentials.mchId }),
      ),
  }
}

export const send = (
  url: string,
  method: string,
  headers: Readonly<Record<string, string | undefined>>,
  body = '',
): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const given = Object.fromEntries(Object.entries(headers).flatMap(([k, v]) => (v === undefined ? [] : [[k, v]])))
    const sent = request(url, { method, headers: given, agent: false }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const bytes = Buffer.concat(chunks)
        const text = bytes.toString('utf8')
        const all = Object.entries(response.headers).map(([name, value]) => [name, String(value)])
        resolve({
          status: response.statusCode ?? 0,
          headers: Object.fromEntries(all),
          text,
          bytes,
          json: objectIn(text),
        })
      })
    })
    sent.on('error', reject)
    sent.end(body)
  })

export const objectIn = (text: string): Readonly<Record<string, unknown>> => {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? { ...value } : {}
  } catch {
    return {}
  }
}

/** Whether an answer or a callback carries WeChat Pay's signature by this key. */
export const signedBy = (
  headers: Readonly<Record<string, string | string[] | undefined>>,
  body: string,
  key: string,
): boolean =>
  createVerify('RSA-SHA256')
    .update(`${String(lower(headers, 'timestamp'))}\n${String(lower(headers, 'nonce'))}\n${body}\n`)
    .verify(createPublicKey(key), String(lower(headers, 'signature')), 'base64')

const lower = (headers: Readonly<Record<string, string | string[] | undefined>>, name: string) =>
  Object.entries(headers).find(([each]) => each.toLowerCase() === `wechatpay-${name}`)?.[1]

/** Opens what the APIv3 key has sealed; throws where the tag does not hold. */
export const unseal = (sealed: unknown, apiV3Key: string): string => {
  const { ciphertext, nonce, associated_data: aad } = { ...(sealed as Record<string, string>) } // Checked by the tag.
  const bytes = Buffer.from(ciphertext ?? '', 'base64')
  const decipher = createDecipheriv('aes-256-gcm', apiV3Key, nonce ?? '', { authTagLength: 16 })
  decipher.setAAD(Buffer.from(aad ?? ''))
  decipher.setAuthTag(bytes.subarray(-16))
  return Buffer.concat([decipher.update(bytes.subarray(0, -16)), decipher.final()]).toString('utf8')
}

/** The decrypted object of a callback. */
export const openedCallback = (body: string, apiV3Key: string): Readonly<Record<string, unknown>> =>
  objectIn(unseal(objectIn(body)['resource'], apiV3Key))

/** What `/v3/certificates` lists: serial and public key, each decrypted. */
export const listedCertificates = (answer: Answer, apiV3Key: string): ReadonlyMap<string, string> => {
  const data = answer.json['data']
  if (!Array.isArray(data)) return new Map()
  return new Map(
    data.map((entry: Record<string, unknown>) => {
      const certificate = new X509Certificate(unseal(entry['encrypt_certificate'], apiV3Key))
      const serial = String(entry['serial_no'])
      if (certificate.serialNumber !== serial) throw new Error('a certificate is listed under another serial')
      return [serial, certificate.publicKey.export({ type: 'spki', format: 'pem' }).toString()]
    }),
  )
}
