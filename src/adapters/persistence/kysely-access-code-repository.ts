import { type Kysely, type SqlBool, sql } from 'kysely'
import type {
  AccessCodeFilter,
  AccessCodeRepository,
  IssuedCode,
} from '../../application/access-codes/access-code-repository.ts'
import type { Encryption } from '../../application/encryption.ts'
import type { Page, PageRequest } from '../../application/page.ts'
import type { Versioned } from '../../application/versioned.ts'
import type { AccessCode } from '../../domain/access-code.ts'
import { textHash, toAccessCode, toAccessCodeRow, toAccessCodeState, toIssuedCode } from './access-code-row.ts'
import type { Executor } from './executor.ts'
import { equalities, pageConditions, pageOf } from './paging.ts'
import { type DB, kindsOf, type Row } from './schema.ts'
import { insertion, query, statement } from './statement.ts'

const STATE = ['status', 'frozen', 'activated_by', 'activated_at', 'updated_at'] as const

const IN_NO_OPEN_BATCH = sql<SqlBool>`not exists (
  select 1 from access_code_batches as batch where batch.id = access_codes.batch_id and batch.made < batch.size)`

export const accessCodeStatements = (builder: Kysely<DB>) => {
  const codes = builder.selectFrom('access_codes').selectAll()
  return {
    find: statement(kindsOf('access_codes', 'id'), ({ id }) => codes.where('id', '=', id)),
    listByBuyer: (userId: string, page: PageRequest) =>
      codes
        .where('buyer_id', '=', userId)
        .where((eb) => eb.and(pageConditions(page)))
        .orderBy('created_at', 'desc')
        .orderBy('id', 'desc')
        .limit(page.limit + 1),
    listByOrder: statement({ order_id: 'text' }, (given) =>
      codes.where('order_id', '=', given.order_id).orderBy('created_at').orderBy('id'),
    ),
    findByHash: statement(kindsOf('access_codes', 'text_hash'), (given) =>
      codes.where('text_hash', '=', given.text_hash),
    ),
    list: ({ batchId, productId, status }: AccessCodeFilter, page: PageRequest) =>
      codes
        .where((eb) =>
          eb.and([
            ...equalities({ batch_id: batchId, product_id: productId, status }),
            ...pageConditions(page),
            IN_NO_OPEN_BATCH,
          ]),
        )
        .orderBy('created_at', 'desc')
        .orderBy('id', 'desc')
        .limit(page.limit + 1),
    listLapsed: statement({ at: 'integer', limit: 'integer' }, ({ at, limit }) =>
      codes.where('status', '=', 'available').where('expires_at', '<=', at).orderBy('expires_at').limit(limit),
    ),
    insert: insertion(builder, 'access_codes'),
    replace: statement(kindsOf('access_codes', 'id', 'version', ...STATE), ({ id, version, ...changes }) =>
      builder
        .updateTable('access_codes')
        .set(changes)
        .set((eb) => ({ version: eb('version', '+', 1) }))
        .where('id', '=', id)
        .where('version', '=', version),
    ),
  }
}

export class KyselyAccessCodeRepository implements AccessCodeRepository {
  readonly #sql: ReturnType<typeof accessCodeStatements>
  readonly #on: Executor
  readonly #encryption: Encryption

  constructor(sql: ReturnType<typeof accessCodeStatements>, on: Executor, encryption: Encryption) {
    this.#sql = sql
    this.#on = on
    this.#encryption = encryption
  }

  async find(id: string): Promise<Versioned<AccessCode> | undefined> {
    const row = await this.#sql.find.first(this.#on, { id })
    return row && toAccessCode(row)
  }

  async listByBuyer(userId: string, page: PageRequest): Promise<Page<IssuedCode>> {
    return this.#toPage(await query(this.#on, this.#sql.listByBuyer(userId, page)), page)
  }

  async listByOrder(orderId: string): Promise<readonly IssuedCode[]> {
    const rows = await this.#sql.listByOrder.rows(this.#on, { order_id: orderId })
    return rows.map((row) => toIssuedCode(row, this.#encryption))
  }

  async findByText(text: string): Promise<Versioned<AccessCode> | undefined> {
    const row = await this.#sql.findByHash.first(this.#on, { text_hash: textHash(text, this.#encryption) })
    return row && toAccessCode(row)
  }

  async list(filter: AccessCodeFilter, page: PageRequest): Promise<Page<IssuedCode>> {
    return this.#toPage(await query(this.#on, this.#sql.list(filter, page)), page)
  }

  async listLapsed(at: Date, limit: number): Promise<readonly Versioned<AccessCode>[]> {
    const rows = await this.#sql.listLapsed.rows(this.#on, { at: at.getTime(), limit })
    return rows.map(toAccessCode)
  }

  insert(codes: readonly IssuedCode[]): Promise<void> {
    return this.#sql.insert(
      this.#on,
      codes.map((code) => toAccessCodeRow(code, this.#encryption)),
    )
  }

  async replace(before: Versioned<AccessCode>, after: AccessCode, at: Date): Promise<boolean> {
    const { version } = before
    const parameters = { id: after.id, version, ...toAccessCodeState(after), updated_at: at.getTime() }
    return (await this.#sql.replace.change(this.#on, parameters)) === 1
  }

  #toPage(rows: readonly Row<'access_codes'>[], page: PageRequest): Page<IssuedCode> {
    return pageOf(
      rows.map((row) => toIssuedCode(row, this.#encryption)),
      page,
      ({ code }) => code,
    )
  }
}
