import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  CODE_ALPHABET,
  CODE_LENGTH,
  CODE_RANDOM_LENGTH,
  codeFromRandom,
  formatCode,
  normaliseCode,
} from '../../src/domain/access-code.ts'
import { anyCodeText } from '../support/arbitraries.ts'

const LETTERS = Array.from(CODE_ALPHABET)
const POSITIONS = Array.from({ length: CODE_RANDOM_LENGTH }, (_, position) => position)
const bytesOf = (byte: number): Uint8Array => new Uint8Array(CODE_RANDOM_LENGTH).fill(byte)

/** Codes of every kind: all alike, all different, and without a pattern. */
const SAMPLES = [
  bytesOf(0),
  bytesOf(31),
  Uint8Array.from(POSITIONS),
  Uint8Array.from(POSITIONS, (position) => 255 - 7 * position),
  Uint8Array.from(POSITIONS, (position) => (position * position * 37 + 11) % 256),
].map(codeFromRandom)

describe('the alphabet of the codes', () => {
  it('has 32 different characters, none of which people misread', () => {
    expect(new Set(LETTERS).size).toBe(32)
    expect(CODE_ALPHABET).not.toMatch(/[ILOU]/)
  })
})

describe('a code made of random bytes', () => {
  it('is the same for the same bytes, for ever', () => {
    expect(codeFromRandom(bytesOf(0))).toBe('0000000000000000')
    expect(codeFromRandom(Uint8Array.from(POSITIONS))).toBe('0123456789ABCDE4')
  })

  it('has 15 characters of chance and one that checks them, all of the alphabet', () => {
    fc.assert(
      fc.property(anyCodeText, (code) => {
        expect(code).toHaveLength(CODE_LENGTH)
        expect(Array.from(code).every((character) => LETTERS.includes(character))).toBe(true)
      }),
    )
  })

  it('prefers no character anywhere: each of the 32 comes from 8 of the 256 values of a byte', () => {
    for (const position of POSITIONS) {
      const codes = Array.from({ length: 256 }, (_, byte) => codeFromRandom(bytesOf(99).with(position, byte)))
      for (const place of [position, CODE_RANDOM_LENGTH])
        for (const letter of LETTERS) expect(codes.filter((code) => code.charAt(place) === letter)).toHaveLength(8)
    }
  })

  it('uses each of its bytes, and none beyond the fifteenth', () => {
    for (const position of POSITIONS)
      expect(codeFromRandom(bytesOf(0).with(position, 1))).not.toBe(codeFromRandom(bytesOf(0)))
    expect(codeFromRandom(new Uint8Array(32).fill(7))).toBe(codeFromRandom(bytesOf(7)))
  })

  it('is not made of too few bytes', () => {
    expect(() => codeFromRandom(new Uint8Array(CODE_RANDOM_LENGTH - 1))).toThrow(RangeError)
  })
})

