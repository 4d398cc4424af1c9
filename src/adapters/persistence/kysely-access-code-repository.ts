import type { Kysely } from 'kysely'
import type { AccessCodeRepository, IssuedCode } from '../../application/access-codes/access-code-repository.ts'
import type { Encryption } from '../../application/encryption.ts'
import type { Versioned } from '../../application/versioned.ts'
import type { AccessCode } from '../../domain/access-code.ts'
import { textHash, toAccessCode, toAccessCodeRow, toAccessCodeState, toIssuedCode } from './access-code-row.ts'
import type { Executor } from './executor.ts'
import { type DB, kindsOf } from './schema.ts'
import { insertion, statement } from './statement.ts'

const STATE = ['status', 'activated_by', 'activated_at', 'updated_at'] as const

export const accessCodeStatements = (builder: Kysely<DB>) => {
  const codes = builder.selectFrom('access_codes').selectAll()
  return {
    listByBuyer: statement({ buyer_id: 'text' }, (given) =>
      codes.where('buyer_id', '=', given.buyer_id).orderBy('created_at', 'desc').orderBy('id', 'desc'),
    ),
    listByOrder: statement({ order_id: 'text' }, (given) =>
      codes.where('order_id', '=', given.order_id).orderBy('created_at').orderBy('id'),
    ),
    findByHash: statement(kindsOf('access_codes', 'text_hash'), (given) =>
      codes.where('text_hash', '=', given.text_hash),
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

  async listByBuyer(userId: string): Promise<readonly IssuedCode[]> {
    const rows = await this.#sql.listByBuyer.rows(this.#on, { buyer_id: userId })
    return rows.map((row) => toIssuedCode(row, this.#encryption))
  }

  async listByOrder(orderId: string): Promise<readonly IssuedCode[]> {
    const rows = await this.#sql.listByOrder.rows(this.#on, { order_id: orderId })
    return rows.map((row) => toIssuedCode(row, this.#encryption))
  }

  async findByText(text: string): Promise<Versioned<AccessCode> | undefined> {
    const row = await this.#sql.findByHash.first(this.#on, { text_hash: textHash(text, this.#encryption) })
    return row && toAccessCode(row)
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
}
