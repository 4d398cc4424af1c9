import { describe, expect, it } from 'vitest'
import texts from '../../../src/adapters/web/assets/text.json' with { type: 'json' }
import { asset } from './asset.ts'

const { say, price, countdown, problemKey } = await asset<{
  readonly say: (lang: 'zh' | 'en', key: string, values?: Readonly<Record<string, string | number>>) => string
  readonly price: (amount: string, currency: string) => string
  readonly countdown: (ms: number) => string
  readonly problemKey: (code: string) => string
}>('text.js')

describe('the cashier’s words', () => {
  it('fills in the places of a text', () => {
    expect(say('zh', 'problem.RATE_LIMITED', { seconds: 42 })).toBe('操作太频繁，请过 42 秒再试。')
    expect(say('en', 'status.preparing', { provider: 'Alipay' })).toBe('Getting the Alipay code…')
  })

  it('has a text for each refusal a payer can meet, and one for all others', () => {
    expect(problemKey('GATEWAY_UNAVAILABLE')).toBe('problem.GATEWAY_UNAVAILABLE')
    expect(problemKey('HTTP_500')).toBe('problem.UNKNOWN')
    expect(problemKey('constructor')).toBe('problem.UNKNOWN')
    expect(texts.zh).toHaveProperty(['problem.UNKNOWN'])
  })

  it.each([
    ['0.01', '¥0.01'],
    ['99.00', '¥99.00'],
    ['999.90', '¥999.90'],
    ['1000.00', '¥1,000.00'],
    ['12345678.90', '¥12,345,678.90'],
    ['90071992547409.91', '¥90,071,992,547,409.91'],
  ])('writes %s as %s', (amount, written) => {
    expect(price(amount, 'CNY')).toBe(written)
  })

  it.each([
    [1_800_000, '30:00'],
    [59_001, '01:00'],
    [59_000, '00:59'],
    [1, '00:01'],
    [0, '00:00'],
    [-5000, '00:00'],
    [3_600_000, '1:00:00'],
    [90_061_000, '25:01:01'],
  ])('counts %i ms down as %s', (ms, written) => {
    expect(countdown(ms)).toBe(written)
  })
})
