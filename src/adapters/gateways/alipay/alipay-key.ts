import { constants, type KeyObject, verify } from 'node:crypto'

/** Whether a base64 signature over these bytes is Alipay's. */
export type AlipayVerifier = (signed: Buffer, signature: string) => boolean

const BASE64 = /^[0-9A-Za-z+/]{1,1366}={0,2}$/

/** SHA256withRSA and nothing else, whatever a message says of itself; several keys while Alipay's key is changed. */
export const createVerifier =
  (keys: readonly KeyObject[]): AlipayVerifier =>
  (signed, signature) => {
    if (!BASE64.test(signature)) return false
    const bytes = Buffer.from(signature, 'base64')
    return keys.some((key) => verify('RSA-SHA256', signed, { key, padding: constants.RSA_PKCS1_PADDING }, bytes))
  }
