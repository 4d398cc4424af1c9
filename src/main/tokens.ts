import type { ServiceIdentifier } from 'inversify'
import type { HttpDeps } from '../adapters/http/app.ts'
import type { Store } from '../adapters/persistence/store.ts'
import type { createHttpWebhookSender } from '../adapters/webhooks/http-webhook-sender.ts'
import type { ActivityTally } from '../application/alerts/activity.ts'
import type { Clock } from '../application/clock.ts'
import type { Ids } from '../application/ids.ts'
import type { CloseAttempts } from '../application/payments/close-attempts.ts'
import type { PasswordHasher } from '../application/operators/password-hasher.ts'
import type { Gateways } from '../application/payments/payment-gateway.ts'
import type { PayWithPoints } from '../application/payments/pay-with-points.ts'
import type { RefreshPayment } from '../application/payments/refresh-payment.ts'
import type { OrderWatcher } from '../application/payments/watch-orders.ts'
import type { AskGateway } from '../application/reconciliation/ask-gateway.ts'
import type { BillArchive } from '../application/reconciliation/bill-archive.ts'
import type { CompareBill } from '../application/reconciliation/compare-bill.ts'
import type { RunReconciliation } from '../application/reconciliation/run-reconciliation.ts'
import type { SendReturn } from '../application/reconciliation/send-return.ts'
import type { Randomness } from '../application/randomness.ts'
import type { RefreshRefund, SendRefund } from '../application/refunds/send-refund.ts'
import type { CanarySeal } from '../application/doctor/canary.ts'
import type { Examine } from '../application/doctor/examine.ts'
import type { RiskControl } from '../application/risk/judge-risk.ts'
import type { Readers, Transaction } from '../application/transaction.ts'
import type { DeliverWebhooks } from '../application/webhooks/deliver-webhooks.ts'
import type { WebhookTargets } from '../application/webhooks/webhook-sender.ts'
import type { AlertSenders } from './bind-alerts.ts'
import type { BrokerParts } from './bind-broker.ts'
import type { Settings } from './config.ts'
import type { Shared } from './shared.ts'

const token = <T>(name: string): ServiceIdentifier<T> => Symbol(name)

export type UseCases = Pick<
  HttpDeps,
  | 'createOrder'
  | 'cancelOrder'
  | 'findOrder'
  | 'orderStory'
  | 'createPayment'
  | 'queryPayment'
  | 'checkOrder'
  | 'closePayment'
  | 'requestRefund'
  | 'approveRefund'
  | 'rejectRefund'
  | 'retryRefund'
  | 'findRefund'
  | 'handleNotification'
  | 'createProduct'
  | 'updateProduct'
  | 'adjustInventory'
  | 'activateCode'
  | 'makeCodes'
  | 'revokeCode'
  | 'exportCodes'
  | 'resolveIncident'
  | 'acknowledgeAlert'
  | 'noteRead'
  | 'openNotification'
  | 'askDoctor'
  | 'explainNotification'
  | 'retryNotification'
  | 'retryFailed'
  | 'requestReconciliation'
  | 'receiveImport'
  | 'reconcileWith'
  | 'resolveDiscrepancy'
  | 'createWebhookEndpoint'
  | 'updateWebhookEndpoint'
  | 'deleteWebhookEndpoint'
  | 'redeliverWebhook'
  | 'admitAddress'
  | 'putOnBlacklist'
  | 'takeOffBlacklist'
  | 'changeRiskRule'
  | 'changeRiskThresholds'
  | 'shadowReport'
  | 'signIn'
  | 'currentSession'
  | 'changePassword'
  | 'endSession'
  | 'addOperator'
  | 'changeOperator'
  | 'resetPassword'
  | 'statisticsOverview'
  | 'statisticsTrend'
  | 'statisticsOfChannels'
  | 'statisticsOfRefunds'
>

