import { z } from 'zod'
import { formatYuan } from '../../domain/money.ts'
import type { Product } from '../../domain/product.ts'
import { currencySchema, idSchema, instantSchema, moneySchema } from './envelope.ts'
import { moneyField, says, skuField, textField } from './fields.ts'
import { text } from './language.ts'
import { reasonField } from './reason.ts'

const fulfilmentSchema = z
  .discriminatedUnion('type', [
    z.strictObject({ type: z.literal('access'), delivery: z.enum(['grant', 'code']), validityDays: z.int() }),
    z.strictObject({ type: z.literal('points'), points: z.int(), bonusPoints: z.int() }),
    z.strictObject({ type: z.literal('goods'), sku: z.string() }),
  ])
  .meta({ id: 'Fulfilment', description: '付款后交付的内容' })

export const productSchema = z
  .strictObject({
    id: idSchema,
    name: z.string(),
    description: z.string(),
    price: moneySchema,
    currency: currencySchema,
    active: z.boolean(),
    sortOrder: z.int(),
    fulfilment: fulfilmentSchema,
    createdAt: instantSchema,
    updatedAt: instantSchema,
  })
  .meta({ id: 'Product' })

export const productJson = (product: Product): z.output<typeof productSchema> => ({
  id: product.id,
  name: product.name,
  description: product.description,
  price: formatYuan(product.price),
  currency: product.currency,
  active: product.active,
  sortOrder: product.sortOrder,
  fulfilment: product.fulfilment,
  createdAt: product.createdAt.toISOString(),
  updatedAt: product.updatedAt.toISOString(),
})

const MAX_DAYS = 36_500
const MAX_POINTS = 1_000_000_000
const MAX_SORT_ORDER = 1_000_000

const fulfilmentField = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('access'),
    delivery: z.enum(['grant', 'code']),
    validityDays: z.int().min(1).max(MAX_DAYS),
  }),
  z.strictObject({
    type: z.literal('points'),
    points: z.int().min(1).max(MAX_POINTS),
    bonusPoints: z.int().min(0).max(MAX_POINTS).default(0),
  }),
  z.strictObject({ type: z.literal('goods'), sku: skuField }),
])

const fields = {
  name: textField(1, 120),
  description: textField(0, 2000, 'lines'),
  price: moneyField,
  currency: z.literal('CNY'),
  active: z.boolean(),
  sortOrder: z.int().min(-MAX_SORT_ORDER).max(MAX_SORT_ORDER),
  fulfilment: fulfilmentField,
}

export const createProductBody = z
  .strictObject({
    ...fields,
    description: fields.description.default(''),
    currency: fields.currency.default('CNY'),
    active: fields.active.default(true),
    sortOrder: fields.sortOrder.default(0),
    reason: reasonField.optional(),
  })
  .meta({
    id: 'CreateProduct',
    override: {
      examples: [
        { name: '年度会员', price: '99.00', fulfilment: { type: 'access', delivery: 'grant', validityDays: 365 } },
        { name: '1000 积分', price: 10, fulfilment: { type: 'points', points: 1000, bonusPoints: 100 } },
      ],
    },
  })

export const updateProductBody = z
  .strictObject({
    name: fields.name.exactOptional(),
    description: fields.description.exactOptional(),
    price: fields.price.exactOptional(),
    currency: fields.currency.exactOptional(),
    active: fields.active.exactOptional(),
    sortOrder: fields.sortOrder.exactOptional(),
    fulfilment: fields.fulfilment.exactOptional(),
    reason: reasonField.optional(),
  })
  .refine(
    (body) => Object.keys(body).some((name) => name !== 'reason'),
    says(text('没有要修改的字段', 'nothing to change')),
  )
  .meta({ id: 'UpdateProduct', override: { examples: [{ price: '89.00' }, { active: false }] } })
