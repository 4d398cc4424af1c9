import { err, ok, type Result } from 'neverthrow'

/** `shadow`: what it would have done is only written down. */
export type RiskMode = 'off' | 'shadow' | 'on'

/** What a parameter may be, and is until somebody sets it. */
type Parameter = { readonly initial: number; readonly min: number; readonly max: number }
type Rule = {
  readonly weight: number
  readonly mode: RiskMode
  readonly parameters: Readonly<Record<string, Parameter>>
}

/** How many of a user's latest orders and payments are looked at, whatever the rules ask for. */
export const LOOK_BACK = 50

const count = (initial: number): Parameter => ({ initial, min: 1, max: LOOK_BACK })
const minute = (initial: number): Parameter => ({ initial, min: 0, max: 1439 })

/** All there is to be asked of an order or a payment, as it is until an operator says otherwise. */
export const RISK_RULES = {
  /** So many times the average of the user's last payments, if there were enough of them. */
  amount_jump: {
    weight: 40,
    mode: 'shadow',
    parameters: { times: { initial: 5, min: 2, max: 1000 }, lastPayments: count(10), fewestPayments: count(3) },
  },
  /** From one minute of the day in Shanghai until another. */
  night_hours: { weight: 20, mode: 'shadow', parameters: { fromMinute: minute(120), toMinute: minute(360) } },
  /** The user holds so many unpaid orders. */
  unpaid_orders: { weight: 30, mode: 'shadow', parameters: { orders: count(10) } },
  /** So many orders, or payments, of the user before this one, in so many seconds. */
  velocity: {
    weight: 30,
    mode: 'shadow',
    parameters: { times: count(10), seconds: { initial: 600, min: 1, max: 604_800 } },
  },
  /** So many of a hundred of the user's last payments went back, if there were enough of them. */
  refund_rate: {
    weight: 30,
    mode: 'shadow',
    parameters: { percent: { initial: 50, min: 1, max: 100 }, lastPayments: count(20), fewestPayments: count(5) },
  },
} as const satisfies Readonly<Record<string, Rule>>

export type RiskRule = keyof typeof RISK_RULES

export const RISK_RULE_NAMES = Object.keys(RISK_RULES) as readonly RiskRule[] // Its own keys.

export type RiskParameters<R extends RiskRule> = Readonly<Record<keyof (typeof RISK_RULES)[R]['parameters'], number>>

export type RuleSetting<R extends RiskRule = RiskRule> = {
  readonly mode: RiskMode
  /** What it adds to the score, 0 to `MAX_WEIGHT`. */
  readonly weight: number
  readonly parameters: RiskParameters<R>
}

/** From which score on a person is to look at it, and from which it is refused. */
export type RiskThresholds = { readonly review: number; readonly deny: number }

/** What is in force. */
export type RiskPolicy = {
  readonly thresholds: RiskThresholds
  readonly rules: { readonly [R in RiskRule]: RuleSetting<R> }
}

export const MAX_WEIGHT = 1000

export type RuleChanges = {
  readonly mode?: RiskMode
  readonly weight?: number
  readonly parameters?: Readonly<Record<string, number>>
}

export type ParameterError =
  | { readonly code: 'PARAMETER_UNKNOWN'; readonly name: string }
  | { readonly code: 'PARAMETER_OUT_OF_RANGE'; readonly name: string; readonly min: number; readonly max: number }

/** A rule with some of its settings changed. */
export const changeRule = <R extends RiskRule>(
  rule: R,
  before: RuleSetting<R>,
  { parameters = {}, ...changes }: RuleChanges,
): Result<RuleSetting<R>, ParameterError> => {
  const known: Readonly<Record<string, Parameter>> = RISK_RULES[rule].parameters
  for (const [name, value] of Object.entries(parameters)) {
    if (!Object.hasOwn(known, name)) return err({ code: 'PARAMETER_UNKNOWN', name })
    const { min, max } = known[name] ?? NOTHING
    if (!Number.isSafeInteger(value) || value < min || value > max)
      return err({ code: 'PARAMETER_OUT_OF_RANGE', name, min, max })
  }
  return ok({ ...before, ...changes, parameters: { ...before.parameters, ...parameters } })
}

const NOTHING: Parameter = { initial: 0, min: 0, max: -1 }

/** A rule as it is until somebody changes it. */
export const initialRule = <R extends RiskRule>(rule: R): RuleSetting<R> => {
  const { mode, weight, parameters } = RISK_RULES[rule]
  const initial = Object.entries<Parameter>(parameters).map(([name, parameter]) => [name, parameter.initial])
  // Exactly the parameters of the rule, which `fromEntries` does not say.
  return { mode, weight, parameters: Object.fromEntries(initial) as RiskParameters<R> }
}

/** What is in force until an operator says otherwise. */
export const INITIAL_POLICY: RiskPolicy = {
  thresholds: { review: 60, deny: 100 },
  rules: {
    amount_jump: initialRule('amount_jump'),
    night_hours: initialRule('night_hours'),
    unpaid_orders: initialRule('unpaid_orders'),
    velocity: initialRule('velocity'),
    refund_rate: initialRule('refund_rate'),
  },
}

/** Whether anything is to be asked at all. */
export const asksNothing = ({ rules }: RiskPolicy): boolean =>
  RISK_RULE_NAMES.every((rule) => rules[rule].mode === 'off')
