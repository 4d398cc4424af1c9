import { type Context, param } from './context.ts'
import { countableAddress } from './client-address.ts'
import type { CashierAsset, HttpDeps } from './deps.ts'
import { docsFiles, docsHtml } from './docs-page.ts'
import { sendProblem } from './answer.ts'
import { idField } from './fields.ts'
import type { Language } from './language.ts'
import { admitted, type Route } from './route.ts'
import { PAGE_POLICY } from './security-headers.ts'

/** What a browser opens. */
export const pageRoutes = (deps: HttpDeps): readonly Route[] => [
  ...docsRoutes(),
  ...cashierRoutes(deps),
  sandboxRoute(deps),
]

const docsRoutes = (): readonly Route[] => [
  page('/docs', async (ctx) => sendHtml(ctx, docsHtml)),
  page('/docs/:file', async (ctx) => sendFile(ctx, docsFiles().get(param(ctx, 'file')))),
]

const cashierRoutes = (deps: HttpDeps): readonly Route[] => [
  page('/cashier/:orderId', async (ctx) => {
    const orderId = idField.safeParse(param(ctx, 'orderId'))
    if (!orderId.success) return sendProblem(ctx, { code: 'NOT_FOUND' })
    ctx.vary('Accept-Language')
    sendHtml(ctx, deps.cashier.page(orderId.data, languageOf(ctx)))
  }),
  page('/cashier/assets/:file', async (ctx) => sendFile(ctx, deps.cashier.assets.get(param(ctx, 'file')))),
  // The address may carry whatever a gateway or anybody else wrote into it: none of it is read but the language.
  page('/cashier/:orderId/return', async (ctx) => {
    const orderId = idField.safeParse(param(ctx, 'orderId'))
    if (!orderId.success) return sendProblem(ctx, { code: 'NOT_FOUND' })
    const standing = await deps.checkOrder(orderId.data, await mayAsk(deps, orderId.data, ctx))
    ctx.vary('Accept-Language')
    sendHtml(ctx, deps.cashier.returnPage(orderId.data, languageOf(ctx), standing))
  }),
]

const languageOf = (ctx: Context): Language => {
  const { lang } = ctx.query
  return lang === 'zh' || lang === 'en' ? lang : ctx.state.language
}

/** Over the limit the page tells what is known here: nobody makes us ask a gateway without end. */
const mayAsk = async ({ limits }: HttpDeps, orderId: string, { state }: Context): Promise<boolean> =>
  (await limits.returnsPerIp.consume(countableAddress(state.ip))).allowed &&
  (await limits.returnsPerOrder.consume(orderId)).allowed

const sandboxRoute = ({ sandboxUrl }: HttpDeps): Route =>
  page('/sandbox', async (ctx) => {
    if (sandboxUrl === undefined) return sendProblem(ctx, { code: 'NOT_FOUND' })
    ctx.set('Cache-Control', 'no-store')
    ctx.redirect(sandboxUrl)
  })

const page = (path: string, serve: (ctx: Context) => Promise<void>): Route => ({
  method: 'GET',
  path,
  ...admitted('public', serve),
})

const sendHtml = (ctx: Context, html: string): void => {
  ctx.set('Content-Security-Policy', PAGE_POLICY)
  ctx.set('Cache-Control', 'no-store')
  ctx.type = 'text/html; charset=utf-8'
  ctx.body = html
}

const sendFile = (ctx: Context, file: CashierAsset | undefined): void => {
  if (file === undefined) return sendProblem(ctx, { code: 'NOT_FOUND' })
  ctx.set('Cache-Control', file.immutable ? 'public, max-age=31536000, immutable' : 'no-cache')
  ctx.set('Content-Type', file.type)
  ctx.body = file.body
}
