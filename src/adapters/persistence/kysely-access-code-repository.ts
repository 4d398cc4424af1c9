import { type Kysely, type SqlBool, sql } from 'kysely'
import type {
  AccessCodeFilter,
  AccessCodeRepository,
  IssuedCode,
} from '../../application/access-codes/access-code-repository.ts'
import type { Encryption } from '../../application/encryption.ts'
import type { Cursor, Page, PageRequest } from '../../application/page.ts'
import type { Versioned } from '../../application/versioned.ts'
import type { AccessCode } from '../../domain/access-code.ts'
import { textHashes, toAccessCode, toAccessCodeRow, toAccessCodeState, toIssuedCode } from './access-code-row.ts'
import type { Executor } from './executor.ts'
import { equalities, pageConditions, pageOf, type Slice } from './paging.ts'
import { indexFor, readBy } from './read-by.ts'
import { type DB, kindsOf, type Row } from './schema.ts'
import { countOf, pageInSlices, sliceEnd } from './slices.ts'
import { insertion, query, statement } from './statement.ts'

const STATE = ['status', 'frozen', 'activated_by', 'activated_at', 'updated_at'] as const

/** Looked up for each code: told by `exists`, MySQL would collect all batches first. */
const IN_NO_OPEN_BATCH = sql<SqlBool>`coalesce((
  select batch.made < batch.size from access_code_batches as batch where batch.id = access_codes.batch_id), 0) = 0`

export const accessCodeStatements = (builder: Kysely<DB>) => {
  const codes = builder.selectFrom('access_codes').selectAll()
  return {
    find: statement(kindsOf('access_codes', 'id'), ({ id }) => codes.where('id', '=', id)),
    listByBuyer: (userId: string, page: PageRequest) =>
      readBy(builder, 'access_codes', 'access_codes_by_buyer')
        .selectAll()
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
    list: ({ batchId, productId, status }: AccessCodeFilter, page: Slice) =>
      readBy(builder, 'access_codes', indexFor('access_codes', { batch: batchId, product: productId, status }))
        .selectAll()
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
    listEnd: ({ batchId, productId, status }: AccessCodeFilter, page: Slice) => {
      const indexed = equalities({ batch_id: batchId, product_id: productId, status }).slice(0, 1)
      const index = indexFor('access_codes', { batch: batchId, product: productId, status })
      return sliceEnd(builder, { table: 'access_codes', index }, [...indexed, ...pageConditions(page)])
    },
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

/** An index finds the codes of a batch, a product or a status; where two are asked for, it finds too many. */
const isSparse = ({ batchId, productId, status }: AccessCodeFilter): boolean => countOf(batchId, productId, status) > 1

/** Read in the place of a code that is not there, since reading one takes time. */
const NO_CODE: Row<'access_codes'> = {
  id: '',
  product_id: '',
  validity_days: 1,
  origin: 'batch',
  order_id: null,
  buyer_id: null,
  batch_id: '',
  text: '',
  text_hash: '',
  status: 'revoked',
  activated_by: null,
  activated_at: null,
  expires_at: 0,
  created_at: 0,
  updated_at: 0,
  version: 1,
  frozen: 0,
}

const placeOf = ({ code }: IssuedCode): Cursor => code

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
    const rows = await query(this.#on, this.#sql.listByBuyer(userId, page))
    return pageOf(rows.map(this.#toIssued), page, placeOf)
  }

  async listByOrder(orderId: string): Promise<readonly IssuedCode[]> {
    const rows = await this.#sql.listByOrder.rows(this.#on, { order_id: orderId })
    return rows.map((row) => toIssuedCode(row, this.#encryption))
  }

  async findByText(text: string): Promise<Versioned<AccessCode> | undefined> {
    const found: Row<'access_codes'>[] = []
    // All are asked for, also behind the one that is there: how long it takes must not tell whether one is.
    for (const text_hash of textHashes(text, this.#encryption))
      found.push(...(await this.#sql.findByHash.rows(this.#on, { text_hash })))
    const [row] = found
    const code = toAccessCode(row ?? NO_CODE)
    return row && code
  }

  async list(filter: AccessCodeFilter, page: PageRequest): Promise<Page<IssuedCode>> {
    const list = async (slice: Slice) => (await query(this.#on, this.#sql.list(filter, slice))).map(this.#toIssued)
    const end = (slice: Slice) => this.#sql.listEnd(filter, slice)
    return isSparse(filter)
      ? pageInSlices({ on: this.#on, end, list }, page, placeOf)
      : pageOf(await list(page), page, placeOf)
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

  readonly #toIssued = (row: Row<'access_codes'>): IssuedCode => toIssuedCode(row, this.#encryption)
}
