import type { Product } from '../../domain/product.ts'
import type { Versioned } from '../versioned.ts'

export interface ProductReader {
  find(id: string): Promise<Versioned<Product> | undefined>
  /** Those of the given ids that exist, in no order. */
  findMany(ids: readonly string[]): Promise<readonly Product[]>
  /** All that are on sale, by `sortOrder`, then age. */
  listActive(): Promise<readonly Product[]>
}

export interface ProductRepository extends ProductReader {
  insert(product: Product): Promise<void>
  /** Writes only if nobody wrote since `before` was read. */
  replace(before: Versioned<Product>, after: Product): Promise<boolean>
}
