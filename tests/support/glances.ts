import type { BillReading, BillRow, ReadableRow, RowGlance } from '../../src/application/reconciliation/bill.ts'
import { refundNumberOf } from '../../src/application/reconciliation/classify.ts'

/** A row as it would lie in a file of nothing but its numbers. */
export const glanceOf = (row: ReadableRow): RowGlance => {
  const { kind, line, amount, feeFen, netFen, status, outTradeNo } = row
  const own = row.kind === 'payment' ? row.transactionId : refundNumberOf(row)
  const border = outTradeNo.length
  return {
    kind,
    line,
    amount,
    feeFen,
    netFen,
    status,
    bytes: Buffer.from(outTradeNo + own),
    outTradeNo: { start: 0, end: border },
    ownNumber: { start: border, end: border + own.length },
  }
}

/** Rows as a reader gives them: to whoever wants a glance at each, or as a part. */
export const given = (rows: readonly BillRow[], { onRow }: BillReading = {}): readonly BillRow[] => {
  if (onRow === undefined) return rows
  for (const row of rows) if (row.kind !== 'unreadable') onRow(glanceOf(row))
  return rows.filter(({ kind }) => kind === 'unreadable')
}
