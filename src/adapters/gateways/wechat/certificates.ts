import type { KeyObject, X509Certificate } from 'node:crypto'
import { err, ok, type Result } from 'neverthrow'
import { z } from 'zod'
import { parseCertificate } from '../pem.ts'
import { read, readJson } from './fields.ts'
import { openSealed, sealedField } from './sealed.ts'
import { CERTIFICATE_SERIAL } from './signature.ts'

/** A key of WeChat Pay with the time it may be used in. */
export type PlatformCertificate = { readonly key: KeyObject; readonly from: Date; readonly to: Date }

const listSchema = z.object({
  data: z
    .array(z.object({ serial_no: z.string().regex(CERTIFICATE_SERIAL), encrypt_certificate: sealedField }))
    .min(1)
    .max(50),
})

/** The certificates of a `/v3/certificates` answer by serial; that they open with our key is what vouches for them. */
export const openCertificates = (
  body: Uint8Array,
  apiV3Keys: readonly Uint8Array[],
): Result<ReadonlyMap<string, PlatformCertificate>, string> => {
  const list = readJson(body).andThen((json) => read(listSchema, json))
  if (list.isErr()) return err(list.error)
  const certificates = new Map<string, PlatformCertificate>()
  for (const { serial_no: serial, encrypt_certificate: sealed } of list.value.data) {
    const certificate = openSealed(sealed, apiV3Keys).andThen((pem) => parseCertificate(pem.toString()))
    if (certificate.isErr()) return err(typeof certificate.error === 'string' ? certificate.error : 'no certificate')
    if (certificateSerial(certificate.value) !== withoutZeros(serial)) return err('certificate under another serial')
    const { publicKey: key, validFromDate: from, validToDate: to } = certificate.value
    certificates.set(serial, { key, from, to })
  }
  return ok(certificates)
}

/** As WeChat Pay writes it, except that leading zeros do not count. */
export const certificateSerial = (certificate: X509Certificate): string => withoutZeros(certificate.serialNumber)

export const withoutZeros = (serial: string): string => serial.toUpperCase().replace(/^0+(?=.)/, '')
