import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { openSealed, sealedField } from '../../../../src/adapters/gateways/wechat/sealed.ts'
import { API_V3_KEY, seal } from './stand-in.ts'

const keys = [Buffer.from(API_V3_KEY)]
const genuine = sealedField.parse(seal('{"total":100}', 'transaction'))
const bytes = Buffer.from(genuine.ciphertext, 'base64')

describe('opening a sealed resource', () => {
  it('gives back what was sealed', () => {
    expect(openSealed(genuine, keys)._unsafeUnwrap().toString()).toBe('{"total":100}')
  })
  it('takes absent and null associated data as empty', () => {
    const { associated_data: _, ...bare } = seal('text', '')
    for (const sealed of [bare, { ...bare, associated_data: null }])
      expect(openSealed(sealedField.parse(sealed), keys)._unsafeUnwrap().toString()).toBe('text')
  })
  it('refuses it when any single bit of text or tag was changed', () => {
    fc.assert(
      fc.property(fc.nat(bytes.length * 8 - 1), (bit) => {
        const changed = Buffer.from(bytes)
        changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3)
        expect(openSealed({ ...genuine, ciphertext: changed.toString('base64') }, keys).isErr()).toBe(true)
      }),
    )
  })
  it.each([0, 1, 4, 8, 12, 15])('refuses a tag shortened to %i bytes', (length) => {
    const short = bytes.subarray(0, bytes.length - 16 + length).toString('base64')
    expect(openSealed({ ...genuine, ciphertext: short }, keys).isErr()).toBe(true)
  })
  it('opens it with any key it is given', () => {
    const [current = Buffer.alloc(32)] = keys
    for (const several of [
      [Buffer.alloc(32), current],
      [current, Buffer.alloc(32)],
    ])
      expect(openSealed(genuine, several)._unsafeUnwrap().toString()).toBe('{"total":100}')
    expect(openSealed(genuine, []).isErr()).toBe(true)
  })
  it('refuses other associated data, another nonce and another key', () => {
    expect(openSealed({ ...genuine, associated_data: 'refund' }, keys).isErr()).toBe(true)
    expect(openSealed({ ...genuine, associated_data: '' }, keys).isErr()).toBe(true)
    expect(openSealed({ ...genuine, nonce: '000000000000' }, keys).isErr()).toBe(true)
    expect(openSealed(genuine, [Buffer.alloc(32)]).isErr()).toBe(true)
  })
  it.each([
    { algorithm: 'AES' },
    { algorithm: undefined },
    { nonce: 'short' },
    { nonce: 'sixteen-bytes-no' },
    { nonce: '四字节abcd' },
    { ciphertext: 'not base64!' },
    { ciphertext: '' },
    { ciphertext: ['AAAA'] },
    { associated_data: 1 },
  ])('does not even try a malformed one: %j', (change) => {
    expect(sealedField.safeParse({ ...genuine, ...change }).success).toBe(false)
  })
})
