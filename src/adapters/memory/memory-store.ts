import { err, ok, type Result } from 'neverthrow'
import type { Alerting } from '../../application/alerts/alerting.ts'
import { alertBook } from '../../application/alerts/alert-book.ts'
import type { BacklogReader } from '../../application/backlog.ts'
import type { DoctorBook } from '../../application/doctor/doctor-book.ts'
import type { IdempotencyKeys } from '../../application/idempotency/idempotency-keys.ts'
import { alertedIncidents } from '../../application/incidents/alerted-incidents.ts'
import type { Statistics } from '../../application/statistics/statistics.ts'
import {
  type CommitListener,
  type Readers,
  type Repositories,
  StoreUnavailable,
  type Transaction,
  WRITE_CONFLICT,
  type WriteConflict,
} from '../../application/transaction.ts'
import { memoryBacklog } from './memory-backlog.ts'
import { dueTable } from './due-times.ts'
import { linksOf } from './links.ts'
import * as broker from './memory-broker-queue.ts'
import * as alertDeliveries from './memory-alert-deliveries.ts'
import * as alerts from './memory-alerts.ts'
import { memoryAlerting } from './memory-alerting.ts'
import * as codes from './memory-access-codes.ts'
import * as deliveries from './memory-deliveries.ts'
import { memoryDoctorBook } from './memory-doctor-book.ts'
import { memoryIdempotencyKeys } from './memory-idempotency-keys.ts'
import * as ledgers from './memory-ledgers.ts'
import * as notifications from './memory-notifications.ts'
import * as operators from './memory-operators.ts'
import * as orders from './memory-orders.ts'
import * as outbox from './memory-outbox.ts'
import * as payments from './memory-payments.ts'
import { memoryDayBooks } from './memory-day-books.ts'
import * as reconciliations from './memory-reconciliations.ts'
import * as records from './memory-records.ts'
import * as clues from './memory-refund-clues.ts'
import * as refunds from './memory-refunds.ts'
import * as risk from './memory-risk.ts'
import { memoryStatistics } from './memory-statistics.ts'
import * as webhooks from './memory-webhooks.ts'

const MAX_RUNS = 10

export type MemoryStore = {
  readonly transaction: Transaction
  readonly readers: Readers
  readonly idempotencyKeys: IdempotencyKeys
  readonly statistics: Statistics
  readonly alerting: Alerting
  readonly doctor: DoctorBook
  readonly backlog: BacklogReader
  healthy(): Promise<boolean>
  /** From then on it is down: each unit of work fails with `StoreUnavailable`. */
  close(): Promise<void>
}

/** The whole store in memory, for tests: units of work run one after another, each all or nothing. */
export const createMemoryStore = (options: { readonly onCommit?: CommitListener } = {}): MemoryStore => {
  const tables = createTables()
  const repositories = repositoriesOn(tables)
  let closed = false
  let last: Promise<unknown> = Promise.resolve()

  const commit = (): void => {
    const { events, ...others } = tables
    for (const table of Object.values(others)) table.commit()
    const streams = new Set(events.commit().map(({ stream }) => stream))
    // A listener's mistake is not the unit's, so it fails on its own.
    if (streams.size > 0) queueMicrotask(() => options.onCommit?.([...streams]))
  }
  const attempt = async <T, E>(work: Work<T, E>): Promise<Result<T, E>> => {
    if (closed) throw new StoreUnavailable('the store is closed')
    for (const table of Object.values(tables)) table.begin()
    let result: Result<T, E> | undefined
    try {
      result = await work(repositories)
    } finally {
      if (result?.isOk() !== true) for (const table of Object.values(tables)) table.rollback()
    }
    if (result.isOk()) commit()
    return result
  }
  const unit = async <T, E>(work: Work<T, E>): Promise<Result<T, Exclude<E, WriteConflict>>> => {
    for (let run = 1; run <= MAX_RUNS; run += 1) {
      const result = await attempt(work)
      if (result.isOk()) return ok(result.value)
      if (isDecided(result.error)) return err(result.error)
    }
    throw new StoreUnavailable(`a unit of work met another writer ${MAX_RUNS} times`)
  }
  return {
    transaction: {
      run(work) {
        const mine = last.then(() => unit(work))
        last = mine.then(
          () => undefined,
          () => undefined, // The caller has the error; the next unit only waits for the end.
        )
        return mine
      },
    },
    readers: readersOf(tables),
    idempotencyKeys: memoryIdempotencyKeys(),
    statistics: memoryStatistics({
      payments: tables.payments.committed,
      refunds: tables.refunds.committed,
      notifications: tables.notifications.committed,
    }),
    alerting: memoryAlerting(tables),
    doctor: memoryDoctorBook(),
    backlog: backlogOf(tables),
    healthy: async () => !closed,
    async close() {
      closed = true
      await last
    },
  }
}