/** What the container can be asked for. */
export const tokens = {
  settings: token<Settings>('settings'),
  store: token<Store>('store'),
  transaction: token<Transaction>('transaction'),
  readers: token<Readers>('readers'),
  clock: token<Clock>('clock'),
  ids: token<Ids>('ids'),
  randomness: token<Randomness>('randomness'),
  gateways: token<Gateways>('gateways'),
  shared: token<Shared>('shared'),
  productCache: token<HttpDeps['productCache']>('productCache'),
  limits: token<HttpDeps['limits']>('limits'),
  authenticate: token<HttpDeps['authenticate']>('authenticate'),
  cashierTokens: token<HttpDeps['cashierTokens']>('cashierTokens'),
  orderFeed: token<HttpDeps['orderFeed']>('orderFeed'),
  risk: token<RiskControl>('risk'),
  admitAddress: token<UseCases['admitAddress']>('admitAddress'),
  putOnBlacklist: token<UseCases['putOnBlacklist']>('putOnBlacklist'),
  takeOffBlacklist: token<UseCases['takeOffBlacklist']>('takeOffBlacklist'),
  changeRiskRule: token<UseCases['changeRiskRule']>('changeRiskRule'),
  changeRiskThresholds: token<UseCases['changeRiskThresholds']>('changeRiskThresholds'),
  shadowReport: token<UseCases['shadowReport']>('shadowReport'),
  closeAttempts: token<CloseAttempts>('closeAttempts'),
  refreshPayment: token<RefreshPayment>('refreshPayment'),
  payWithPoints: token<PayWithPoints>('payWithPoints'),
  createOrder: token<UseCases['createOrder']>('createOrder'),
  cancelOrder: token<UseCases['cancelOrder']>('cancelOrder'),
  findOrder: token<UseCases['findOrder']>('findOrder'),
  orderStory: token<UseCases['orderStory']>('orderStory'),
  createPayment: token<UseCases['createPayment']>('createPayment'),
  queryPayment: token<UseCases['queryPayment']>('queryPayment'),
  checkOrder: token<UseCases['checkOrder']>('checkOrder'),
  orderWatcher: token<OrderWatcher>('orderWatcher'),
  lookAround: token<() => Promise<void>>('lookAround'),
  questionFailed: token<(error: unknown) => void>('questionFailed'),
  closePayment: token<UseCases['closePayment']>('closePayment'),
  handleNotification: token<UseCases['handleNotification']>('handleNotification'),
  createProduct: token<UseCases['createProduct']>('createProduct'),
  updateProduct: token<UseCases['updateProduct']>('updateProduct'),
  adjustInventory: token<UseCases['adjustInventory']>('adjustInventory'),
  activateCode: token<UseCases['activateCode']>('activateCode'),
  makeCodes: token<UseCases['makeCodes']>('makeCodes'),
  revokeCode: token<UseCases['revokeCode']>('revokeCode'),
  exportCodes: token<UseCases['exportCodes']>('exportCodes'),
  resolveIncident: token<UseCases['resolveIncident']>('resolveIncident'),
  acknowledgeAlert: token<UseCases['acknowledgeAlert']>('acknowledgeAlert'),
  noteRead: token<UseCases['noteRead']>('noteRead'),
  openNotification: token<UseCases['openNotification']>('openNotification'),
  canarySeal: token<CanarySeal>('canarySeal'),
  callbackDoctor: token<HttpDeps['doctor']>('callbackDoctor'),
  examine: token<Examine>('examine'),
  askDoctor: token<UseCases['askDoctor']>('askDoctor'),
  explainNotification: token<UseCases['explainNotification']>('explainNotification'),
  keepRefusals: token<() => Promise<number>>('keepRefusals'),
  retryNotification: token<UseCases['retryNotification']>('retryNotification'),
  retryFailed: token<UseCases['retryFailed']>('retryFailed'),
  requestReconciliation: token<UseCases['requestReconciliation']>('requestReconciliation'),
  receiveImport: token<UseCases['receiveImport']>('receiveImport'),
  reconcileWith: token<UseCases['reconcileWith']>('reconcileWith'),
  resolveDiscrepancy: token<UseCases['resolveDiscrepancy']>('resolveDiscrepancy'),
  billArchive: token<BillArchive>('billArchive'),
  compareBill: token<CompareBill>('compareBill'),
  askGateway: token<AskGateway>('askGateway'),
  sendReturn: token<SendReturn>('sendReturn'),
  healDiscrepancies: token<() => Promise<number>>('healDiscrepancies'),
  runReconciliation: token<RunReconciliation>('runReconciliation'),
  scheduleReconciliations: token<() => Promise<number>>('scheduleReconciliations'),
  workOnReconciliations: token<() => Promise<number>>('workOnReconciliations'),
  forgetDecisions: token<() => Promise<number>>('forgetDecisions'),
  dropAbandonedBills: token<() => Promise<number>>('dropAbandonedBills'),
  signIn: token<UseCases['signIn']>('signIn'),
  currentSession: token<UseCases['currentSession']>('currentSession'),
  changePassword: token<UseCases['changePassword']>('changePassword'),
  endSession: token<UseCases['endSession']>('endSession'),
  addOperator: token<UseCases['addOperator']>('addOperator'),
  changeOperator: token<UseCases['changeOperator']>('changeOperator'),
  resetPassword: token<UseCases['resetPassword']>('resetPassword'),
  passwordHasher: token<PasswordHasher>('passwordHasher'),
  deviceTokens: token<HttpDeps['deviceTokens']>('deviceTokens'),
  statisticsOverview: token<UseCases['statisticsOverview']>('statisticsOverview'),
  statisticsTrend: token<UseCases['statisticsTrend']>('statisticsTrend'),
  statisticsOfChannels: token<UseCases['statisticsOfChannels']>('statisticsOfChannels'),
  statisticsOfRefunds: token<UseCases['statisticsOfRefunds']>('statisticsOfRefunds'),
  keepStatistics: token<() => Promise<number>>('keepStatistics'),
  expireCodes: token<() => Promise<number>>('expireCodes'),
  finishBatches: token<() => Promise<number>>('finishBatches'),
  expireOrders: token<() => Promise<number>>('expireOrders'),
  recoverPayments: token<() => Promise<number>>('recoverPayments'),
  sendRefund: token<SendRefund>('sendRefund'),
  refreshRefund: token<RefreshRefund>('refreshRefund'),
  requestRefund: token<UseCases['requestRefund']>('requestRefund'),
  approveRefund: token<UseCases['approveRefund']>('approveRefund'),
  rejectRefund: token<UseCases['rejectRefund']>('rejectRefund'),
  retryRefund: token<UseCases['retryRefund']>('retryRefund'),
  findRefund: token<UseCases['findRefund']>('findRefund'),
  dispatchRefunds: token<() => Promise<number>>('dispatchRefunds'),
  traceRefunds: token<() => Promise<number>>('traceRefunds'),
  broker: token<BrokerParts>('broker'),
  relayEvents: token<() => Promise<number>>('relayEvents'),
  deliverWebhooks: token<DeliverWebhooks>('deliverWebhooks'),
  alertSenders: token<AlertSenders>('alertSenders'),
  activity: token<ActivityTally>('activity'),
  keepActivity: token<() => Promise<number>>('keepActivity'),
  evaluateAlerts: token<() => Promise<number>>('evaluateAlerts'),
  deliverAlerts: token<() => Promise<number>>('deliverAlerts'),
  webhookTargets: token<WebhookTargets>('webhookTargets'),
  webhookSender: token<ReturnType<typeof createHttpWebhookSender>>('webhookSender'),
  createWebhookEndpoint: token<UseCases['createWebhookEndpoint']>('createWebhookEndpoint'),
  updateWebhookEndpoint: token<UseCases['updateWebhookEndpoint']>('updateWebhookEndpoint'),
  deleteWebhookEndpoint: token<UseCases['deleteWebhookEndpoint']>('deleteWebhookEndpoint'),
  redeliverWebhook: token<UseCases['redeliverWebhook']>('redeliverWebhook'),
} as const
