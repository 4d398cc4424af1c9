import type { Kysely } from 'kysely'
import type { DueClue, RefundClue, RefundClueRepository } from '../../application/refunds/refund-clue-repository.ts'
import { insertOnce } from './duplicates.ts'
import type { Executor } from './executor.ts'
import { toClue, toClueKey, toClueRow } from './refund-clue-row.ts'
import { type DB, kindsOf } from './schema.ts'
import { skipLocked } from './skip-locked.ts'
import { insertion, statement } from './statement.ts'

const KEY = kindsOf('refund_clues', 'payment_id', 'number')

export const refundClueStatements = (builder: Kysely<DB>) => {
  const clues = builder.selectFrom('refund_clues').selectAll()
  return {
    find: statement(KEY, (given) =>
      clues.where('payment_id', '=', given.payment_id).where('number', '=', given.number),
    ),
    listOpen: statement(kindsOf('refund_clues', 'payment_id'), (given) =>
      clues.where('payment_id', '=', given.payment_id).where('due_at', 'is not', null).orderBy('number'),
    ),
    insert: insertion(builder, 'refund_clues'),
    end: statement(kindsOf('refund_clues', 'payment_id', 'number', 'refund_no'), ({ payment_id, number, refund_no }) =>
      builder
        .updateTable('refund_clues')
        .set({ refund_no, due_at: null })
        .where('payment_id', '=', payment_id)
        .where('number', '=', number),
    ),
    due: statement({ now: 'integer', limit: 'integer' }, ({ now, limit }) =>
      skipLocked(
        builder,
        clues.where('due_at', '<=', now).orderBy('due_at').orderBy('payment_id').orderBy('number').limit(limit),
      ),
    ),
    lease: statement({ ...KEY, due_at: 'integer?', until: 'integer' }, ({ payment_id, number, due_at, until }) =>
      builder
        .updateTable('refund_clues')
        .set((eb) => ({ due_at: until, attempts: eb('attempts', '+', 1) }))
        .where('payment_id', '=', payment_id)
        .where('number', '=', number)
        .where('due_at', '=', due_at),
    ),
    postpone: statement({ ...KEY, until: 'integer' }, ({ payment_id, number, until }) =>
      builder
        .updateTable('refund_clues')
        .set({ due_at: until })
        .where('payment_id', '=', payment_id)
        .where('number', '=', number)
        .where('due_at', 'is not', null),
    ),
  }
}

export class KyselyRefundClueRepository implements RefundClueRepository {
  readonly #sql: ReturnType<typeof refundClueStatements>
  readonly #on: Executor

  constructor(sql: ReturnType<typeof refundClueStatements>, on: Executor) {
    this.#sql = sql
    this.#on = on
  }

  async find(paymentId: string, number: string | undefined): Promise<RefundClue | undefined> {
    const row = await this.#sql.find.first(this.#on, toClueKey(paymentId, number))
    return row && toClue(row)
  }

  async listOpen(paymentId: string): Promise<readonly RefundClue[]> {
    return (await this.#sql.listOpen.rows(this.#on, { payment_id: paymentId })).map(toClue)
  }

  insert(clue: RefundClue): Promise<boolean> {
    const row = toClueRow(clue, clue.createdAt)
    return insertOnce(
      () => this.#sql.insert(this.#on, [row]),
      async () => (await this.#sql.find.first(this.#on, row)) !== undefined,
    )
  }

  async end(clue: RefundClue): Promise<void> {
    const row = toClueRow(clue, undefined)
    if ((await this.#sql.end.change(this.#on, row)) === 0) await this.#sql.insert(this.#on, [row])
  }

  async claimDue(now: Date, leaseUntil: Date, limit: number): Promise<readonly DueClue[]> {
    const until = leaseUntil.getTime()
    const claimed: DueClue[] = []
    for (const row of await this.#sql.due.rows(this.#on, { now: now.getTime(), limit })) {
      const { payment_id, number, due_at, attempts } = row
      const mine = (await this.#sql.lease.change(this.#on, { payment_id, number, due_at, until })) === 1
      if (mine) claimed.push({ clue: toClue(row), attempts: attempts + 1 })
    }
    return claimed
  }

  async postpone({ paymentId, number }: RefundClue, until: Date): Promise<void> {
    await this.#sql.postpone.change(this.#on, { ...toClueKey(paymentId, number), until: until.getTime() })
  }
}
