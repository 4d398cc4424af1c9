import type { Result } from 'neverthrow'
import type { AccessCodeReader, AccessCodeRepository } from './access-codes/access-code-repository.ts'
import type { CodeBatchReader, CodeBatchRepository } from './access-codes/code-batch-repository.ts'
import type { AlertDeliveryReader, AlertDeliveryRepository } from './alerts/alert-delivery-repository.ts'
import type { AlertReader, AlertRepository } from './alerts/alert-repository.ts'
import type { AuditLog, AuditReader } from './audit/audit-log.ts'
import type { BrokerQueue, BrokerQueueReader } from './broker/broker-queue.ts'
import type { ProductReader, ProductRepository } from './catalogue/product-repository.ts'
import type { EntitlementReader, EntitlementRepository } from './entitlements/entitlement-repository.ts'
import type { FulfilmentReader, FulfilmentRepository } from './fulfilment/fulfilment-repository.ts'
import type { IncidentReader, IncidentRepository } from './incidents/incident-repository.ts'
import type { NotificationLog, NotificationReader } from './notifications/notification-log.ts'
import type { OperatorReader, OperatorRepository } from './operators/operator-repository.ts'
import type { OperatorSessionReader, OperatorSessionRepository } from './operators/operator-session-repository.ts'
import type { OrderReader, OrderRepository } from './orders/order-repository.ts'
import type { EventReader, Outbox } from './outbox.ts'
import type { PaymentReader, PaymentRepository } from './payments/payment-repository.ts'
import type { PaymentTransactionReader, PaymentTransactionRepository } from './payments/payment-transaction.ts'
import type { PointsReader, PointsRepository } from './points/points-repository.ts'
import type { BillReader, BillRepository } from './reconciliation/bill-repository.ts'
import type { DayBooks } from './reconciliation/day-books.ts'
import type { DiscrepancyReader, DiscrepancyRepository } from './reconciliation/discrepancy-repository.ts'
import type { ReconciliationReader, ReconciliationRepository } from './reconciliation/reconciliation-repository.ts'
import type { RefundClueReader, RefundClueRepository } from './refunds/refund-clue-repository.ts'
import type { RefundReader, RefundRepository } from './refunds/refund-repository.ts'
import type { Blacklist, BlacklistReader } from './risk/blacklist.ts'
import type { RiskDecisionReader, RiskDecisions } from './risk/risk-decisions.ts'
import type { RiskHistory } from './risk/risk-history.ts'
import type { RiskSettingReader, RiskSettings } from './risk/risk-settings.ts'
import type { StockReader, StockRepository } from './stock/stock-repository.ts'
import type { WebhookDeliveryReader, WebhookDeliveryRepository } from './webhooks/webhook-delivery-repository.ts'
import type { WebhookEndpointReader, WebhookEndpointRepository } from './webhooks/webhook-endpoint-repository.ts'

/** Everything that is written together. */
export type Repositories = {
  readonly products: ProductRepository
  readonly orders: OrderRepository
  readonly payments: PaymentRepository
  readonly transactions: PaymentTransactionRepository
  readonly refunds: RefundRepository
  readonly refundClues: RefundClueRepository
  readonly notifications: NotificationLog
  readonly incidents: IncidentRepository
  readonly alerts: AlertRepository
  readonly alertDeliveries: AlertDeliveryRepository
  readonly accessCodes: AccessCodeRepository
  readonly codeBatches: CodeBatchRepository
  readonly entitlements: EntitlementRepository
  readonly points: PointsRepository
  readonly stock: StockRepository
  readonly fulfilments: FulfilmentRepository
  readonly webhookEndpoints: WebhookEndpointRepository
  readonly webhookDeliveries: WebhookDeliveryRepository
  readonly reconciliations: ReconciliationRepository
  readonly discrepancies: DiscrepancyRepository
  readonly bills: BillRepository
  readonly dayBooks: DayBooks
  readonly blacklist: Blacklist
  readonly riskDecisions: RiskDecisions
  readonly riskSettings: RiskSettings
  readonly riskHistory: RiskHistory
  readonly operators: OperatorRepository
  readonly operatorSessions: OperatorSessionRepository
  readonly outbox: Outbox
  readonly brokerQueue: BrokerQueue
  readonly audit: AuditLog
}

/** Committed state, outside any transaction: for answers and for deciding whether a transaction is worth opening. */
export type Readers = {
  readonly products: ProductReader
  readonly orders: OrderReader
  readonly payments: PaymentReader
  readonly transactions: PaymentTransactionReader
  readonly refunds: RefundReader
  readonly refundClues: RefundClueReader
  readonly notifications: NotificationReader
  readonly incidents: IncidentReader
  readonly alerts: AlertReader
  readonly alertDeliveries: AlertDeliveryReader
  readonly accessCodes: AccessCodeReader
  readonly codeBatches: CodeBatchReader
  readonly entitlements: EntitlementReader
  readonly points: PointsReader
  readonly stock: StockReader
  readonly fulfilments: FulfilmentReader
  readonly webhookEndpoints: WebhookEndpointReader
  readonly webhookDeliveries: WebhookDeliveryReader
  readonly reconciliations: ReconciliationReader
  readonly discrepancies: DiscrepancyReader
  readonly bills: BillReader
  readonly dayBooks: DayBooks
  readonly blacklist: BlacklistReader
  readonly riskDecisions: RiskDecisionReader
  readonly riskSettings: RiskSettingReader
  readonly riskHistory: RiskHistory
  readonly operators: OperatorReader
  readonly operatorSessions: OperatorSessionReader
  readonly events: EventReader
  readonly brokerQueue: BrokerQueueReader
  readonly audit: AuditReader
}

/** Another writer came first; the unit of work is run again from its start. */
export type WriteConflict = { readonly code: 'WRITE_CONFLICT' }

export const WRITE_CONFLICT: WriteConflict = { code: 'WRITE_CONFLICT' }

export interface Transaction {
  /**
   * Runs the work as one durable transaction and resolves after its commit; an `Err` or a throw rolls back.
   * Work may be run several times (conflicts, deadlocks) and must not call anything outside the store.
   * Several units may share one flush to disk, but each commits or rolls back alone.
   */
  run<T, E>(work: (repositories: Repositories) => Promise<Result<T, E>>): Promise<Result<T, Exclude<E, WriteConflict>>>
}

/** The store can't be used now (down, locked, full); nothing was written that was answered. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable'
}

/** Called after a commit with the streams (order ids) that got new events. */
export type CommitListener = (streams: readonly string[]) => void
