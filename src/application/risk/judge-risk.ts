import { err, ok, type Result } from 'neverthrow'
import { judge, type RiskDecision, type RiskSignals } from '../../domain/risk.ts'
import { asksNothing, LOOK_BACK } from '../../domain/risk-rules.ts'
import type { Ids } from '../ids.ts'
import type { Repositories, Transaction, WriteConflict } from '../transaction.ts'
import { type NoteRefusal, type RiskDenied, riskDenied } from './refusals.ts'
import { policyIn } from './risk-settings.ts'

/** Who wants to order or pay what. */
export type RiskQuestion = Pick<RiskSignals, 'action' | 'amount' | 'at'> & {
  readonly userId: string
  readonly address: string | undefined
  readonly orderId: string
}

type Unit = Pick<Repositories, 'riskSettings' | 'riskHistory' | 'riskDecisions' | 'alerts'>

/**
 * Part of the unit of work that creates the order or payment: whatever lets it through is written with it, and what
 * refuses it is for `noteRefusal`, after the unit has left nothing behind.
 */
export type JudgeRisk = (unit: Unit, question: RiskQuestion) => Promise<Result<void, RiskDenied>>

/** What creates orders and payments needs both. */
export type RiskControl = { readonly judgeRisk: JudgeRisk; readonly noteRefusal: NoteRefusal }

/** Holds the rules in force against what the user did before: three reads at most, each by its index. */
export const judgeRisk =
  ({ ids }: { readonly ids: Ids }): JudgeRisk =>
  async (unit, question) => {
    const policy = policyIn(await unit.riskSettings.list())
    if (asksNothing(policy)) return ok(undefined)
    const decision: RiskDecision = {
      ...about(question),
      ...judge(policy, await signalsOf(unit, question)),
      id: ids.entity(),
    }
    switch (decision.outcome) {
      case 'deny':
        return err(riskDenied({ ...decision, orderId: keptOrder(question) }, 'score'))
      case 'review':
        await raise(unit, decision, question)
        break
      case 'allow':
    }
    await unit.riskDecisions.insert(decision)
    return ok(undefined)
  }

/** Runs a unit of work that judges, and writes down what it refused. */
export const underRiskControl = async <T, E>(
  { transaction, risk }: { readonly transaction: Transaction; readonly risk: RiskControl },
  work: (repositories: Repositories) => Promise<Result<T, E>>,
): Promise<Result<T, Exclude<E, WriteConflict>>> => {
  const result = await transaction.run(work)
  if (result.isErr() && isDenied(result.error)) await risk.noteRefusal(result.error)
  return result
}

const isDenied = (error: unknown): error is RiskDenied =>
  typeof error === 'object' && error !== null && 'code' in error && error.code === 'RISK_DENIED'

const about = ({ action, userId, address, orderId, at }: RiskQuestion) => ({ action, userId, address, orderId, at })

/** An order that is refused will never have been there. */
const keptOrder = ({ action, orderId }: RiskQuestion): string | undefined =>
  action === 'create_order' ? undefined : orderId

const signalsOf = async (
  { riskHistory }: Unit,
  { action, userId, orderId, amount, at }: RiskQuestion,
): Promise<RiskSignals> => ({
  action,
  amount,
  at,
  orders: await riskHistory.orders(userId, orderId, LOOK_BACK),
  payments: action === 'create_payment' ? await riskHistory.payments(userId, LOOK_BACK) : [],
})

/** One alert for each user, so that many of one do not drown the others. */
const raise = ({ alerts }: Unit, { score }: RiskDecision, { userId, orderId, at }: RiskQuestion): Promise<void> =>
  alerts.raise({ rule: 'risk_review', subject: userId, facts: { orderId, score }, at })
