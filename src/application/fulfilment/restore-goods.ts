import { err, ok, type Result } from 'neverthrow'
import { moveReservation } from '../../domain/stock.ts'
import type { Ids } from '../ids.ts'
import { type Repositories, WRITE_CONFLICT, type WriteConflict } from '../transaction.ts'

/** Puts the goods an order bought back into stock, once. */
export const restoreGoods = async (
  { ids }: { readonly ids: Ids },
  { stock }: Pick<Repositories, 'stock'>,
  orderId: string,
  at: Date,
): Promise<Result<void, WriteConflict>> => {
  const reservations = [...(await stock.reservationsOf(orderId))].sort((a, b) => (a.sku < b.sku ? -1 : 1))
  for (const reservation of reservations) {
    const { sku, quantity } = reservation
    const before = await stock.find(sku)
    const moved = moveReservation(before.value, reservation, 'restore')
    if (moved.isErr()) throw new Error(`goods of order ${orderId} can't be restored: ${moved.error.code}`)
    const [after, restored] = moved.value
    if (restored === reservation) continue
    const written = await stock.replace(before, after, at)
    if (!written || !(await stock.replaceReservation(reservation, restored, at))) return err(WRITE_CONFLICT)
    const entry = { id: ids.entity(), sku, kind: 'restore', delta: quantity, orderId } as const
    await stock.append({ ...entry, actor: 'system', reason: 'order refunded', createdAt: at })
  }
  return ok(undefined)
}
