import { issueCertificate, issuerOf } from '../../../src/adapters/sandbox/certificates.ts'
import { makeKeyPair } from '../../../src/adapters/sandbox/rsa.ts'

/** A key and a certificate that nobody but its holder has signed. */
export const selfSigned = async (host: string): Promise<{ readonly key: string; readonly cert: string }> => {
  const keys = await makeKeyPair()
  const name = `CN=${host}`
  const { pem } = await issueCertificate({
    subject: name,
    publicKey: keys.publicKey,
    issuer: issuerOf(name, keys),
    notBefore: new Date(Date.now() - 3_600_000),
    notAfter: new Date(Date.now() + 3_600_000),
  })
  return { key: keys.privateKey, cert: pem }
}
