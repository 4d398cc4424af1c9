import type { Container } from 'inversify'
import type { Store } from '../adapters/persistence/store.ts'
import type { Clock } from '../application/clock.ts'
import type { Ids } from '../application/ids.ts'
import type { Gateways } from '../application/payments/payment-gateway.ts'
import { approveRefund, type DecisionDeps, retryRefund } from '../application/refunds/decide-refund.ts'
import { dispatchRefunds } from '../application/refunds/dispatch-refunds.ts'
import { findRefund } from '../application/refunds/find-refund.ts'
import { refreshBeforeRefund } from '../application/refunds/refresh-before-refund.ts'
import { rejectRefund } from '../application/refunds/reject-refund.ts'
import { requestRefund } from '../application/refunds/request-refund.ts'
import { type RefreshRefund, refreshRefund, type SendRefund, sendRefund } from '../application/refunds/send-refund.ts'
import type { Readers, Transaction } from '../application/transaction.ts'
import type { Settings } from './config.ts'
import { tokens } from './tokens.ts'

const DAY_MS = 24 * 3_600_000

/** Everything money goes back through. */
export const bindRefunds = (container: Container): void => {
  bindSending(container)
  bindDeciding(container)
}

const bindSending = (container: Container): void => {
  const parts = [tokens.store, tokens.clock, tokens.ids, tokens.gateways, tokens.settings] as const
  const sending = (
    { transaction, readers }: Store,
    clock: Clock,
    ids: Ids,
    gateways: Gateways,
    { RECOVERY_SCHEDULE: scheduleMs }: Settings,
  ) => ({ transaction, readers, clock, ids, gateways, scheduleMs })
  container.bind(tokens.sendRefund).toResolvedValue((...given) => sendRefund(sending(...given)), [...parts])
  container.bind(tokens.refreshRefund).toResolvedValue((...given) => refreshRefund(sending(...given)), [...parts])
  container
    .bind(tokens.dispatchRefunds)
    .toResolvedValue(
      (transaction: Transaction, clock: Clock, send: SendRefund) =>
        dispatchRefunds({ transaction, clock, sendRefund: send }),
      [tokens.transaction, tokens.clock, tokens.sendRefund],
    )
  container
    .bind(tokens.findRefund)
    .toResolvedValue(
      (readers: Readers, refresh: RefreshRefund) => findRefund({ readers, refreshRefund: refresh }),
      [tokens.readers, tokens.refreshRefund],
    )
}

const bindDeciding = (container: Container): void => {
  const parts = [tokens.store, tokens.clock, tokens.ids, tokens.gateways, tokens.sendRefund, tokens.settings] as const
  const deciding = (
    { transaction, readers }: Store,
    clock: Clock,
    ids: Ids,
    gateways: Gateways,
    send: SendRefund,
    { RECOVERY_SCHEDULE: [leaseMs = 15_000], FOUR_EYES_ABOVE: fourEyesAbove }: Settings,
  ): DecisionDeps => ({ transaction, readers, clock, ids, gateways, sendRefund: send, leaseMs, fourEyesAbove })
  container.bind(tokens.requestRefund).toResolvedValue(
    (store, clock, ids, gateways, send, settings, refresh) =>
      refreshBeforeRefund(
        { readers: store.readers, refreshPayment: refresh },
        requestRefund({
          ...deciding(store, clock, ids, gateways, send, settings),
          approval: settings.REFUND_APPROVAL,
          windowMs: settings.REFUND_WINDOW_DAYS * DAY_MS,
        }),
      ),
    [...parts, tokens.refreshPayment],
  )
  container.bind(tokens.approveRefund).toResolvedValue((...given) => approveRefund(deciding(...given)), [...parts])
  container.bind(tokens.retryRefund).toResolvedValue((...given) => retryRefund(deciding(...given)), [...parts])
  container
    .bind(tokens.rejectRefund)
    .toResolvedValue(
      ({ transaction, readers }: Store, clock: Clock, ids: Ids, refresh: RefreshRefund) =>
        rejectRefund({ transaction, readers, clock, ids, refreshRefund: refresh }),
      [tokens.store, tokens.clock, tokens.ids, tokens.refreshRefund],
    )
}
