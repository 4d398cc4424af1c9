import type { BillDraft, KeptBill } from '../../application/reconciliation/bill-repository.ts'
import type { BillFormat, BillKind, FundFlow } from '../../application/reconciliation/bill.ts'
import { PROVIDERS } from '../../domain/payment.ts'
import { toDay } from './reconciliation-row.ts'
import { toDate, wordOf, wordsOf } from './row-values.ts'
import type { Row } from './schema.ts'

const KINDS = wordsOf<BillKind>({ trade: true, fund_flow: true })
const FORMATS = wordsOf<BillFormat>({ wechat_csv: true, wechat_csv_gzip: true, alipay_csv: true, alipay_zip: true })
const SOURCES = wordsOf<KeptBill['source']>({ gateway: true, import: true })

/** A bill that is being written. */
export const toBillRow = (draft: BillDraft): Row<'bills'> => ({
  id: draft.id,
  provider: draft.provider,
  bill_day: draft.day,
  kind: draft.kind,
  format: draft.format,
  source: draft.source,
  sha256: draft.id,
  size: 0,
  is_whole: 0,
  fund_flow: null,
  created_at: draft.createdAt.getTime(),
})

export const toBill = (row: Row<'bills'>): KeptBill => ({
  id: row.id,
  provider: wordOf(PROVIDERS, row.provider),
  day: toDay(row.bill_day),
  kind: wordOf(KINDS, row.kind),
  format: wordOf(FORMATS, row.format),
  source: wordOf(SOURCES, row.source),
  sha256: row.sha256,
  size: row.size,
  // Written by `noteFundFlow` alone, which takes nothing else.
  fundFlow: row.fund_flow === null ? undefined : (JSON.parse(row.fund_flow) as FundFlow),
  createdAt: toDate(row.created_at),
})
