import { ok } from 'neverthrow'
import { fixedClock } from '../../../src/adapters/memory/fixed-clock.ts'
import { createMemoryStore } from '../../../src/adapters/memory/memory-store.ts'
import { type ActivityKind, minuteOf } from '../../../src/application/alerts/activity.ts'
import type { Certificate, Checks } from '../../../src/application/alerts/checks/check.ts'
import { CHECKS } from '../../../src/application/alerts/checks/checks.ts'
import { evaluateAlerts } from '../../../src/application/alerts/evaluate-alerts.ts'
import type { Repositories } from '../../../src/application/transaction.ts'
import { type AlertThresholds, thresholdsWith } from '../../../src/domain/alert-thresholds.ts'
import type { AlertRule } from '../../../src/domain/alert-rules.ts'
import type { Payment, PaymentFacts } from '../../../src/domain/payment.ts'
import { entityId, minute, outTradeNo, pendingOrder } from '../../support/builders.ts'

type Options = {
  readonly thresholds?: Partial<AlertThresholds>
  readonly certificates?: () => readonly Certificate[]
  readonly checks?: Partial<Checks>
}

/** Noon on the fourth of March: long after anything that a builder makes. */
export const NOON = minute(3 * 1440)

/** The rules of alerts over the memory store. */
export const alertWatch = ({ thresholds, certificates = () => [], checks }: Options = {}) => {
  const clock = fixedClock({ at: NOON })
  const store = createMemoryStore()
  const failures: string[] = []
  let made = 0
  const commit = async <T>(work: (repositories: Repositories) => Promise<T>): Promise<T> =>
    (await store.transaction.run(async (repositories) => ok(await work(repositories))))._unsafeUnwrap()
  const evaluatorWith = (given: Checks) =>
    evaluateAlerts({
      ...store,
      clock,
      providers: ['wechat', 'alipay'],
      certificates,
      thresholds: thresholdsWith(thresholds),
      checks: given,
      report: (rule, error) => void failures.push(`${rule}: ${String(error)}`),
    })
  const evaluate = evaluatorWith({ ...CHECKS, ...checks })
  const watch = {
    clock,
    store,
    failures,
    commit,
    evaluate,
    evaluatorWith,
    ago: (minutes: number): Date => new Date(clock.now().getTime() - minutes * 60_000),
    /** Lets so many minutes go by, and checks once in each of them. */
    async pass(minutes: number): Promise<void> {
      for (let n = 0; n < minutes; n += 1) {
        clock.advance(60_000)
        await evaluate()
      }
    },
    /** So many attempts, each with an order of its own. */
    async pay(
      count: number,
      make: (given: Partial<PaymentFacts>) => Payment,
      given: Partial<PaymentFacts> = {},
    ): Promise<void> {
      await commit(async ({ orders, payments }) => {
        for (let n = 0; n < count; n += 1) {
          made += 1
          const names = { id: entityId(1000 + made), orderId: entityId(5000 + made), outTradeNo: outTradeNo(made) }
          const payment = make({ ...names, ...given })
          await orders.insert(pendingOrder({ id: payment.orderId, amount: payment.amount, expiresAt: minute(9e6) }))
          await payments.insert(payment, minute(9e6))
        }
      })
    },
    /** What was counted in one minute. */
    async count(kind: ActivityKind, subject: string, total: number, bad: number, minutesAgo = 0): Promise<void> {
      const at = minuteOf(watch.ago(minutesAgo))
      await store.alerting.activity.add([{ kind, subject, minute: at, total, bad }])
    },
    /** What people are told of a rule: subject and status. */
    async told(rule: AlertRule): Promise<readonly string[]> {
      const { items } = await store.readers.alerts.list({ rule }, { limit: 50, after: undefined })
      return items.map(({ subject, status }) => `${subject} ${status}`).toSorted()
    },
    async facts(rule: AlertRule) {
      const { items } = await store.readers.alerts.list({ rule, status: 'firing' }, { limit: 50, after: undefined })
      return items.map(({ facts, severity }) => ({ ...facts, severity }))
    },
  }
  return watch
}
