import type { Currency, Fen } from './money.ts'

/** What a bought product delivers once it is paid. */
export type Fulfilment =
  | { readonly type: 'access'; readonly delivery: 'grant' | 'code'; readonly validityDays: number }
  | { readonly type: 'points'; readonly points: number; readonly bonusPoints: number }
  | { readonly type: 'goods'; readonly sku: string }

export type Product = {
  readonly id: string
  readonly name: string
  readonly description: string
  readonly price: Fen
  readonly currency: Currency
  readonly active: boolean
  readonly sortOrder: number
  readonly fulfilment: Fulfilment
  readonly createdAt: Date
  readonly updatedAt: Date
}
