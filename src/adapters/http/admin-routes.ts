import { ok } from 'neverthrow'
import { z } from 'zod'
import { pageJson } from './age-page.ts'
import { adjustInventoryBody, stockEntryJson, stockEntrySchema, stockJson, stockSchema } from './admin-json.ts'
import { API } from './base-path.ts'
import { ageCursorField, cursorField, limitField, pageOf, toCursor } from './cursor.ts'
import type { HttpDeps } from './deps.ts'
import { dataOf, listOf } from './envelope.ts'
import { idField, skuField } from './fields.ts'
import { jsonRoute } from './json-route.ts'
import { operatorOf } from './operator.ts'
import { createProductBody, productJson, productSchema, updateProductBody } from './product-json.ts'
import type { Route } from './route.ts'

const tag = '管理'

export const adminRoutes = (deps: HttpDeps): readonly Route[] => [
  createProductRoute(deps),
  updateProductRoute(deps),
  inventoryRoute(deps),
  adjustRoute(deps),
  entriesRoute(deps),
]

const createProductRoute = (deps: HttpDeps): Route =>
  jsonRoute(deps, {
    method: 'POST',
    path: `${API}/admin/products`,
    access: 'admin',
    permission: 'catalogue.change',
    tag,
    summary: '新增商品',
    body: createProductBody,
    idempotent: true,
    status: 201,
    answer: dataOf(productSchema),
    async handle(call) {
      const { reason, ...draft } = call.body
      const product = await deps.createProduct(call.resourceId, draft, operatorOf(call, reason))
      return product.map((created) => ({ data: productJson(created) }))
    },
  })

const updateProductRoute = (deps: HttpDeps): Route =>
  jsonRoute(deps, {
    method: 'PATCH',
    path: `${API}/admin/products/:productId`,
    access: 'admin',
    permission: 'catalogue.change',
    tag,
    summary: '修改商品；已有订单不受影响',
    params: z.strictObject({ productId: idField }),
    body: updateProductBody,
    answer: dataOf(productSchema),
    problems: ['PRODUCT_NOT_FOUND'],
    async handle(call) {
      const { reason, ...changes } = call.body
      const product = await deps.updateProduct(call.params.productId, changes, operatorOf(call, reason))
      return product.map((updated) => ({ data: productJson(updated) }))
    },
  })

const inventoryRoute = (deps: HttpDeps): Route =>
  jsonRoute(deps, {
    method: 'GET',
    path: `${API}/admin/inventory`,
    access: 'admin',
    permission: 'stock.read',
    tag,
    summary: '库存，按 sku 排序',
    query: z.strictObject({ limit: limitField, cursor: cursorField(z.tuple([skuField])).optional() }),
    answer: listOf(stockSchema),
    async handle({ query }) {
      const { limit, cursor: [after] = [] } = query
      const stocks = await deps.readers.stock.list(limit + 1, after)
      const { items, nextCursor } = pageOf(stocks, ({ sku }) => [sku], limit, undefined)
      return ok({ data: items.map(stockJson), page: { nextCursor } })
    },
  })

const adjustRoute = (deps: HttpDeps): Route =>
  jsonRoute(deps, {
    method: 'POST',
    path: `${API}/admin/inventory/:sku/adjust`,
    access: 'admin',
    permission: 'stock.change',
    tag,
    summary: '调整库存，不会低于已预留的数量',
    params: z.strictObject({ sku: skuField }),
    body: adjustInventoryBody,
    idempotent: true,
    answer: dataOf(stockSchema),
    problems: ['OUT_OF_STOCK'],
    async handle(call) {
      const stock = await deps.adjustInventory(
        { ...call.body, sku: call.params.sku, entryId: call.resourceId },
        operatorOf(call),
      )
      return stock.map((adjusted) => ({ data: stockJson(adjusted) }))
    },
  })

const entriesRoute = (deps: HttpDeps): Route =>
  jsonRoute(deps, {
    method: 'GET',
    path: `${API}/admin/inventory/:sku/entries`,
    access: 'admin',
    permission: 'stock.read',
    tag,
    summary: '一个 sku 的库存流水，新的在前',
    params: z.strictObject({ sku: skuField }),
    query: z.strictObject({ limit: limitField, cursor: ageCursorField.optional() }),
    answer: listOf(stockEntrySchema),
    async handle({ params, query: { limit, cursor } }) {
      const page = await deps.readers.stock.entries(params.sku, { limit, after: toCursor(cursor) })
      return ok(pageJson(page, stockEntryJson))
    },
  })
