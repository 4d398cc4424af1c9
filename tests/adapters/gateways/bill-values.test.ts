import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { countIn, fenIn, isIn, isNumberIn, roundedFenIn, timeIn } from '../../../src/adapters/gateways/bill-values.ts'
import { yuan } from '../../support/bill-files.ts'

/** Between bytes that would change the value if they were read. */
const within = <T>(read: (bytes: Buffer, start: number, end: number) => T, text: string): T => {
  const bytes = Buffer.from(`9${text}9`, 'latin1')
  return read(bytes, 1, bytes.length - 1)
}

describe('an amount in a cell', () => {
  it.each([
    ['0.59000', 59],
    ['-1.56000', -156],
    ['0.02000', 2],
    ['-20.00', -2000],
    ['0.0', 0],
    ['-0.00', 0],
    ['45', 4500],
    ['9.9', 990],
    ['100000000.00', 10_000_000_000],
  ])('%s is %i fen', (text, fen) => {
    expect(Object.is(within(fenIn, text), fen)).toBe(true)
    expect(within(roundedFenIn, text)).toBe(fen)
  })

  it.each([
    '',
    '-',
    '.',
    '1.',
    '.5',
    '+1.00',
    '1,00',
    '1.0a',
    'a1',
    '--1',
    '1.2.3',
    ' 1',
    '1e3',
    '０.01',
    '12345678901234.00',
  ])('%j is none', (text) => {
    expect([within(fenIn, text), within(roundedFenIn, text)]).toEqual([Number.NaN, Number.NaN])
  })

  it('beyond the fen is none, but for a fee, which is rounded', () => {
    expect(within(fenIn, '0.005')).toBeNaN()
    expect(['0.00499', '0.005', '-0.59500', '1.99999'].map((text) => within(roundedFenIn, text))).toEqual([
      0, 1, -60, 200,
    ])
  })

  it('is read as it was written, whatever it is', () => {
    fc.assert(
      fc.property(fc.integer({ min: -(10 ** 14), max: 10 ** 14 }), fc.integer({ min: 2, max: 6 }), (fen, decimals) => {
        expect(within(fenIn, yuan(fen, decimals))).toBe(fen)
      }),
    )
  })
})

describe('a count in a cell', () => {
  it('is whole, with or without a decimal', () => {
    expect(['45.0', '12', '0'].map((text) => within(countIn, text))).toEqual([45, 12, 0])
    expect(['4.5', '-1', 'x', ''].map((text) => within(countIn, text))).toEqual(Array(4).fill(Number.NaN))
  })
})

describe('a time in a cell', () => {
  it('is that of Beijing, for every second from 1970 to 2100', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_102_444_800 }), (seconds) => {
        const text = new Date(seconds * 1000 + 8 * 3_600_000).toISOString().slice(0, 19).replace('T', ' ')
        expect(within(timeIn, text)).toBe(seconds * 1000)
      }),
    )
  })

  it.each([
    '2023-02-29 00:00:00',
    '2024-02-30 00:00:00',
    '2100-02-29 00:00:00',
    '2024-04-31 00:00:00',
    '2024-13-01 00:00:00',
    '2024-00-01 00:00:00',
    '2024-01-00 00:00:00',
    '2024-01-01 24:00:00',
    '2024-01-01 00:60:00',
    '2024-01-01 00:00:60',
    '2024-01-01T00:00:00',
    '2024/01/01 00:00:00',
    '2024-01-01 00.00.00',
    '2024-01-01 0:00:000',
    '2024-01-01 00:00:0',
    '2024-01-01 00:00:00.0',
    '',
  ])('%j is none', (text) => {
    expect(within(timeIn, text)).toBeNaN()
  })
})

describe('a number in a cell', () => {
  it('is printable ASCII without a blank, of at most 64 characters', () => {
    expect(['P-1|*@_a', 'x'.repeat(64)].map((text) => within(isNumberIn, text))).toEqual([true, true])
    expect(['', 'a b', 'é', 'a\t', 'x'.repeat(65)].map((text) => within(isNumberIn, text))).toEqual(
      Array(5).fill(false),
    )
  })
})

describe('bytes that are looked for', () => {
  it('are there only as a whole', () => {
    const is = (text: string) => within((bytes, start, end) => isIn(bytes, start, end, Buffer.from('AB')), text)
    expect(['AB', 'A', 'ABC', 'AC', ''].map(is)).toEqual([true, false, false, false, false])
  })
})
