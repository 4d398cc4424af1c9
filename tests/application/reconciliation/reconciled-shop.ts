import { ok, type Result } from 'neverthrow'
import { createBillArchive } from '../../../src/adapters/bills/bill-archive.ts'
import { createEncryption } from '../../../src/adapters/crypto/aes-encryption.ts'
import { fixedClock } from '../../../src/adapters/memory/fixed-clock.ts'
import { createMemoryStore } from '../../../src/adapters/memory/memory-store.ts'
import { seededRandomness } from '../../../src/adapters/memory/seeded-randomness.ts'
import { sequentialIds } from '../../../src/adapters/memory/sequential-ids.ts'
import type { Bill, BillError, FullGateway } from '../../../src/application/payments/payment-gateway.ts'
import { refreshPayment } from '../../../src/application/payments/refresh-payment.ts'
import { askGateway } from '../../../src/application/reconciliation/ask-gateway.ts'
import type { BillRow, ReadBill } from '../../../src/application/reconciliation/bill.ts'
import { compareBill } from '../../../src/application/reconciliation/compare-bill.ts'
import { fetchBill, publishedAt } from '../../../src/application/reconciliation/fetch-bill.ts'
import { healDiscrepancies } from '../../../src/application/reconciliation/heal-discrepancies.ts'
import { importBill } from '../../../src/application/reconciliation/import-bill.ts'
import { requestReconciliation } from '../../../src/application/reconciliation/request-reconciliation.ts'
import {
  type DiscrepancyAction,
  resolveDiscrepancy,
} from '../../../src/application/reconciliation/resolve-discrepancy.ts'
import { runReconciliation } from '../../../src/application/reconciliation/run-reconciliation.ts'
import {
  scheduleReconciliations,
  workOnReconciliations,
} from '../../../src/application/reconciliation/schedule-reconciliations.ts'
import { sendReturn } from '../../../src/application/reconciliation/send-return.ts'
import { requestRefund } from '../../../src/application/refunds/request-refund.ts'
import { sendRefund } from '../../../src/application/refunds/send-refund.ts'
import type { Transaction } from '../../../src/application/transaction.ts'
import type { Discrepancy } from '../../../src/domain/discrepancy.ts'
import { addDays, type ShanghaiDay } from '../../../src/domain/shanghai-day.ts'
import { billDay } from '../../support/builders.ts'
import { given } from '../../support/glances.ts'
import type { Fen } from '../../../src/domain/money.ts'
import { scriptedGateway } from '../world.ts'

/** Rows as a file: a bill in a format of the tests' own, whose parser can be trusted. */
export const fileOf = (rows: readonly BillRow[], day = billDay()): Buffer => Buffer.from(JSON.stringify({ day, rows }))

const readFile: ReadBill = async function* (_, content, reading) {
  const chunks: Uint8Array[] = []
  for await (const chunk of content.read()) chunks.push(chunk)
  const text = Buffer.concat(chunks).toString()
  if (!text.endsWith('}')) {
    yield { type: 'broken', reason: 'cut off' }
    return
  }
  // As `fileOf` wrote it.
  const { day, rows } = JSON.parse(text) as { day: string; rows: readonly BillRow[] }
  for (let start = 0; start < rows.length; start += 3)
    yield { type: 'rows', rows: given(rows.slice(start, start + 3), reading), bytesRead: start }
  yield { type: 'end', head: { merchantId: undefined, day } }
}

export const contentOf = async function* (bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes
}

export const billOf = (bytes: Uint8Array): Result<Bill, BillError> =>
  ok({ content: contentOf(bytes), format: 'wechat_csv', sha1: undefined })

/** The process dies in place of the nth unit of work, once. */
export const dying = (transaction: Transaction, atUnit: number): Transaction => {
  let units = 0
  return {
    run(work) {
      units += 1
      return units === atUnit ? Promise.reject(new Error('the process died')) : transaction.run(work)
    },
  }
}

export const OPERATOR = { actor: 'boss', requestId: 'request-1', ip: '203.0.113.9' } as const
export const SCHEDULE_MS = [15_000, 30_000] as const

