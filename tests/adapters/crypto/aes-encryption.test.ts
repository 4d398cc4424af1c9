import { describe, expect, it } from 'vitest'
import { createEncryption } from '../../../src/adapters/crypto/aes-encryption.ts'
import { encryptionContract } from '../../contracts/encryption-contract.ts'

encryptionContract('AES encryption', createEncryption)

describe('AES encryption', () => {
  const place = { table: 'payments', column: 'payer', row: '1' }

  it('refuses to start without a key or with one of another length', () => {
    expect(() => createEncryption([])).toThrow(RangeError)
    for (const length of [0, 16, 24, 31, 33, 64])
      expect(() => createEncryption([new Uint8Array(32), new Uint8Array(length)])).toThrow(RangeError)
  })

  it('opens what earlier versions sealed', () => {
    const encryption = createEncryption([new Uint8Array(32).fill(7)])
    expect(encryption.open(SEALED, place)).toBe('oUpF8uMuAJO_M2pxb1Q9zNjWeS6o 👛')
    expect(encryption.lookupHashes('ABCD', 'access code')).toEqual([LOOKUP_HASH])
  })

  it('names its keys, each once, and the key of whatever was sealed', () => {
    const [old, since] = [new Uint8Array(32).fill(7), new Uint8Array(32).fill(8)]
    const ring = createEncryption([since, old, since])
    const [current, ...others] = ring.keyIds
    expect(others).toEqual([SEALED.split('.')[1]])
    expect(ring.keyIdOf(SEALED)).toBe(others[0])
    expect(ring.keyIdOf(ring.seal('x', place).slice(0, 32))).toBe(current)
    expect(createEncryption([since]).keyIdOf(SEALED)).toBe(others[0])
    for (const other of ['', 'v2' + SEALED.slice(2), 'oUpF8uMuAJO', 'v1.E68B4D4EF2EA.x'])
      expect(ring.keyIdOf(other)).toBeUndefined()
  })

  it('stores the version and the id of the key, and always a nonce and a whole tag', () => {
    const sealed = createEncryption([new Uint8Array(32).fill(7)]).seal('', place)
    const [version, keyId, text = '', ...rest] = sealed.split('.')
    expect([version, keyId, rest]).toEqual(['v1', SEALED.split('.')[1], []])
    expect(Buffer.from(text, 'base64url')).toHaveLength(12 + 16)
  })

  it('takes no shortened tag', () => {
    const encryption = createEncryption([new Uint8Array(32).fill(7)])
    const [version, keyId, text = ''] = SEALED.split('.')
    const bytes = Buffer.from(text, 'base64url')
    for (const cut of [1, 4, 8, 12, 16])
      expect(() =>
        encryption.open(`${version}.${keyId}.${bytes.subarray(0, -cut).toString('base64url')}`, place),
      ).toThrow('payments.payer')
  })
})

const SEALED = 'v1.e68b4d4ef2ea.24rtDoYT9ThdHlwv5EOtf92-VKlPAH7ebOq2q4sz92_rkYEAXYBdaulYHwytOtEAgX72etEHWS-E052V5A'
const LOOKUP_HASH = '4b1538009e54160ebb48d5dd01dd702db7f2e08a955aee9fb132a086fe62a060'
