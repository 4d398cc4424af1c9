import type { Kysely } from 'kysely'
import { alertBook } from '../../application/alerts/alert-book.ts'
import type { Encryption } from '../../application/encryption.ts'
import type { Ids } from '../../application/ids.ts'
import { alertedIncidents } from '../../application/incidents/alerted-incidents.ts'
import type { Readers, Repositories } from '../../application/transaction.ts'
import type { Executor, WatchStatements } from './executor.ts'
import { accessCodeStatements, KyselyAccessCodeRepository } from './kysely-access-code-repository.ts'
import { alertDeliveryStatements, KyselyAlertDeliveryRepository } from './kysely-alert-delivery-repository.ts'
import { alertingStatements } from './alerting-statements.ts'
import { alertStatements, KyselyAlertRows } from './kysely-alert-rows.ts'
import { auditStatements, KyselyAuditLog } from './kysely-audit-log.ts'
import { billStatements, KyselyBillRepository } from './kysely-bill-repository.ts'
import { backlogStatements } from './kysely-backlog.ts'
import { brokerQueueStatements, KyselyBrokerQueue } from './kysely-broker-queue.ts'
import { codeBatchStatements, KyselyCodeBatchRepository } from './kysely-code-batch-repository.ts'
import { dayBooksStatements, KyselyDayBooks } from './kysely-day-books.ts'
import { discrepancyStatements } from './discrepancy-statements.ts'
import { doctorStatements } from './kysely-doctor-book.ts'
import { KyselyDiscrepancyRepository } from './kysely-discrepancy-repository.ts'
import { entitlementStatements, KyselyEntitlementRepository } from './kysely-entitlement-repository.ts'
import { fulfilmentStatements, KyselyFulfilmentRepository } from './kysely-fulfilment-repository.ts'
import { idempotencyStatements } from './kysely-idempotency-keys.ts'
import { incidentStatements, KyselyIncidentRepository } from './kysely-incident-repository.ts'
import { KyselyNotificationLog, notificationStatements } from './kysely-notification-log.ts'
import { KyselyOperatorRepository, operatorStatements } from './kysely-operator-repository.ts'
import { KyselyOperatorSessionRepository, operatorSessionStatements } from './kysely-operator-session-repository.ts'
import { KyselyOrderRepository, orderStatements } from './kysely-order-repository.ts'
import { KyselyOutbox, outboxStatements } from './kysely-outbox.ts'
import { KyselyPaymentRepository, paymentStatements } from './kysely-payment-repository.ts'
import { KyselyPaymentTransactionRepository, transactionStatements } from './kysely-payment-transaction-repository.ts'
import { KyselyPointsRepository, pointsStatements } from './kysely-points-repository.ts'
import { KyselyProductRepository, productStatements } from './kysely-product-repository.ts'
import { KyselyReconciliationRepository, reconciliationStatements } from './kysely-reconciliation-repository.ts'
import { KyselyRefundClueRepository, refundClueStatements } from './kysely-refund-clue-repository.ts'
import { KyselyRefundRepository, refundStatements } from './kysely-refund-repository.ts'
import { blacklistStatements, KyselyBlacklist } from './kysely-blacklist.ts'
import { KyselyRiskDecisions, riskDecisionStatements } from './kysely-risk-decisions.ts'
import { KyselyRiskHistory, riskHistoryStatements } from './kysely-risk-history.ts'
import { KyselyRiskSettings, riskSettingStatements } from './kysely-risk-settings.ts'
import { KyselyStockRepository, stockStatements } from './kysely-stock-repository.ts'
import { KyselyWebhookDeliveryRepository, webhookDeliveryStatements } from './kysely-webhook-delivery-repository.ts'
import { KyselyWebhookEndpointRepository, webhookEndpointStatements } from './kysely-webhook-endpoint-repository.ts'
import type { Notes } from './notes.ts'
import type { DB } from './schema.ts'
import { statisticsStatements } from './statistics-statements.ts'

export type Statements = ReturnType<typeof buildStatements>

