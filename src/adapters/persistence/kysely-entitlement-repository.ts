import type { Kysely } from 'kysely'
import type { EntitlementRepository } from '../../application/entitlements/entitlement-repository.ts'
import type { Page, PageRequest } from '../../application/page.ts'
import type { Entitlement } from '../../domain/entitlement.ts'
import { insertOnce } from './duplicates.ts'
import { toEntitlement, toEntitlementRow } from './entitlement-row.ts'
import type { Executor } from './executor.ts'
import { equalities, pageConditions, type Slice } from './paging.ts'
import { readBy } from './read-by.ts'
import { type DB, kindsOf } from './schema.ts'
import { pageInSlices, sliceEnd } from './slices.ts'
import { insertion, query, statement } from './statement.ts'

export const entitlementStatements = (builder: Kysely<DB>) => {
  const entitlements = builder.selectFrom('entitlements').selectAll()
  return {
    find: statement(kindsOf('entitlements', 'id'), ({ id }) => entitlements.where('id', '=', id)),
    listByUser: statement(kindsOf('entitlements', 'user_id'), (given) =>
      entitlements.where('user_id', '=', given.user_id).orderBy('created_at').orderBy('id'),
    ),
    listLasting: (userId: string, at: Date, page: Slice) =>
      readBy(builder, 'entitlements', 'entitlements_by_user')
        .selectAll()
        .where('user_id', '=', userId)
        .where('revoked_at', 'is', null)
        .where('expires_at', '>', at.getTime())
        .where((eb) => eb.and(pageConditions(page)))
        .orderBy('created_at', 'desc')
        .orderBy('id', 'desc')
        .limit(page.limit + 1),
    listEnd: (userId: string, page: Slice) => {
      const conditions = [...equalities({ user_id: userId }), ...pageConditions(page)]
      return sliceEnd(builder, { table: 'entitlements', index: 'entitlements_by_user' }, conditions)
    },
    listByProduct: statement(kindsOf('entitlements', 'user_id', 'product_id'), (given) =>
      entitlements
        .where('user_id', '=', given.user_id)
        .where('product_id', '=', given.product_id)
        .orderBy('created_at')
        .orderBy('id'),
    ),
    granted: statement(kindsOf('entitlements', 'source_type', 'source_id'), (given) =>
      entitlements.where('source_type', '=', given.source_type).where('source_id', '=', given.source_id),
    ),
    insert: insertion(builder, 'entitlements'),
    move: statement(
      { ...kindsOf('entitlements', 'id', 'starts_at', 'expires_at'), before: 'integer' },
      ({ id, before, ...span }) =>
        builder
          .updateTable('entitlements')
          .set(span)
          .where('id', '=', id)
          .where('starts_at', '=', before)
          .where('revoked_at', 'is', null),
    ),
    revoke: statement({ id: 'text', at: 'integer' }, ({ id, at }) =>
      builder.updateTable('entitlements').set({ revoked_at: at }).where('id', '=', id).where('revoked_at', 'is', null),
    ),
  }
}

export class KyselyEntitlementRepository implements EntitlementRepository {
  readonly #sql: ReturnType<typeof entitlementStatements>
  readonly #on: Executor

  constructor(sql: ReturnType<typeof entitlementStatements>, on: Executor) {
    this.#sql = sql
    this.#on = on
  }

  async find(id: string): Promise<Entitlement | undefined> {
    const row = await this.#sql.find.first(this.#on, { id })
    return row && toEntitlement(row)
  }

  async listByUser(userId: string, productId?: string): Promise<readonly Entitlement[]> {
    const rows =
      productId === undefined
        ? await this.#sql.listByUser.rows(this.#on, { user_id: userId })
        : await this.#sql.listByProduct.rows(this.#on, { user_id: userId, product_id: productId })
    return rows.map(toEntitlement)
  }

  /** In slices, since those that are over may be many. */
  async listLasting(userId: string, at: Date, page: PageRequest): Promise<Page<Entitlement>> {
    const end = (slice: Slice) => this.#sql.listEnd(userId, slice)
    const list = async (slice: Slice) =>
      (await query(this.#on, this.#sql.listLasting(userId, at, slice))).map(toEntitlement)
    return pageInSlices({ on: this.#on, end, list }, page, (one) => one)
  }

  async findBySource({ type, id }: Entitlement['source']): Promise<Entitlement | undefined> {
    const row = await this.#sql.granted.first(this.#on, { source_type: type, source_id: id })
    return row && toEntitlement(row)
  }

  insert(entitlement: Entitlement): Promise<boolean> {
    const row = toEntitlementRow(entitlement)
    return insertOnce(
      () => this.#sql.insert(this.#on, [row]),
      async () => (await this.#sql.granted.first(this.#on, row)) !== undefined,
    )
  }

  async revoke(id: string, at: Date): Promise<boolean> {
    return (await this.#sql.revoke.change(this.#on, { id, at: at.getTime() })) === 1
  }

  async move({ startsAt }: Entitlement, after: Entitlement): Promise<boolean> {
    const { id, starts_at, expires_at } = toEntitlementRow(after)
    return (await this.#sql.move.change(this.#on, { id, before: startsAt.getTime(), starts_at, expires_at })) === 1
  }
}
