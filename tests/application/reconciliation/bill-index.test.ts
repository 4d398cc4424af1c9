import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BillIndex, type RowStanding } from '../../../src/application/reconciliation/bill-index.ts'
import { NumberHash } from '../../../src/application/reconciliation/number-hash.ts'

type Entry = { readonly high: number; readonly low: number; readonly amount: number | undefined }

const anyHalf = fc.oneof(
  fc.constantFrom(0, 1, 2, 0x7fff_ffff, 0x8000_0000, 0xffff_fffe, 0xffff_ffff),
  fc.integer({ min: 0, max: 0xffff_ffff }),
)
const anyAmount = fc.oneof(
  fc.constantFrom(0, 1, 0xffff_ffff, 0x1_0000_0000, 0x1_0000_0001, Number.MAX_SAFE_INTEGER),
  fc.nat(5),
)
const anyKey = fc.record({ high: anyHalf, low: anyHalf })
const anyRow: fc.Arbitrary<Entry> = fc.record({
  high: anyHalf,
  low: anyHalf,
  amount: fc.option(anyAmount, { nil: undefined }),
})

const keyOf = ({ high, low }: Pick<Entry, 'high' | 'low'>): string => `${high} ${low}`

/** What the index is, written with objects. */
const modelOf = (rows: readonly Entry[]) => {
  const firsts = new Map<string, number>()
  const standings = rows.map((row, place): RowStanding => {
    if (firsts.has(keyOf(row))) return 'duplicate'
    firsts.set(keyOf(row), place)
    return 'unmet'
  })
  const meet = (key: Pick<Entry, 'high' | 'low'>, amount: number) => {
    const place = firsts.get(keyOf(key))
    if (place === undefined) return 'unmet'
    // An amount that takes more than 32 bits is always looked at by itself.
    const standing = rows[place]?.amount === amount && amount < 0xffff_ffff ? 'matched' : 'differs'
    standings[place] = standing
    return standing
  }
  return { standings, meet, has: (key: Pick<Entry, 'high' | 'low'>) => firsts.has(keyOf(key)) }
}

/** Rows that can't be read have a line and are not added. */
const lineOf = (place: number): number => 2 + place + Math.floor(place / 3)

const indexOf = (rows: readonly Entry[]): BillIndex => {
  const index = new BillIndex()
  for (const [place, { high, low, amount }] of rows.entries()) index.add(high, low, amount, lineOf(place))
  index.seal()
  return index
}

describe('the index of a bill', () => {
  it('answers like a map of objects, however its numbers meet in one place', () => {
    const anyVisit = fc.tuple(anyKey, anyAmount)
    fc.assert(
      fc.property(fc.array(anyRow), fc.array(anyVisit), fc.array(fc.nat(40)), (rows, strangers, picks) => {
        const [index, model] = [indexOf(rows), modelOf(rows)]
        const known = picks.flatMap((pick) => rows.slice(pick, pick + 1))
        const visits = [...strangers, ...known.map((row) => [row, row.amount ?? 0] as const)]
        for (const [key, amount] of visits) {
          expect(index.has(key.high, key.low)).toBe(model.has(key))
          expect(index.meet(key.high, key.low, amount)).toBe(model.meet(key, amount))
        }
        expect(rows.map((_, place) => index.standingOf(lineOf(place)))).toEqual(model.standings)
        const isOpen = index.openLines()
        const lines = Array.from({ length: lineOf(rows.length) }, (_, n) => n)
        expect(lines.filter(isOpen)).toEqual(lines.filter((line) => index.standingOf(line) !== 'matched'))
      }),
      { numRuns: 500 },
    )
  })

  it('finds each of many numbers that all want the same place', () => {
    const rows = Array.from({ length: 300 }, (_, n) => ({ high: 0xffff_ffff, low: n, amount: n }))
    const index = indexOf(rows)
    for (const { high, low, amount } of rows) expect(index.meet(high, low, amount)).toBe('matched')
    expect(index.meet(0xffff_ffff, 300, 300)).toBe('unmet')
    expect(index.has(0, 0)).toBe(false)
  })

  it('takes an amount that is to be looked at for the same as no other', () => {
    const index = indexOf([{ high: 1, low: 2, amount: undefined }])
    for (const amount of [0, 0xffff_ffff, Number.MAX_SAFE_INTEGER]) expect(index.meet(1, 2, amount)).toBe('differs')
  })

  it('is empty where the bill is', () => {
    const index = indexOf([])
    expect(index.meet(0, 0, 0)).toBe('unmet')
    expect(index.has(0, 0)).toBe(false)
    expect(index.standingOf(0)).toBeUndefined()
    expect([0, 1, 2].filter(index.openLines())).toEqual([0, 1, 2])
  })

  it('has nothing any more once it is released', () => {
    const index = new BillIndex()
    index.add(7, 8, 9, 1)
    index.seal()
    expect(index.has(7, 8)).toBe(true)
    index.release()
    expect(index.has(7, 8)).toBe(false)
    expect([index.standingOf(1), index.openLines()(1)]).toEqual([undefined, true])
  })

  it('holds more rows than one of its blocks', () => {
    const hash = new NumberHash([1, 2])
    const index = new BillIndex()
    const rows = 300_000
    const number = (n: number) => {
      hash.payment(`P${n}`, `4200${n}`)
    }
    for (let n = 0; n < rows; n += 1) {
      number(n)
      index.add(hash.high, hash.low, n, n)
    }
    index.seal()
    for (let n = 0; n < rows; n += 2) {
      number(n)
      if (index.meet(hash.high, hash.low, n) !== 'matched') throw new Error(`${n} is not matched`)
    }
    for (let n = 0; n < rows; n += 1)
      if (index.standingOf(n) !== (n % 2 === 0 ? 'matched' : 'unmet')) throw new Error(`${n} stands wrong`)
  })
})

