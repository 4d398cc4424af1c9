import type { Kysely } from 'kysely'
import type { OperatorRecord, OperatorRepository } from '../../application/operators/operator-repository.ts'
import type { Page, PageRequest } from '../../application/page.ts'
import type { Versioned } from '../../application/versioned.ts'
import type { OperatorAccount, OperatorRole, OperatorStatus } from '../../domain/operator.ts'
import { insertOnce } from './duplicates.ts'
import type { Executor } from './executor.ts'
import { toOperator, toOperatorRow, toOperatorState } from './operator-row.ts'
import { pageConditions, pageOf } from './paging.ts'
import { readBy } from './read-by.ts'
import { type DB, kindsOf } from './schema.ts'
import { insertion, query, statement } from './statement.ts'

const STATE = [
  'display_name',
  'role',
  'status',
  'password_hash',
  'must_change_password',
  'password_changed_at',
  'updated_at',
] as const

export const operatorStatements = (builder: Kysely<DB>) => {
  const operators = builder.selectFrom('operators').selectAll()
  return {
    find: statement(kindsOf('operators', 'id'), ({ id }) => operators.where('id', '=', id)),
    findByName: statement(kindsOf('operators', 'name'), ({ name }) => operators.where('name', '=', name)),
    countByRole: statement(kindsOf('operators', 'role', 'status'), ({ role, status }) =>
      builder
        .selectFrom('operators')
        .select((eb) => eb.fn.countAll<number>().as('count'))
        .where('role', '=', role)
        .where('status', '=', status),
    ),
    insert: insertion(builder, 'operators'),
    replace: statement(kindsOf('operators', 'id', 'version', ...STATE), ({ id, version, ...changes }) =>
      builder
        .updateTable('operators')
        .set(changes)
        .set((eb) => ({ version: eb('version', '+', 1) }))
        .where('id', '=', id)
        .where('version', '=', version),
    ),
    list: (page: PageRequest) =>
      readBy(builder, 'operators', 'operators_by_age')
        .selectAll()
        .where((eb) => eb.and([...pageConditions(page)]))
        .orderBy('created_at', 'desc')
        .orderBy('id', 'desc')
        .limit(page.limit + 1),
  }
}

const ACTIVE_ADMIN: { readonly role: OperatorRole; readonly status: OperatorStatus } = {
  role: 'admin',
  status: 'active',
}

export class KyselyOperatorRepository implements OperatorRepository {
  readonly #sql: ReturnType<typeof operatorStatements>
  readonly #on: Executor

  constructor(sql: ReturnType<typeof operatorStatements>, on: Executor) {
    this.#sql = sql
    this.#on = on
  }

  async find(id: string): Promise<Versioned<OperatorRecord> | undefined> {
    const row = await this.#sql.find.first(this.#on, { id })
    return row && toOperator(row)
  }

  async findByName(name: string): Promise<Versioned<OperatorRecord> | undefined> {
    const row = await this.#sql.findByName.first(this.#on, { name })
    return row && toOperator(row)
  }

  async list(page: PageRequest): Promise<Page<OperatorAccount>> {
    const rows = await query(this.#on, this.#sql.list(page))
    const accounts = rows.map((row) => toOperator(row).value.account)
    return pageOf(accounts, page, (account) => account)
  }

  async countActiveAdmins(): Promise<number> {
    return (await this.#sql.countByRole.first(this.#on, ACTIVE_ADMIN))?.count ?? 0
  }

  insert(record: OperatorRecord): Promise<boolean> {
    const row = toOperatorRow(record)
    return insertOnce(
      () => this.#sql.insert(this.#on, [row]),
      async () => ((await this.find(row.id)) ?? (await this.findByName(row.name))) !== undefined,
    )
  }

  async replace(before: Versioned<OperatorRecord>, after: OperatorRecord, at: Date): Promise<boolean> {
    const { version, value } = before
    const parameters = { id: value.account.id, version, ...toOperatorState(after), updated_at: at.getTime() }
    return (await this.#sql.replace.change(this.#on, parameters)) === 1
  }
}
