import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  addFen,
  fen,
  formatSignedYuan,
  formatYuan,
  MAX_AMOUNT_FEN,
  multiplyFen,
  parseYuan,
  subtractFen,
  sumFen,
  ZERO_FEN,
} from '../../src/domain/money.ts'
import { anyFen } from '../support/arbitraries.ts'

describe('an amount in fen', () => {
  it.each([0, 1, 9900, MAX_AMOUNT_FEN, Number.MAX_SAFE_INTEGER])('may be %d', (value) => {
    expect(fen(value)).toBe(value)
  })

  it.each([-1, 0.1, 0.5, 99.99, 1e-7, NaN, Infinity, -Infinity, 2 ** 53, 2 ** 53 + 2])(
    'is never %d: that is a bug and throws',
    (value) => {
      expect(() => fen(value)).toThrow(RangeError)
    },
  )

  it('has no negative zero', () => {
    expect(Object.is(fen(-0), 0)).toBe(true)
    expect(Object.is(subtractFen(fen(5), fen(5)), 0)).toBe(true)
    expect(Object.is(multiplyFen(fen(5), -0)._unsafeUnwrap(), 0)).toBe(true)
  })
})

describe('yuan as text', () => {
  it.each([
    ['0', 0],
    ['0.0', 0],
    ['0.00', 0],
    ['0.01', 1],
    ['0.1', 10],
    ['0.10', 10],
    ['1', 100],
    ['99', 9900],
    ['99.5', 9950],
    ['99.00', 9900],
    ['0.29', 29],
    ['1.15', 115],
    ['4.35', 435],
    ['8.41', 841],
    ['1234567.89', 123_456_789],
    ['100000000', MAX_AMOUNT_FEN],
    ['999999999.99', 99_999_999_999],
  ])('reads %s as %d fen', (text, value) => {
    expect(parseYuan(text)._unsafeUnwrap()).toBe(value)
  })

  const MALFORMED = [
    ['', ' ', ' 1', '1 ', '1\n', '\t1', '1\0', '\u{feff}1', '-1', '-0', '-0.00', '+1', '−1', '¥1', '1元', '"1"'],
    ['1.', '.5', '.', '1..5', '1.2.3', '1.234', '1.000', '0.001', '01', '00', '00.10', '1,000', '1,00', '1_0'],
    ['1e3', '1E3', '1e-2', '0x10', '0b1', '0o7', '1n', '1f', '１', '1．5', '1。5', '一', '٣', '1\u0661', '1\u0301'],
    ['NaN', 'Infinity', '-Infinity', 'null', 'undefined', 'true', '[1]', '{"$gt":0}', '%31', '0.1\u202e', '\ud800'],
    ['1000000000', '9007199254740993', '1'.repeat(65_536), '😀'],
  ].flat()

  it.each(MALFORMED.map((text) => [JSON.stringify(text).slice(0, 40), text]))('refuses %s', (_, text) => {
    expect(parseYuan(text)._unsafeUnwrapErr()).toEqual({ code: 'MONEY_MALFORMED', text: text.slice(0, 32) })
  })

  it('comes back unchanged for each of the first million amounts and around every limit', () => {
    const wrong: number[] = []
    const check = (from: number, to: number): void => {
      for (let value = from; value <= to; value += 1) {
        const read = parseYuan(formatYuan(fen(value)))
        if (read.isErr() || read.value !== value) wrong.push(value)
      }
    }
    check(0, 1_000_000)
    for (const limit of [2 ** 31, 2 ** 32, MAX_AMOUNT_FEN, 99_999_999_999 - 1000]) check(limit - 1000, limit + 1000)
    expect(wrong).toEqual([])
  })

  it('comes back unchanged for any amount', () => {
    fc.assert(
      fc.property(anyFen, (amount) => {
        expect(formatYuan(amount)).toMatch(/^(0|[1-9]\d*)\.\d\d$/)
        expect(parseYuan(formatYuan(amount))._unsafeUnwrap()).toBe(amount)
      }),
      { numRuns: 500 },
    )
  })

  it('is refused unless writing what was read gives the same yuan and fen', () => {
    const almostMoney = fc.string({ unit: fc.constantFrom(...Array.from('0123456789.-+eE_, x０１．')), maxLength: 14 })
    fc.assert(
      fc.property(almostMoney, (text) => {
        parseYuan(text).map((amount) => {
          const [yuan, fraction = ''] = text.split('.')
          expect(`${yuan}.${fraction.padEnd(2, '0')}`).toBe(formatYuan(amount))
        })
      }),
      { numRuns: 2000 },
    )
  })

  it.each([
    [0, '0.00'],
    [1, '0.01'],
    [10, '0.10'],
    [99, '0.99'],
    [100, '1.00'],
    [9900, '99.00'],
    [MAX_AMOUNT_FEN, '100000000.00'],
  ])('writes %d fen as %s', (value, text) => {
    expect(formatYuan(fen(value))).toBe(text)
  })

  it.each([
    [60, '0.60'],
    [0, '0.00'],
    [-1, '-0.01'],
    [-9841, '-98.41'],
  ])('writes %d fen, which may be below zero, as %s', (value, text) => {
    expect(formatSignedYuan(value)).toBe(text)
  })
})

