import type { Container } from 'inversify'
import { digestOf } from '../adapters/crypto/digest.ts'
import type { Store } from '../adapters/persistence/store.ts'
import { acknowledgeAlert } from '../application/alerts/acknowledge-alert.ts'
import { noteRead } from '../application/audit/note-read.ts'
import type { Clock } from '../application/clock.ts'
import type { Ids } from '../application/ids.ts'
import { resolveIncident } from '../application/incidents/resolve-incident.ts'
import { openNotification } from '../application/notifications/open-notification.ts'
import { retryFailed } from '../application/notifications/retry-failed.ts'
import { retryNotification } from '../application/notifications/retry-notification.ts'
import { orderStory } from '../application/orders/order-story.ts'
import type { Gateways } from '../application/payments/payment-gateway.ts'
import type { Randomness } from '../application/randomness.ts'
import type { Readers, Transaction } from '../application/transaction.ts'
import type { Settings } from './config.ts'
import { tokens, type UseCases } from './tokens.ts'

/** What operators look at, and what they do about money and messages that need a person. */
export const bindAdministration = (container: Container): void => {
  container.bind(tokens.orderStory).toResolvedValue((readers: Readers) => orderStory({ readers }), [tokens.readers])
  container
    .bind(tokens.resolveIncident)
    .toResolvedValue(
      (transaction: Transaction, clock: Clock, ids: Ids) => resolveIncident({ transaction, clock, ids }),
      [tokens.transaction, tokens.clock, tokens.ids],
    )
  container
    .bind(tokens.acknowledgeAlert)
    .toResolvedValue(
      (transaction: Transaction, clock: Clock, ids: Ids) => acknowledgeAlert({ transaction, clock, ids }),
      [tokens.transaction, tokens.clock, tokens.ids],
    )
  container
    .bind(tokens.noteRead)
    .toResolvedValue(
      ({ transaction, readers }: Store, clock: Clock) => noteRead({ transaction, readers, clock, digest: digestOf }),
      [tokens.store, tokens.clock],
    )
  container
    .bind(tokens.openNotification)
    .toResolvedValue(
      (transaction: Transaction, clock: Clock, ids: Ids) => openNotification({ transaction, clock, ids }),
      [tokens.transaction, tokens.clock, tokens.ids],
    )
  container
    .bind(tokens.retryNotification)
    .toResolvedValue(
      (
        { transaction, readers }: Store,
        clock: Clock,
        ids: Ids,
        randomness: Randomness,
        gateways: Gateways,
        { LATE_PAYMENT_POLICY: latePaymentPolicy }: Settings,
      ) => retryNotification({ transaction, readers, clock, ids, randomness, gateways, latePaymentPolicy }),
      [tokens.store, tokens.clock, tokens.ids, tokens.randomness, tokens.gateways, tokens.settings],
    )
  container
    .bind(tokens.retryFailed)
    .toResolvedValue(
      ({ transaction, readers }: Store, clock: Clock, ids: Ids, retry: UseCases['retryNotification']) =>
        retryFailed({ transaction, readers, clock, ids, retryNotification: retry }),
      [tokens.store, tokens.clock, tokens.ids, tokens.retryNotification],
    )
}