describe('a mistyped code', () => {
  it.each(SAMPLES)('is not accepted for %s with any one character wrong', (code) => {
    for (let place = 0; place < CODE_LENGTH; place += 1)
      for (const letter of LETTERS) {
        const typed = code.slice(0, place) + letter + code.slice(place + 1)
        expect(normaliseCode(typed)).toBe(typed === code ? code : undefined)
      }
  })

  it.each(SAMPLES)('is not accepted for %s with any two different neighbours swapped', (code) => {
    for (let place = 0; place + 1 < CODE_LENGTH; place += 1) {
      const typed = code.slice(0, place) + code.charAt(place + 1) + code.charAt(place) + code.slice(place + 2)
      expect(normaliseCode(typed)).toBe(typed === code ? code : undefined)
    }
  })

  it('is not accepted with two different neighbours swapped, for any code', () => {
    fc.assert(
      fc.property(anyCodeText, fc.nat({ max: CODE_LENGTH - 2 }), (code, place) => {
        fc.pre(code.charAt(place) !== code.charAt(place + 1))
        const typed = code.slice(0, place) + code.charAt(place + 1) + code.charAt(place) + code.slice(place + 2)
        expect(normaliseCode(typed)).toBeUndefined()
      }),
      { numRuns: 500 },
    )
  })

  it.each([
    ['nothing', ''],
    ['blanks only', '    '],
    ['a character too few', '0123456789ABCDE'],
    ['a character too many', '0123456789ABCDE40'],
    ['a U, which stands for nothing', 'U000000000000000'],
    ['full-width digits', '００００００００００００００００'],
    ['another hyphen', '0000–0000–0000–0000'],
    ['a letter with an accent', '0000000000000É00'],
    ['a NUL', '000000000000000\0'],
    ['an emoji', '00000000000000😀'],
    ['a pattern of SQL', '%%%%%%%%%%%%%%%%'],
  ])('is not accepted when it is %s', (_, typed) => {
    expect(normaliseCode(typed)).toBeUndefined()
  })

  it('is accepted by its check character alone, whatever is typed', () => {
    const keys = fc.constantFrom(...LETTERS, ...LETTERS, ...Array.from('oOiIlLuUabcxyz -\t　–_０ıß\ud800'))
    fc.assert(
      fc.property(fc.string({ unit: keys, minLength: 12, maxLength: 24 }), (typed) => {
        const code = normaliseCode(typed)
        if (code === undefined) return
        const bytes = Uint8Array.from(code.slice(0, CODE_RANDOM_LENGTH), (letter) => CODE_ALPHABET.indexOf(letter))
        expect(codeFromRandom(bytes)).toBe(code)
      }),
      { numRuns: 2000 },
    )
  })
})

describe('a code as people read and type it', () => {
  it('is shown in four groups of four', () => {
    expect(formatCode('0123456789ABCDE4')).toBe('0123-4567-89AB-CDE4')
  })

  it('is itself again when it is typed as it is shown', () => {
    fc.assert(
      fc.property(anyCodeText, (code) => {
        expect(formatCode(code)).toMatch(/^[0-9A-Z]{4}(-[0-9A-Z]{4}){3}$/)
        expect(normaliseCode(formatCode(code))).toBe(code)
        expect(normaliseCode(code)).toBe(code)
      }),
    )
  })

  it.each([
    ['small letters', '0123-4567-89ab-cde4'],
    ['the letter O for zero', 'o123-4567-89AB-CDE4'],
    ['the letters I and L for one', '0I23-4567-89AB-CDE4'],
    ['small i and l for one', '0l23-4567-89ab-cde4'],
    ['blanks for hyphens', '0123 4567 89AB CDE4'],
    ['no hyphens', '0123456789ABCDE4'],
    ['hyphens anywhere', '-01-23456789ABCDE-4-'],
    ['blanks around it, as pasted', ' \t0123-4567-89AB-CDE4\r\n'],
    ['a Chinese keyboard’s wide blanks', '0123　4567　89AB　CDE4'],
  ])('may be typed with %s', (_, typed) => {
    expect(normaliseCode(typed)).toBe('0123456789ABCDE4')
  })

  it('means the same in every mixture of these', () => {
    const spellings = (character: string): readonly string[] => {
      if (character === '0') return ['0', 'O', 'o']
      if (character === '1') return ['1', 'I', 'i', 'L', 'l']
      return [character, character.toLowerCase()]
    }
    const typedAs = (code: string): fc.Arbitrary<string> =>
      fc
        .tuple(
          ...Array.from(code, (character) =>
            fc.tuple(fc.constantFrom(...spellings(character)), fc.constantFrom('', '', ' ', '-', ' - ')),
          ),
        )
        .map((parts) => parts.flat().join(''))
    const any = anyCodeText.chain((code) => fc.tuple(fc.constant(code), typedAs(code)))
    fc.assert(
      fc.property(any, ([code, typed]) => {
        expect(normaliseCode(typed)).toBe(code)
      }),
      { numRuns: 300 },
    )
  })
})
