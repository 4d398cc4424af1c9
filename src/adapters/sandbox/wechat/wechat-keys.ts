import { issueCertificate, type Issuer, issuerOf } from '../certificates.ts'
import { randomDigits, randomHex, randomText } from '../random.ts'
import { makeKeyPair, type PemKeyPair } from '../rsa.ts'

/** A platform certificate; `listed` is whether `/v3/certificates` shows it. */
export type PlatformCertificate = {
  readonly serialNo: string
  readonly certificate: string
  readonly privateKey: string
  readonly effectiveAt: number
  readonly expiresAt: number
  readonly listed: boolean
}

/** Who the merchant is, and what both sides sign and encrypt with. */
export type WechatKeys = {
  readonly appId: string
  readonly mchId: string
  readonly apiV3Key: string
  readonly merchant: PemKeyPair & { readonly certificate: string; readonly serialNo: string }
  readonly issuer: Issuer
  readonly firstCertificate: PlatformCertificate
  readonly publicKey: PemKeyPair & { readonly id: string }
  /** The payer behind the sandbox's phone. */
  readonly payerOpenId: string
}

const DAY_MS = 86_400_000
const FIVE_YEARS_MS = 5 * 365 * DAY_MS

export const makeWechatKeys = async (now: Date): Promise<WechatKeys> => {
  const [root, merchant, publicKey] = await Promise.all([makeKeyPair(), makeKeyPair(), makeKeyPair()])
  const issuer = issuerOf('CN=Tenpay.com Root CA,OU=Tenpay.com CA Center,O=Tenpay.com,C=CN', root)
  const mchId = `19${randomDigits(8)}`
  const { pem, serialNo } = await issueCertificate({
    subject: `CN=${mchId},OU=Shouyin Sandbox,O=Shouyin,C=CN,L=ShenZhen`,
    publicKey: merchant.publicKey,
    issuer,
    ...validity(now),
  })
  return {
    appId: `wx${randomHex(16)}`,
    mchId,
    apiV3Key: randomText(32),
    merchant: { ...merchant, certificate: pem, serialNo },
    issuer,
    firstCertificate: await makePlatformCertificate(issuer, now),
    publicKey: { ...publicKey, id: `PUB_KEY_ID_0${randomDigits(33)}` },
    payerOpenId: `o${randomText(27)}`,
  }
}

/** The next certificate WeChat Pay signs with; the list shows it from now on. */
export const makePlatformCertificate = async (issuer: Issuer, now: Date): Promise<PlatformCertificate> => {
  const keys = await makeKeyPair()
  const { notBefore, notAfter } = validity(now)
  const { pem, serialNo } = await issueCertificate({
    subject: 'CN=Tenpay.com sign,O=Tenpay.com,OU=Tenpay.com CA Center,C=CN,L=ShenZhen',
    publicKey: keys.publicKey,
    issuer,
    notBefore,
    notAfter,
  })
  return {
    serialNo,
    certificate: pem,
    privateKey: keys.privateKey,
    effectiveAt: notBefore.getTime(),
    expiresAt: notAfter.getTime(),
    listed: true,
  }
}

// X.509 times have whole seconds; the day before lets a test move its clock back a little.
const validity = (now: Date): { readonly notBefore: Date; readonly notAfter: Date } => {
  const start = Math.floor((now.getTime() - DAY_MS) / 1000) * 1000
  return { notBefore: new Date(start), notAfter: new Date(start + FIVE_YEARS_MS) }
}
