import type { Kysely } from 'kysely'
import type { ProductRepository } from '../../application/catalogue/product-repository.ts'
import type { Versioned } from '../../application/versioned.ts'
import type { Product } from '../../domain/product.ts'
import type { Executor } from './executor.ts'
import { toProduct, toProductRow } from './product-row.ts'
import { type DB, kindsOf, TABLES } from './schema.ts'
import { insertion, query, statement } from './statement.ts'

export const productStatements = (builder: Kysely<DB>) => ({
  find: statement(kindsOf('products', 'id'), ({ id }) =>
    builder.selectFrom('products').selectAll().where('id', '=', id),
  ),
  listActive: statement({}, () =>
    builder
      .selectFrom('products')
      .selectAll()
      .where('active', '=', 1)
      .orderBy('sort_order')
      .orderBy('created_at')
      .orderBy('id'),
  ),
  findMany: (ids: readonly string[]) => builder.selectFrom('products').selectAll().where('id', 'in', ids),
  insert: insertion(builder, 'products'),
  replace: statement(TABLES.products, ({ id, version, ...changes }) =>
    builder
      .updateTable('products')
      .set(changes)
      .set((eb) => ({ version: eb('version', '+', 1) }))
      .where('id', '=', id)
      .where('version', '=', version),
  ),
})

export class KyselyProductRepository implements ProductRepository {
  readonly #sql: ReturnType<typeof productStatements>
  readonly #on: Executor

  constructor(sql: ReturnType<typeof productStatements>, on: Executor) {
    this.#sql = sql
    this.#on = on
  }

  async find(id: string): Promise<Versioned<Product> | undefined> {
    const row = await this.#sql.find.first(this.#on, { id })
    return row && toProduct(row)
  }

  async findMany(ids: readonly string[]): Promise<readonly Product[]> {
    if (ids.length === 0) return []
    const rows = await query(this.#on, this.#sql.findMany(ids))
    return rows.map((row) => toProduct(row).value)
  }

  async listActive(): Promise<readonly Product[]> {
    const rows = await this.#sql.listActive.rows(this.#on, {})
    return rows.map((row) => toProduct(row).value)
  }

  insert(product: Product): Promise<void> {
    return this.#sql.insert(this.#on, [toProductRow(product, 1)])
  }

  async replace(before: Versioned<Product>, after: Product): Promise<boolean> {
    return (await this.#sql.replace.change(this.#on, toProductRow(after, before.version))) === 1
  }
}