/** All statements, built once in the dialect of the builder. */
export const buildStatements = (builder: Kysely<DB>) => ({
  products: productStatements(builder),
  orders: orderStatements(builder),
  payments: paymentStatements(builder),
  transactions: transactionStatements(builder),
  refunds: refundStatements(builder),
  refundClues: refundClueStatements(builder),
  notifications: notificationStatements(builder),
  incidents: incidentStatements(builder),
  alerts: alertStatements(builder),
  alertDeliveries: alertDeliveryStatements(builder),
  alerting: alertingStatements(builder),
  doctor: doctorStatements(builder),
  accessCodes: accessCodeStatements(builder),
  codeBatches: codeBatchStatements(builder),
  entitlements: entitlementStatements(builder),
  points: pointsStatements(builder),
  stock: stockStatements(builder),
  fulfilments: fulfilmentStatements(builder),
  webhookEndpoints: webhookEndpointStatements(builder),
  webhookDeliveries: webhookDeliveryStatements(builder),
  reconciliations: reconciliationStatements(builder),
  discrepancies: discrepancyStatements(builder),
  bills: billStatements(builder),
  dayBooks: dayBooksStatements(builder),
  blacklist: blacklistStatements(builder),
  riskDecisions: riskDecisionStatements(builder),
  riskSettings: riskSettingStatements(builder),
  riskHistory: riskHistoryStatements(builder),
  operators: operatorStatements(builder),
  operatorSessions: operatorSessionStatements(builder),
  outbox: outboxStatements(builder),
  brokerQueue: brokerQueueStatements(builder),
  audit: auditStatements(builder),
  idempotencyKeys: idempotencyStatements(builder),
  statistics: statisticsStatements(builder),
  backlog: backlogStatements(builder),
})

export type RepositoryContext = {
  readonly statements: Statements
  readonly encryption: Encryption
  readonly ids: Ids
  readonly watched?: WatchStatements | undefined
}

/** The repositories of one unit of work. */
export const repositoriesOn = (
  on: Executor,
  { statements, encryption, ids }: RepositoryContext,
  { announce, count }: Notes,
): Repositories => {
  const orders = new KyselyOrderRepository(statements.orders, on)
  const outbox = new KyselyOutbox(statements.outbox, on, { ids, announce })
  const alertRows = new KyselyAlertRows(statements.alerts, on)
  const alerts = alertBook({ rows: alertRows, outbox, newId: () => ids.entity() })
  return {
    products: new KyselyProductRepository(statements.products, on),
    orders,
    payments: new KyselyPaymentRepository(statements.payments, on, { encryption, orders, count }),
    transactions: new KyselyPaymentTransactionRepository(statements.transactions, on, encryption),
    refunds: new KyselyRefundRepository(statements.refunds, on, count),
    refundClues: new KyselyRefundClueRepository(statements.refundClues, on),
    notifications: new KyselyNotificationLog(statements.notifications, on, { encryption, count }),
    incidents: alertedIncidents(new KyselyIncidentRepository(statements.incidents, on), alerts),
    alerts,
    alertDeliveries: new KyselyAlertDeliveryRepository(statements.alertDeliveries, on),
    accessCodes: new KyselyAccessCodeRepository(statements.accessCodes, on, encryption),
    codeBatches: new KyselyCodeBatchRepository(statements.codeBatches, on),
    entitlements: new KyselyEntitlementRepository(statements.entitlements, on),
    points: new KyselyPointsRepository(statements.points, on),
    stock: new KyselyStockRepository(statements.stock, on),
    fulfilments: new KyselyFulfilmentRepository(statements.fulfilments, on),
    webhookEndpoints: new KyselyWebhookEndpointRepository(statements.webhookEndpoints, on, encryption),
    webhookDeliveries: new KyselyWebhookDeliveryRepository(statements.webhookDeliveries, on),
    outbox,
    reconciliations: new KyselyReconciliationRepository(statements.reconciliations, on),
    discrepancies: new KyselyDiscrepancyRepository(statements.discrepancies, on, encryption),
    bills: new KyselyBillRepository(statements.bills, on),
    dayBooks: new KyselyDayBooks(statements.dayBooks, on),
    blacklist: new KyselyBlacklist(statements.blacklist, on),
    riskDecisions: new KyselyRiskDecisions(statements.riskDecisions, on),
    riskSettings: new KyselyRiskSettings(statements.riskSettings, on),
    riskHistory: new KyselyRiskHistory(statements.riskHistory, on),
    operators: new KyselyOperatorRepository(statements.operators, on),
    operatorSessions: new KyselyOperatorSessionRepository(statements.operatorSessions, on),
    brokerQueue: new KyselyBrokerQueue(statements.brokerQueue, on),
    audit: new KyselyAuditLog(statements.audit, on),
  }
}

/** The same, on a connection that sees committed state only. */
export const readersOn = (on: Executor, context: RepositoryContext): Readers => {
  const { outbox, ...readers } = repositoriesOn(on, context, { announce: nothing, count: nothing })
  return { ...readers, events: outbox }
}

const nothing = (): void => {}
