import type { Container } from 'inversify'
import type { Store } from '../adapters/persistence/store.ts'
import type { Clock } from '../application/clock.ts'
import type { Ids } from '../application/ids.ts'
import { checkOrder } from '../application/payments/check-order.ts'
import { createPayment } from '../application/payments/create-payment.ts'
import type { Gateways } from '../application/payments/payment-gateway.ts'
import type { PayWithPoints } from '../application/payments/pay-with-points.ts'
import { queryPayment } from '../application/payments/query-payment.ts'
import { type RefreshPayment, refreshPayment } from '../application/payments/refresh-payment.ts'
import { shareRefresh } from '../application/payments/share-refresh.ts'
import { watchOrders } from '../application/payments/watch-orders.ts'
import type { Randomness } from '../application/randomness.ts'
import type { RiskControl } from '../application/risk/judge-risk.ts'
import type { Readers, Transaction } from '../application/transaction.ts'
import type { Provider } from '../domain/payment.ts'
import { publicUrlOf, type Settings } from './config.ts'
import { tokens } from './tokens.ts'

/** What asks a gateway about payments, and what asks before it opens one. */
export const bindAsking = (container: Container): void => {
  container
    .bind(tokens.refreshPayment)
    .toResolvedValue(
      (
        transaction: Transaction,
        clock: Clock,
        ids: Ids,
        randomness: Randomness,
        gateways: Gateways,
        { LATE_PAYMENT_POLICY: latePaymentPolicy }: Settings,
      ) => shareRefresh(refreshPayment({ transaction, clock, ids, randomness, gateways, latePaymentPolicy })),
      [tokens.transaction, tokens.clock, tokens.ids, tokens.randomness, tokens.gateways, tokens.settings],
    )
  container
    .bind(tokens.queryPayment)
    .toResolvedValue(
      (readers: Readers, refresh: RefreshPayment) => queryPayment({ readers, refreshPayment: refresh }),
      [tokens.readers, tokens.refreshPayment],
    )
  container
    .bind(tokens.checkOrder)
    .toResolvedValue(
      (readers: Readers, refresh: RefreshPayment) => checkOrder({ readers, refreshPayment: refresh }),
      [tokens.readers, tokens.refreshPayment],
    )
  container
    .bind(tokens.orderWatcher)
    .toResolvedValue(
      (
        readers: Readers,
        clock: Clock,
        randomness: Randomness,
        refresh: RefreshPayment,
        failed: (error: unknown) => void,
      ) => watchOrders({ readers, clock, randomness, refreshPayment: refresh, failed }),
      [tokens.readers, tokens.clock, tokens.randomness, tokens.refreshPayment, tokens.questionFailed],
    )
  bindCreatePayment(container)
}

const bindCreatePayment = (container: Container): void => {
  container.bind(tokens.createPayment).toResolvedValue(
    (
      { transaction, readers }: Store,
      clock: Clock,
      ids: Ids,
      gateways: Gateways,
      refresh: RefreshPayment,
      points: PayWithPoints,
      risk: RiskControl,
      settings: Settings,
    ) =>
      createPayment({
        transaction,
        readers,
        clock,
        ids,
        gateways,
        refreshPayment: refresh,
        payWithPoints: points,
        risk,
        firstQuestionMs: settings.RECOVERY_SCHEDULE[0] ?? 15_000,
        returnPage: returnPageOf(settings),
      }),
    [
      tokens.store,
      tokens.clock,
      tokens.ids,
      tokens.gateways,
      tokens.refreshPayment,
      tokens.payWithPoints,
      tokens.risk,
      tokens.settings,
    ],
  )
}

/** Ours, unless the merchant has one of its own for Alipay. */
const returnPageOf =
  (settings: Settings) =>
  (provider: Provider, orderId: string): string =>
    (provider === 'alipay' ? settings.ALIPAY_RETURN_URL : undefined) ??
    `${publicUrlOf(settings)}/cashier/${orderId}/return`