type Work<T, E> = (repositories: Repositories) => Promise<Result<T, E>>

/** Any error but a conflict, which only asks for another run. */
const isDecided = <E>(error: E): error is Exclude<E, WriteConflict> =>
  !(typeof error === 'object' && error !== null && 'code' in error && error.code === WRITE_CONFLICT.code)

type Tables = ReturnType<typeof createTables>

const createTables = () => ({
  products: orders.productTable(),
  orders: orders.orderTable(),
  orderDues: dueTable(),
  payments: payments.paymentTable(),
  paymentDues: dueTable(),
  refundTurns: payments.refundTurnTable(),
  transactions: payments.transactionTable(),
  refunds: refunds.refundTable(),
  refundClues: clues.refundClueTable(),
  refundClueDues: dueTable(),
  notifications: notifications.notificationTable(),
  incidents: records.incidentTable(),
  alerts: alerts.alertTable(),
  alertDeliveries: alertDeliveries.alertDeliveryTable(),
  audit: records.auditTable(),
  auditChain: records.auditChainTable(),
  accessCodes: codes.accessCodeTable(),
  codeBatches: codes.codeBatchTable(),
  entitlements: deliveries.entitlementTable(),
  fulfilments: deliveries.fulfilmentTable(),
  accounts: ledgers.accountTable(),
  pointsEntries: ledgers.pointsEntryTable(),
  stocks: ledgers.stockTable(),
  reservations: ledgers.reservationTable(),
  stockEntries: ledgers.stockEntryTable(),
  webhookEndpoints: webhooks.endpointTable(),
  webhookDeliveries: webhooks.deliveryTable(),
  runs: reconciliations.runTable(),
  runDues: dueTable(),
  discrepancies: reconciliations.discrepancyTable(),
  discrepancyDues: dueTable(),
  billMatches: reconciliations.matchTable(),
  bills: reconciliations.billTable(),
  billPieces: reconciliations.pieceTable(),
  blacklist: risk.blacklistTable(),
  riskDecisions: risk.decisionTable(),
  riskSettings: risk.settingTable(),
  operators: operators.operatorTable(),
  operatorSessions: operators.sessionTable(),
  events: outbox.eventTable(),
  published: outbox.publishedTable(),
  streams: outbox.streamTable(),
  brokerQueue: broker.brokerQueueTable(),
  brokerPublisher: broker.brokerPublisherTable(),
})

const repositoriesOn = (tables: Tables): Repositories => {
  const links = linksOf(tables.payments.draft, tables.transactions.draft)
  const events = outbox.memoryOutbox(tables.events.draft, tables.streams.draft, tables.published.draft)
  const rows = alerts.alertRows(tables.alerts.draft)
  const book = alertBook({ rows, outbox: events, newId: numbered() })
  return {
    products: orders.productRepository(tables.products.draft),
    orders: orders.orderRepository(tables.orders.draft, links, tables.orderDues.draft),
    payments: payments.paymentRepository(tables.payments.draft, tables.orders.draft, links, {
      dues: tables.paymentDues.draft,
      turns: tables.refundTurns.draft,
    }),
    transactions: payments.transactionRepository(tables.transactions.draft),
    refunds: refunds.refundRepository(tables.refunds.draft, links),
    refundClues: clues.refundClueRepository(tables.refundClues.draft, tables.refundClueDues.draft),
    notifications: notifications.notificationLog(tables.notifications.draft),
    incidents: alertedIncidents(records.incidentRepository(tables.incidents.draft), book),
    alerts: book,
    alertDeliveries: alertDeliveries.alertDeliveryRepository(tables.alertDeliveries.draft),
    accessCodes: codes.accessCodeRepository(tables.accessCodes.draft, tables.codeBatches.draft),
    codeBatches: codes.codeBatchRepository(tables.codeBatches.draft),
    entitlements: deliveries.entitlementRepository(tables.entitlements.draft),
    points: ledgers.pointsRepository(tables.accounts.draft, tables.pointsEntries.draft),
    stock: ledgers.stockRepository(tables.stocks.draft, tables.reservations.draft, tables.stockEntries.draft),
    fulfilments: deliveries.fulfilmentRepository(tables.fulfilments.draft),
    webhookEndpoints: webhooks.endpointRepository(tables.webhookEndpoints.draft),
    webhookDeliveries: webhooks.deliveryRepository(tables.webhookDeliveries.draft, tables.webhookEndpoints.draft),
    outbox: events,
    reconciliations: reconciliations.runRepository(tables.runs.draft, tables.runDues.draft),
    discrepancies: reconciliations.discrepancyRepository(
      tables.discrepancies.draft,
      tables.discrepancyDues.draft,
      tables.billMatches.draft,
    ),
    bills: reconciliations.billRepository(tables.bills.draft, tables.billPieces.draft),
    dayBooks: memoryDayBooks({
      payments: tables.payments.draft,
      receipts: tables.transactions.draft,
      refunds: tables.refunds.draft,
      clues: tables.refundClues.draft,
      matches: tables.billMatches.draft,
    }),
    blacklist: risk.blacklist(tables.blacklist.draft),
    riskDecisions: risk.riskDecisions(tables.riskDecisions.draft, tables.orders.draft),
    riskSettings: risk.riskSettings(tables.riskSettings.draft),
    riskHistory: risk.riskHistory(tables.orders.draft, tables.payments.draft),
    operators: operators.operatorRepository(tables.operators.draft),
    operatorSessions: operators.sessionRepository(tables.operatorSessions.draft),
    brokerQueue: broker.brokerQueue(tables.brokerQueue.draft, tables.brokerPublisher.draft),
    audit: records.auditLog(tables.audit.draft, tables.auditChain.draft),
  }
}

