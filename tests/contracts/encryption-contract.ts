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
    sealingBytes(create)
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

const sealingBytes = (create: Create): void => {
  const encryption = create([KEY_1])

  it('opens the bytes it sealed, in the same place', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.string({ maxLength: 60 }), (plain, row) => {
        const place = { ...PLACE, row }
        const opened = encryption.openBytes(encryption.sealBytes(plain, place), place)
        expect(Buffer.from(opened).equals(plain)).toBe(true)
      }),
    )
    const long = Uint8Array.from({ length: 262_145 }, (_, n) => n * n)
    expect(Buffer.from(encryption.openBytes(encryption.sealBytes(long, PLACE), PLACE)).equals(long)).toBe(true)
  })

  it('writes bytes as one printable word in which they do not show, another one each time', () => {
    const plain = Buffer.from('secret-bytes')
    const [one, other] = [encryption.sealBytes(plain, PLACE), encryption.sealBytes(plain, PLACE)]
    expect(one).toMatch(/^[!-~]+$/)
    for (const written of ['latin1', 'hex', 'base64', 'base64url'] as const)
      expect(one).not.toContain(plain.toString(written))
    expect(other).not.toBe(one)
  })

  it('opens bytes nowhere else, and not once they were changed', () => {
    const sealed = encryption.sealBytes(Uint8Array.of(1, 2, 3), { table: 'bills', column: 'content', row: 'a:1' })
    for (const row of ['a:0', 'a:11', 'b:1', ''])
      expect(() => encryption.openBytes(sealed, { table: 'bills', column: 'content', row })).toThrow()
    for (let n = 0; n < sealed.length; n += 1) {
      const changed = sealed.slice(0, n) + (sealed[n] === 'A' ? 'B' : 'A') + sealed.slice(n + 1)
      expect(() => encryption.openBytes(changed, { table: 'bills', column: 'content', row: 'a:1' })).toThrow()
    }
  })

  it('opens as a text what was sealed as its bytes, and the other way round', () => {
    expect(encryption.open(encryption.sealBytes(Buffer.from('长'), PLACE), PLACE)).toBe('长')
    expect(Buffer.from(encryption.openBytes(encryption.seal('长', PLACE), PLACE)).toString()).toBe('长')
  })

  it('opens bytes with any key it holds', () => {
    const sealed = encryption.sealBytes(Uint8Array.of(7), PLACE)
    expect([...create([KEY_2, KEY_1]).openBytes(sealed, PLACE)]).toEqual([7])
    expect(() => create([KEY_2]).openBytes(sealed, PLACE)).toThrow()
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
  const hashOf = (secret: string, purpose: string): string => encryption.lookupHashes(secret, purpose)[0]

  it('makes one hash of one secret and purpose, in a shape that any column keeps', () => {
    const [hash, ...others] = encryption.lookupHashes('ABCD', 'access code')
    expect(hash).toMatch(/^[0-9a-f]{64}$/)
    expect(others).toEqual([])
    expect(create([KEY_1]).lookupHashes('ABCD', 'access code')).toEqual([hash])
  })

  it('makes another hash of another secret, purpose or key', () => {
    const hashes = [
      hashOf('ABCD', 'access code'),
      hashOf('abcd', 'access code'),
      hashOf('ABCD ', 'access code'),
      hashOf('ABCD', 'access'),
      hashOf(' codeABCD', 'access'),
      hashOf('', 'access code'),
      ...create([KEY_2]).lookupHashes('ABCD', 'access code'),
    ]
    expect(new Set(hashes).size).toBe(hashes.length)
  })

  it('makes the hash of each key it holds, that of the sealing one first', () => {
    const before = hashOf('ABCD', 'access code')
    const [since, ...others] = create([KEY_3, KEY_2, KEY_1]).lookupHashes('ABCD', 'access code')
    expect(others).toEqual([create([KEY_2]).lookupHashes('ABCD', 'access code')[0], before])
    expect(create([KEY_3]).lookupHashes('ABCD', 'access code')).toEqual([since])
  })
}

const KEY_1 = new Uint8Array(32).fill(1)
const KEY_2 = new Uint8Array(32).fill(2)
const KEY_3 = new Uint8Array(32).fill(3)

const PLACE: SealContext = { table: 'access_codes', column: 'text', row: '00ff' }

const anyText = fc.string({ unit: 'grapheme', maxLength: 60 })
