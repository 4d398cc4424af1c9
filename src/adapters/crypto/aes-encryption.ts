import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto'
import type { Encryption, SealContext } from '../../application/encryption.ts'

const VERSION = 'v1'
const KEY_BYTES = 32
const NONCE_BYTES = 12
const TAG_BYTES = 16
const KEY_ID_BYTES = 6

/**
 * AES-256-GCM with a random nonce, written `v1.<key id>.<nonce, text and tag in base64url>`.
 *
 * Rotation: a new key goes to the front and seals from then on; the others only open. Lookup hashes can't be made
 * again from themselves, so they come from the last key, which stays the last one as long as they are in use. That
 * costs nothing: what is looked up is random (a code has 75 bits), so even a leaked lookup key finds none of it. Who
 * wants to drop the last key seals all values anew, drops it, and then makes each hash again from the opened value.
 */
export const createEncryption = (keys: readonly Uint8Array[]): Encryption => {
  const ring = keys.map(derive)
  const sealing = ring.at(0)
  const oldest = ring.at(-1)
  if (sealing === undefined || oldest === undefined) throw new RangeError('encryption needs a key')
  const byId = new Map(ring.map((key) => [key.id, key]))
  return {
    seal(plain, context) {
      const nonce = randomBytes(NONCE_BYTES)
      const cipher = createCipheriv('aes-256-gcm', sealing.cipher, nonce, { authTagLength: TAG_BYTES })
      cipher.setAAD(associatedData(context))
      const sealed = Buffer.concat([nonce, cipher.update(plain, 'utf8'), cipher.final(), cipher.getAuthTag()])
      return `${VERSION}.${sealing.id}.${sealed.toString('base64url')}`
    },
    open(sealed, context) {
      const [version, keyId = '', text = '', ...rest] = sealed.split('.')
      const key = byId.get(keyId)
      const bytes = Buffer.from(text, 'base64url')
      // Node skips characters that are not base64url; only the one spelling that `seal` writes is accepted.
      const intact = version === VERSION && rest.length === 0 && bytes.toString('base64url') === text
      if (!intact || bytes.length < NONCE_BYTES + TAG_BYTES) throw cannotOpen(context, 'malformed')
      if (key === undefined) throw cannotOpen(context, 'unknown key')
      return decipher(bytes, key.cipher, context)
    },
    lookupHash: (secret, purpose) =>
      createHmac('sha256', oldest.lookup)
        .update(JSON.stringify([purpose, secret]))
        .digest('hex'),
  }
}

/** One purpose, one key: what the operator gives is only ever the root of these. */
const derive = (key: Uint8Array) => {
  if (key.length !== KEY_BYTES) throw new RangeError(`an encryption key has ${KEY_BYTES} bytes, not ${key.length}`)
  const subkey = (purpose: string, length: number): Buffer =>
    Buffer.from(hkdfSync('sha256', key, '', `shouyin ${purpose} ${VERSION}`, length))
  return {
    id: subkey('key id', KEY_ID_BYTES).toString('hex'),
    // A key object is made ready once; from bytes Node would make one at each use, which costs three times the sealing.
    cipher: createSecretKey(subkey('seal', KEY_BYTES)),
    lookup: createSecretKey(subkey('lookup', KEY_BYTES)),
  }
}

const decipher = (bytes: Buffer, key: KeyObject, context: SealContext): string => {
  const end = bytes.length - TAG_BYTES
  // Without a fixed length Node would take a tag of four bytes for a whole one.
  const opening = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES })
  opening.setAAD(associatedData(context))
  opening.setAuthTag(bytes.subarray(end))
  try {
    return Buffer.concat([opening.update(bytes.subarray(NONCE_BYTES, end)), opening.final()]).toString('utf8')
  } catch (cause) {
    throw cannotOpen(context, 'altered or moved', cause)
  }
}

/** JSON keeps the three apart: `a` + `bc` is another place than `ab` + `c`. */
const associatedData = ({ table, column, row }: SealContext): Buffer =>
  Buffer.from(JSON.stringify([VERSION, table, column, row]))

const cannotOpen = ({ table, column, row }: SealContext, reason: string, cause?: unknown): Error =>
  new Error(`cannot open the sealed value ${table}.${column} of ${row}: ${reason}`, { cause })
