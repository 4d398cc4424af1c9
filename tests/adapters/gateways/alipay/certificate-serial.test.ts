import { X509Certificate } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import {
  certificateSerial,
  rootCertificateSerial,
} from '../../../../src/adapters/gateways/alipay/certificate-serial.ts'
import { vectors } from './fixtures.ts'

const leaves = vectors.cert_sn.filter((vector) => vector.kind === 'leaf')
const roots = vectors.cert_sn.filter((vector) => vector.kind === 'root')

describe('the serial number Alipay gives a certificate', () => {
  it.each(leaves)('is that of the first certificate in the file: $id', ({ pem, expected_sn }) => {
    expect(certificateSerial(new X509Certificate(pem))).toBe(expected_sn)
  })

  it.each(roots)('joins the RSA roots of the file: $id', ({ pem, expected_sn }) => {
    expect(rootCertificateSerial(pem)._unsafeUnwrap()).toBe(expected_sn)
  })

  it.each(roots)('reads a file whose line breaks came as \\n: $id', ({ pem, expected_sn }) => {
    expect(rootCertificateSerial(pem.replaceAll('\n', '\\n'))._unsafeUnwrap()).toBe(expected_sn)
  })

  it('is missing where the file holds no certificate or a broken one', () => {
    expect(rootCertificateSerial('').isErr()).toBe(true)
    expect(rootCertificateSerial('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----').isErr()).toBe(true)
  })
})
