import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseStrictJson } from '../../../src/adapters/http/strict-json.ts'

const pathOfFault = (source: string): string | undefined => {
  const parsed = parseStrictJson(source)
  if (parsed.isOk()) return undefined
  if (parsed.error.code !== 'VALIDATION_FAILED') throw new Error(parsed.error.code)
  return parsed.error.errors[0]?.path
}

const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth)

describe('parseStrictJson', () => {
  it('reads every JSON text of ordinary size exactly as JSON.parse does', () => {
    const plain = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.string({ unit: 'grapheme' }),
        fc.integer(),
        fc.boolean(),
        fc.constant(null),
        fc.array(tie('value'), { maxLength: 4 }),
        fc.dictionary(fc.string({ unit: 'grapheme' }), tie('value'), { maxKeys: 4, noNullPrototype: true }),
      ),
    })).value
    fc.assert(
      fc.property(plain, fc.constantFrom(undefined, 1, '\t'), (value, space) => {
        const source = JSON.stringify(value, null, space)
        fc.pre(!/"(?:__proto__|constructor)"\s*:/.test(source))
        expect(parseStrictJson(source)._unsafeUnwrap()).toEqual(JSON.parse(source))
      }),
    )
  })

  it.each([
    '',
    '{',
    '{}{}',
    '{} x',
    '\uFEFF{}',
    "{'a':1}",
    '{"a":1,}',
    '[01]',
    '[+1]',
    '[NaN]',
    '[1_0]',
    '[0x10]',
    '// x\n{}',
    'undefined',
    '"\u0000"',
    '{"a":"\t"}',
    '['.repeat(60_000),
  ])('refuses what is no JSON (%j)', (source) => {
    expect(pathOfFault(source)).toBe('')
  })

  it('refuses a field that stands twice, however it is written, and says which', () => {
    expect(pathOfFault('{"a":{"b":1,"b":1}}')).toBe('a.b')
    expect(pathOfFault('{"a":1,"\\u0061":2}')).toBe('a')
    expect(pathOfFault('[{"a":1},{"a":1,"c":[],"a":1}]')).toBe('1.a')
  })

  it('lets the same field stand in different objects', () => {
    expect(pathOfFault('[{"a":1},{"a":{"a":[{"a":1},{"a":2}]}}]')).toBeUndefined()
  })

  it('refuses fields that reach into prototypes', () => {
    expect(pathOfFault('{"__proto__":{"role":"admin"}}')).toBe('__proto__')
    expect(pathOfFault('{"a":[{"\\u005f_proto__":1}]}')).toBe('a.0.__proto__')
    expect(pathOfFault('{"constructor":1}')).toBe('constructor')
    expect(pathOfFault('{"a":"__proto__"}')).toBeUndefined()
  })

  it('takes 20 levels and 200 fields, and no more', () => {
    expect(pathOfFault(nested(20))).toBeUndefined()
    expect(pathOfFault(nested(21))).toBeDefined()
    expect(pathOfFault(nested(30_000))).toBeDefined()
    const object = (count: number) =>
      JSON.stringify(Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, 1])))
    expect(pathOfFault(object(200))).toBeUndefined()
    expect(pathOfFault(object(201))).toBe('k200')
  })

  it.each(['1e2', '1E2', '1e309', '0.001', '0.30000000000000004', '99.990', '-0', '-0.0', '99.99000000000000001'])(
    'refuses the number %s, which floating point would change or two readers could read in two ways',
    (number) => {
      expect(pathOfFault(`{"items":[{"price":${number}}]}`)).toBe('items.0.price')
    },
  )

  it.each(['0', '1', '-1', '0.1', '99.99', '100.00', '-0.5', '9007199254740993'])('takes the number %s', (number) => {
    expect(pathOfFault(`[${number}]`)).toBeUndefined()
  })

  it('is not slow on texts made to be slow', () => {
    const quotes = '"\\"'.repeat(20_000)
    expect(pathOfFault(quotes)).toBe('')
    expect(pathOfFault(`["${'\\"'.repeat(30_000)}"]`)).toBeUndefined()
    expect(pathOfFault(`[${'"",'.repeat(20_000)}""]`)).toBeUndefined()
  })
})
