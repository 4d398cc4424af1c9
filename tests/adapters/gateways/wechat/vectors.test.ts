import { verify } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { openCertificates } from '../../../../src/adapters/gateways/wechat/certificates.ts'
import { appParameters, jsapiParameters } from '../../../../src/adapters/gateways/wechat/client-parameters.ts'
import { decryptGcm, openSealed } from '../../../../src/adapters/gateways/wechat/sealed.ts'
import { checkSettings } from '../../../../src/adapters/gateways/wechat/settings.ts'
import { type KeyTable, verifySignature } from '../../../../src/adapters/gateways/wechat/signature.ts'
import { SigningSdk } from '../../../../src/adapters/gateways/wechat/signing-sdk.ts'
import { countingBytes, data, fixedClock, type KeyName, privateKeyOf, publicKeyOf, settings } from './stand-in.ts'

type Vector = (typeof data.vectors)[number]
type Headers = Readonly<Record<string, string>>
// The file's many shapes make a union the compiler cannot index by kind; the kind tells which fields there are.
type Fields = { [field: string]: string } & { headers: Headers }
const ofKind = (kind: string): readonly (readonly [string, Fields])[] => {
  const found = data.vectors.filter((vector: Vector) => vector.kind === kind)
  return found.map((vector) => [vector.id, vector as unknown as Fields] as const)
}
const lowerCased = (headers: Headers) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))

const hasPrivateKey = (key: string | undefined): key is KeyName =>
  key !== undefined && 'private_key' in data.keys[key as keyof typeof data.keys] // A name of the same file.

/** Keeps the text the SDK signs, for keys of which only the public half is known. */
class SpyingSdk extends SigningSdk {
  signed = ''
  override sha256WithRsa(text: string): string {
    this.signed = text
    return super.sha256WithRsa(text)
  }
}
const sdkWith = (key: string | undefined): SpyingSdk => {
  const merchantPrivateKey = data.keys[hasPrivateKey(key) ? key : 'java-merchant'].private_key
  const merchant = checkSettings(settings({ merchantPrivateKey }))._unsafeUnwrap()
  const unused = () => Promise.reject(new Error('nothing is sent'))
  const http = { get: unused, post: unused, upload: unused }
  return new SpyingSdk(merchant, { clock: fixedClock(), randomness: countingBytes }, http)
}

describe('request signature vectors', () => {
  it.each([...ofKind('request_signature'), ...ofKind('request_message')])('%s', (_, vector) => {
    const { method = '', url_path: path = '', nonce_str: nonce = '', timestamp = '', body = '', key = '' } = vector
    const sdk = sdkWith(key)
    const signature = sdk.getSignature(method, nonce, timestamp, path, body)
    const expected = vector.signature ?? vector.derived_signature ?? ''
    expect(sdk.signed).toBe(vector.message)
    const publicKey = publicKeyOf(key as keyof typeof data.keys) // A name of the same file.
    expect(verify('RSA-SHA256', Buffer.from(sdk.signed), publicKey, Buffer.from(expected, 'base64'))).toBe(true)
    if (hasPrivateKey(key)) expect(signature).toBe(expected)
    if (vector.authorization !== undefined)
      expect(sdk.getAuthorization(nonce, timestamp, signature)).toBe(vector.authorization)
  })
  it.each(ofKind('rsa_sha256'))('%s', (_, { key, message = '', signature, expect: expected }) => {
    expect(sdkWith(key).sha256WithRsa(message) === signature).toBe(expected === 'valid')
  })
})

describe('client signature vectors', () => {
  it.each([
    ['client-sign-jsapi-mini', 'paySign'],
    ['client-sign-app', 'sign'],
  ])('%s', (id, field) => {
    const [, vector] = ofKind('client_payment_signature').find(([name]) => name === id) ?? []
    const {
      appId = '',
      timeStamp: timestamp = '',
      nonceStr: nonce = '',
      prepay_id: prepayId = '',
    } = Object(vector?.input)
    const call = { appId, timestamp, nonce, prepayId }
    const key = privateKeyOf('doc-merchant')
    const params: Readonly<Record<string, string>> =
      field === 'sign' ? appParameters(call, '1900007291', key) : jsapiParameters(call, key)
    expect(vector?.signature_field).toBe(field)
    expect(params[field]).toBe(vector?.signature)
  })
})

describe('response signature vectors', () => {
  it.each(ofKind('response_signature'))('%s', (_, vector) => {
    const headers = lowerCased(vector.headers)
    const signedAt = new Date(Number(headers['wechatpay-timestamp']) * 1000)
    const key = publicKeyOf(vector.key as keyof typeof data.keys) // A name of the same file.
    const keys: KeyTable = { find: (serial) => (serial === headers['wechatpay-serial'] ? key : undefined) }
    const check = (body: string) => verifySignature({ headers, body: Buffer.from(body) }, keys, signedAt).isOk()
    expect(check(vector.body ?? '')).toBe(vector.expect === 'valid')
    if (vector.expect_after_json_reserialisation !== undefined)
      expect(check(JSON.stringify(JSON.parse(vector.body ?? '')))).toBe(false)
    expect(check(`${vector.body} `)).toBe(false)
  })
})

describe('AEAD vectors', () => {
  const WECHAT_NONCE_BYTES = 12
  it.each([...ofKind('aead_aes_256_gcm'), ...ofKind('aead_aes_128_gcm')])('%s', (_, vector) => {
    const { api_v3_key: key = '', associated_data = '', nonce = '', ciphertext = '', plaintext } = vector
    const sealed = { algorithm: 'AEAD_AES_256_GCM', ciphertext, nonce, associated_data } as const
    const opened = decryptGcm(Buffer.from(key), nonce, associated_data, Buffer.from(ciphertext, 'base64'))
    // Sixteen bytes would make it AES-128, which is only the Go tests'.
    if (key.length !== 32 || vector.expect !== 'valid') expect(opened.isErr()).toBe(true)
    else expect(opened._unsafeUnwrap().toString()).toBe(plaintext)
    if (nonce.length === WECHAT_NONCE_BYTES) expect(openSealed(sealed, [Buffer.from(key)]).isOk()).toBe(opened.isOk())
  })
})

describe('certificate list vectors', () => {
  it.each(ofKind('certificates_response'))('%s', (_, vector) => {
    const opened = openCertificates(Buffer.from(vector.body ?? ''), [Buffer.from(vector.api_v3_key ?? '')])
    if (vector.api_v3_key?.length !== 32) return expect(opened.isErr()).toBe(true)
    const listed: readonly { serial_no: string }[] = Object(vector.decrypted)
    expect([...opened._unsafeUnwrap().keys()]).toEqual(listed.map(({ serial_no }) => serial_no))
    if (vector.signature === undefined) return
    const keys: KeyTable = { find: (serial) => opened._unsafeUnwrap().get(serial)?.key }
    const message = { headers: lowerCased(vector.headers), body: Buffer.from(vector.body ?? '') }
    expect(verifySignature(message, keys, new Date(1_717_992_301_000)).isOk()).toBe(true)
  })
})