const readersOf = (tables: Tables): Readers => {
  const links = linksOf(tables.payments.committed, tables.transactions.committed)
  return {
    products: orders.productReader(tables.products.committed),
    orders: orders.orderReader(tables.orders.committed, links),
    payments: payments.paymentReader(tables.payments.committed, tables.orders.committed, links),
    transactions: payments.transactionReader(tables.transactions.committed),
    refunds: refunds.refundReader(tables.refunds.committed, links),
    refundClues: clues.refundClueReader(tables.refundClues.committed, tables.refundClueDues.committed),
    notifications: notifications.notificationReader(tables.notifications.committed),
    incidents: records.incidentReader(tables.incidents.committed),
    alerts: alerts.alertReader(tables.alerts.committed),
    alertDeliveries: alertDeliveries.alertDeliveryReader(tables.alertDeliveries.committed),
    accessCodes: codes.accessCodeReader(tables.accessCodes.committed, tables.codeBatches.committed),
    codeBatches: codes.codeBatchReader(tables.codeBatches.committed),
    entitlements: deliveries.entitlementReader(tables.entitlements.committed),
    points: ledgers.pointsReader(tables.accounts.committed, tables.pointsEntries.committed),
    stock: ledgers.stockReader(tables.stocks.committed, tables.reservations.committed, tables.stockEntries.committed),
    fulfilments: deliveries.fulfilmentReader(tables.fulfilments.committed),
    webhookEndpoints: webhooks.endpointReader(tables.webhookEndpoints.committed),
    webhookDeliveries: webhooks.deliveryReader(tables.webhookDeliveries.committed, tables.webhookEndpoints.committed),
    reconciliations: reconciliations.runReader(tables.runs.committed),
    discrepancies: reconciliations.discrepancyReader(tables.discrepancies.committed),
    bills: reconciliations.billReader(tables.bills.committed, tables.billPieces.committed),
    dayBooks: memoryDayBooks({
      payments: tables.payments.committed,
      receipts: tables.transactions.committed,
      refunds: tables.refunds.committed,
      clues: tables.refundClues.committed,
      matches: tables.billMatches.committed,
    }),
    blacklist: risk.blacklistReader(tables.blacklist.committed),
    riskDecisions: risk.decisionReader(tables.riskDecisions.committed, tables.orders.committed),
    riskSettings: risk.settingReader(tables.riskSettings.committed),
    riskHistory: risk.riskHistory(tables.orders.committed, tables.payments.committed),
    operators: operators.operatorReader(tables.operators.committed),
    operatorSessions: operators.sessionReader(tables.operatorSessions.committed),
    events: outbox.eventReader(tables.events.committed, tables.published.committed),
    brokerQueue: broker.brokerQueueReader(tables.brokerQueue.committed),
    audit: records.auditReader(tables.audit.committed, tables.auditChain.committed),
  }
}

const backlogOf = (tables: Tables): BacklogReader =>
  memoryBacklog({
    payments: tables.payments.committed,
    paymentDues: tables.paymentDues.committed,
    refunds: tables.refunds.committed,
    events: readersOf(tables).events,
    endpoints: tables.webhookEndpoints.committed,
    deliveries: tables.webhookDeliveries.committed,
    brokerQueue: readersOf(tables).brokerQueue,
    orderDues: tables.orderDues.committed,
    alertDeliveries: tables.alertDeliveries.committed,
    discrepancyDues: tables.discrepancyDues.committed,
    incidents: readersOf(tables).incidents,
  })

/** Ids that count on, as a test can name them. */
const numbered = (): (() => string) => {
  let made = 0
  return () => (made += 1).toString(16).padStart(32, '0')
}
