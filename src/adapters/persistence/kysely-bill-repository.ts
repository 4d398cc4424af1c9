import type { Kysely } from 'kysely'
import type { BillDraft, BillRepository, KeptBill } from '../../application/reconciliation/bill-repository.ts'
import type { FundFlow } from '../../application/reconciliation/bill.ts'
import type { Provider } from '../../domain/payment.ts'
import type { ShanghaiDay } from '../../domain/shanghai-day.ts'
import { toBill, toBillRow } from './bill-row.ts'
import { isDuplicate } from './duplicates.ts'
import type { Executor } from './executor.ts'
import { type DB, kindsOf } from './schema.ts'
import { insertion, statement } from './statement.ts'

export const billStatements = (builder: Kysely<DB>) => {
  const bills = builder.selectFrom('bills').selectAll()
  const whole = bills.where('is_whole', '=', 1)
  const pieces = builder.deleteFrom('bill_pieces')
  return {
    find: statement({ id: 'text' }, ({ id }) => whole.where('id', '=', id)),
    draft: statement({ id: 'text' }, ({ id }) => bills.where('id', '=', id).where('is_whole', '=', 0)),
    // Without an order: the index that has one would be taken, and with it the bills of all days be read.
    ofDay: statement(kindsOf('bills', 'provider', 'bill_day'), (given) =>
      whole.where('provider', '=', given.provider).where('bill_day', '=', given.bill_day),
    ),
    sameFile: statement(kindsOf('bills', 'provider', 'bill_day', 'kind', 'sha256'), (given) =>
      whole
        .where('provider', '=', given.provider)
        .where('bill_day', '=', given.bill_day)
        .where('kind', '=', given.kind)
        .where('sha256', '=', given.sha256),
    ),
    piece: statement(kindsOf('bill_pieces', 'bill_id', 'piece'), (given) =>
      builder
        .selectFrom('bill_pieces')
        .select('content')
        .where('bill_id', '=', given.bill_id)
        .where('piece', '=', given.piece),
    ),
    insert: insertion(builder, 'bills'),
    insertPiece: insertion(builder, 'bill_pieces'),
    finish: statement(kindsOf('bills', 'id', 'sha256', 'size'), ({ id, ...end }) =>
      builder
        .updateTable('bills')
        .set({ ...end, is_whole: 1 })
        .where('id', '=', id)
        .where('is_whole', '=', 0),
    ),
    noteFundFlow: statement({ id: 'text', fund_flow: 'text' }, ({ id, fund_flow }) =>
      builder.updateTable('bills').set({ fund_flow }).where('id', '=', id),
    ),
    dropPieces: statement({ bill_id: 'text' }, ({ bill_id }) => pieces.where('bill_id', '=', bill_id)),
    dropDraft: statement({ id: 'text' }, ({ id }) =>
      builder.deleteFrom('bills').where('id', '=', id).where('is_whole', '=', 0),
    ),
    abandoned: statement({ before: 'integer', limit: 'integer' }, ({ before, limit }) =>
      builder
        .selectFrom('bills')
        .select('id')
        .where('is_whole', '=', 0)
        .where('created_at', '<', before)
        .orderBy('created_at')
        .limit(limit),
    ),
  }
}

export class KyselyBillRepository implements BillRepository {
  readonly #sql: ReturnType<typeof billStatements>
  readonly #on: Executor

  constructor(sql: ReturnType<typeof billStatements>, on: Executor) {
    this.#sql = sql
    this.#on = on
  }

  async find(id: string): Promise<KeptBill | undefined> {
    const row = await this.#sql.find.first(this.#on, { id })
    return row && toBill(row)
  }

  async listByDay(provider: Provider, day: ShanghaiDay): Promise<readonly KeptBill[]> {
    const bills = (await this.#sql.ofDay.rows(this.#on, { provider, bill_day: day })).map(toBill)
    return bills.toSorted((a, b) => a.createdAt.getTime() - b.createdAt.getTime() || (a.id < b.id ? -1 : 1))
  }

  async readPiece(billId: string, piece: number): Promise<string | undefined> {
    return (await this.#sql.piece.first(this.#on, { bill_id: billId, piece }))?.content
  }

  async begin(draft: BillDraft): Promise<void> {
    await this.#sql.insert(this.#on, [toBillRow(draft)])
  }

  async addPiece(billId: string, piece: number, content: string): Promise<void> {
    await this.#sql.insertPiece(this.#on, [{ bill_id: billId, piece, content }])
  }

  async finish(billId: string, end: Pick<KeptBill, 'sha256' | 'size'>): Promise<string | undefined> {
    const draft = await this.#sql.draft.first(this.#on, { id: billId })
    if (draft === undefined) throw new Error(`bill ${billId} is not being written`)
    const same = await this.#sql.sameFile.first(this.#on, { ...draft, sha256: end.sha256 })
    if (same !== undefined) return same.id
    try {
      await this.#sql.finish.change(this.#on, { id: billId, ...end })
      return undefined
    } catch (error) {
      const other = isDuplicate(error) ? await this.#sql.sameFile.first(this.#on, { ...draft, ...end }) : undefined
      if (other === undefined) throw error
      return other.id
    }
  }

  async noteFundFlow(billId: string, fundFlow: FundFlow): Promise<void> {
    await this.#sql.noteFundFlow.change(this.#on, { id: billId, fund_flow: JSON.stringify(fundFlow) })
  }

  async discard(billId: string): Promise<void> {
    const draft = await this.#sql.draft.first(this.#on, { id: billId })
    if (draft === undefined) return
    await this.#sql.dropPieces.change(this.#on, { bill_id: billId })
    await this.#sql.dropDraft.change(this.#on, { id: billId })
  }

  async listAbandoned(before: Date, limit: number): Promise<readonly string[]> {
    const rows = await this.#sql.abandoned.rows(this.#on, { before: before.getTime(), limit })
    return rows.map(({ id }) => id)
  }
}
