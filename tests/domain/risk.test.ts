import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fen } from '../../src/domain/money.ts'
import { judge, type PastOrder, type RiskOutcome, type RiskSignals } from '../../src/domain/risk.ts'
import {
  changeRule,
  INITIAL_POLICY,
  initialRule,
  RISK_RULE_NAMES,
  RISK_RULES,
  type RiskMode,
  type RiskPolicy,
  type RiskRule,
} from '../../src/domain/risk-rules.ts'
import { anyFen, anyInstant } from '../support/arbitraries.ts'

const NOON = new Date('2026-03-01T12:00:00+08:00')

const signals = (changes: Partial<RiskSignals> = {}): RiskSignals => ({
  action: 'create_order',
  amount: fen(1000),
  orders: [],
  payments: [],
  at: NOON,
  ...changes,
})

const past = (changes: Partial<PastOrder> = {}): PastOrder => ({
  status: 'paid',
  amount: fen(1000),
  refunded: fen(0),
  createdAt: new Date('2026-02-01T00:00:00Z'),
  ...changes,
})

const times = <T>(count: number, one: T): readonly T[] => Array<T>(count).fill(one)

const inMode = (mode: RiskMode, thresholds = INITIAL_POLICY.thresholds): RiskPolicy => ({
  thresholds,
  rules: {
    amount_jump: { ...initialRule('amount_jump'), mode },
    night_hours: { ...initialRule('night_hours'), mode },
    unpaid_orders: { ...initialRule('unpaid_orders'), mode },
    velocity: { ...initialRule('velocity'), mode },
    refund_rate: { ...initialRule('refund_rate'), mode },
  },
})

const matched = (given: RiskSignals): readonly string[] => judge(inMode('on'), given).reasons.map(({ rule }) => rule)

describe('a rule of risk', () => {
  it.each([
    [5000, []],
    [5001, ['amount_jump']],
  ])('on jumps: %i fen after payments of 1000', (amount, rules) => {
    expect(matched(signals({ amount: fen(amount), orders: times(10, past()) }))).toEqual(rules)
  })

  it('on jumps looks at the last ten payments, and at nothing that was not paid', () => {
    const dear = past({ amount: fen(1_000_000) })
    const unpaid = past({ status: 'cancelled', amount: fen(1_000_000) })
    const orders = [unpaid, ...times(10, past()), ...times(10, dear)]
    expect(matched(signals({ amount: fen(5001), orders }))).toEqual(['amount_jump'])
  })

  it('on jumps says nothing of a new customer', () => {
    expect(matched(signals({ amount: fen(1_000_000), orders: times(2, past()) }))).toEqual([])
  })

  it.each([
    ['01:59:59', []],
    ['02:00:00', ['night_hours']],
    ['05:59:59', ['night_hours']],
    ['06:00:00', []],
  ])('on the night in Shanghai, at %s', (time, rules) => {
    expect(matched(signals({ at: new Date(`2026-03-01T${time}+08:00`) }))).toEqual(rules)
  })

  it('on unpaid orders counts those that are still to be paid', () => {
    const pending = past({ status: 'pending' })
    const ended = times(20, past({ status: 'expired' }))
    expect(matched(signals({ orders: [...times(9, pending), ...ended] }))).toEqual([])
    expect(matched(signals({ orders: [...times(10, pending), ...ended] }))).toEqual(['unpaid_orders'])
  })

  it('on velocity counts orders for an order and payments for a payment, within its seconds', () => {
    const now = past({ status: 'cancelled', createdAt: new Date(NOON.getTime() - 599_999) })
    const before = past({ status: 'cancelled', createdAt: new Date(NOON.getTime() - 600_000) })
    expect(matched(signals({ orders: times(10, now) }))).toEqual(['velocity'])
    expect(matched(signals({ orders: [...times(9, now), before] }))).toEqual([])
    expect(matched(signals({ action: 'create_payment', orders: times(10, now) }))).toEqual([])
    expect(matched(signals({ action: 'create_payment', payments: times(10, NOON) }))).toEqual(['velocity'])
  })

  it('on refunds takes what went back in part for gone back', () => {
    const part = past({ status: 'partially_refunded', refunded: fen(1) })
    expect(matched(signals({ orders: [...times(3, part), ...times(3, past())] }))).toEqual(['refund_rate'])
    expect(matched(signals({ orders: [...times(3, part), ...times(4, past())] }))).toEqual([])
    expect(matched(signals({ orders: times(4, part) }))).toEqual([])
  })
})

const anyMode = fc.constantFrom<RiskMode>('off', 'shadow', 'on')
const anyRule = <R extends RiskRule>(rule: R) =>
  fc
    .record({ mode: anyMode, weight: fc.integer({ min: 0, max: 1000 }) })
    .map((one) => ({ ...initialRule(rule), ...one }))
const anyPolicy: fc.Arbitrary<RiskPolicy> = fc.record({
  thresholds: fc
    .tuple(fc.integer({ min: 1, max: 3000 }), fc.integer({ min: 0, max: 3000 }))
    .map(([review, more]) => ({ review, deny: review + more })),
  rules: fc.record({
    amount_jump: anyRule('amount_jump'),
    night_hours: anyRule('night_hours'),
    unpaid_orders: anyRule('unpaid_orders'),
    velocity: anyRule('velocity'),
    refund_rate: anyRule('refund_rate'),
  }),
})
const anyPast: fc.Arbitrary<PastOrder> = fc.record({
  status: fc.constantFrom('pending', 'cancelled', 'expired', 'paid', 'partially_refunded', 'refunded'),
  amount: anyFen,
  refunded: anyFen,
  createdAt: anyInstant,
})
const anySignals: fc.Arbitrary<RiskSignals> = fc.record({
  action: fc.constantFrom('create_order', 'create_payment'),
  amount: anyFen,
  orders: fc.array(anyPast, { maxLength: 50 }),
  payments: fc.array(anyInstant, { maxLength: 50 }),
  at: anyInstant,
})
const RANK: Readonly<Record<RiskOutcome, number>> = { allow: 0, review: 1, deny: 2 }

