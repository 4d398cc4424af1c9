import type { Check } from './check.ts'

/** More at once are told once these are dealt with. */
const MOST = 100

/** Goods on sale of which no more than so many are left. */
export const checkStock: Check<'low_stock'> = async ({ figures }, most) => {
  const low = await figures.lowStock(most, MOST)
  return low.map(({ sku, available }) => ({ subject: sku, state: 'holds', facts: { sku, available } }))
}
