import type { Encryption } from '../../application/encryption.ts'
import type { Versioned } from '../../application/versioned.ts'
import type {
  Discrepancy,
  DiscrepancyClass,
  DiscrepancyFacts,
  DiscrepancyResolution,
  DiscrepancyStatus,
} from '../../domain/discrepancy.ts'
import { type Fen, fen } from '../../domain/money.ts'
import { PROVIDERS } from '../../domain/payment.ts'
import { toDay } from './reconciliation-row.ts'
import { present, toColumn, toDate, toFlag, toOptional, wordOf, wordsOf } from './row-values.ts'
import type { Row } from './schema.ts'

const CLASSES = wordsOf<DiscrepancyClass>({
  amount_differs: true,
  status_differs: true,
  missing_local: true,
  missing_remote: true,
  unreadable: true,
})
const ABOUT = wordsOf<Discrepancy['about']>({ payment: true, refund: true, row: true })
const STATUSES = wordsOf<DiscrepancyStatus>({ open: true, resolved: true, ignored: true })
const RESOLUTIONS = wordsOf<DiscrepancyResolution>({ healed: true, gone: true, sync: true, refund: true })

type DiscrepancyRow = Row<'discrepancies'>
type State = Omit<
  DiscrepancyRow,
  | 'id'
  | 'provider'
  | 'bill_day'
  | 'subject'
  | 'run_id'
  | 'due_at'
  | 'attempts'
  | 'created_at'
  | 'updated_at'
  | 'version'
>

export const sealedAs = (id: string) => ({ table: 'discrepancies', column: 'row_text', row: id })

/** All of it that may change. */
export const toDiscrepancyState = (discrepancy: Discrepancy, encryption: Encryption): State => {
  const { rowText } = discrepancy
  const facts = {
    class: discrepancy.class,
    about: discrepancy.about,
    out_trade_no: toColumn(discrepancy.outTradeNo),
    refund_no: toColumn(discrepancy.refundNo),
    transaction_id: toColumn(discrepancy.transactionId),
    local_fen: toColumn(discrepancy.localAmount),
    remote_fen: toColumn(discrepancy.remoteAmount),
    local_status: toColumn(discrepancy.localStatus),
    remote_status: toColumn(discrepancy.remoteStatus),
    row_text: rowText === undefined ? null : encryption.seal(rowText, sealedAs(discrepancy.id)),
    within_drift: discrepancy.withinDrift ? 1 : 0,
  }
  const { status } = discrepancy
  const nobody = { resolution: null, resolved_by: null, resolved_at: null, return_no: null, return_fen: null }
  switch (discrepancy.status) {
    case 'open': {
      const { note, returning } = discrepancy
      const back = { return_no: toColumn(returning?.refundNo), return_fen: toColumn(returning?.amount) }
      return { ...facts, ...nobody, ...back, status, note: toColumn(note) }
    }
    case 'resolved': {
      const { resolution, note, by, at } = discrepancy
      return { ...facts, ...nobody, status, resolution, note, resolved_by: by, resolved_at: at.getTime() }
    }
    case 'ignored': {
      const { note, by, at } = discrepancy
      return { ...facts, ...nobody, status, note, resolved_by: by, resolved_at: at.getTime() }
    }
  }
}

export const toDiscrepancyRow = (
  discrepancy: Discrepancy,
  { runId, askAt }: { readonly runId: string; readonly askAt: Date | undefined },
  encryption: Encryption,
): DiscrepancyRow => ({
  id: discrepancy.id,
  provider: discrepancy.provider,
  bill_day: discrepancy.day,
  subject: discrepancy.subject,
  ...toDiscrepancyState(discrepancy, encryption),
  run_id: runId,
  due_at: askAt?.getTime() ?? null,
  attempts: 0,
  created_at: discrepancy.foundAt.getTime(),
  updated_at: discrepancy.foundAt.getTime(),
  version: 1,
})

export const toDiscrepancy = (row: DiscrepancyRow, encryption: Encryption): Versioned<Discrepancy> => ({
  value: toState(row, encryption),
  version: row.version,
  updatedAt: toDate(row.updated_at),
})

const toState = (row: DiscrepancyRow, encryption: Encryption): Discrepancy => {
  const facts = toFacts(row, encryption)
  const status = wordOf(STATUSES, row.status)
  switch (status) {
    case 'open': {
      const { return_no: refundNo, return_fen } = row
      const returning = refundNo === null ? undefined : { refundNo, amount: fen(present(return_fen, 'return_fen')) }
      return { ...facts, status, note: toOptional(row.note), returning }
    }
    case 'resolved': {
      const resolution = wordOf(RESOLUTIONS, present(row.resolution, 'resolution'))
      return { ...facts, status, resolution, ...toWord(row) }
    }
    case 'ignored':
      return { ...facts, status, ...toWord(row) }
  }
}

const toWord = (row: DiscrepancyRow) => ({
  note: present(row.note, 'note'),
  by: present(row.resolved_by, 'resolved_by'),
  at: toDate(present(row.resolved_at, 'resolved_at')),
})

const toFacts = (row: DiscrepancyRow, encryption: Encryption): DiscrepancyFacts => ({
  id: row.id,
  provider: wordOf(PROVIDERS, row.provider),
  day: toDay(row.bill_day),
  foundAt: toDate(row.created_at),
  class: wordOf(CLASSES, row.class),
  about: wordOf(ABOUT, row.about),
  subject: row.subject,
  outTradeNo: toOptional(row.out_trade_no),
  refundNo: toOptional(row.refund_no),
  transactionId: toOptional(row.transaction_id),
  localAmount: toAmount(row.local_fen),
  remoteAmount: toAmount(row.remote_fen),
  localStatus: toOptional(row.local_status),
  remoteStatus: toOptional(row.remote_status),
  rowText: row.row_text === null ? undefined : encryption.open(row.row_text, sealedAs(row.id)),
  withinDrift: toFlag(row.within_drift),
})

const toAmount = (amount: number | null): Fen | undefined => (amount === null ? undefined : fen(amount))