describe('the judgement', () => {
  it('adds up the weights of what is on, and gives each reason', () => {
    const at = new Date('2026-03-01T03:00:00+08:00')
    const orders = times(10, past({ status: 'pending', createdAt: at }))
    expect(judge(inMode('on'), signals({ at, orders }))).toEqual({
      score: 80,
      outcome: 'review',
      reasons: [
        { rule: 'night_hours', mode: 'on', weight: 20, outcome: 'review' },
        { rule: 'unpaid_orders', mode: 'on', weight: 30, outcome: 'review' },
        { rule: 'velocity', mode: 'on', weight: 30, outcome: 'review' },
      ],
    })
    expect(judge(inMode('on', { review: 50, deny: 80 }), signals({ at, orders })).outcome).toBe('deny')
  })

  it('says what a rule in shadow would have done beside those that are on', () => {
    const policy = inMode('on', { review: 20, deny: 50 })
    const rules = { ...policy.rules, velocity: { ...policy.rules.velocity, mode: 'shadow' } } as const
    const at = new Date('2026-03-01T03:00:00+08:00')
    const orders = times(10, past({ status: 'cancelled', createdAt: at }))
    expect(judge({ ...policy, rules }, signals({ at, orders }))).toEqual({
      score: 20,
      outcome: 'review',
      reasons: [
        { rule: 'night_hours', mode: 'on', weight: 20, outcome: 'review' },
        { rule: 'velocity', mode: 'shadow', weight: 30, outcome: 'deny' },
      ],
    })
  })

  it('is the same whatever the rules in shadow say', () => {
    fc.assert(
      fc.property(anyPolicy, anySignals, (policy, given) => {
        const { score, outcome } = judge(policy, given)
        const rules = Object.fromEntries(
          RISK_RULE_NAMES.map((rule) => [
            rule,
            policy.rules[rule].mode === 'shadow' ? { ...policy.rules[rule], mode: 'off' } : policy.rules[rule],
          ]),
        ) as unknown as RiskPolicy['rules'] // The same rules, each of the same kind.
        expect(judge({ ...policy, rules }, given)).toMatchObject({ score, outcome })
      }),
    )
  })

  it('names each rule at most once, none that is off, and never one in shadow as milder than what was decided', () => {
    fc.assert(
      fc.property(anyPolicy, anySignals, (policy, given) => {
        const { score, outcome, reasons } = judge(policy, given)
        expect(new Set(reasons.map(({ rule }) => rule)).size).toBe(reasons.length)
        const on = reasons.filter(({ mode }) => mode === 'on')
        expect(score).toBe(on.reduce((sum, { weight }) => sum + weight, 0))
        for (const reason of reasons) {
          expect(reason.rule !== 'blacklist' && policy.rules[reason.rule].mode).toBe(reason.mode)
          expect(RANK[reason.outcome]).toBeGreaterThanOrEqual(RANK[outcome])
        }
      }),
    )
  })

  it('lets everybody through who is new, at noon, whatever the amount', () => {
    fc.assert(fc.property(anyFen, (amount) => judge(inMode('on'), signals({ amount })).outcome === 'allow'))
  })
})

describe('changing a rule', () => {
  const before = initialRule('velocity')

  it('leaves what is not spoken of', () => {
    expect(changeRule('velocity', before, { mode: 'on', parameters: { times: 3 } })._unsafeUnwrap()).toEqual({
      mode: 'on',
      weight: 30,
      parameters: { times: 3, seconds: 600 },
    })
  })

  it.each([
    [{ orders: 3 }, { code: 'PARAMETER_UNKNOWN', name: 'orders' }],
    [{ toString: 3 }, { code: 'PARAMETER_UNKNOWN', name: 'toString' }],
    [{ times: 0 }, { code: 'PARAMETER_OUT_OF_RANGE', name: 'times', min: 1, max: 50 }],
    [{ times: 51 }, { code: 'PARAMETER_OUT_OF_RANGE', name: 'times', min: 1, max: 50 }],
    [{ seconds: 1.5 }, { code: 'PARAMETER_OUT_OF_RANGE', name: 'seconds', min: 1, max: 604_800 }],
  ])('refuses %j', (parameters, error) => {
    expect(changeRule('velocity', before, { parameters })._unsafeUnwrapErr()).toEqual(error)
  })

  it('begins with parameters that it would take', () => {
    for (const rule of RISK_RULE_NAMES) {
      const { parameters } = initialRule(rule)
      expect(Object.keys(parameters)).toEqual(Object.keys(RISK_RULES[rule].parameters))
      expect(changeRule(rule, initialRule(rule), { parameters })._unsafeUnwrap()).toEqual(initialRule(rule))
    }
  })

  it('begins with nothing that refuses anybody', () => {
    expect(RISK_RULE_NAMES.map((rule) => INITIAL_POLICY.rules[rule].mode)).toEqual(times(5, 'shadow'))
  })
})