/** Everything that reconciles, over the memory store, a fixed clock and a gateway that answers by script. */
export const reconciledShop = (at = publishedAt(billDay())) => {
  const clock = fixedClock({ at })
  const store = createMemoryStore()
  const { gateway, script, asked } = scriptedGateway('wechat')
  const bills = {
    asked: [] as ShanghaiDay[],
    of: (_day: ShanghaiDay): Result<Bill, BillError> => billOf(fileOf([])),
  }
  const billing = {
    ...gateway,
    downloadBill: async (day: ShanghaiDay) => {
      bills.asked.push(day)
      return bills.of(day)
    },
  }
  const ids = sequentialIds()
  const build = (transaction: Transaction, fourEyesAbove?: Fen) => {
    const { readers } = store
    const gateways = {
      find: (wanted: string): FullGateway | undefined => (wanted === 'wechat' ? billing : undefined),
      configured: ['wechat' as const],
    }
    const randomness = seededRandomness(1)
    const base = { transaction, readers, clock, ids, gateways, randomness, latePaymentPolicy: 'refund' as const }
    const archive = createBillArchive({ transaction, bills: readers.bills, encryption })
    const ask = askGateway({ ...base, refreshPayment: refreshPayment(base) })
    const send = sendReturn({ ...base, scheduleMs: SCHEDULE_MS })
    const heal = healDiscrepancies({ ...base, askGateway: ask, sendReturn: send, scheduleMs: SCHEDULE_MS })
    const compare = compareBill({ archive, books: readers.dayBooks, readBill: () => readFile, randomness })
    const run = runReconciliation({
      ...base,
      fetchBill: fetchBill({ ...base, archive }),
      compareBill: compare,
      healDiscrepancies: heal,
      keepFundFlow: async () => 'none',
    })
    const refund = requestRefund({
      ...base,
      sendRefund: sendRefund({ ...base, scheduleMs: SCHEDULE_MS }),
      approval: 'auto',
      windowMs: 365 * 86_400_000,
      leaseMs: 60_000,
      fourEyesAbove,
    })
    return {
      heal,
      run,
      schedule: scheduleReconciliations(base),
      work: workOnReconciliations({ ...base, runReconciliation: run }),
      request: requestReconciliation(base),
      import: importBill({ ...base, archive }),
      resolve: resolveDiscrepancy({ ...base, askGateway: ask, sendReturn: send, requestRefund: refund, fourEyesAbove }),
    }
  }
  return { clock, store, script, asked, bills, build, ...build(store.transaction) }
}

const encryption = createEncryption([new Uint8Array(32).fill(7)])

export type Shop = ReturnType<typeof reconciledShop>

export const looking = ({ store: { readers } }: Shop) => ({
  latest: async (day = billDay()) => (await readers.reconciliations.findLatest('wechat', day))?.value,
  found: async (day = billDay()): Promise<readonly Discrepancy[]> =>
    (await readers.discrepancies.list({ provider: 'wechat', day }, { limit: 100, after: undefined })).items,
  /** The one discrepancy of the day, whatever it is. */
  async theOne(): Promise<Discrepancy> {
    const [one, ...others] = await this.found()
    if (one === undefined || others.length > 0) throw new Error(`${others.length + (one ? 1 : 0)} were found, not one`)
    return one
  },
  alerts: async () =>
    (await readers.alerts.list({}, { limit: 100, after: undefined })).items
      .map(({ rule, subject, status }) => `${rule} ${subject} ${status}`)
      .toSorted(),
  audited: async () =>
    (await readers.audit.list({ from: undefined, to: undefined }, { limit: 100, after: undefined })).items,
  incidents: () => readers.incidents.listOpen(20),
})

/** An operator's word on the one discrepancy of the day. */
export const resolveOne = async (shop: Shop, action: DiscrepancyAction, by = shop.resolve) =>
  by((await looking(shop).theOne()).id, { action, note: '已与客户确认' }, OPERATOR)

/** Has the day compared, as an operator asks for it, and the jobs do it. */
export const reconcile = async (shop: Shop, runId: string, day = billDay()) => {
  ;(await shop.request({ provider: 'wechat', day }, runId, OPERATOR))._unsafeUnwrap()
  await shop.work()
  return (await shop.store.readers.reconciliations.find(runId))?.value
}

export const nextDay = addDays(billDay(), 1)
