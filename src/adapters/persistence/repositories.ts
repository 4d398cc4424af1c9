import type { Kysely } from 'kysely'
import type { Encryption } from '../../application/encryption.ts'
import type { Ids } from '../../application/ids.ts'
import type { Readers, Repositories } from '../../application/transaction.ts'
import type { Executor } from './executor.ts'
import { accessCodeStatements, KyselyAccessCodeRepository } from './kysely-access-code-repository.ts'
import { auditStatements, KyselyAuditLog } from './kysely-audit-log.ts'
import { brokerQueueStatements, KyselyBrokerQueue } from './kysely-broker-queue.ts'
import { codeBatchStatements, KyselyCodeBatchRepository } from './kysely-code-batch-repository.ts'
import { entitlementStatements, KyselyEntitlementRepository } from './kysely-entitlement-repository.ts'
import { fulfilmentStatements, KyselyFulfilmentRepository } from './kysely-fulfilment-repository.ts'
import { idempotencyStatements } from './kysely-idempotency-keys.ts'
import { incidentStatements, KyselyIncidentRepository } from './kysely-incident-repository.ts'
import { KyselyNotificationLog, notificationStatements } from './kysely-notification-log.ts'
import { KyselyOrderRepository, orderStatements } from './kysely-order-repository.ts'
import { KyselyOutbox, outboxStatements } from './kysely-outbox.ts'
import { KyselyPaymentRepository, paymentStatements } from './kysely-payment-repository.ts'
import { KyselyPaymentTransactionRepository, transactionStatements } from './kysely-payment-transaction-repository.ts'
import { KyselyPointsRepository, pointsStatements } from './kysely-points-repository.ts'
import { KyselyProductRepository, productStatements } from './kysely-product-repository.ts'
import { KyselyRefundClueRepository, refundClueStatements } from './kysely-refund-clue-repository.ts'
import { KyselyRefundRepository, refundStatements } from './kysely-refund-repository.ts'
import { KyselyStockRepository, stockStatements } from './kysely-stock-repository.ts'
import { KyselyWebhookDeliveryRepository, webhookDeliveryStatements } from './kysely-webhook-delivery-repository.ts'
import { KyselyWebhookEndpointRepository, webhookEndpointStatements } from './kysely-webhook-endpoint-repository.ts'
import type { DB } from './schema.ts'

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
  accessCodes: accessCodeStatements(builder),
  codeBatches: codeBatchStatements(builder),
  entitlements: entitlementStatements(builder),
  points: pointsStatements(builder),
  stock: stockStatements(builder),
  fulfilments: fulfilmentStatements(builder),
  webhookEndpoints: webhookEndpointStatements(builder),
  webhookDeliveries: webhookDeliveryStatements(builder),
  outbox: outboxStatements(builder),
  brokerQueue: brokerQueueStatements(builder),
  audit: auditStatements(builder),
  idempotencyKeys: idempotencyStatements(builder),
})

export type RepositoryContext = {
  readonly statements: Statements
  readonly encryption: Encryption
  readonly ids: Ids
}

/** The repositories of one unit of work; `announce` is told of each stream that got events. */
export const repositoriesOn = (
  on: Executor,
  { statements, encryption, ids }: RepositoryContext,
  announce: (stream: string) => void,
): Repositories => {
  const orders = new KyselyOrderRepository(statements.orders, on)
  return {
    products: new KyselyProductRepository(statements.products, on),
    orders,
    payments: new KyselyPaymentRepository(statements.payments, on, { encryption, orders }),
    transactions: new KyselyPaymentTransactionRepository(statements.transactions, on, encryption),
    refunds: new KyselyRefundRepository(statements.refunds, on),
    refundClues: new KyselyRefundClueRepository(statements.refundClues, on),
    notifications: new KyselyNotificationLog(statements.notifications, on, encryption),
    incidents: new KyselyIncidentRepository(statements.incidents, on),
    accessCodes: new KyselyAccessCodeRepository(statements.accessCodes, on, encryption),
    codeBatches: new KyselyCodeBatchRepository(statements.codeBatches, on),
    entitlements: new KyselyEntitlementRepository(statements.entitlements, on),
    points: new KyselyPointsRepository(statements.points, on),
    stock: new KyselyStockRepository(statements.stock, on),
    fulfilments: new KyselyFulfilmentRepository(statements.fulfilments, on),
    webhookEndpoints: new KyselyWebhookEndpointRepository(statements.webhookEndpoints, on, encryption),
    webhookDeliveries: new KyselyWebhookDeliveryRepository(statements.webhookDeliveries, on),
    outbox: new KyselyOutbox(statements.outbox, on, { ids, announce }),
    brokerQueue: new KyselyBrokerQueue(statements.brokerQueue, on),
    audit: new KyselyAuditLog(statements.audit, on),
  }
}

/** The same, on a connection that sees committed state only. */
export const readersOn = (on: Executor, context: RepositoryContext): Readers => {
  const { outbox, ...readers } = repositoriesOn(on, context, () => {})
  return { ...readers, events: outbox }
}
