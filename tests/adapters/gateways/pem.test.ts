import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, X509Certificate } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { parseCertificate, parsePrivateKey, parsePublicKey } from '../../../src/adapters/gateways/pem.ts'
import vectors from '../../vectors/wechatpay.json' with { type: 'json' }

const {
  private_key: javaPrivate,
  public_key: javaPublic,
  certificate_pem: certificatePem,
} = vectors.keys['java-merchant']
const privateKey = createPrivateKey({ key: Buffer.from(javaPrivate, 'base64'), format: 'der', type: 'pkcs8' })
const publicKey = createPublicKey({ key: Buffer.from(javaPublic, 'base64'), format: 'der', type: 'spki' })

/** The same PEM as people paste it: real and literal line breaks, one line, bare base64 wrapped or not. */
const spellings = (pem: string): Record<string, string> => {
  const bare = pem.replaceAll(/-----[^-]+-----/g, '').trim()
  return {
    'a PEM file': pem,
    'a PEM file with Windows line ends': pem.replaceAll('\n', '\r\n'),
    'literal \\n breaks': pem.replaceAll('\n', '\\n'),
    'literal \\r\\n breaks': pem.replaceAll('\n', '\\r\\n'),
    'a PEM file on one line': pem.replaceAll('\n', ' '),
    'a byte order mark and blank lines around': `\uFEFF\n\n${pem}\n\n`,
    'other text before the block': `Bag Attributes: <none>\n${pem}`,
    'bare wrapped base64': bare,
    'bare base64 on one line': bare.replaceAll('\n', ''),
  }
}
const privateSpellings = (type: 'pkcs1' | 'pkcs8') => spellings(String(privateKey.export({ format: 'pem', type })))
const publicSpellings = (type: 'pkcs1' | 'spki') => spellings(String(publicKey.export({ format: 'pem', type })))
const cases = (table: Record<string, string>) => Object.entries(table)
const same = (key: KeyObject, other: KeyObject) => expect(key.equals(other)).toBe(true)

describe('parsePrivateKey', () => {
  it.each(cases(privateSpellings('pkcs8')))('reads PKCS#8 given as %s', (_, text) => {
    same(parsePrivateKey(text)._unsafeUnwrap(), privateKey)
  })
  it.each(cases(privateSpellings('pkcs1')))('reads PKCS#1 given as %s', (_, text) => {
    same(parsePrivateKey(text)._unsafeUnwrap(), privateKey)
  })
  it('takes the key out of a file that also holds the certificate', () => {
    const both = `${certificatePem}\n${String(privateKey.export({ format: 'pem', type: 'pkcs8' }))}`
    same(parsePrivateKey(both)._unsafeUnwrap(), privateKey)
  })
  it('refuses a public key, rubbish and nothing', () => {
    for (const text of [String(publicKey.export({ format: 'pem', type: 'spki' })), javaPublic, 'not a key', '', '\n']) {
      expect(parsePrivateKey(text)._unsafeUnwrapErr().code).toBe('KEY_UNREADABLE')
    }
  })
  it('refuses a password-protected key instead of guessing', () => {
    const sealed = privateKey.export({ format: 'pem', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: 'x' })
    expect(parsePrivateKey(String(sealed)).isErr()).toBe(true)
  })
  it('refuses a key shorter than 2048 bits and a key that is not RSA', () => {
    const short = generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey
    const curve = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
    const pem = (key: KeyObject) => String(key.export({ format: 'pem', type: 'pkcs8' }))
    expect(parsePrivateKey(pem(short))._unsafeUnwrapErr().reason).toBe('RSA key of 1024 bits, at least 2048 required')
    expect(parsePrivateKey(pem(curve))._unsafeUnwrapErr().reason).toBe('not an RSA key')
  })
  it('never quotes the key in its reason', () => {
    const broken = `-----BEGIN PRIVATE KEY-----\nAAAA${javaPrivate}\n-----END PRIVATE KEY-----`
    expect(parsePrivateKey(broken)._unsafeUnwrapErr().reason).not.toContain(javaPrivate.slice(0, 12))
  })
})

describe('parsePublicKey', () => {
  it.each(cases(publicSpellings('spki')))('reads SPKI given as %s', (_, text) => {
    same(parsePublicKey(text)._unsafeUnwrap(), publicKey)
  })
  it.each(cases(publicSpellings('pkcs1')))('reads PKCS#1 given as %s', (_, text) => {
    same(parsePublicKey(text)._unsafeUnwrap(), publicKey)
  })
  it('refuses a private key in its place, so that none is kept by mistake', () => {
    const spelled = [...Object.values(privateSpellings('pkcs8')), ...Object.values(privateSpellings('pkcs1'))]
    for (const text of spelled) expect(parsePublicKey(text).isErr()).toBe(true)
  })
  it('refuses a certificate in its place', () => {
    expect(parsePublicKey(certificatePem).isErr()).toBe(true)
  })
})

describe('parseCertificate', () => {
  it.each(cases(spellings(certificatePem)))('reads a certificate given as %s', (_, text) => {
    const certificate = parseCertificate(text)._unsafeUnwrap()
    expect(certificate.fingerprint256).toBe(new X509Certificate(certificatePem).fingerprint256)
    expect(certificate.serialNumber).toBe(vectors.keys['java-merchant'].serial_no)
  })
  it('refuses a key in its place', () => {
    expect(parseCertificate(javaPublic).isErr()).toBe(true)
    expect(parseCertificate(String(publicKey.export({ format: 'pem', type: 'spki' }))).isErr()).toBe(true)
  })
})
