import type { Container } from 'inversify'
import { createBillArchive } from '../adapters/bills/bill-archive.ts'
import { readFundFlow } from '../adapters/gateways/wechat/fund-flow.ts'
import { askGateway } from '../application/reconciliation/ask-gateway.ts'
import { dropAbandonedBills } from '../application/reconciliation/drop-abandoned-bills.ts'
import { fetchBill } from '../application/reconciliation/fetch-bill.ts'
import { healDiscrepancies } from '../application/reconciliation/heal-discrepancies.ts'
import { receiveImport, reconcileWith } from '../application/reconciliation/import-bill.ts'
import { keepFundFlow } from '../application/reconciliation/keep-fund-flow.ts'
import { requestReconciliation } from '../application/reconciliation/request-reconciliation.ts'
import { resolveDiscrepancy } from '../application/reconciliation/resolve-discrepancy.ts'
import { runReconciliation } from '../application/reconciliation/run-reconciliation.ts'
import {
  scheduleReconciliations,
  workOnReconciliations,
} from '../application/reconciliation/schedule-reconciliations.ts'
import { sendReturn } from '../application/reconciliation/send-return.ts'
import type { CompareBills } from './compare-bills.ts'
import { tokens } from './tokens.ts'
import type { Encryption } from '../application/encryption.ts'

/** What holds the gateways' bills against the books. */
export const bindReconciliation = (container: Container, encryption: Encryption, compare: CompareBills): void => {
  container
    .bind(tokens.billArchive)
    .toResolvedValue(
      ({ transaction, readers: { bills } }) => createBillArchive({ transaction, bills, encryption }),
      [tokens.store],
    )
  container
    .bind(tokens.compareBill)
    .toResolvedValue(
      ({ readers: { dayBooks: books } }, archive, randomness) => compare({ archive, books, randomness }),
      [tokens.store, tokens.billArchive, tokens.randomness],
    )
  bindHealing(container)
  bindRuns(container)
  bindRequests(container)
}

const bindHealing = (container: Container): void => {
  container.bind(tokens.askGateway).toResolvedValue(
    ({ transaction, readers }, clock, ids, randomness, gateways, refresh, settings) =>
      askGateway({
        transaction,
        readers,
        clock,
        ids,
        randomness,
        gateways,
        refreshPayment: refresh,
        latePaymentPolicy: settings.LATE_PAYMENT_POLICY,
      }),
    [
      tokens.store,
      tokens.clock,
      tokens.ids,
      tokens.randomness,
      tokens.gateways,
      tokens.refreshPayment,
      tokens.settings,
    ],
  )
  container
    .bind(tokens.sendReturn)
    .toResolvedValue(
      ({ transaction, readers }, clock, gateways, { RECOVERY_SCHEDULE: scheduleMs }) =>
        sendReturn({ transaction, readers, clock, gateways, scheduleMs }),
      [tokens.store, tokens.clock, tokens.gateways, tokens.settings],
    )
  container
    .bind(tokens.healDiscrepancies)
    .toResolvedValue(
      (transaction, clock, ask, send, { RECOVERY_SCHEDULE: scheduleMs }) =>
        healDiscrepancies({ transaction, clock, askGateway: ask, sendReturn: send, scheduleMs }),
      [tokens.transaction, tokens.clock, tokens.askGateway, tokens.sendReturn, tokens.settings],
    )
}

const bindRuns = (container: Container): void => {
  container.bind(tokens.runReconciliation).toResolvedValue(
    ({ transaction, readers }, clock, ids, gateways, archive, compare, heal) =>
      runReconciliation({
        transaction,
        readers,
        clock,
        ids,
        gateways,
        compareBill: compare,
        healDiscrepancies: heal,
        fetchBill: fetchBill({ clock, ids, gateways, archive, readers }),
        keepFundFlow: keepFundFlow({ transaction, clock, ids, gateways, archive, readFundFlow }),
      }),
    [
      tokens.store,
      tokens.clock,
      tokens.ids,
      tokens.gateways,
      tokens.billArchive,
      tokens.compareBill,
      tokens.healDiscrepancies,
    ],
  )
  container
    .bind(tokens.scheduleReconciliations)
    .toResolvedValue(
      ({ transaction, readers }, clock, ids, gateways) =>
        scheduleReconciliations({ transaction, readers, clock, ids, gateways }),
      [tokens.store, tokens.clock, tokens.ids, tokens.gateways],
    )
  container
    .bind(tokens.workOnReconciliations)
    .toResolvedValue(
      (transaction, clock, run) => workOnReconciliations({ transaction, clock, runReconciliation: run }),
      [tokens.transaction, tokens.clock, tokens.runReconciliation],
    )
  container
    .bind(tokens.dropAbandonedBills)
    .toResolvedValue(
      (transaction, clock) => dropAbandonedBills({ transaction, clock }),
      [tokens.transaction, tokens.clock],
    )
}

const bindRequests = (container: Container): void => {
  container
    .bind(tokens.requestReconciliation)
    .toResolvedValue(
      (transaction, clock, ids, gateways) => requestReconciliation({ transaction, clock, ids, gateways }),
      [tokens.transaction, tokens.clock, tokens.ids, tokens.gateways],
    )
  container
    .bind(tokens.receiveImport)
    .toResolvedValue(
      (transaction, clock, ids, gateways, archive) => receiveImport({ transaction, clock, ids, gateways, archive }),
      [tokens.transaction, tokens.clock, tokens.ids, tokens.gateways, tokens.billArchive],
    )
  container
    .bind(tokens.reconcileWith)
    .toResolvedValue(
      (transaction, clock, ids, gateways) => reconcileWith({ transaction, clock, ids, gateways }),
      [tokens.transaction, tokens.clock, tokens.ids, tokens.gateways],
    )
  container.bind(tokens.resolveDiscrepancy).toResolvedValue(
    ({ transaction, readers }, clock, ids, ask, send, refund, settings) =>
      resolveDiscrepancy({
        transaction,
        readers,
        clock,
        ids,
        askGateway: ask,
        sendReturn: send,
        requestRefund: refund,
        fourEyesAbove: settings.FOUR_EYES_ABOVE,
      }),
    [
      tokens.store,
      tokens.clock,
      tokens.ids,
      tokens.askGateway,
      tokens.sendReturn,
      tokens.requestRefund,
      tokens.settings,
    ],
  )
}
