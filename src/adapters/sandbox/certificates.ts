import { createPrivateKey, createPublicKey, randomBytes, webcrypto } from 'node:crypto'
import type * as X509 from '@peculiar/x509'
import type { PemKeyPair } from './rsa.ts'

export type Issuer = { readonly name: string; readonly privateKey: string }

export type CertificateRequest = {
  readonly subject: string
  readonly publicKey: string
  readonly issuer: Issuer
  readonly notBefore: Date
  readonly notAfter: Date
}

export type IssuedCertificate = { readonly pem: string /** Upper-case hexadecimal. */; readonly serialNo: string }

const RSA = { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }

/** An X.509 certificate signed by the issuer, with a serial number of 20 bytes as the genuine ones have. */
export const issueCertificate = async (request: CertificateRequest): Promise<IssuedCertificate> => {
  const x509 = await loadX509()
  const serialNo = positiveSerial().toString('hex').toUpperCase()
  const certificate = await x509.X509CertificateGenerator.create({
    serialNumber: serialNo,
    subject: request.subject,
    issuer: request.issuer.name,
    notBefore: request.notBefore,
    notAfter: request.notAfter,
    signingAlgorithm: RSA,
    publicKey: await importPublicKey(request.publicKey),
    signingKey: await importPrivateKey(request.issuer.privateKey),
  })
  return { pem: `${certificate.toString('pem').trimEnd()}\n`, serialNo }
}

/** A self-signed certificate of another kind than RSA, as Alipay's root file holds beside the RSA ones. */
export const issueEllipticRoot = async (name: string, notBefore: Date, notAfter: Date): Promise<string> => {
  const x509 = await loadX509()
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
  const serialNumber = positiveSerial().toString('hex')
  const root = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber,
    name,
    notBefore,
    notAfter,
    signingAlgorithm: algorithm,
    keys,
  })
  return `${root.toString('pem').trimEnd()}\n`
}

/** The issuer that `keys` make under `name`. */
export const issuerOf = (name: string, keys: PemKeyPair): Issuer => ({ name, privateKey: keys.privateKey })

// Loaded only when keys are made: it is slow to load and needs the metadata polyfill before it.
const loadX509 = async (): Promise<typeof X509> => {
  await import('reflect-metadata')
  return import('@peculiar/x509')
}

const positiveSerial = (): Buffer => {
  const serial = randomBytes(20)
  serial[0] = 0x40 | ((serial[0] ?? 0) & 0x3f)
  return serial
}

const importPublicKey = (pem: string): Promise<webcrypto.CryptoKey> =>
  webcrypto.subtle.importKey('spki', createPublicKey(pem).export({ type: 'spki', format: 'der' }), RSA, true, [
    'verify',
  ])

const importPrivateKey = (pem: string): Promise<webcrypto.CryptoKey> =>
  webcrypto.subtle.importKey('pkcs8', createPrivateKey(pem).export({ type: 'pkcs8', format: 'der' }), RSA, true, [
    'sign',
  ])
