import { createDecipheriv } from 'node:crypto'
import { err, ok, type Result } from 'neverthrow'
import { z } from 'zod'

/** A part of a message that only the holder of the APIv3 key can read or make. */
export const sealedField = z.object({
  algorithm: z.literal('AEAD_AES_256_GCM'),
  ciphertext: z.base64().min(1),
  nonce: z.string().refine((nonce) => Buffer.byteLength(nonce) === NONCE_BYTES),
  associated_data: z.string().nullish(),
})
export type Sealed = z.infer<typeof sealedField>

const NONCE_BYTES = 12
const TAG_BYTES = 16

/**
 * Opens it only if nothing was altered: text, associated data, nonce and tag are all under the tag. It names no key, so
 * while the key is being changed each one is tried, and the tag tells.
 */
export const openSealed = (
  { nonce, associated_data: associatedData, ciphertext }: Sealed,
  apiV3Keys: readonly Uint8Array[],
): Result<Buffer, 'not sealed with our key'> => {
  const bytes = Buffer.from(ciphertext, 'base64')
  for (const key of apiV3Keys) {
    const opened = decryptGcm(key, nonce, associatedData ?? '', bytes)
    if (opened.isOk()) return opened
  }
  return err('not sealed with our key')
}

/** AES-256-GCM over `ciphertext ‖ tag`. Node would take a tag of four bytes if its length were not fixed. */
export const decryptGcm = (
  key: Uint8Array,
  nonce: string,
  associatedData: string,
  sealed: Uint8Array,
): Result<Buffer, 'not sealed with our key'> => {
  if (sealed.length < TAG_BYTES) return err('not sealed with our key')
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES })
    decipher.setAAD(Buffer.from(associatedData))
    decipher.setAuthTag(sealed.subarray(-TAG_BYTES))
    return ok(Buffer.concat([decipher.update(sealed.subarray(0, -TAG_BYTES)), decipher.final()]))
  } catch {
    return err('not sealed with our key') // `final` throws where the tag does not hold; there is no other sign.
  }
}
