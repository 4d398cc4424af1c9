import type { Encryption } from '../../application/encryption.ts'
import type { Page, PageRequest } from '../../application/page.ts'
import type {
  BillDay,
  DiscrepancyFilter,
  DiscrepancyRepository,
  DueDiscrepancy,
} from '../../application/reconciliation/discrepancy-repository.ts'
import type { Versioned } from '../../application/versioned.ts'
import type { Discrepancy } from '../../domain/discrepancy.ts'
import type { Provider } from '../../domain/payment.ts'
import type { discrepancyStatements } from './discrepancy-statements.ts'
import { toDiscrepancy, toDiscrepancyRow, toDiscrepancyState } from './discrepancy-row.ts'
import { insertOnce } from './duplicates.ts'
import type { Executor } from './executor.ts'
import { pageOf, type Slice } from './paging.ts'
import type { Row } from './schema.ts'
import { pageInSlices } from './slices.ts'
import { query } from './statement.ts'

export class KyselyDiscrepancyRepository implements DiscrepancyRepository {
  readonly #sql: ReturnType<typeof discrepancyStatements>
  readonly #on: Executor
  readonly #encryption: Encryption

  constructor(sql: ReturnType<typeof discrepancyStatements>, on: Executor, encryption: Encryption) {
    this.#sql = sql
    this.#on = on
    this.#encryption = encryption
  }

  async find(id: string): Promise<Versioned<Discrepancy> | undefined> {
    const row = await this.#sql.find.first(this.#on, { id })
    return row && this.#read(row)
  }

  async findSame({ provider, day }: BillDay, subject: string): Promise<Versioned<Discrepancy> | undefined> {
    const row = await this.#sql.findSame.first(this.#on, { provider, bill_day: day, subject })
    return row && this.#read(row)
  }

  async list(filter: DiscrepancyFilter, page: PageRequest): Promise<Page<Discrepancy>> {
    const list = async (slice: Slice) =>
      (await query(this.#on, this.#sql.list(filter, slice))).map((row) => this.#read(row).value)
    const end = (slice: Slice) => this.#sql.listEnd(filter, slice)
    const place = ({ foundAt: createdAt, id }: Discrepancy) => ({ createdAt, id })
    // A class has no index.
    return filter.class === undefined
      ? pageOf(await list(page), page, place)
      : pageInSlices({ on: this.#on, end, list }, page, place)
  }

  async listOpenOf(provider: Provider, subject: string): Promise<readonly Versioned<Discrepancy>[]> {
    return this.#readAll(await this.#sql.openOf.rows(this.#on, { provider, subject }))
  }

  async listVanished({ provider, day }: BillDay, runId: string, limit: number) {
    const given = { provider, bill_day: day, run_id: runId, limit }
    return this.#readAll(await this.#sql.vanished.rows(this.#on, given))
  }

  async listDrifting({ provider, day }: BillDay, about: Discrepancy['about'], limit: number) {
    const given = { provider, bill_day: day, about, limit }
    return this.#readAll(await this.#sql.drifting.rows(this.#on, given))
  }

  async countOpen({ provider, day }: BillDay): Promise<number> {
    const counted = await this.#sql.countOpen.first(this.#on, { provider, bill_day: day })
    return counted?.count ?? 0
  }

  insert(discrepancy: Discrepancy, runId: string, askAt: Date | undefined): Promise<boolean> {
    const { provider, day, subject } = discrepancy
    return insertOnce(
      () => this.#sql.insert(this.#on, [toDiscrepancyRow(discrepancy, { runId, askAt }, this.#encryption)]),
      async () => (await this.findSame({ provider, day }, subject)) !== undefined,
    )
  }

  async replace(before: Versioned<Discrepancy>, after: Discrepancy, at: Date): Promise<boolean> {
    const state = toDiscrepancyState(after, this.#encryption)
    const { replace, end } = this.#sql
    const parameters = { id: after.id, version: before.version, ...state, updated_at: at.getTime() }
    return (await (after.status === 'open' ? replace : end).change(this.#on, parameters)) === 1
  }

  async seen(id: string, runId: string): Promise<void> {
    await this.#sql.seen.change(this.#on, { id, run_id: runId })
  }

  async claimDue(now: Date, leaseUntil: Date, limit: number): Promise<readonly DueDiscrepancy[]> {
    const until = leaseUntil.getTime()
    const claimed: DueDiscrepancy[] = []
    for (const row of await this.#sql.due.rows(this.#on, { now: now.getTime(), limit })) {
      const { id, due_at, attempts } = row
      const isMine = (await this.#sql.lease.change(this.#on, { id, due_at, until })) === 1
      if (isMine) claimed.push({ discrepancy: this.#read(row), attempts: attempts + 1 })
    }
    return claimed
  }

  async postpone(id: string, until: Date | undefined): Promise<void> {
    await this.#sql.postpone.change(this.#on, { id, due_at: until?.getTime() ?? null })
  }

  async askAnew(id: string, at: Date): Promise<void> {
    await this.#sql.askAnew.change(this.#on, { id, due_at: at.getTime() })
  }

  async noteElsewhere({ provider, day }: BillDay, subjects: readonly string[], at: Date): Promise<void> {
    for (const subject of subjects) {
      const row = { provider, subject, bill_day: day, created_at: at.getTime() }
      await insertOnce(
        () => this.#sql.insertMatch(this.#on, [row]),
        async () => (await this.#sql.findMatch.first(this.#on, row)) !== undefined,
      )
    }
  }

  #read(row: Row<'discrepancies'>): Versioned<Discrepancy> {
    return toDiscrepancy(row, this.#encryption)
  }

  #readAll(rows: readonly Row<'discrepancies'>[]): readonly Versioned<Discrepancy>[] {
    return rows.map((row) => this.#read(row))
  }
}