describe('the hash of numbers', () => {
  const hashed = (seeds: readonly [number, number], of: (hash: NumberHash) => void): string => {
    const hash = new NumberHash(seeds)
    of(hash)
    for (const half of [hash.high, hash.low]) expect(Number.isInteger(half) && half >= 0 && half < 2 ** 32).toBe(true)
    return `${hash.high} ${hash.low}`
  }
  const SEEDS = [0x1234_5678, 0xfedc_ba98] as const
  const payment = (first: string, second: string) => hashed(SEEDS, (hash) => hash.payment(first, second))
  const refund = (first: string, second: string) => hashed(SEEDS, (hash) => hash.refund(first, second))

  it('is the same for the same numbers under one seed, whatever was hashed before', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), (first, second, other) => {
        const hash = new NumberHash(SEEDS)
        hash.refund(other, other)
        hash.payment(first, second)
        expect(`${hash.high} ${hash.low}`).toBe(payment(first, second))
      }),
    )
  })

  it('is the same for a row of the bill as for the numbers that it has', () => {
    const number = fc.string({ unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)) })
    fc.assert(
      fc.property(number, number, (first, second) => {
        const row = { bytes: Buffer.from(`x${first}${second}y`), outTradeNo: { start: 1, end: 1 + first.length } }
        const ownNumber = { start: 1 + first.length, end: 1 + first.length + second.length }
        expect(hashed(SEEDS, (hash) => hash.row({ ...row, kind: 'payment', ownNumber }))).toBe(payment(first, second))
        expect(hashed(SEEDS, (hash) => hash.row({ ...row, kind: 'refund', ownNumber }))).toBe(refund(first, second))
      }),
    )
  })

  it('is another for other numbers, another parting of them, and another kind', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), fc.string(), (a, b, c, d) => {
        fc.pre(a !== c || b !== d)
        expect(payment(a, b)).not.toBe(payment(c, d))
        expect(refund(a, b)).not.toBe(payment(a, b))
      }),
    )
    expect(payment('12', '3')).not.toBe(payment('1', '23'))
    expect(payment('123', '')).not.toBe(payment('', '123'))
  })

  it('is another under another seed, in both halves', () => {
    const [one, other] = [new NumberHash(SEEDS), new NumberHash([SEEDS[0] + 1, SEEDS[1] + 1])]
    one.payment('P1', '4200')
    other.payment('P1', '4200')
    expect(one.high).not.toBe(other.high)
    expect(one.low).not.toBe(other.low)
  })

  it('parts numbers that count on, and spreads each half evenly', () => {
    const hash = new NumberHash(SEEDS)
    const met = new Set<string>()
    const buckets = { high: Array.from({ length: 64 }, () => 0), low: Array.from({ length: 64 }, () => 0) }
    for (let n = 0; n < 64_000; n += 1) {
      hash.payment(`P20260301${String(n).padStart(22, '0')}`, `42000000012026030100${String(n).padStart(8, '0')}`)
      met.add(`${hash.high} ${hash.low}`)
      for (const half of ['high', 'low'] as const) {
        const bucket = Math.floor(hash[half] / 2 ** 26)
        buckets[half][bucket] = (buckets[half][bucket] ?? 0) + 1
      }
    }
    expect(met.size).toBe(64_000)
    for (const count of [...buckets.high, ...buckets.low]) expect(Math.abs(count - 1000)).toBeLessThan(200)
  })
})
