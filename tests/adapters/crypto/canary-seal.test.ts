import { describe, expect, it } from 'vitest'
import { createCanarySeal } from '../../../src/adapters/crypto/canary-seal.ts'
import { fixedClock } from '../../../src/adapters/memory/fixed-clock.ts'
import {
  type Canary,
  canaryContent,
  canaryHeaders,
  CANARY_BODIES,
  differenceOf,
} from '../../../src/application/doctor/canary.ts'

const NOW = new Date('2026-11-20T04:00:00.000Z')
const [OLD, NEW] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)]
const canary: Canary = { nonce: 'abcdefghijklmnopqrstuv', body: 'form', sentAt: NOW }
const sealOf = (...keys: readonly Uint8Array[]) => createCanarySeal({ keys, clock: fixedClock({ at: NOW }) })

describe('the seal of a canary', () => {
  it('opens what it has sealed, also under the key before', () => {
    expect(sealOf(NEW).open(sealOf(NEW).seal(canary))).toEqual(canary)
    expect(sealOf(NEW, OLD).open(sealOf(OLD).seal(canary))).toEqual(canary)
    expect(sealOf(NEW).open(sealOf(OLD).seal(canary))).toBeUndefined()
  })

  it('opens nothing of which one character was changed', () => {
    const header = sealOf(NEW).seal(canary)
    for (let at = 0; at < header.length; at += 1)
      for (const other of ['A', 'B', '.', 'é', ' '])
        if (header[at] !== other)
          expect(sealOf(NEW).open(header.slice(0, at) + other + header.slice(at + 1))).toBeUndefined()
    for (const text of ['', 'c1', `${header} `, `${header}\n`, header.repeat(2)])
      expect(sealOf(NEW).open(text)).toBeUndefined()
  })

  it('counts for a minute before and after', () => {
    const opened = (ms: number) =>
      sealOf(NEW).open(sealOf(NEW).seal({ ...canary, sentAt: new Date(NOW.getTime() + ms) }))
    expect([-60_000, 60_000].map((ms) => opened(ms) !== undefined)).toEqual([true, true])
    expect([-60_001, 60_001].map((ms) => opened(ms) !== undefined)).toEqual([false, false])
  })

  it('proves an answer to this canary and to no other, and is no proof of a question', () => {
    const proof = sealOf(NEW).sealAnswer('n', 'answer')
    expect(sealOf(NEW).isAnswer('n', 'answer', proof)).toBe(true)
    for (const [nonce, text, given] of [
      ['m', 'answer', proof],
      ['n', 'answers', proof],
      ['n', 'answer', `${proof}A`],
      ['n', 'answer', 'é'.repeat(43)],
      ['n', 'answer', ''],
    ] as const)
      expect(sealOf(NEW).isAnswer(nonce, text, given)).toBe(false)
  })
})

describe('the content of a canary', () => {
  it.each(CANARY_BODIES)('%s is the same at both ends, and another for each', (body) => {
    const { nonce } = canary
    expect(canaryContent({ nonce, body })).toEqual(canaryContent({ nonce, body }))
    expect(differenceOf(canaryContent({ nonce, body }).bytes, canaryContent({ nonce: 'x', body }).bytes)).toBeDefined()
  })

  it('is at most as large as any body that is taken, and has headers as long as genuine ones', () => {
    expect(canaryContent({ nonce: canary.nonce, body: 'large' }).bytes).toHaveLength(65_536)
    expect(canaryHeaders(canary)['wechatpay-signature']).toHaveLength(344)
  })
})

describe('the difference of two bodies', () => {
  const of = (a: string, b: string) => differenceOf(Buffer.from(a), Buffer.from(b))

  it('is where they part, with a few bytes of each', () => {
    expect(of('same', 'same')).toBeUndefined()
    expect(of('a b', 'a+b')).toEqual({ at: 1, expected: '2062', arrived: '2b62' })
    expect(of('abc', 'ab')).toEqual({ at: 2, expected: '63', arrived: '' })
    expect(of('ab', 'abc')).toEqual({ at: 2, expected: '', arrived: '63' })
    expect(of('x'.repeat(99), 'y'.repeat(99))?.arrived).toHaveLength(32)
  })
})
