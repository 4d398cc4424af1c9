import type { Container } from 'inversify'
import type { Store } from '../adapters/persistence/store.ts'
import type { Clock } from '../application/clock.ts'
import type { Ids } from '../application/ids.ts'
import type { Gateways } from '../application/payments/payment-gateway.ts'
import type { RefreshPayment } from '../application/payments/refresh-payment.ts'
import { traceRefunds } from '../application/refunds/trace-refunds.ts'
import type { Settings } from './config.ts'
import { tokens } from './tokens.ts'

/** What asks about refunds that were made elsewhere. */
export const bindRefundClues = (container: Container): void => {
  container
    .bind(tokens.traceRefunds)
    .toResolvedValue(
      (
        { transaction, readers }: Store,
        clock: Clock,
        ids: Ids,
        gateways: Gateways,
        refresh: RefreshPayment,
        { RECOVERY_SCHEDULE: scheduleMs }: Settings,
      ) => traceRefunds({ transaction, readers, clock, ids, gateways, refreshPayment: refresh, scheduleMs }),
      [tokens.store, tokens.clock, tokens.ids, tokens.gateways, tokens.refreshPayment, tokens.settings],
    )
}
