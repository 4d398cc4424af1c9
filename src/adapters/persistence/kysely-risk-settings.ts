import type { Kysely } from 'kysely'
import type { KeptSetting, RiskSetting, RiskSettings } from '../../application/risk/risk-settings.ts'
import { insertOnce } from './duplicates.ts'
import type { Executor } from './executor.ts'
import { toSetting, toSettingRow } from './risk-row.ts'
import { toDate } from './row-values.ts'
import { type DB, kindsOf, TABLES } from './schema.ts'
import { insertion, statement } from './statement.ts'

export const riskSettingStatements = (builder: Kysely<DB>) => {
  const settings = builder.selectFrom('risk_settings').selectAll()
  return {
    list: statement({}, () => settings),
    find: statement(kindsOf('risk_settings', 'name'), ({ name }) => settings.where('name', '=', name)),
    insert: insertion(builder, 'risk_settings'),
    replace: statement(TABLES.risk_settings, ({ name, version, ...changes }) =>
      builder
        .updateTable('risk_settings')
        .set(changes)
        .set((eb) => ({ version: eb('version', '+', 1) }))
        .where('name', '=', name)
        .where('version', '=', version),
    ),
  }
}

export class KyselyRiskSettings implements RiskSettings {
  readonly #sql: ReturnType<typeof riskSettingStatements>
  readonly #on: Executor

  constructor(sql: ReturnType<typeof riskSettingStatements>, on: Executor) {
    this.#sql = sql
    this.#on = on
  }

  async list(): Promise<readonly KeptSetting[]> {
    const rows = await this.#sql.list.rows(this.#on, {})
    return rows.map((row) => ({ setting: toSetting(row), version: row.version, updatedAt: toDate(row.updated_at) }))
  }

  async put(setting: RiskSetting, version: number, at: Date): Promise<boolean> {
    if (version > 0) return (await this.#sql.replace.change(this.#on, toSettingRow(setting, version, at))) === 1
    const row = toSettingRow(setting, 1, at)
    return insertOnce(
      () => this.#sql.insert(this.#on, [row]),
      async () => (await this.#sql.find.first(this.#on, row)) !== undefined,
    )
  }
}
