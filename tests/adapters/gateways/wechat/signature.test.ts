import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type SignatureFault,
  type SignedMessage,
  verifySignature,
} from '../../../../src/adapters/gateways/wechat/signature.ts'
import { NOW, PUBLIC_KEY_ID, publicKeyOf, signedHeaders } from './stand-in.ts'

const body = Buffer.from('{"trade_state":"SUCCESS","url":"https:\\/\\/x"}')
const genuine: SignedMessage = { headers: signedHeaders(body), body }
const keys = { find: (serial: string) => (serial === PUBLIC_KEY_ID ? publicKeyOf('java-platform') : undefined) }
const check = (message: SignedMessage, now = NOW) => verifySignature(message, keys, now)
const withHeader = (name: string, value: string | undefined): SignedMessage => ({
  ...genuine,
  headers: { ...genuine.headers, [name]: value },
})
const secondsFromNow = (seconds: number) => new Date(NOW.getTime() + seconds * 1000)

describe('verifying what WeChat Pay signed', () => {
  it('tells when a genuine message was signed', () => {
    expect(check(genuine)._unsafeUnwrap()).toEqual(NOW)
  })
  it('takes the signature type as RSA where none is given', () => {
    expect(check(withHeader('wechatpay-signature-type', undefined)).isOk()).toBe(true)
  })
  it.each([-300, -299, 299, 300])('accepts a clock that is off by %i s', (seconds) => {
    expect(check(genuine, secondsFromNow(seconds)).isOk()).toBe(true)
  })
  it.each([-301, 301, 86_400])('refuses a clock that is off by %i s', (seconds) => {
    expect(check(genuine, secondsFromNow(seconds))._unsafeUnwrapErr()).toBe('stale')
  })
  it.each<[string, string | undefined, SignatureFault]>([
    ['wechatpay-serial', undefined, 'missing'],
    ['wechatpay-timestamp', undefined, 'missing'],
    ['wechatpay-nonce', undefined, 'missing'],
    ['wechatpay-signature', undefined, 'missing'],
    ['wechatpay-signature', '', 'missing'],
    ['wechatpay-signature', 'WECHATPAY/SIGNTEST/c2lnbmF0dXJl', 'probe'],
    ['wechatpay-signature-type', 'WECHATPAY2-SM2-WITH-SM3', 'algorithm'],
    ['wechatpay-signature-type', '', 'algorithm'],
    ['wechatpay-signature-type', 'constructor', 'algorithm'],
    ['wechatpay-timestamp', 'now', 'stale'],
    ['wechatpay-timestamp', '1717992301.0', 'stale'],
    ['wechatpay-timestamp', '9'.repeat(400), 'stale'],
    ['wechatpay-timestamp', '1717992302', 'mismatch'],
    ['wechatpay-serial', '__proto__', 'unknown_serial'],
    ['wechatpay-serial', PUBLIC_KEY_ID.toLowerCase(), 'unknown_serial'],
    ['wechatpay-nonce', 'another', 'mismatch'],
    ['wechatpay-nonce', 'two\nlines', 'mismatch'],
    ['wechatpay-signature', 'not base64!', 'mismatch'],
    ['wechatpay-signature', 'AAAA', 'mismatch'],
    ['wechatpay-signature', 'A'.repeat(5_000), 'mismatch'],
  ])('refuses %s: %s as %s', (name, value, fault) => {
    expect(check(withHeader(name, value))._unsafeUnwrapErr()).toBe(fault)
  })
  it('refuses a body of which any single bit was changed', () => {
    fc.assert(
      fc.property(fc.nat(body.length * 8 - 1), (bit) => {
        const changed = Buffer.from(body)
        changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3)
        expect(check({ ...genuine, body: changed }).isErr()).toBe(true)
      }),
    )
  })
  it('refuses another cut of the same signed bytes', () => {
    const twoLines = Buffer.from('first\nsecond')
    const headers = signedHeaders(twoLines)
    const recut = { ...headers, 'wechatpay-nonce': `${headers['wechatpay-nonce']}\nfirst` }
    expect(check({ headers: recut, body: Buffer.from('second') })._unsafeUnwrapErr()).toBe('mismatch')
  })
  it('refuses a genuine signature in loose base64', () => {
    const signature = genuine.headers['wechatpay-signature'] ?? ''
    for (const loose of [`${signature} `, `!${signature}`, signature.replaceAll('+', '-').replaceAll('/', '_')])
      expect(check(withHeader('wechatpay-signature', loose))._unsafeUnwrapErr()).toBe('mismatch')
  })
  it('refuses the signature of another key under a known serial', () => {
    const headers = signedHeaders(body, { by: 'java-merchant', serial: PUBLIC_KEY_ID })
    expect(check({ headers, body })._unsafeUnwrapErr()).toBe('mismatch')
  })
})
