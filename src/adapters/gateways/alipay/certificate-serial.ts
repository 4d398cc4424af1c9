import { createHash, X509Certificate } from 'node:crypto'
import { err, ok, type Result } from 'neverthrow'

const BLOCK = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g
const RSA_SIGNATURES = '1.2.840.113549.1.1'

/** Alipay's own serial number of a certificate: not the X.509 one, but an MD5 over issuer and serial. */
export const certificateSerial = (certificate: X509Certificate): string => {
  // Node lists the issuer in the order of the certificate, Alipay wants RFC 2253, which is the reverse.
  const issuer = certificate.issuer.split('\n').toReversed().join(',')
  const serial = BigInt(`0x${certificate.serialNumber}`).toString()
  return createHash('md5').update(`${issuer}${serial}`, 'utf8').digest('hex')
}

/** `alipay_root_cert_sn`: the serials of those root certificates that are signed with RSA, in the order of the file. */
export const rootCertificateSerial = (text: string): Result<string, { readonly reason: string }> => {
  const blocks = text.replaceAll('\\r', '').replaceAll('\\n', '\n').match(BLOCK) ?? []
  const serials: string[] = []
  for (const block of blocks) {
    const certificate = readCertificate(block)
    if (certificate === undefined) return err({ reason: 'one of its certificates can not be read' })
    if (certificate.signatureAlgorithmOid.startsWith(RSA_SIGNATURES)) serials.push(certificateSerial(certificate))
  }
  return serials.length === 0 ? err({ reason: 'no certificate signed with RSA in it' }) : ok(serials.join('_'))
}

/** The file holds SM2 and ECDSA certificates too, so the reader of RSA certificates does not fit. */
const readCertificate = (block: string): X509Certificate | undefined => {
  try {
    return new X509Certificate(block)
  } catch {
    return undefined
  }
}
