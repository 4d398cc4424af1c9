import type { Container } from 'inversify'
import type { Logger } from 'pino'
import type { HttpDeps } from '../adapters/http/app.ts'
import { loadCashier } from '../adapters/web/cashier-page.ts'
import type { RunningSandbox } from './sandbox.ts'
import type { Telemetry } from './telemetry.ts'
import { tokens, type UseCases } from './tokens.ts'
import { VERSION } from './version.ts'

export type HttpParts = {
  readonly container: Container
  readonly sandbox: RunningSandbox | undefined
  readonly publicUrl: string
  readonly log: Logger
  /** Missing where nobody watches. */
  readonly telemetry?: Pick<Telemetry, 'http' | 'useCases'>
}

/** Everything the HTTP side needs, out of the container. */
export const httpDeps = ({ container, sandbox, publicUrl, log, telemetry }: HttpParts): HttpDeps => {
  const settings = container.get(tokens.settings)
  const store = container.get(tokens.store)
  const broker = container.get(tokens.broker)
  const providers = container.get(tokens.gateways).configured.filter((provider) => provider !== 'points')
  const useCases = useCasesOf(container)
  return {
    ...(telemetry?.useCases(useCases) ?? useCases),
    readers: container.get(tokens.readers),
    idempotencyKeys: store.idempotencyKeys,
    productCache: container.get(tokens.productCache),
    limits: container.get(tokens.limits),
    authenticate: container.get(tokens.authenticate),
    cashierTokens: container.get(tokens.cashierTokens),
    deviceTokens: container.get(tokens.deviceTokens),
    orderFeed: container.get(tokens.orderFeed),
    orderWatch: container.get(tokens.orderWatcher),
    ids: container.get(tokens.ids),
    clock: container.get(tokens.clock),
    activity: container.get(tokens.activity),
    doctor: container.get(tokens.callbackDoctor),
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
    metrics: undefined,
    ...telemetry?.http,
  }
}

const useCasesOf = (container: Container): UseCases => ({
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
  acknowledgeAlert: container.get(tokens.acknowledgeAlert),
  noteRead: container.get(tokens.noteRead),
  openNotification: container.get(tokens.openNotification),
  askDoctor: container.get(tokens.askDoctor),
  explainNotification: container.get(tokens.explainNotification),
  retryNotification: container.get(tokens.retryNotification),
  retryFailed: container.get(tokens.retryFailed),
  requestReconciliation: container.get(tokens.requestReconciliation),
  receiveImport: container.get(tokens.receiveImport),
  reconcileWith: container.get(tokens.reconcileWith),
  resolveDiscrepancy: container.get(tokens.resolveDiscrepancy),
  createWebhookEndpoint: container.get(tokens.createWebhookEndpoint),
  updateWebhookEndpoint: container.get(tokens.updateWebhookEndpoint),
  deleteWebhookEndpoint: container.get(tokens.deleteWebhookEndpoint),
  redeliverWebhook: container.get(tokens.redeliverWebhook),
  admitAddress: container.get(tokens.admitAddress),
  putOnBlacklist: container.get(tokens.putOnBlacklist),
  takeOffBlacklist: container.get(tokens.takeOffBlacklist),
  changeRiskRule: container.get(tokens.changeRiskRule),
  changeRiskThresholds: container.get(tokens.changeRiskThresholds),
  shadowReport: container.get(tokens.shadowReport),
  signIn: container.get(tokens.signIn),
  currentSession: container.get(tokens.currentSession),
  changePassword: container.get(tokens.changePassword),
  endSession: container.get(tokens.endSession),
  addOperator: container.get(tokens.addOperator),
  changeOperator: container.get(tokens.changeOperator),
  resetPassword: container.get(tokens.resetPassword),
  statisticsOverview: container.get(tokens.statisticsOverview),
  statisticsTrend: container.get(tokens.statisticsTrend),
  statisticsOfChannels: container.get(tokens.statisticsOfChannels),
  statisticsOfRefunds: container.get(tokens.statisticsOfRefunds),
})
