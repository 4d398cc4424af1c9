import { err, ok, type Result } from 'neverthrow'
import { adjustStock, type Stock } from '../../domain/stock.ts'
import type { Operator } from '../catalogue/maintain-catalogue.ts'
import type { Clock } from '../clock.ts'
import type { Ids } from '../ids.ts'
import { type Readers, type Transaction, WRITE_CONFLICT, type WriteConflict } from '../transaction.ts'

export type AdjustInventoryError = { readonly code: 'OUT_OF_STOCK'; readonly sku: string }

export type InventoryChange = {
  /** Fixed by the caller, so that a repeated request adjusts once. */
  readonly entryId: string
  readonly sku: string
  readonly delta: number
  readonly reason: string
}

type Deps = {
  readonly transaction: Transaction
  readonly readers: Pick<Readers, 'stock'>
  readonly clock: Clock
  readonly ids: Ids
}

type Repeated = { readonly code: 'REPEATED' }

/** Puts pieces in or takes them out by hand, with a reason; never below what orders have been promised. */
export const adjustInventory =
  (deps: Deps) =>
  async (change: InventoryChange, operator: Operator): Promise<Result<Stock, AdjustInventoryError>> => {
    const adjusted = await adjust(deps, change, operator)
    if (adjusted.isOk()) return ok(adjusted.value)
    if (adjusted.error.code !== 'REPEATED') return err(adjusted.error)
    return ok((await deps.readers.stock.find(change.sku)).value)
  }

const adjust = (
  { transaction, clock, ids }: Deps,
  { entryId, sku, delta, reason }: InventoryChange,
  operator: Operator,
): Promise<Result<Stock, AdjustInventoryError | Repeated>> =>
  transaction.run(async ({ stock, audit }): Promise<Result<Stock, AdjustInventoryError | Repeated | WriteConflict>> => {
    const { actor } = operator
    const at = clock.now()
    const before = await stock.find(sku)
    const entry = {
      id: entryId,
      sku,
      kind: 'adjustment',
      delta,
      actor,
      reason,
      createdAt: at,
      orderId: undefined,
    } as const
    const adjusted = adjustStock(before.value, delta)
    // What was adjusted once may no longer be possible: a repeat is told before a refusal, and either one rolls back.
    if (adjusted.isErr()) {
      const repeated = before.version > 0 && !(await stock.append(entry))
      return err(repeated ? { code: 'REPEATED' } : { code: 'OUT_OF_STOCK', sku })
    }
    if (!(await stock.replace(before, adjusted.value, at))) return err(WRITE_CONFLICT)
    if (!(await stock.append(entry))) return err({ code: 'REPEATED' })
    const values = { action: 'inventory.adjust', subject: sku, reason, before: before.value, after: adjusted.value }
    await audit.append({ ...operator, ...values, id: ids.entity(), at })
    return ok(adjusted.value)
  })
