import type { Container } from 'inversify'
import type { Logger } from 'pino'
import type { HttpDeps } from '../adapters/http/app.ts'
import { loadCashier } from '../adapters/web/cashier-page.ts'
import type { RunningSandbox } from './sandbox.ts'
import { tokens } from './tokens.ts'
import { VERSION } from './version.ts'

export type HttpParts = {
  readonly container: Container
  readonly sandbox: RunningSandbox | undefined
  readonly publicUrl: string
  readonly log: Logger
}

/** Everything the HTTP side needs, out of the container. */
export const httpDeps = ({ container, sandbox, publicUrl, log }: HttpParts): HttpDeps => {
  const settings = container.get(tokens.settings)
  const store = container.get(tokens.store)
  const broker = container.get(tokens.broker)
  const providers = container.get(tokens.gateways).configured.filter((provider) => provider !== 'points')
  return {
    createOrder: container.get(tokens.createOrder),
    cancelOrder: container.get(tokens.cancelOrder),
    findOrder: container.get(tokens.findOrder),
    orderStory: container.get(tokens.orderStory),
    createPayment: container.get(tokens.createPayment),
    queryPayment: container.get(tokens.queryPayment),
    checkOrder: container.get(tokens.checkOrder),
    closePayment: container.get(tokens.closePayment),
    requestRefund: container.get(tokens.requestRefund),
    approveRefund: container.get(tokens.approveRefund),
    rejectRefund: container.get(tokens.rejectRefund),
    retryRefund: container.get(tokens.retryRefund),
    findRefund: container.get(tokens.findRefund),
    handleNotification: container.get(tokens.handleNotification),
    createProduct: container.get(tokens.createProduct),
    updateProduct: container.get(tokens.updateProduct),
    adjustInventory: container.get(tokens.adjustInventory),
    activateCode: container.get(tokens.activateCode),
    makeCodes: container.get(tokens.makeCodes),
    revokeCode: container.get(tokens.revokeCode),
    exportCodes: container.get(tokens.exportCodes),
    resolveIncident: container.get(tokens.resolveIncident),
    openNotification: container.get(tokens.openNotification),
    retryNotification: container.get(tokens.retryNotification),
    retryFailed: container.get(tokens.retryFailed),
    createWebhookEndpoint: container.get(tokens.createWebhookEndpoint),
    updateWebhookEndpoint: container.get(tokens.updateWebhookEndpoint),
    deleteWebhookEndpoint: container.get(tokens.deleteWebhookEndpoint),
    redeliverWebhook: container.get(tokens.redeliverWebhook),
    readers: container.get(tokens.readers),
    idempotencyKeys: store.idempotencyKeys,
    productCache: container.get(tokens.productCache),
    limits: container.get(tokens.limits),
    authenticate: container.get(tokens.authenticate),
    cashierTokens: container.get(tokens.cashierTokens),
    orderFeed: container.get(tokens.orderFeed),
    orderWatch: container.get(tokens.orderWatcher),
    ids: container.get(tokens.ids),
    clock: container.get(tokens.clock),
    publicUrl,
    returnUrlOrigins: settings.RETURN_URL_ORIGINS ?? [publicUrl, ...settings.CORS_ORIGINS],
    corsOrigins: settings.CORS_ORIGINS,
    trustedProxies: settings.TRUSTED_PROXIES,
    notifyAllowedIps: {
      ...(settings.WECHAT_NOTIFY_ALLOWED_IPS && { wechat: settings.WECHAT_NOTIFY_ALLOWED_IPS }),
      ...(settings.ALIPAY_NOTIFY_ALLOWED_IPS && { alipay: settings.ALIPAY_NOTIFY_ALLOWED_IPS }),
    },
    ready: async () => {
      const others = [broker.checks(), container.get(tokens.shared).checks()]
      const [database, ...checks] = await Promise.all([store.healthy(), ...others])
      return Object.assign({ database }, ...checks)
    },
    cashier: loadCashier({ providers, sandboxUrl: sandbox?.payerUrl }),
    sandboxUrl: sandbox?.payerUrl,
    version: VERSION,
    log,
  }
}
