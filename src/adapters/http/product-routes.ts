import { err, ok } from 'neverthrow'
import { z } from 'zod'
import type { Product } from '../../domain/product.ts'
import { API } from './base-path.ts'
import { cursorField, limitField, pageOf } from './cursor.ts'
import type { HttpDeps } from './deps.ts'
import { idField } from './fields.ts'
import { jsonRoute } from './json-route.ts'
import { dataOf, listOf } from './envelope.ts'
import { productJson, productSchema } from './product-json.ts'
import type { Route } from './route.ts'

/** The catalogue: what is on sale, and of it the packages of points. */
export const productRoutes = (deps: HttpDeps): readonly Route[] => [
  ...shelf(deps, '/products', () => true, { many: '在售商品', one: '一个在售商品' }),
  ...shelf(deps, '/packages', isPackage, { many: '积分充值套餐', one: '一个积分充值套餐' }),
]

const isPackage = ({ fulfilment }: Product): boolean => fulfilment.type === 'points'

const listQuery = z.strictObject({
  limit: limitField,
  cursor: cursorField(z.tuple([z.int(), z.int(), z.string().max(64)])).optional(),
})

const keyOf = ({ sortOrder, createdAt, id }: Product) => [sortOrder, createdAt.getTime(), id]

const shelf = (
  deps: HttpDeps,
  path: string,
  belongs: (product: Product) => boolean,
  summary: { readonly many: string; readonly one: string },
): readonly Route[] => {
  const onSale = async () =>
    (await deps.productCache.get('active', () => deps.readers.products.listActive())).filter(belongs)
  return [
    jsonRoute(deps, {
      method: 'GET',
      path: `${API}${path}`,
      access: 'public',
      tag: '商品',
      summary: summary.many,
      query: listQuery,
      answer: listOf(productSchema),
      async handle({ query }) {
        const { items, nextCursor } = pageOf(await onSale(), keyOf, query.limit, query.cursor)
        return ok({ data: items.map(productJson), page: { nextCursor } })
      },
    }),
    jsonRoute(deps, {
      method: 'GET',
      path: `${API}${path}/:productId`,
      access: 'public',
      tag: '商品',
      summary: summary.one,
      params: z.strictObject({ productId: idField }),
      answer: dataOf(productSchema),
      problems: ['PRODUCT_NOT_FOUND'],
      async handle({ params }) {
        const product = (await onSale()).find(({ id }) => id === params.productId)
        return product === undefined ? err({ code: 'PRODUCT_NOT_FOUND' }) : ok({ data: productJson(product) })
      },
    }),
  ]
}
