import 'reflect-metadata' // oxlint-disable-line import/no-unassigned-import -- inversify wants it loaded first
import { Container } from 'inversify'
import { createAuthenticator } from '../adapters/http/authentication.ts'
import { createCashierTokens } from '../adapters/http/cashier-token.ts'
import type { BrokerTrouble } from '../adapters/broker/broker-trouble.ts'
import type { Store } from '../adapters/persistence/store.ts'
import { createProduct, updateProduct } from '../application/catalogue/maintain-catalogue.ts'
import type { Clock } from '../application/clock.ts'
import type { Encryption } from '../application/encryption.ts'
import type { Ids } from '../application/ids.ts'
import { handleNotification } from '../application/notifications/handle-notification.ts'
import { cancelOrder } from '../application/orders/cancel-order.ts'
import { createOrder } from '../application/orders/create-order.ts'
import { expireOrders } from '../application/orders/expire-orders.ts'
import { type CloseAttempts, closeAttempts } from '../application/payments/close-attempts.ts'
import { closePayment } from '../application/payments/close-payment.ts'
import type { Gateways } from '../application/payments/payment-gateway.ts'
import { payWithPoints } from '../application/payments/pay-with-points.ts'
import { recoverPayments } from '../application/payments/recover-payments.ts'
import type { RefreshPayment } from '../application/payments/refresh-payment.ts'
import type { Randomness } from '../application/randomness.ts'
import type { RiskControl } from '../application/risk/judge-risk.ts'
import { adjustInventory } from '../application/stock/adjust-inventory.ts'
import type { Readers, Transaction } from '../application/transaction.ts'
import type { WebhookTrouble } from '../application/webhooks/deliver-webhooks.ts'
import type { ActivityTally } from '../application/alerts/activity.ts'
import type { Certificate } from '../application/alerts/checks/check.ts'
import type { AlertTrouble } from '../application/alerts/alert-trouble.ts'
import { bindAccessCodes } from './bind-access-codes.ts'
import { bindAlertRules } from './bind-alert-rules.ts'
import { bindAlerts } from './bind-alerts.ts'
import { bindAsking } from './bind-asking.ts'
import { bindAdministration } from './bind-administration.ts'
import { bindBroker } from './bind-broker.ts'
import { bindOperators } from './bind-operators.ts'
import { bindDoctor } from './bind-doctor.ts'
import { bindReconciliation } from './bind-reconciliation.ts'
import { bindRefunds } from './bind-refunds.ts'
import { bindRisk } from './bind-risk.ts'
import { bindShared } from './bind-shared.ts'
import { bindStatistics } from './bind-statistics.ts'
import { bindWebhooks } from './bind-webhooks.ts'
import type { CompareBills } from './compare-bills.ts'
import type { Settings } from './config.ts'
import { bindRefundClues } from './bind-refund-clues.ts'
import { cashierKeys, type Secrets } from './secrets.ts'
import type { Shared } from './shared.ts'
import { tokens } from './tokens.ts'

/** What is opened before the container is made, because opening it may fail or take a moment. */
export type Resources = {
  readonly settings: Settings
  readonly secrets: Secrets
  readonly store: Store
  readonly gateways: Gateways
  readonly clock: Clock
  readonly ids: Ids
  readonly randomness: Randomness
  readonly shared: Shared
  readonly encryption: Encryption
  /** How bills are held against the books: in this thread or in one of its own. */
  readonly compareBills: CompareBills
  /** Told of a question to a gateway that broke off, other than by the gateway. */
  readonly questionFailed: (error: unknown) => void
  readonly webhookTrouble: (trouble: WebhookTrouble) => void
  readonly alertTrouble: (trouble: AlertTrouble) => void
  /** What this process counts for the rules of alerts. */
  readonly activity: ActivityTally
  readonly certificates: () => readonly Certificate[]
  readonly brokerTrouble: (trouble: BrokerTrouble) => void
}

/** Puts everything together; the one place that knows who gets what. */
export const createContainer = (resources: Resources): Container => {
  const container = new Container({ defaultScope: 'Singleton' })
  bindResources(container, resources)
  bindAdapters(container, resources.secrets)
  bindOperators(container, resources.secrets)
  bindShared(container, resources.shared)
  bindUseCases(container)
  bindBroker(container, resources.brokerTrouble)
  bindAlerts(container, resources.alertTrouble)
  bindAlertRules(container, resources)
  bindWebhooks(container, resources.webhookTrouble)
  bindDoctor(container, resources)
  bindReconciliation(container, resources.encryption, resources.compareBills)
  return container
}

const bindResources = (container: Container, resources: Resources): void => {
  container.bind(tokens.settings).toConstantValue(resources.settings)
  container.bind(tokens.store).toConstantValue(resources.store)
  container.bind(tokens.gateways).toConstantValue(resources.gateways)
  container.bind(tokens.clock).toConstantValue(resources.clock)
  container.bind(tokens.ids).toConstantValue(resources.ids)
  container.bind(tokens.randomness).toConstantValue(resources.randomness)
  container.bind(tokens.questionFailed).toConstantValue(resources.questionFailed)
  container.bind(tokens.transaction).toResolvedValue((store: Store) => store.transaction, [tokens.store])
  container.bind(tokens.readers).toResolvedValue((store: Store) => store.readers, [tokens.store])
}

