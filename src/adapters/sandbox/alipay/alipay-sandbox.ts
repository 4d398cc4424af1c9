import { createPrivateKey, type KeyObject } from 'node:crypto'
import { fen, formatYuan, ZERO_FEN } from '../../../domain/money.ts'
import { Background } from '../background.ts'
import type { BillSettings } from '../bills/bill-day.ts'
import { type Planted, type PlantedDifferences, plantedThrough } from '../bills/bill-differences.ts'
import { type AlipayDifference, alipayDifferenceSchema } from '../bills/difference-schemas.ts'
import { type CallbackAttempt, Callbacks, type Delivery } from '../callbacks.ts'
import { type AlipayFault, Faults } from '../faults.ts'
import { beijingTime } from '../gateway-time.ts'
import type { Outcome, Received } from '../http-exchange.ts'
import { PayerRefused } from '../payer-refused.ts'
import { makeKeyPairSync } from '../rsa.ts'
import type { CallbackMessage } from '../send-callback.ts'
import type { AlipayBilled } from './alipay-bill-file.ts'
import { AlipayBills, DOWNLOAD_PATH } from './alipay-bills.ts'
import { type AlipayConsole, alipayConsole } from './alipay-console.ts'
import { AlipayDesk, type AlipaySettings } from './alipay-desk.ts'
import { alipayGateway } from './alipay-gateway.ts'
import type { AlipayKeys } from './alipay-keys.ts'
import { AlipayLedger } from './alipay-ledger.ts'
import { APP_PAY, createOrder, type MethodParts } from './alipay-methods.ts'
import { type AlipayContent, type AlipayDamage, signedNotification } from './alipay-notification.ts'
import { type AlipayNotificationFields, notificationFields } from './alipay-notification-fields.ts'
import { successJson } from './alipay-refusal.ts'
import { readOrderString, type RequestChecker, requestChecker } from './alipay-request.ts'
import { envelope, type Params, signV1 } from './alipay-signature.ts'
import { aged, isPaid, type Trade } from './alipay-trade.ts'

export type AlipayTrade = Trade & { readonly callbacks: readonly CallbackAttempt[] }

export type AlipayCredentials = {
  readonly appId: string
  readonly sellerId: string
  /** The application's, PKCS#8 PEM. */
  readonly privateKey: string
  readonly alipayPublicKey: string
  readonly gatewayUrl: string
  /** In certificate mode only. */
  readonly certificates?: { readonly app: string; readonly alipay: string; readonly root: string }
}

/** Alipay's side of the wire, as a test or a page works it. */
export type AlipaySandbox = AlipayConsole & {
  readonly credentials: AlipayCredentials
  readonly faults: { add(fault: AlipayFault): void; clear(): void }
  /** What the bills are to say otherwise than the ledger; `PayerRefused` where there is no such row. */
  readonly billDifferences: PlantedDifferences<AlipayDifference, AlipayBilled>
  trades(): readonly AlipayTrade[]
  /** The order behind a QR code or a cashier page, or of this number. */
  find(codeOrNumber: string): AlipayTrade | undefined
  /** The buyer scans or confirms: from now on there is a trade. */
  scan(outTradeNoOrCode: string): Promise<{ readonly transactionId: string }>
  /** Pays, scanning first where that has not happened; `PayerRefused` where it is impossible. */
  pay(outTradeNoOrCode: string, options?: { readonly couponFen?: number }): Promise<{ readonly transactionId: string }>
  /** What the Alipay app does with the order string of APP payment; the answer is what it tells the merchant's app. */
  payOrderString(orderString: string): Promise<{ readonly resultStatus: '9000'; readonly result: string }>
  close(outTradeNoOrCode: string): void
  /** Where the cashier page sends the buyer's browser after payment. */
  returnUrl(outTradeNoOrCode: string): string | undefined
  callbacksSettled(): Promise<void>
  /** A genuine notification, not sent; `damage` spoils one part of it. */
  notification(fields?: AlipayNotificationFields, damage?: AlipayDamage): CallbackMessage
  configure(settings: AlipaySettings): void
}

