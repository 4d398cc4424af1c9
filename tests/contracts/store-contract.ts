import { describe } from 'vitest'
import { accessCodeContract } from './store/access-codes.ts'
import { alertDeliveryContract } from './store/alert-deliveries.ts'
import { alertContract } from './store/alerts.ts'
import { alertingContract } from './store/alerting.ts'
import { auditContract } from './store/audit.ts'
import { backlogContract } from './store/backlog.ts'
import { billContract } from './store/bills.ts'
import { brokerQueueContract } from './store/broker-queue.ts'
import { codeBatchContract } from './store/code-batches.ts'
import { dayBooksContract } from './store/day-books.ts'
import { discrepancyContract } from './store/discrepancies.ts'
import { doctorContract } from './store/doctor.ts'
import { entitlementContract } from './store/entitlements.ts'
import { fulfilmentContract } from './store/fulfilments.ts'
import { idempotencyContract } from './store/idempotency-keys.ts'
import { incidentContract } from './store/incidents.ts'
import { notificationContract } from './store/notifications.ts'
import { operatorContract } from './store/operators.ts'
import { orderContract } from './store/orders.ts'
import { outboxContract } from './store/outbox.ts'
import { paymentContract } from './store/payments.ts'
import { pointsContract } from './store/points.ts'
import { productContract } from './store/products.ts'
import { receiptContract } from './store/receipts.ts'
import { reconciliationContract } from './store/reconciliations.ts'
import { dueWorkContract } from './store/due-work.ts'
import { refundClueContract } from './store/refund-clues.ts'
import { refundTurnContract } from './store/refund-turns.ts'
import { refundContract } from './store/refunds.ts'
import { searchContract } from './store/search.ts'
import { riskContract } from './store/risk.ts'
import { statisticsContract } from './store/statistics.ts'
import { stockContract } from './store/stock.ts'
import { transactionContract } from './store/transaction.ts'
import { webhookContract } from './store/webhooks.ts'
import type { CreateStore } from './store/under-test.ts'

/** What every store must do. `create` gives an empty one for each test and passes the commit listener on to it. */
export const storeContract = (name: string, create: CreateStore): void => {
  describe(`${name} keeps the store contract`, () => {
    transactionContract(create)
    productContract(create)
    orderContract(create)
    paymentContract(create)
    receiptContract(create)
    refundContract(create)
    refundClueContract(create)
    searchContract(create)
    refundTurnContract(create)
    dueWorkContract(create)
    notificationContract(create)
    incidentContract(create)
    alertContract(create)
    riskContract(create)
    operatorContract(create)
    alertDeliveryContract(create)
    alertingContract(create)
    doctorContract(create)
    accessCodeContract(create)
    codeBatchContract(create)
    entitlementContract(create)
    pointsContract(create)
    stockContract(create)
    fulfilmentContract(create)
    webhookContract(create)
    reconciliationContract(create)
    discrepancyContract(create)
    billContract(create)
    dayBooksContract(create)
    outboxContract(create)
    brokerQueueContract(create)
    idempotencyContract(create)
    auditContract(create)
    statisticsContract(create)
    backlogContract(create)
  })
}
