import { createDecipheriv, createPrivateKey, createPublicKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import {
  certificateSn,
  envelope,
  requestHolds,
  signV1,
  stringToSign,
} from '../../../src/adapters/sandbox/alipay/alipay-signature.ts'
import { encodeGbk } from '../../../src/adapters/sandbox/alipay/gbk.ts'
import { signSha256, verifySha256 } from '../../../src/adapters/sandbox/rsa.ts'
import { invocationMessage, invokedPrepayId } from '../../../src/adapters/sandbox/wechat/wechat-invocation.ts'
import {
  answerMessage,
  parseAuthorization,
  requestMessage,
  seal,
} from '../../../src/adapters/sandbox/wechat/wechat-signature.ts'

const read = (name: string): unknown =>
  JSON.parse(readFileSync(new URL(`../../vectors/${name}.json`, import.meta.url), 'utf8'))
const text = z.string()
const texts = z.record(text, text)

const wechat = z
  .object({
    keys: z.record(text, z.looseObject({ private_key: text.optional(), public_key: text.optional() })),
    vectors: z.array(z.looseObject({ id: text, key: text.optional() })),
  })
  .parse(read('wechatpay'))

const signedParams = z.array(
  z.looseObject({
    id: text,
    key: text,
    verify_key: text.optional(),
    params: texts,
    string_to_sign: text.optional(),
    signature: text.optional(),
  }),
)
const notifications = z.array(
  z.looseObject({
    id: text,
    key: text,
    params: texts,
    removed_before_signing: z.array(text),
    string_to_verify: text,
    string_charset: text.optional(),
  }),
)
const alipay = z
  .object({
    keys: z.record(
      text,
      z.looseObject({ spki_base64: text.optional(), pkcs1_base64: text.optional(), pkcs8_base64: text.optional() }),
    ),
    request_signing: signedParams,
    notify: notifications,
    notify_computed: notifications,
    return_url: notifications,
    sync_response_computed: z.array(
      z.looseObject({ id: text, key: text, raw_body: text, response_key: text, signed_substring: text }),
    ),
    cert_sn: z.array(z.looseObject({ id: text, pem: text, expected_sn: text, certificates_in_file: z.number() })),
  })
  .parse(read('alipay'))

const der = (base64: string): Buffer => Buffer.from(base64, 'base64')
const wechatPrivate = (name: string | undefined) =>
  createPrivateKey({ key: der(wechat.keys[name ?? '']?.private_key ?? ''), format: 'der', type: 'pkcs8' })
const wechatPublic = (name: string | undefined) =>
  createPublicKey({ key: der(wechat.keys[name ?? '']?.public_key ?? ''), format: 'der', type: 'spki' })
const alipayPrivate = (name: string) => {
  const { pkcs1_base64: pkcs1, pkcs8_base64: pkcs8 } = alipay.keys[name] ?? {}
  return pkcs8 === undefined
    ? createPrivateKey({ key: der(pkcs1 ?? ''), format: 'der', type: 'pkcs1' })
    : createPrivateKey({ key: der(pkcs8), format: 'der', type: 'pkcs8' })
}

/** The vectors that have all the members of a shape. */
const wechatVectors = <S extends z.ZodRawShape>(shape: S) => {
  const schema = z.looseObject({ id: text, key: text, ...shape })
  return wechat.vectors.flatMap((vector) => {
    const result = schema.safeParse(vector)
    return result.success ? [result.data] : []
  })
}

describe('the WeChat Pay sandbox builds and checks, as the published vectors do,', () => {
  const requests = wechatVectors({
    method: text,
    url_path: text,
    timestamp: z.coerce.string(),
    nonce_str: text,
    body: text,
    message: text,
  })
  it.each(requests.map((vector) => [vector.id, vector] as const))('the request %s', (_, vector) => {
    const { method, url_path: target, timestamp, nonce_str: nonce, body, message } = vector
    const built = requestMessage(method, target, timestamp, nonce, Buffer.from(body))
    expect(built.toString('utf8')).toBe(message)
    const signature: unknown = vector['signature'] ?? vector['derived_signature']
    if (wechat.keys[vector.key]?.private_key !== undefined)
      expect(signSha256(built, wechatPrivate(vector.key))).toBe(signature)
    expect(verifySha256(built, String(signature), wechatPublic(vector.key))).toBe(true)
    const { authorization } = vector
    if (typeof authorization === 'string')
      expect(parseAuthorization(authorization)).toMatchObject({ nonce, timestamp, signature })
  })

  const answers = wechatVectors({ headers: texts, body: text, message: text, signature: text })
  it.each(answers.map((vector) => [vector.id, vector] as const))(
    'the answer or callback %s',
    (_, { headers, body, message }) => {
      const timestamp = headers['Wechatpay-Timestamp'] ?? ''
      const nonce = headers['Wechatpay-Nonce'] ?? ''
      expect(answerMessage(timestamp, nonce, Buffer.from(body)).toString('utf8')).toBe(message)
    },
  )

  it('covers a fair part of them', () => {
    expect(requests.length).toBeGreaterThanOrEqual(7)
    expect(answers.length).toBeGreaterThanOrEqual(15)
  })

  const clients = wechatVectors({ input: texts, message: text, signature: text })
  it.each(clients.map((vector) => [vector.id, vector] as const))(
    'the client call %s',
    (id, { key, input, message, signature }) => {
      const given = (...names: string[]): string =>
        names.map((name) => input[name]).find((value) => value !== undefined) ?? ''
      const appId = given('appId', 'appid')
      const timestamp = given('timeStamp', 'timestamp')
      const nonce = given('nonceStr', 'noncestr')
      const prepay = id === 'client-sign-app' ? given('prepay_id') : `prepay_id=${given('prepay_id')}`
      expect(invocationMessage(appId, timestamp, nonce, prepay)).toBe(message)
      const call: Record<string, string> =
        id === 'client-sign-app'
          ? {
              appid: appId,
              partnerid: '1',
              prepayid: prepay,
              package: 'Sign=WXPay',
              noncestr: nonce,
              timestamp,
              sign: signature,
            }
          : { appId, timeStamp: timestamp, nonceStr: nonce, package: prepay, signType: 'RSA', paySign: signature }
      expect(invokedPrepayId(call, { appId, mchId: '1' }, wechatPublic(key))).toBe(prepay.replace('prepay_id=', ''))
      expect(
        invokedPrepayId({ ...call, timestamp: '1', timeStamp: '1' }, { appId, mchId: '1' }, wechatPublic(key)),
      ).toBeUndefined()
    },
  )

  it('sealed text, that opens with tag and associated data', () => {
    const sealed = seal('金额', 'transaction', 'k'.repeat(32))
    const bytes = Buffer.from(sealed.ciphertext, 'base64')
    const decipher = createDecipheriv('aes-256-gcm', 'k'.repeat(32), sealed.nonce, { authTagLength: 16 })
    decipher.setAAD(Buffer.from('transaction'))
    decipher.setAuthTag(bytes.subarray(-16))
    expect(decipher.update(bytes.subarray(0, -16), undefined, 'utf8') + decipher.final('utf8')).toBe('金额')
    expect(sealed.nonce).toHaveLength(12)
  })

  it.each(['WECHATPAY/SIGNTEST/AAAA', 'not base64 at all', 'AAA', ''])('no signature such as %o', (signature) => {
    expect(verifySha256('message', signature, wechatPublic('java-platform'))).toBe(false)
  })
})

describe('the Alipay sandbox builds and checks, as the published vectors do,', () => {
  it.each(alipay.request_signing.map((vector) => [vector.id, vector] as const))('the request %s', (_, vector) => {
    const { params, key, string_to_sign: built, signature } = vector
    const { sign: _sign, ...unsigned } = params
    expect(stringToSign(params, 'sign')).toBe(built)
    const sign = signSha256(built ?? '', alipayPrivate(key))
    if (signature !== undefined) expect(sign).toBe(signature)
    expect(requestHolds({ ...unsigned, sign }, createPublicKey(alipayPrivate(key)))).toBe(true)
    expect(requestHolds({ ...unsigned, sign, app_id: '1' }, createPublicKey(alipayPrivate(key)))).toBe(false)
  })

  const forms = [...alipay.notify, ...alipay.notify_computed, ...alipay.return_url]
  it.each(forms.map((vector) => [vector.id, vector] as const))('the text of %s', (_, vector) => {
    expect(stringToSign(vector.params, ...vector.removed_before_signing)).toBe(vector.string_to_verify)
  })

  it.each(alipay.notify_computed.map((vector) => [vector.id, vector] as const))('the signature of %s', (_, vector) => {
    const gbk = vector.string_charset?.toLowerCase() === 'gbk'
    expect(signV1(vector.params, alipayPrivate(vector.key), gbk ? encodeGbk : undefined)).toBe(vector.params['sign'])
  })

  it.each(alipay.sync_response_computed.map((vector) => [vector.id, vector] as const))('the answer %s', (_, vector) => {
    const inner = z.record(text, z.unknown()).parse(JSON.parse(vector.signed_substring))
    const certSn = /"alipay_cert_sn":"(\w+)"/.exec(vector.raw_body)?.[1]
    expect(envelope(vector.response_key, inner, { key: alipayPrivate(vector.key), certSn })).toBe(vector.raw_body)
  })

  const single = alipay.cert_sn.filter(({ certificates_in_file: count }) => count === 1)
  it.each(single.map((vector) => [vector.id, vector] as const))('the serial number of %s', (_, vector) => {
    expect(certificateSn(vector.pem)).toBe(vector.expected_sn)
  })
})
