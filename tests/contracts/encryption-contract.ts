import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Encryption, SealContext } from '../../src/application/encryption.ts'

/** `create` takes keys of 32 bytes, of which the first seals and the last is the oldest. */
export const encryptionContract = (
  name: string,
  create: (keys: readonly [Uint8Array, ...Uint8Array[]]) => Encryption,
): void => {
  describe(`${name} keeps the Encryption contract`, () => {
    sealing(create)
    rotation(create)
    lookup(create)
  })
}

type Create = Parameters<typeof encryptionContract>[1]

const sealing = (create: Create): void => {
  const encryption = create([KEY_1])

  it('opens what it sealed, in the same place', () => {
    fc.assert(
      fc.property(anyText, anyText, anyText, anyText, (plain, table, column, row) => {
        const place = { table, column, row }
        expect(encryption.open(encryption.seal(plain, place), place)).toBe(plain)
      }),
    )
    const long = '长'.repeat(100_000)
    expect(encryption.open(encryption.seal(long, PLACE), PLACE)).toBe(long)
  })

  it('writes one printable word in which the text does not show, another one each time', () => {
    const [one, other] = [encryption.seal('secret-text', PLACE), encryption.seal('secret-text', PLACE)]
    expect(one).toMatch(/^[!-~]+$/)
    expect(one).not.toContain('secret')
    expect(one).not.toContain(Buffer.from('secret-text').toString('base64url'))
    expect(other).not.toBe(one)
  })

  it('notices a value that was moved to another table, column or row', () => {
    const sealed = encryption.seal('secret', { table: 'ab', column: 'c', row: 'd"e' })
    const moved: readonly SealContext[] = [
      { table: 'a', column: 'bc', row: 'd"e' },
      { table: 'ab', column: 'cd', row: '"e' },
      { table: 'ab', column: 'c', row: 'd' },
      { table: 'c', column: 'ab', row: 'd"e' },
      { table: 'ab', column: 'c","d', row: 'e' },
      { table: 'AB', column: 'c', row: 'd"e' },
      { table: '', column: '', row: '' },
    ]
    for (const place of moved) expect(() => encryption.open(sealed, place)).toThrow()
  })

  it('notices each changed, missing or added character', () => {
    const sealed = encryption.seal('secret text', PLACE)
    for (let n = 0; n < sealed.length; n += 1) {
      const other = sealed[n] === 'A' ? 'B' : 'A'
      for (const changed of [other, '', `${sealed[n]}A`, `${sealed[n]} `])
        expect(() => encryption.open(sealed.slice(0, n) + changed + sealed.slice(n + 1), PLACE)).toThrow()
    }
    for (const junk of ['', 'v1', 'v1..', 'secret text', sealed + sealed, `${sealed}.`, `${sealed}=`])
      expect(() => encryption.open(junk, PLACE)).toThrow()
  })

  it('tells no secret when it refuses', () => {
    const sealed = encryption.seal('secret', PLACE)
    expect(() => encryption.open(sealed, { ...PLACE, row: 'other' })).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining(sealed.slice(-20)) }),
    )
  })
}

const rotation = (create: Create): void => {
  const old = create([KEY_1])
  const rotating = create([KEY_2, KEY_1])
  const done = create([KEY_2])

  it('opens with any key it holds and seals with the first', () => {
    expect(rotating.open(old.seal('before', PLACE), PLACE)).toBe('before')
    const sealed = rotating.seal('since', PLACE)
    expect(done.open(sealed, PLACE)).toBe('since')
    expect(() => old.open(sealed, PLACE)).toThrow()
  })

  it('opens nothing that was sealed with a key it does not hold', () => {
    expect(() => done.open(old.seal('before', PLACE), PLACE)).toThrow()
    expect(() => create([KEY_3]).open(old.seal('before', PLACE), PLACE)).toThrow()
  })
}

const lookup = (create: Create): void => {
  const encryption = create([KEY_1])

  it('makes one hash of one secret and purpose, in a shape that any column keeps', () => {
    const hash = encryption.lookupHash('ABCD', 'access code')
    expect(hash).toMatch(/^[0-9a-f]{64}$/)
    expect(create([KEY_1]).lookupHash('ABCD', 'access code')).toBe(hash)
  })

  it('makes another hash of another secret, purpose or key', () => {
    const hashes = [
      encryption.lookupHash('ABCD', 'access code'),
      encryption.lookupHash('abcd', 'access code'),
      encryption.lookupHash('ABCD ', 'access code'),
      encryption.lookupHash('ABCD', 'access'),
      encryption.lookupHash(' codeABCD', 'access'),
      encryption.lookupHash('', 'access code'),
      create([KEY_2]).lookupHash('ABCD', 'access code'),
    ]
    expect(new Set(hashes).size).toBe(hashes.length)
  })

  it('still makes the hash that is stored after a new key was put first', () => {
    const before = encryption.lookupHash('ABCD', 'access code')
    expect(create([KEY_2, KEY_1]).lookupHash('ABCD', 'access code')).toBe(before)
    expect(create([KEY_3, KEY_2, KEY_1]).lookupHash('ABCD', 'access code')).toBe(before)
  })
}

const KEY_1 = new Uint8Array(32).fill(1)
const KEY_2 = new Uint8Array(32).fill(2)
const KEY_3 = new Uint8Array(32).fill(3)

const PLACE: SealContext = { table: 'access_codes', column: 'text', row: '00ff' }

const anyText = fc.string({ unit: 'grapheme', maxLength: 60 })
