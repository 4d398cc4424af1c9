import type { KeptBill, BillReader, BillRepository } from '../../application/reconciliation/bill-repository.ts'
import type {
  DiscrepancyReader,
  DiscrepancyRepository,
} from '../../application/reconciliation/discrepancy-repository.ts'
import type {
  ReconciliationReader,
  ReconciliationRepository,
} from '../../application/reconciliation/reconciliation-repository.ts'
import type { Versioned } from '../../application/versioned.ts'
import type { Discrepancy } from '../../domain/discrepancy.ts'
import type { ReconciliationRun } from '../../domain/reconciliation.ts'
import { claimDue, type DueRow, type Dues, moveDue, setDue } from './due-times.ts'
import { createTable, type Draft, joined, type Rows } from './table.ts'
import { type Age, firstVersion, newestFirst, oldestFirst, pageOf } from './versioned-rows.ts'

type RunRow = Versioned<ReconciliationRun>

const isOpen = ({ status }: ReconciliationRun): boolean => status === 'running' || status === 'waiting'

export const runTable = () =>
  createTable<RunRow>(({ value }) => value.id, {
    open: ({ value }) => (isOpen(value) ? joined(value.provider, value.day) : undefined),
  })

const runAge: Age<ReconciliationRun> = ({ startedAt: createdAt, id }) => ({ createdAt, id })

export const runReader = (runs: Rows<RunRow>): ReconciliationReader => ({
  find: async (id) => runs.get(id),
  findOpen: async (provider, day) => runs.getBy('open', joined(provider, day)),
  findLatest: async (provider, day) =>
    newestFirst(
      runs.where(({ value }) => value.provider === provider && value.day === day),
      ({ value }) => runAge(value),
    )[0],
  wasCompleted: async (provider, day) =>
    runs.where(({ value }) => value.provider === provider && value.day === day && value.status === 'completed').length >
    0,
  async list({ provider, status }, page) {
    const wanted = runs
      .where(
        ({ value }) =>
          (provider === undefined || value.provider === provider) && (status === undefined || value.status === status),
      )
      .map(({ value }) => value)
    return pageOf(wanted, page, runAge)
  },
})

export const runRepository = (runs: Draft<RunRow>, dues: Dues): ReconciliationRepository => ({
  ...runReader(runs),
  async insert(run, dueAt) {
    if (runs.insert(firstVersion(run, run.startedAt)) !== undefined) return false
    setDue(dues, run.id, dueAt)
    return true
  },
  async replace(before, after, at) {
    if (runs.get(after.id)?.version !== before.version) return false
    runs.put({ value: after, version: before.version + 1, updatedAt: at })
    if (!isOpen(after)) moveDue(dues, after.id, undefined)
    return true
  },
  async claimDue(now, leaseUntil, limit) {
    return claimDue(dues, { now, leaseUntil, limit }).flatMap(({ id, attempts }) => {
      const run = runs.get(id)
      return run === undefined ? [] : [{ run, attempts }]
    })
  },
  async claim(id, leaseUntil) {
    const run = runs.get(id)
    const due = dues.get(id)
    if (run === undefined || due?.dueAt === undefined) return undefined
    const attempts = due.attempts + 1
    dues.put({ id, dueAt: leaseUntil, attempts })
    return { run, attempts }
  },
  async postpone(id, until) {
    moveDue(dues, id, until)
  },
})

type DiscrepancyRow = { readonly kept: Versioned<Discrepancy>; readonly runId: string }
type MatchRow = { readonly provider: string; readonly subject: string; readonly day: string }

export const discrepancyTable = () =>
  createTable<DiscrepancyRow>(({ kept }) => kept.value.id, {
    same: ({ kept: { value } }) => joined(value.provider, value.day, value.subject),
  })

export const matchTable = () => createTable<MatchRow>(({ provider, subject, day }) => joined(provider, subject, day))

const discrepancyAge: Age<Discrepancy> = ({ foundAt: createdAt, id }) => ({ createdAt, id })

export const discrepancyReader = (rows: Rows<DiscrepancyRow>): DiscrepancyReader => {
  const where = (test: (discrepancy: Discrepancy, runId: string) => boolean): readonly Versioned<Discrepancy>[] =>
    rows.where(({ kept, runId }) => test(kept.value, runId)).map(({ kept }) => kept)
  return {
    find: async (id) => rows.get(id)?.kept,
    findSame: async ({ provider, day }, subject) => rows.getBy('same', joined(provider, day, subject))?.kept,
    async list({ provider, day, class: kind, status }, page) {
      const wanted = where(
        (one) =>
          one.provider === provider &&
          one.day === day &&
          (kind === undefined || one.class === kind) &&
          (status === undefined || one.status === status),
      )
      return pageOf(
        wanted.map(({ value }) => value),
        page,
        discrepancyAge,
      )
    },
    listOpenOf: async (provider, subject) =>
      where((one) => one.status === 'open' && one.provider === provider && one.subject === subject),
    listVanished: async ({ provider, day }, runId, limit) =>
      where(
        (one, foundBy) =>
          one.status === 'open' &&
          one.returning === undefined &&
          one.provider === provider &&
          one.day === day &&
          foundBy !== runId,
      ).slice(0, limit),
    listDrifting: async ({ provider, day }, about, limit) =>
      where(
        (one) =>
          one.status === 'open' &&
          one.provider === provider &&
          one.day <= day &&
          one.about === about &&
          one.withinDrift,
      ).slice(0, limit),
    countOpen: async ({ provider, day }) =>
      where((one) => one.status === 'open' && one.provider === provider && one.day === day && !one.withinDrift).length,
  }
}

