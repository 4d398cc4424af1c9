import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto'
import type { Encryption, KeyRing, SealContext } from '../../application/encryption.ts'

const VERSION = 'v1'
const KEY_BYTES = 32
const NONCE_BYTES = 12
const TAG_BYTES = 16
const KEY_ID_BYTES = 6

/**
 * AES-256-GCM with a random nonce, written `v1.<key id>.<nonce, text and tag in base64url>`.
 *
 * Rotation: the first key seals and makes the hash that is stored; the others open, and find what was stored under
 * them, until everything was sealed anew.
 */
export const createEncryption = (keys: readonly Uint8Array[]): Encryption & KeyRing => {
  const byId = new Map(keys.map(derive).map((key) => [key.id, key]))
  const [sealing, ...others] = byId.values()
  if (sealing === undefined) throw new RangeError('encryption needs a key')
  const sealBytes: Encryption['sealBytes'] = (plain, context) => {
    const nonce = randomBytes(NONCE_BYTES)
    const cipher = createCipheriv('aes-256-gcm', sealing.cipher, nonce, { authTagLength: TAG_BYTES })
    cipher.setAAD(associatedData(context))
    const sealed = Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()])
    return `${VERSION}.${sealing.id}.${sealed.toString('base64url')}`
  }
  const openBytes = (sealed: string, context: SealContext): Buffer => {
    const [version, keyId = '', text = '', ...rest] = sealed.split('.')
    const key = byId.get(keyId)
    const bytes = Buffer.from(text, 'base64url')
    // Node skips characters that are not base64url; only the one spelling that is written here is accepted.
    const intact = version === VERSION && rest.length === 0 && isSpelledRight(text, bytes)
    if (!intact || bytes.length < NONCE_BYTES + TAG_BYTES) throw cannotOpen(context, 'malformed')
    if (key === undefined) throw cannotOpen(context, 'unknown key')
    return decipher(bytes, key.cipher, context)
  }
  return {
    seal: (plain, context) => sealBytes(Buffer.from(plain, 'utf8'), context),
    open: (sealed, context) => openBytes(sealed, context).toString('utf8'),
    sealBytes,
    openBytes,
    lookupHashes(secret, purpose) {
      const hash = ({ lookup }: DerivedKey): string =>
        createHmac('sha256', lookup)
          .update(JSON.stringify([purpose, secret]))
          .digest('hex')
      return [hash(sealing), ...others.map(hash)]
    },
    keyIds: [sealing.id, ...others.map(({ id }) => id)],
    keyIdOf: (sealed) => SEALED.exec(sealed)?.[1],
  }
}

const SEALED = /^v1\.([0-9a-f]{12})\./

/**
 * Whether the bytes are written just so. What was skipped shows in the length; `+` and `/` are read like `-` and `_`;
 * and the last letters may be spelled in several ways.
 */
const isSpelledRight = (text: string, bytes: Buffer): boolean => {
  const rest = bytes.length % 3
  const end = bytes.subarray(bytes.length - rest).toString('base64url')
  if (text.length !== Math.ceil((bytes.length * 4) / 3) || !text.endsWith(end)) return false
  return !text.includes('+') && !text.includes('/')
}

type DerivedKey = ReturnType<typeof derive>

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

const decipher = (bytes: Buffer, key: KeyObject, context: SealContext): Buffer => {
  const end = bytes.length - TAG_BYTES
  // Without a fixed length Node would take a tag of four bytes for a whole one.
  const opening = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES })
  opening.setAAD(associatedData(context))
  opening.setAuthTag(bytes.subarray(end))
  try {
    const plain = opening.update(bytes.subarray(NONCE_BYTES, end)) // All of it, in this mode.
    opening.final()
    return plain
  } catch (cause) {
    throw cannotOpen(context, 'altered or moved', cause)
  }
}

/** JSON keeps the three apart: `a` + `bc` is another place than `ab` + `c`. */
const associatedData = ({ table, column, row }: SealContext): Buffer =>
  Buffer.from(JSON.stringify([VERSION, table, column, row]))

const cannotOpen = ({ table, column, row }: SealContext, reason: string, cause?: unknown): Error =>
  new Error(`cannot open the sealed value ${table}.${column} of ${row}: ${reason}`, { cause })
