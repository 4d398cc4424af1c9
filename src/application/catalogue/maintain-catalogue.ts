import { err, ok, type Result } from 'neverthrow'
import type { Product } from '../../domain/product.ts'
import type { AuditEntry } from '../audit/audit-log.ts'
import type { Clock } from '../clock.ts'
import type { Ids } from '../ids.ts'
import { type Transaction, WRITE_CONFLICT, type WriteConflict } from '../transaction.ts'

/** The operator who acts, and why if that was said, for the audit trail. */
export type Operator = Pick<AuditEntry, 'actor' | 'requestId' | 'ip'> & { readonly reason?: string | undefined }

export type ProductDraft = Omit<Product, 'id' | 'createdAt' | 'updatedAt'>

export type ProductNotFound = { readonly code: 'PRODUCT_NOT_FOUND' }

type Deps = {
  readonly transaction: Transaction
  readonly clock: Clock
  readonly ids: Ids
  /** Called after a change, so that no cache goes on showing the old catalogue. */
  readonly catalogueChanged: () => Promise<void>
}

/** Puts a product on sale; the same id gives the same product. */
export const createProduct =
  ({ transaction, clock, ids, catalogueChanged }: Deps) =>
  async (productId: string, draft: ProductDraft, operator: Operator): Promise<Result<Product, never>> => {
    const created = await transaction.run(async ({ products, audit }): Promise<Result<Product, never>> => {
      const known = await products.find(productId)
      if (known !== undefined) return ok(known.value)
      const at = clock.now()
      const product: Product = { ...draft, id: productId, createdAt: at, updatedAt: at }
      await products.insert(product)
      await audit.append(auditEntry(ids, operator, 'product.create', undefined, product, at))
      return ok(product)
    })
    await catalogueChanged()
    return created
  }

/** Changes a product; orders made before keep what they promised. */
export const updateProduct =
  ({ transaction, clock, ids, catalogueChanged }: Deps) =>
  async (
    productId: string,
    changes: Partial<ProductDraft>,
    operator: Operator,
  ): Promise<Result<Product, ProductNotFound>> => {
    const updated = await transaction.run(
      async ({ products, audit }): Promise<Result<Product, ProductNotFound | WriteConflict>> => {
        const before = await products.find(productId)
        if (before === undefined) return err({ code: 'PRODUCT_NOT_FOUND' })
        const at = clock.now()
        const product: Product = { ...before.value, ...changes, updatedAt: at }
        if (!(await products.replace(before, product))) return err(WRITE_CONFLICT)
        await audit.append(auditEntry(ids, operator, 'product.update', before.value, product, at))
        return ok(product)
      },
    )
    await catalogueChanged()
    return updated
  }

const auditEntry = (
  ids: Ids,
  operator: Operator,
  action: string,
  before: Product | undefined,
  after: Product,
  at: Date,
): AuditEntry => ({ reason: undefined, ...operator, id: ids.entity(), action, subject: after.id, before, after, at })