export type AlipayState = {
  readonly trades: readonly Trade[]
  readonly deliveries: readonly Delivery<AlipayContent>[]
  /** Absent in files of older versions. */
  readonly billDifferences?: readonly Planted<AlipayBilled>[]
}

export type AlipayOptions = {
  readonly keys: AlipayKeys
  readonly state: AlipayState | undefined
  readonly bills: BillSettings | undefined
  readonly origin: string
  readonly now: () => Date
  readonly callbackSpeed: number
  readonly changed: () => void
}

export type AlipayPart = {
  readonly sandbox: AlipaySandbox
  handle(received: Received): Outcome
  snapshot(): AlipayState
  /** Goes on with what the state file left unfinished. */
  resume(): void
  stop(): Promise<void>
}

const MINUTE_MS = 60_000
const RESEND_AFTER_MS = [4, 10, 10, 60, 120, 360, 900].map((minutes) => minutes * MINUTE_MS)
const REFUND_DELAY_MS = 3000

export const alipayPart = (options: AlipayOptions): AlipayPart => {
  const { keys, state, origin, now, callbackSpeed, changed } = options
  let current: AlipaySettings = options.bills === undefined ? {} : { bills: options.bills }
  const settings = (): AlipaySettings => current
  const key = createPrivateKey(keys.alipay.privateKey)
  const sign = signer(key)
  const background = new Background()
  const faults = new Faults<AlipayFault>()
  const ledger = new AlipayLedger(changed, state?.trades)
  const callbacks = new Callbacks<AlipayContent>({
    schedule: RESEND_AFTER_MS,
    speed: callbackSpeed,
    build: ({ fields }, forged) => sign({ ...fields, notify_time: beijingTime(now()) }, { foreignKey: forged }),
    accepts: ({ status, body }) => status === 200 && body === 'success',
    now,
    changed,
    background,
  })
  const refundDelayMs = (): number => current.refundDelayMs ?? REFUND_DELAY_MS / callbackSpeed
  const desk = new AlipayDesk({ keys, ledger, callbacks, faults, background, now, settings, refundDelayMs })
  const check = requestChecker(keys)
  const billSettings = (): BillSettings => current.bills ?? {}
  const books = { origin, keys, ledger, faults, now, settings: billSettings, changed }
  const bills = new AlipayBills(books, state?.billDifferences)
  const methods = { keys, desk, bills, settings }
  const gateway = alipayGateway({ ...methods, origin, key, check, faults, now })
  return {
    sandbox: {
      credentials: credentialsOf(keys, origin),
      faults,
      billDifferences: plantedThrough(alipayDifferenceSchema, bills.differences),
      ...buyerSide(desk, ledger, callbacks, now),
      ...alipayConsole(desk, now),
      payOrderString: (text) => payOrderString(text, methods, check, key, now()),
      returnUrl: (text) => returnUrl(desk.lookByCode(text), keys, key, now()),
      callbacksSettled: () => background.settled(),
      notification: (fields = {}, damage = {}) =>
        sign(notificationFields(fields, desk.look({ out_trade_no: fields.outTradeNo }), keys, now()), damage),
      configure: (changes) => {
        current = { ...current, ...changes }
      },
    },
    handle: (received) => (received.path === DOWNLOAD_PATH ? bills.download(received) : gateway(received)),
    snapshot: () => ({
      trades: ledger.all(),
      deliveries: callbacks.snapshot(),
      billDifferences: bills.differences.all(),
    }),
    resume: () => {
      callbacks.restore(state?.deliveries ?? [])
      desk.resumeRefunds()
    },
    stop: () => background.stop(),
  }
}