export const discrepancyRepository = (
  rows: Draft<DiscrepancyRow>,
  dues: Dues,
  matches: Draft<MatchRow>,
): DiscrepancyRepository => ({
  ...discrepancyReader(rows),
  async insert(discrepancy, runId, askAt) {
    if (rows.insert({ kept: firstVersion(discrepancy, discrepancy.foundAt), runId }) !== undefined) return false
    dues.put({ id: discrepancy.id, dueAt: askAt, attempts: 0 })
    return true
  },
  async replace(before, after, at) {
    const row = rows.get(after.id)
    if (row?.kept.version !== before.version) return false
    rows.put({ ...row, kept: { value: after, version: before.version + 1, updatedAt: at } })
    if (after.status !== 'open') setDueAt(dues, after.id, undefined)
    return true
  },
  async seen(id, runId) {
    const row = rows.get(id)
    if (row !== undefined) rows.put({ ...row, runId })
  },
  async claimDue(now, leaseUntil, limit) {
    return claimDue(dues, { now, leaseUntil, limit }).flatMap(({ id, attempts }) => {
      const row = rows.get(id)
      return row === undefined ? [] : [{ discrepancy: row.kept, attempts }]
    })
  },
  async postpone(id, until) {
    if (rows.get(id)?.kept.value.status === 'open') setDueAt(dues, id, until)
  },
  async askAnew(id, at) {
    if (rows.get(id)?.kept.value.status === 'open') setDue(dues, id, at)
  },
  async noteElsewhere({ provider, day }, subjects) {
    for (const subject of subjects) matches.insert({ provider, subject, day })
  },
})

/** Also of what has not been due so far. */
const setDueAt = (dues: Dues, id: string, dueAt: Date | undefined): void => {
  const row: DueRow = dues.get(id) ?? { id, dueAt: undefined, attempts: 0 }
  dues.put({ ...row, dueAt })
}

/** Rows can't be taken out of these tables: one that is discarded stays as a mark. */
type BillRow = { readonly bill: KeptBill; readonly state: 'draft' | 'whole' | 'discarded' }
type PieceRow = { readonly billId: string; readonly piece: number; readonly content: string | undefined }

export const billTable = () => createTable<BillRow>(({ bill }) => bill.id)
export const pieceTable = () => createTable<PieceRow>(({ billId, piece }) => joined(billId, String(piece)))

const billAge: Age<KeptBill> = ({ createdAt, id }) => ({ createdAt, id })

export const billReader = (bills: Rows<BillRow>, pieces: Rows<PieceRow>): BillReader => ({
  async find(id) {
    const row = bills.get(id)
    return row?.state === 'whole' ? row.bill : undefined
  },
  listByDay: async (provider, day) =>
    oldestFirst(
      bills
        .where(({ bill, state }) => state === 'whole' && bill.provider === provider && bill.day === day)
        .map(({ bill }) => bill),
      billAge,
    ),
  readPiece: async (billId, piece) => pieces.get(joined(billId, String(piece)))?.content,
})

export const billRepository = (bills: Draft<BillRow>, pieces: Draft<PieceRow>): BillRepository => ({
  ...billReader(bills, pieces),
  async begin(draft) {
    bills.put({ bill: { ...draft, sha256: draft.id, size: 0, fundFlow: undefined }, state: 'draft' })
  },
  async addPiece(billId, piece, content) {
    pieces.put({ billId, piece, content })
  },
  async finish(billId, end) {
    const row = bills.get(billId)
    if (row?.state !== 'draft') throw new Error(`bill ${billId} is not being written`)
    const { provider, day, kind } = row.bill
    const [same] = bills.where(
      ({ bill, state }) =>
        state === 'whole' &&
        bill.provider === provider &&
        bill.day === day &&
        bill.kind === kind &&
        bill.sha256 === end.sha256,
    )
    if (same !== undefined) return same.bill.id
    bills.put({ bill: { ...row.bill, ...end }, state: 'whole' })
    return undefined
  },
  async noteFundFlow(billId, fundFlow) {
    const row = bills.get(billId)
    if (row !== undefined) bills.put({ ...row, bill: { ...row.bill, fundFlow } })
  },
  async discard(id) {
    const row = bills.get(id)
    if (row?.state !== 'draft') return
    bills.put({ ...row, state: 'discarded' })
    for (const piece of pieces.where(({ billId }) => billId === id)) pieces.put({ ...piece, content: undefined })
  },
  listAbandoned: async (before, limit) =>
    oldestFirst(
      bills.where(({ bill, state }) => state === 'draft' && bill.createdAt < before).map(({ bill }) => bill),
      billAge,
    )
      .slice(0, limit)
      .map(({ id }) => id),
})