describe('reckoning with fen', () => {
  it('adds and takes away exactly', () => {
    fc.assert(
      fc.property(anyFen, anyFen, (a, b) => {
        expect(BigInt(addFen(a, b))).toBe(BigInt(a) + BigInt(b))
        expect(subtractFen(addFen(a, b), b)).toBe(a)
      }),
    )
  })

  it('never goes below nothing: that is a bug and throws', () => {
    expect(() => subtractFen(fen(1), fen(2))).toThrow(RangeError)
  })

  it('never leaves the safe integers: that is a bug and throws', () => {
    expect(() => addFen(fen(Number.MAX_SAFE_INTEGER), fen(1))).toThrow(RangeError)
  })

  it('sums a list, and nothing to nothing', () => {
    expect(sumFen([])).toBe(ZERO_FEN)
    expect(sumFen([fen(1), fen(20), fen(300)])).toBe(321)
  })

  it('multiplies exactly, or refuses beyond what one order may cost', () => {
    fc.assert(
      fc.property(anyFen, fc.nat({ max: 1_000_000 }), (amount, quantity) => {
        const exact = BigInt(amount) * BigInt(quantity)
        const product = multiplyFen(amount, quantity)
        if (exact <= BigInt(MAX_AMOUNT_FEN)) expect(BigInt(product._unsafeUnwrap())).toBe(exact)
        else expect(product._unsafeUnwrapErr()).toEqual({ code: 'MONEY_OUT_OF_RANGE' })
      }),
      { numRuns: 500 },
    )
  })

  it.each([
    [MAX_AMOUNT_FEN, 1],
    [MAX_AMOUNT_FEN / 2, 2],
    [1, MAX_AMOUNT_FEN],
    [MAX_AMOUNT_FEN, 0],
  ])('multiplies %d fen by %d, which is just within', (amount, quantity) => {
    expect(multiplyFen(fen(amount), quantity)._unsafeUnwrap()).toBe(amount * quantity)
  })

  it.each([
    [MAX_AMOUNT_FEN, 2],
    [MAX_AMOUNT_FEN + 1, 1],
    [1, MAX_AMOUNT_FEN + 1],
    [3, 2 ** 53 - 1],
    [100, -1],
    [0, -1],
    [100, 0.5],
    [100, 1.01],
    [0, 0.5],
    [100, NaN],
    [0, NaN],
    [100, Infinity],
    [0, Infinity],
    [0, 2 ** 53],
  ])('does not multiply %d fen by %d', (amount, quantity) => {
    expect(multiplyFen(fen(amount), quantity)._unsafeUnwrapErr()).toEqual({ code: 'MONEY_OUT_OF_RANGE' })
  })
})