const buyerSide = (
  desk: AlipayDesk,
  ledger: AlipayLedger,
  callbacks: Callbacks<AlipayContent>,
  now: () => Date,
): Pick<AlipaySandbox, 'trades' | 'find' | 'scan' | 'pay' | 'close'> => {
  const withRecords = (trade: Trade): AlipayTrade => ({
    ...aged(trade, now()),
    callbacks: callbacks.attempts(trade.outTradeNo),
  })
  return {
    trades: () => ledger.all().map(withRecords),
    find: (text) => {
      const trade = desk.lookByCode(text)
      return trade === undefined ? undefined : withRecords(trade)
    },
    scan: async (text) => {
      const result = desk.scan(text)
      if (result.isErr()) throw new PayerRefused(result.error)
      return { transactionId: result.value.transactionId }
    },
    pay: async (text, { couponFen } = {}) => {
      const result = desk.pay(text, couponFen === undefined ? ZERO_FEN : fen(couponFen))
      if (result.isErr()) throw new PayerRefused(result.error)
      return { transactionId: result.value.transactionId }
    },
    close: (text) => {
      const result = desk.close({ out_trade_no: desk.lookByCode(text)?.outTradeNo })
      if (result.isErr()) throw new PayerRefused(result.error.subMsg)
    },
  }
}

const signer = (key: KeyObject): ((fields: Params, damage: AlipayDamage) => CallbackMessage) => {
  let foreign: KeyObject | undefined
  return (fields, damage) => {
    if (damage.foreignKey !== true) return signedNotification(fields, key, damage)
    foreign ??= createPrivateKey(makeKeyPairSync().privateKey)
    return signedNotification(fields, foreign, damage)
  }
}

const payOrderString = async (
  text: string,
  parts: MethodParts,
  check: RequestChecker,
  key: KeyObject,
  now: Date,
): Promise<{ readonly resultStatus: '9000'; readonly result: string }> => {
  const order = check(readOrderString(text), [APP_PAY], now).andThen((call) => createOrder(parts, 'app', call))
  if (order.isErr()) throw new PayerRefused(`${order.error.subCode}: ${order.error.subMsg}`)
  const trade = parts.desk.pay(order.value.code, ZERO_FEN)
  if (trade.isErr()) throw new PayerRefused(trade.error)
  const { outTradeNo, transactionId, total } = trade.value
  const json = successJson({
    app_id: parts.keys.appId,
    out_trade_no: outTradeNo,
    seller_id: parts.keys.sellerId,
    timestamp: beijingTime(now),
    total_amount: formatYuan(total),
    trade_no: transactionId,
  })
  return { resultStatus: '9000', result: envelope('alipay_trade_app_pay_response', json, { key, certSn: undefined }) }
}

/** The merchant's page with signed facts; it says nothing of the state, so it proves nothing. */
const returnUrl = (trade: Trade | undefined, keys: AlipayKeys, key: KeyObject, now: Date): string | undefined => {
  if (trade?.returnUrl === undefined || !isPaid(trade)) return undefined
  const params = {
    charset: 'utf-8',
    out_trade_no: trade.outTradeNo,
    method: `alipay.trade.${trade.channel}.pay.return`,
    total_amount: formatYuan(trade.total),
    trade_no: trade.transactionId,
    auth_app_id: keys.appId,
    version: '1.0',
    app_id: keys.appId,
    sign_type: 'RSA2',
    seller_id: keys.sellerId,
    timestamp: beijingTime(now),
  }
  const query = new URLSearchParams({ ...params, sign: signV1(params, key) })
  return `${trade.returnUrl}${trade.returnUrl.includes('?') ? '&' : '?'}${query.toString()}`
}

const credentialsOf = ({ certificates, ...keys }: AlipayKeys, origin: string): AlipayCredentials => ({
  appId: keys.appId,
  sellerId: keys.sellerId,
  privateKey: keys.app.privateKey,
  alipayPublicKey: keys.alipay.publicKey,
  gatewayUrl: `${origin}/gateway.do`,
  ...(certificates === undefined ? {} : { certificates }),
})
