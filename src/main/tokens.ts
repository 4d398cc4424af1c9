import type { ServiceIdentifier } from 'inversify'
import type { HttpDeps } from '../adapters/http/app.ts'
import type { Store } from '../adapters/persistence/sqlite-store.ts'
import type { Clock } from '../application/clock.ts'
import type { Ids } from '../application/ids.ts'
import type { CloseAttempts } from '../application/payments/close-attempts.ts'
import type { Gateways } from '../application/payments/payment-gateway.ts'
import type { PayWithPoints } from '../application/payments/pay-with-points.ts'
import type { RefreshPayment } from '../application/payments/refresh-payment.ts'
import type { Randomness } from '../application/randomness.ts'
import type { Readers, Transaction } from '../application/transaction.ts'
import type { Settings } from './config.ts'

const token = <T>(name: string): ServiceIdentifier<T> => Symbol(name)

export type UseCases = Pick<
  HttpDeps,
  | 'createOrder'
  | 'cancelOrder'
  | 'findOrder'
  | 'createPayment'
  | 'queryPayment'
  | 'closePayment'
  | 'handleNotification'
  | 'createProduct'
  | 'updateProduct'
  | 'adjustInventory'
  | 'activateCode'
  | 'makeCodes'
  | 'revokeCode'
  | 'exportCodes'
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
  productCache: token<HttpDeps['productCache']>('productCache'),
  limits: token<HttpDeps['limits']>('limits'),
  authenticate: token<HttpDeps['authenticate']>('authenticate'),
  cashierTokens: token<HttpDeps['cashierTokens']>('cashierTokens'),
  orderFeed: token<HttpDeps['orderFeed']>('orderFeed'),
  closeAttempts: token<CloseAttempts>('closeAttempts'),
  refreshPayment: token<RefreshPayment>('refreshPayment'),
  payWithPoints: token<PayWithPoints>('payWithPoints'),
  createOrder: token<UseCases['createOrder']>('createOrder'),
  cancelOrder: token<UseCases['cancelOrder']>('cancelOrder'),
  findOrder: token<UseCases['findOrder']>('findOrder'),
  createPayment: token<UseCases['createPayment']>('createPayment'),
  queryPayment: token<UseCases['queryPayment']>('queryPayment'),
  closePayment: token<UseCases['closePayment']>('closePayment'),
  handleNotification: token<UseCases['handleNotification']>('handleNotification'),
  createProduct: token<UseCases['createProduct']>('createProduct'),
  updateProduct: token<UseCases['updateProduct']>('updateProduct'),
  adjustInventory: token<UseCases['adjustInventory']>('adjustInventory'),
  activateCode: token<UseCases['activateCode']>('activateCode'),
  makeCodes: token<UseCases['makeCodes']>('makeCodes'),
  revokeCode: token<UseCases['revokeCode']>('revokeCode'),
  exportCodes: token<UseCases['exportCodes']>('exportCodes'),
  expireCodes: token<() => Promise<number>>('expireCodes'),
  expireOrders: token<() => Promise<number>>('expireOrders'),
  recoverPayments: token<() => Promise<number>>('recoverPayments'),
  dispatchRefunds: token<() => Promise<number>>('dispatchRefunds'),
} as const
