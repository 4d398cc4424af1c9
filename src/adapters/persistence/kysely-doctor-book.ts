import { type Kysely, MysqlAdapter, sql } from 'kysely'
import { ok } from 'neverthrow'
import type { DoctorBook } from '../../application/doctor/doctor-book.ts'
import type { RefusedCallback } from '../../domain/callback-refusal.ts'
import type { DoctorReport } from '../../domain/doctor.ts'
import { LAST_REPORT, toRefusedCallback, toRefusedRow, toReport, toReportRow } from './doctor-row.ts'
import type { Executor, RunDurably } from './executor.ts'
import { type DB, kindsOf, type Row, TABLES } from './schema.ts'
import { statement } from './statement.ts'

const REFUSED_KEY = ['provider', 'reason', 'slot'] as const

export const doctorStatements = (builder: Kysely<DB>) => ({
  addRefused: statement(TABLES.refused_callbacks, (row) => addition(builder, row)),
  listRefused: statement({}, () =>
    builder.selectFrom('refused_callbacks').selectAll().orderBy('provider').orderBy('reason').orderBy('slot'),
  ),
  dropRefused: statement(kindsOf('refused_callbacks', ...REFUSED_KEY, 'last_at'), (one) =>
    builder
      .deleteFrom('refused_callbacks')
      .where('provider', '=', one.provider)
      .where('reason', '=', one.reason)
      .where('slot', '=', one.slot)
      .where('last_at', '=', one.last_at),
  ),
  putReport: statement(TABLES.doctor_reports, (row) => replacement(builder, row)),
  findReport: statement(kindsOf('doctor_reports', 'id'), ({ id }) =>
    builder.selectFrom('doctor_reports').selectAll().where('id', '=', id),
  ),
})

type DoctorStatements = ReturnType<typeof doctorStatements>

const isMysql = (builder: Kysely<DB>): boolean => builder.getExecutor().adapter instanceof MysqlAdapter

/** Counts on, and keeps what the later one told. */
const addition = (builder: Kysely<DB>, row: Row<'refused_callbacks'>) => {
  const insert = builder.insertInto('refused_callbacks').values(row)
  const { place, evidence, last_at } = row
  const later = { place, evidence, last_at }
  if (isMysql(builder))
    return insert.onDuplicateKeyUpdate({
      ...later,
      occurrences: sql<number>`${sql.ref('occurrences')} + values(${sql.ref('occurrences')})`,
    })
  const occurrences = sql<number>`${sql.ref('refused_callbacks.occurrences')} + ${sql.ref('excluded.occurrences')}`
  return insert.onConflict((conflict) => conflict.columns(REFUSED_KEY).doUpdateSet({ ...later, occurrences }))
}

const replacement = (builder: Kysely<DB>, row: Row<'doctor_reports'>) => {
  const insert = builder.insertInto('doctor_reports').values(row)
  const { id: _, ...report } = row
  return isMysql(builder)
    ? insert.onDuplicateKeyUpdate(report)
    : insert.onConflict((conflict) => conflict.column('id').doUpdateSet(report))
}

type Parts = { readonly reader: Executor; readonly durably: RunDurably }

export class KyselyDoctorBook implements DoctorBook {
  readonly #sql: DoctorStatements
  readonly #parts: Parts

  constructor(statements: DoctorStatements, parts: Parts) {
    this.#sql = statements
    this.#parts = parts
  }

  addRefused(callbacks: readonly RefusedCallback[]): Promise<void> {
    // In one order, so that two processes never wait for each other.
    const rows = callbacks.map(toRefusedRow).toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
    return this.#parts.durably(async (on) => {
      for (const row of rows) await this.#sql.addRefused.change(on, row)
      return ok(undefined)
    })
  }

  async listRefused(): Promise<readonly RefusedCallback[]> {
    return (await this.#sql.listRefused.rows(this.#parts.reader, {})).map(toRefusedCallback)
  }

  async forgetRefused(before: Date): Promise<void> {
    const rows = await this.#sql.listRefused.rows(this.#parts.reader, {})
    const old = rows.filter((row) => row.last_at < before.getTime())
    if (old.length === 0) return
    await this.#parts.durably(async (on) => {
      for (const row of old) await this.#sql.dropRefused.change(on, row)
      return ok(undefined)
    })
  }

  keepReport(report: DoctorReport): Promise<void> {
    return this.#parts.durably(async (on) => {
      await this.#sql.putReport.change(on, toReportRow(report))
      return ok(undefined)
    })
  }

  async lastReport(): Promise<DoctorReport | undefined> {
    const row = await this.#sql.findReport.first(this.#parts.reader, { id: LAST_REPORT })
    return row && toReport(row)
  }
}

const keyOf = ({ provider, reason, slot }: Row<'refused_callbacks'>): string => `${provider} ${reason} ${slot}`
