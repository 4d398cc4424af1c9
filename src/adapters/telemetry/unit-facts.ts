import type { NotificationEntry } from '../../application/notifications/notification-log.ts'
import type { PaymentTransaction } from '../../application/payments/payment-transaction.ts'
import type { Repositories } from '../../application/transaction.ts'
import type { Cause } from '../../domain/event.ts'
import type { IncidentKind } from '../../domain/incident.ts'
import type { Order } from '../../domain/order.ts'
import type { Payment } from '../../domain/payment.ts'
import type { Refund } from '../../domain/refund.ts'

/** What a unit of work did that is worth counting, once it is committed. */
export type UnitFact =
  /** Each is in a state that is new to it. */
  | { readonly type: 'payment'; readonly payment: Payment }
  | { readonly type: 'refund'; readonly refund: Refund }
  | { readonly type: 'order'; readonly order: Order }
  | { readonly type: 'receipt'; readonly receipt: PaymentTransaction }
  | { readonly type: 'notification'; readonly entry: NotificationEntry }
  | { readonly type: 'incident'; readonly kind: IncidentKind }

export type UnitFacts = {
  readonly facts: UnitFact[]
  /** What the unit gave as the cause of its events. */
  cause: Cause['kind'] | undefined
  /** Writes that another writer came before. */
  stockRaces: number
}

/** The repositories as they are, except that what is written through them is noted. */
export const noting = (repositories: Repositories, unit: UnitFacts): Repositories =>
  new Proxy(repositories, {
    get(all, name: keyof Repositories) {
      const watch = name in WATCHES ? WATCHES[name as keyof typeof WATCHES] : undefined // Just asked for.
      return watch === undefined ? all[name] : watch(all, unit)
    },
  })

/** Only what a unit touches is wrapped. */
const WATCHES = {
  payments: ({ payments }, { facts }) =>
    over(payments, {
      insert: async (payment, askAt) =>
        noted(await payments.insert(payment, askAt), facts, { type: 'payment', payment }),
      async replace(before, payment, at) {
        const written = await payments.replace(before, payment, at)
        const isNew = payment.status !== before.value.status
        return noted(written, isNew ? facts : undefined, { type: 'payment', payment })
      },
    }),
  refunds: ({ refunds }, { facts }) =>
    over(refunds, {
      insert: async (refund) => noted(await refunds.insert(refund), facts, { type: 'refund', refund }),
      async replace(before, refund, at) {
        const written = await refunds.replace(before, refund, at)
        const isNew = refund.status !== before.value.status || isAbnormal(refund) !== isAbnormal(before.value)
        return noted(written, isNew ? facts : undefined, { type: 'refund', refund })
      },
    }),
  orders: ({ orders }, { facts }) =>
    over(orders, {
      async replace(before, order, at) {
        const written = await orders.replace(before, order, at)
        const isNew = order.status !== before.value.status
        return noted(written, isNew ? facts : undefined, { type: 'order', order })
      },
    }),
  transactions: ({ transactions }, { facts }) =>
    over(transactions, {
      insert: async (receipt) => noted(await transactions.insert(receipt), facts, { type: 'receipt', receipt }),
    }),
  notifications: ({ notifications }, { facts }) =>
    over(notifications, {
      insert: async (entry) => noted(await notifications.insert(entry), facts, { type: 'notification', entry }),
    }),
  incidents: ({ incidents }, { facts }) =>
    over(incidents, {
      async report(report) {
        await incidents.report(report)
        facts.push({ type: 'incident', kind: report.kind })
      },
    }),
  stock: ({ stock }, unit) =>
    over(stock, {
      async replace(before, after, at) {
        const written = await stock.replace(before, after, at)
        if (!written) unit.stockRaces += 1
        return written
      },
    }),
  outbox: ({ outbox }, unit) =>
    over(outbox, {
      append(events) {
        unit.cause = events.cause.kind
        return outbox.append(events)
      },
    }),
} satisfies { readonly [N in keyof Repositories]?: (all: Repositories, unit: UnitFacts) => Repositories[N] }

const noted = (written: boolean, facts: UnitFact[] | undefined, fact: UnitFact): boolean => {
  if (written) facts?.push(fact)
  return written
}

export const isAbnormal = (refund: Refund): boolean => refund.status === 'processing' && refund.abnormal

/** An object with some of its methods replaced; the others go to itself, since it may have private fields. */
const over = <T extends object>(target: T, methods: Partial<T>): T =>
  new Proxy(target, {
    get(_, name) {
      const own: unknown = Reflect.get(methods, name)
      if (own !== undefined) return own
      const usual: unknown = Reflect.get(target, name)
      return typeof usual === 'function' ? usual.bind(target) : usual
    },
  })
