import type { Fen } from './money.ts'
import { sumFen } from './money.ts'
import type { OrderStatus } from './order.ts'
import { quietUntil } from './quiet-hours.ts'
import {
  RISK_RULE_NAMES,
  type RiskMode,
  type RiskParameters,
  type RiskPolicy,
  type RiskRule,
  type RiskThresholds,
} from './risk-rules.ts'

export type RiskAction = 'create_order' | 'create_payment' | 'activate_code'

/** `review`: it goes through, and a person is to look at it. */
export type RiskOutcome = 'allow' | 'review' | 'deny'

export type RiskReason = {
  readonly rule: RiskRule | 'blacklist'
  readonly mode: Exclude<RiskMode, 'off'>
  readonly weight: number
  /** What came out with this rule; of one in shadow, what would have come out had it been on. */
  readonly outcome: RiskOutcome
}

export type RiskJudgement = {
  /** The weights of the rules that are on and matched. */
  readonly score: number
  readonly outcome: RiskOutcome
  readonly reasons: readonly RiskReason[]
}

/** What was decided about one attempt to do something, and why. */
export type RiskDecision = RiskJudgement & {
  readonly id: string
  readonly action: RiskAction
  /** Unknown where somebody with a cashier link was turned away before the order was read. */
  readonly userId: string | undefined
  readonly address: string | undefined
  /** Of an order that was refused there is none. */
  readonly orderId: string | undefined
  readonly at: Date
}

export type PastOrder = {
  readonly status: OrderStatus
  readonly amount: Fen
  readonly refunded: Fen
  readonly createdAt: Date
}

/** What is known of whoever wants to order or pay. */
export type RiskSignals = {
  readonly action: Exclude<RiskAction, 'activate_code'>
  readonly amount: Fen
  /** The user's latest orders but the one in question, newest first. */
  readonly orders: readonly PastOrder[]
  /** When the user's latest payments were opened, newest first. */
  readonly payments: readonly Date[]
  readonly at: Date
}

export const BLACKLISTED: RiskJudgement = {
  score: 0,
  outcome: 'deny',
  reasons: [{ rule: 'blacklist', mode: 'on', weight: 0, outcome: 'deny' }],
}

/** Adds up what matches. A rule in shadow adds nothing, but it is written down what it would have done. */
export const judge = ({ rules, thresholds }: RiskPolicy, signals: RiskSignals): RiskJudgement => {
  const matched = RISK_RULE_NAMES.filter((rule) => rules[rule].mode !== 'off' && matches(rule, rules, signals))
  const score = matched.reduce((sum, rule) => sum + (rules[rule].mode === 'on' ? rules[rule].weight : 0), 0)
  const outcome = outcomeOf(score, thresholds)
  const reasons = matched.map((rule): RiskReason => {
    const { mode, weight } = rules[rule]
    return mode === 'on'
      ? { rule, mode, weight, outcome }
      : { rule, mode: 'shadow', weight, outcome: outcomeOf(score + weight, thresholds) }
  })
  return { score, outcome, reasons }
}

const outcomeOf = (score: number, { review, deny }: RiskThresholds): RiskOutcome => {
  if (score >= deny) return 'deny'
  return score >= review ? 'review' : 'allow'
}

const matches = (rule: RiskRule, rules: RiskPolicy['rules'], signals: RiskSignals): boolean => {
  switch (rule) {
    case 'amount_jump':
      return jumps(rules[rule].parameters, signals)
    case 'night_hours':
      return quietUntil(rules[rule].parameters, signals.at) !== undefined
    case 'unpaid_orders':
      return signals.orders.filter(({ status }) => status === 'pending').length >= rules[rule].parameters.orders
    case 'velocity':
      return hurries(rules[rule].parameters, signals)
    case 'refund_rate':
      return returns(rules[rule].parameters, signals)
  }
}

const jumps = (
  { times, lastPayments, fewestPayments }: RiskParameters<'amount_jump'>,
  { amount, orders }: RiskSignals,
): boolean => {
  const paid = orders.filter(isPaid).slice(0, lastPayments)
  const sum = sumFen(paid.map((order) => order.amount))
  return paid.length >= fewestPayments && amount * paid.length > times * sum // An average would be a fraction.
}

const hurries = (
  { times, seconds }: RiskParameters<'velocity'>,
  { action, orders, payments, at }: RiskSignals,
): boolean => {
  const earlier = action === 'create_order' ? orders.map(({ createdAt }) => createdAt) : payments
  const since = at.getTime() - seconds * 1000
  return earlier.filter((one) => one.getTime() > since).length >= times
}

const returns = (
  { percent, lastPayments, fewestPayments }: RiskParameters<'refund_rate'>,
  { orders }: RiskSignals,
): boolean => {
  const paid = orders.filter(isPaid).slice(0, lastPayments)
  const returned = paid.filter(({ refunded }) => refunded > 0)
  return paid.length >= fewestPayments && returned.length * 100 >= percent * paid.length
}

const isPaid = ({ status }: PastOrder): boolean => {
  switch (status) {
    case 'paid':
    case 'partially_refunded':
    case 'refunded':
      return true
    case 'pending':
    case 'cancelled':
    case 'expired':
      return false
  }
}
