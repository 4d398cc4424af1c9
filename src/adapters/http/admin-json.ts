import { z } from 'zod'
import { availableOf, type Stock, type StockEntry } from '../../domain/stock.ts'
import { idSchema, instantSchema } from './envelope.ts'
import { says, textField } from './fields.ts'
import { text } from './language.ts'

export const stockSchema = z
  .strictObject({ sku: z.string(), onHand: z.int(), reserved: z.int(), available: z.int() })
  .meta({ id: 'Stock' })

export const stockJson = (stock: Stock): z.output<typeof stockSchema> => ({
  sku: stock.sku,
  onHand: stock.onHand,
  reserved: stock.reserved,
  available: availableOf(stock),
})

export const stockEntrySchema = z
  .strictObject({
    id: idSchema,
    kind: z.enum(['sale', 'restore', 'adjustment']),
    delta: z.int(),
    orderId: idSchema.nullable(),
    actor: z.string(),
    reason: z.string(),
    createdAt: instantSchema,
  })
  .meta({ id: 'StockEntry', description: '库存流水；各行 delta 之和即在库数量' })

export const stockEntryJson = (entry: StockEntry): z.output<typeof stockEntrySchema> => ({
  id: entry.id,
  kind: entry.kind,
  delta: entry.delta,
  orderId: entry.orderId ?? null,
  actor: entry.actor,
  reason: entry.reason,
  createdAt: entry.createdAt.toISOString(),
})

const MAX_PIECES = 1_000_000_000

export const adjustInventoryBody = z
  .strictObject({
    delta: z
      .int()
      .min(-MAX_PIECES)
      .max(MAX_PIECES)
      .refine((delta) => delta !== 0, says(text('不能为零', 'not zero'))),
    reason: textField(1, 200),
  })
  .meta({ id: 'AdjustInventory', override: { examples: [{ delta: 100, reason: '进货' }] } })
