import { issueCertificate, issueEllipticRoot, issuerOf } from '../certificates.ts'
import { randomDigits } from '../random.ts'
import { makeKeyPair, type PemKeyPair } from '../rsa.ts'
import { certificateSn } from './alipay-signature.ts'

export type AlipayMode = 'key' | 'certificate'

export type AlipayCertificates = {
  readonly app: string
  readonly alipay: string
  /** Several roots in one file; only the RSA ones count for its serial number. */
  readonly root: string
  readonly appSn: string
  readonly alipaySn: string
  readonly rootSn: string
}

export type AlipayKeys = {
  readonly appId: string
  readonly sellerId: string
  readonly app: PemKeyPair
  readonly alipay: PemKeyPair
  /** In certificate mode. */
  readonly certificates: AlipayCertificates | undefined
  /** The buyer behind the sandbox's phone. */
  readonly buyerId: string
}

const TEN_YEARS_MS = 10 * 365 * 86_400_000
const DAY_MS = 86_400_000

export const makeAlipayKeys = async (): Promise<AlipayKeys> => {
  const [app, alipay] = await Promise.all([makeKeyPair(), makeKeyPair()])
  return {
    appId: `9021${randomDigits(12)}`,
    sellerId: `2088${randomDigits(12)}`,
    app,
    alipay,
    certificates: undefined,
    buyerId: `2088${randomDigits(12)}`,
  }
}

const ROOT_NAME = 'C=CN,O=Shouyin Sandbox,OU=Certification Authority,CN=Sandbox Root CA R1'

/** Certificates for keys that have none yet. */
export const makeCertificates = async (keys: AlipayKeys, now: Date): Promise<AlipayCertificates> => {
  const rootKeys = await makeKeyPair()
  const start = Math.floor((now.getTime() - DAY_MS) / 1000) * 1000
  const validity = { notBefore: new Date(start), notAfter: new Date(start + TEN_YEARS_MS) }
  const issuer = issuerOf(ROOT_NAME, rootKeys)
  const issue = async (subject: string, { publicKey }: PemKeyPair): Promise<string> =>
    (await issueCertificate({ subject, publicKey, issuer, ...validity })).pem
  const [app, alipay, rsaRoot, ellipticRoot] = await Promise.all([
    issue(`C=CN,O=Shouyin Sandbox,OU=Alipay,CN=${keys.appId}`, keys.app),
    issue('C=CN,O=Shouyin Sandbox,OU=Alipay,CN=Sandbox Alipay RSA2', keys.alipay),
    issue(ROOT_NAME, rootKeys),
    issueEllipticRoot(`${ROOT_NAME} EC`, validity.notBefore, validity.notAfter),
  ])
  return {
    app,
    alipay,
    root: `${ellipticRoot}${rsaRoot}`,
    appSn: certificateSn(app),
    alipaySn: certificateSn(alipay),
    rootSn: certificateSn(rsaRoot),
  }
}
