import type {
  RefundClue,
  RefundClueReader,
  RefundClueRepository,
} from '../../application/refunds/refund-clue-repository.ts'
import { claimDue, type DueRow, type Dues, moveDue, setDue } from './due-times.ts'
import { createTable, type Draft, joined, type Rows } from './table.ts'

export const refundClueTable = () => createTable<RefundClue>(keyOf)

const keyOf = ({ paymentId, number }: Pick<RefundClue, 'paymentId' | 'number'>): string =>
  joined(paymentId, number ?? '')

export const refundClueReader = (clues: Rows<RefundClue>, dues: Rows<DueRow>): RefundClueReader => ({
  find: async (paymentId, number) => clues.get(keyOf({ paymentId, number })),
  listOpen: async (paymentId) =>
    clues
      .where((clue) => clue.paymentId === paymentId && dues.get(keyOf(clue))?.dueAt !== undefined)
      .toSorted((a, b) => ((a.number ?? '') < (b.number ?? '') ? -1 : 1)),
})

export const refundClueRepository = (clues: Draft<RefundClue>, dues: Dues): RefundClueRepository => ({
  ...refundClueReader(clues, dues),
  async insert(clue) {
    if (clues.insert(clue) !== undefined) return false
    setDue(dues, keyOf(clue), clue.createdAt)
    return true
  },
  async end(clue) {
    const known = clues.get(keyOf(clue))
    clues.put({ ...(known ?? clue), refundNo: clue.refundNo })
    moveDue(dues, keyOf(clue), undefined)
  },
  async claimDue(now, leaseUntil, limit) {
    return claimDue(dues, { now, leaseUntil, limit }).flatMap(({ id, attempts }) => {
      const clue = clues.get(id)
      return clue === undefined ? [] : [{ clue, attempts }]
    })
  },
  async postpone(clue, until) {
    moveDue(dues, keyOf(clue), until)
  },
})