const bindAdapters = (container: Container, secrets: Secrets): void => {
  container
    .bind(tokens.authenticate)
    .toResolvedValue(
      ({ JWT_JWKS_URL: jwksUrl, JWT_ISSUER: issuer, JWT_AUDIENCE: audience }: Settings, clock: Clock) =>
        createAuthenticator({ secret: secrets.jwtSecret, jwksUrl, issuer, audience, clock }),
      [tokens.settings, tokens.clock],
    )
  container
    .bind(tokens.cashierTokens)
    .toResolvedValue((clock: Clock) => createCashierTokens({ keys: cashierKeys(secrets), clock }), [tokens.clock])
}

const bindUseCases = (container: Container): void => {
  bindRisk(container)
  container
    .bind(tokens.createOrder)
    .toResolvedValue(
      (transaction: Transaction, clock: Clock, risk: RiskControl, { ORDER_TTL_SECONDS }: Settings) =>
        createOrder({ transaction, clock, risk, orderTtlMs: ORDER_TTL_SECONDS * 1000 }),
      [tokens.transaction, tokens.clock, tokens.risk, tokens.settings],
    )
  container
    .bind(tokens.cancelOrder)
    .toResolvedValue(
      ({ transaction, readers }: Store, clock: Clock, close: CloseAttempts) =>
        cancelOrder({ transaction, readers, clock, closeAttempts: close }),
      [tokens.store, tokens.clock, tokens.closeAttempts],
    )
  bindCatalogue(container)
  bindAccessCodes(container)
  bindAdministration(container)
  bindPayments(container)
  bindRefunds(container)
  bindStatistics(container)
  bindJobs(container)
  bindRefundClues(container)
}

const bindJobs = (container: Container): void => {
  container
    .bind(tokens.recoverPayments)
    .toResolvedValue(
      (
        { transaction, readers }: Store,
        clock: Clock,
        refresh: RefreshPayment,
        close: CloseAttempts,
        { RECOVERY_SCHEDULE: scheduleMs }: Settings,
      ) => recoverPayments({ transaction, readers, clock, refreshPayment: refresh, closeAttempts: close, scheduleMs }),
      [tokens.store, tokens.clock, tokens.refreshPayment, tokens.closeAttempts, tokens.settings],
    )
  container
    .bind(tokens.expireOrders)
    .toResolvedValue(
      (
        { transaction, readers }: Store,
        clock: Clock,
        refresh: RefreshPayment,
        close: CloseAttempts,
        { RECOVERY_SCHEDULE: scheduleMs }: Settings,
      ) => expireOrders({ transaction, readers, clock, refreshPayment: refresh, closeAttempts: close, scheduleMs }),
      [tokens.store, tokens.clock, tokens.refreshPayment, tokens.closeAttempts, tokens.settings],
    )
}

const bindCatalogue = (container: Container): void => {
  const deps = [tokens.transaction, tokens.clock, tokens.ids, tokens.productCache] as const
  container
    .bind(tokens.createProduct)
    .toResolvedValue(
      (transaction, clock, ids, cache) =>
        createProduct({ transaction, clock, ids, catalogueChanged: () => cache.invalidate('active') }),
      [...deps],
    )
  container
    .bind(tokens.updateProduct)
    .toResolvedValue(
      (transaction, clock, ids, cache) =>
        updateProduct({ transaction, clock, ids, catalogueChanged: () => cache.invalidate('active') }),
      [...deps],
    )
  container
    .bind(tokens.adjustInventory)
    .toResolvedValue(
      ({ transaction, readers }: Store, clock: Clock, ids: Ids) =>
        adjustInventory({ transaction, readers, clock, ids }),
      [tokens.store, tokens.clock, tokens.ids],
    )
}

const bindPayments = (container: Container): void => {
  bindAsking(container)
  container.bind(tokens.payWithPoints).toResolvedValue(
    (
      transaction: Transaction,
      clock: Clock,
      ids: Ids,
      randomness: Randomness,
      risk: RiskControl,
      settings: Settings,
    ) => {
      const { LATE_PAYMENT_POLICY: latePaymentPolicy, POINTS_PER_YUAN: pointsPerYuan } = settings
      return payWithPoints({ transaction, clock, ids, randomness, risk, latePaymentPolicy, pointsPerYuan })
    },
    [tokens.transaction, tokens.clock, tokens.ids, tokens.randomness, tokens.risk, tokens.settings],
  )
  container
    .bind(tokens.closeAttempts)
    .toResolvedValue(
      ({ transaction, readers }: Store, clock: Clock, gateways: Gateways, refresh: RefreshPayment) =>
        closeAttempts({ transaction, readers, clock, gateways, refreshPayment: refresh }),
      [tokens.store, tokens.clock, tokens.gateways, tokens.refreshPayment],
    )
  container
    .bind(tokens.closePayment)
    .toResolvedValue(
      (readers: Readers, close: CloseAttempts) => closePayment({ readers, closeAttempts: close }),
      [tokens.readers, tokens.closeAttempts],
    )
  container.bind(tokens.handleNotification).toResolvedValue(
    (store: Store, clock: Clock, ids: Ids, randomness: Randomness, gateways: Gateways, settings: Settings) =>
      handleNotification({
        transaction: store.transaction,
        readers: store.readers,
        clock,
        ids,
        randomness,
        gateways,
        latePaymentPolicy: settings.LATE_PAYMENT_POLICY,
      }),
    [tokens.store, tokens.clock, tokens.ids, tokens.randomness, tokens.gateways, tokens.settings],
  )
}
