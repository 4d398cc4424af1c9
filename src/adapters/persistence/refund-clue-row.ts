import type { RefundClue } from '../../application/refunds/refund-clue-repository.ts'
import { fen } from '../../domain/money.ts'
import { toColumn, toDate, toOptional } from './row-values.ts'
import type { Row } from './schema.ts'

export type ClueKey = Pick<Row<'refund_clues'>, 'payment_id' | 'number'>

/** No gateway gives an empty number. */
export const toClueKey = (paymentId: string, number: string | undefined): ClueKey => ({
  payment_id: paymentId,
  number: number ?? '',
})

export const toClueRow = (clue: RefundClue, dueAt: Date | undefined): Row<'refund_clues'> => ({
  ...toClueKey(clue.paymentId, clue.number),
  amount_fen: toColumn(clue.amount),
  refund_no: toColumn(clue.refundNo),
  due_at: dueAt?.getTime() ?? null,
  attempts: 0,
  created_at: clue.createdAt.getTime(),
})

export const toClue = (row: Row<'refund_clues'>): RefundClue => ({
  paymentId: row.payment_id,
  number: row.number === '' ? undefined : row.number,
  amount: row.amount_fen === null ? undefined : fen(row.amount_fen),
  refundNo: toOptional(row.refund_no),
  createdAt: toDate(row.created_at),
})
