/** Goods, and what moved them, as part of the tables in `schema.ts`. */
export const STOCK_TABLES = {
  stock: { sku: 'text', on_hand: 'integer', reserved: 'integer', updated_at: 'integer', version: 'integer' },
  stock_reservations: {
    order_id: 'text',
    sku: 'text',
    quantity: 'integer',
    status: 'text',
    created_at: 'integer',
    updated_at: 'integer',
  },
  stock_entries: {
    id: 'text',
    sku: 'text',
    kind: 'text',
    delta: 'integer',
    order_id: 'text?',
    actor: 'text',
    reason: 'text',
    created_at: 'integer',
  },
} as const
