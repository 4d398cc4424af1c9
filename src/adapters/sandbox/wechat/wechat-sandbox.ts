import { createPublicKey, randomInt } from 'node:crypto'
import { fen, ZERO_FEN } from '../../../domain/money.ts'
import { Background } from '../background.ts'
import { type CallbackAttempt, Callbacks, type Delivery } from '../callbacks.ts'
import type { BillSettings } from '../bills/bill-day.ts'
import { type Planted, type PlantedDifferences, plantedThrough } from '../bills/bill-differences.ts'
import { type WechatDifference, wechatDifferenceSchema } from '../bills/difference-schemas.ts'
import { Faults, type WechatFault } from '../faults.ts'
import type { Outcome, Received } from '../http-exchange.ts'
import { PayerRefused } from '../payer-refused.ts'
import type { CallbackMessage } from '../send-callback.ts'
import { wechatApi } from './wechat-api.ts'
import type { WechatBilled } from './wechat-bill-file.ts'
import { WechatBills, type WechatBillSettings } from './wechat-bills.ts'
import { type WechatConsole, wechatConsole } from './wechat-console.ts'
import { WechatDesk } from './wechat-desk.ts'
import { type KeyringState, WechatKeyring, type WechatKeyMode } from './wechat-keyring.ts'
import { type Invocation, invokedPrepayId } from './wechat-invocation.ts'
import type { WechatKeys } from './wechat-keys.ts'
import { type LedgerState, WechatLedger } from './wechat-ledger.ts'
import { signedNotification, type WechatContent, type WechatDamage } from './wechat-notification.ts'
import {
  type PaymentNotificationFields,
  paymentContent,
  refundContent,
  type RefundNotificationFields,
} from './wechat-notification-fields.ts'
import type { Refund, RefundEnd } from './wechat-refund.ts'
import type { Trade } from './wechat-trade.ts'

export type WechatTrade = Trade & {
  readonly refunds: readonly Refund[]
  readonly callbacks: readonly CallbackAttempt[]
}

export type WechatCredentials = {
  readonly appId: string
  readonly mchId: string
  readonly apiV3Key: string
  readonly merchantPrivateKey: string
  readonly merchantCertificate: string
  readonly merchantSerialNo: string
  readonly publicKey: string
  readonly publicKeyId: string
  readonly baseUrl: string
}

export type WechatSettings = {
  /** How long an accepted refund is under way. */
  readonly refundDelayMs?: number
  /** How many callbacks in a hundred the public key signs; by default each is signed as the prepay call was answered. */
  readonly publicKeyCallbackPercent?: number
  /** Where refunds made in the merchant platform are announced; as entered there. */
  readonly refundNotifyUrl?: string
  readonly bills?: WechatBillSettings
}

/** WeChat Pay's side of the wire, as a test or a page works it. */
export type WechatSandbox = WechatConsole & {
  readonly credentials: WechatCredentials
  readonly faults: { add(fault: WechatFault): void; clear(): void }
  /** What the bills are to say otherwise than the ledger; `PayerRefused` where there is no such row. */
  readonly billDifferences: PlantedDifferences<WechatDifference, WechatBilled>
  trades(): readonly WechatTrade[]
  /** The trade behind a `code_url` or `prepay_id`, or of this number. */
  find(codeOrNumber: string): WechatTrade | undefined
  /** The payer pays; `PayerRefused` where that is impossible. */
  pay(outTradeNoOrCode: string, options?: { readonly couponFen?: number }): Promise<{ readonly transactionId: string }>
  /** What the WeChat client does with the parameters of a JSAPI or APP payment: checks their signature, then pays. */
  payInvocation(call: Invocation): Promise<{ readonly transactionId: string }>
  /** Closed at the gateway, not by the merchant. */
  close(outTradeNoOrCode: string): void
  /** Ends a refund now instead of later. */
  settleRefund(outRefundNo: string, end?: RefundEnd): void
  callbacksSettled(): Promise<void>
  /** A genuine payment callback, not sent; `damage` spoils one part of it. */
  notification(fields?: PaymentNotificationFields, damage?: WechatDamage): CallbackMessage
  refundNotification(fields?: RefundNotificationFields, damage?: WechatDamage): CallbackMessage
  rotateCertificate(stage: 'announce' | 'use' | 'drop'): Promise<void>
  configure(settings: WechatSettings): void
}

export type WechatState = {
  readonly ledger: LedgerState
  readonly keyring: KeyringState
  readonly deliveries: readonly Delivery<WechatContent>[]
  /** Absent in files of older versions. */
  readonly billDifferences?: readonly Planted<WechatBilled>[]
}

export type WechatOptions = {
  readonly keys: WechatKeys
  readonly state: WechatState | undefined
  readonly mode: WechatKeyMode
  readonly bills: BillSettings | undefined
  readonly origin: string
  readonly now: () => Date
  readonly callbackSpeed: number
  readonly changed: () => void
}

export type WechatPart = {
  readonly sandbox: WechatSandbox
  handle(received: Received): Outcome
  snapshot(): WechatState
  /** Goes on with what the state file left unfinished. */
  resume(): void
  stop(): Promise<void>
}

const SECOND_MS = 1000
const MINUTE_MS = 60 * SECOND_MS
const HOUR_MS = 60 * MINUTE_MS
const RESEND_AFTER_MS = [
  ...[15, 15, 30].map((seconds) => seconds * SECOND_MS),
  ...[3, 10, 20, 30, 30, 30, 60].map((minutes) => minutes * MINUTE_MS),
  ...[3, 3, 3, 6, 6].map((hours) => hours * HOUR_MS),
]
const REFUND_DELAY_MS = 3000

export const wechatPart = (options: WechatOptions): WechatPart => {
  const { keys, state, origin, now, callbackSpeed, changed } = options
  let settings: WechatSettings = options.bills === undefined ? {} : { bills: options.bills }
  const background = new Background()
  const faults = new Faults<WechatFault>()
  const keyring = new WechatKeyring(keys, options.mode, state?.keyring, changed)
  const ledger = new WechatLedger(now, changed, state?.ledger)
  const callbacks = new Callbacks<WechatContent>({
    schedule: RESEND_AFTER_MS,
    speed: callbackSpeed,
    build: (content, forged) =>
      signedNotification(content, keyring, keys.apiV3Key, now(), forged ? { signWith: 'foreign_key' } : {}),
    accepts: ({ status }) => status === 200 || status === 204,
    now,
    changed,
    background,
  })
  const callbackKey = keyChooser(options.mode, () => settings.publicKeyCallbackPercent)
  const refundDelayMs = (): number => settings.refundDelayMs ?? REFUND_DELAY_MS / callbackSpeed
  const desk = new WechatDesk({ keys, ledger, callbacks, faults, background, now, refundDelayMs, callbackKey })
  const billSettings = (): WechatBillSettings => settings.bills ?? {}
  const books = { origin, keys, ledger, faults, now, settings: billSettings, changed }
  const bills = new WechatBills(books, state?.billDifferences)
  return {
    sandbox: {
      credentials: credentialsOf(keys, origin),
      faults,
      billDifferences: plantedThrough(wechatDifferenceSchema, bills.differences),
      ...payerSide(keys, desk, ledger, callbacks),
      ...wechatConsole(desk, ledger, now, () => settings.refundNotifyUrl),
      ...builders(keys, keyring, ledger, callbackKey, now),
      callbacksSettled: () => background.settled(),
      rotateCertificate: (stage) => keyring.rotate(stage, now()),
      configure: (changes) => {
        settings = { ...settings, ...changes }
      },
    },
    handle: wechatApi({ origin, keys, keyring, ledger, desk, bills, faults, now }),
    snapshot: () => ({
      ledger: ledger.snapshot(),
      keyring: keyring.snapshot(),
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

const payerSide = (
  keys: WechatKeys,
  desk: WechatDesk,
  ledger: WechatLedger,
  callbacks: Callbacks<WechatContent>,
): Pick<WechatSandbox, 'trades' | 'find' | 'pay' | 'payInvocation' | 'close' | 'settleRefund'> => {
  const withRecords = (trade: Trade): WechatTrade => ({
    ...trade,
    refunds: ledger.refundsOf(trade.outTradeNo),
    callbacks: callbacks.attempts(trade.outTradeNo),
  })
  const pay = (text: string, couponFen: number | undefined): { readonly transactionId: string } => {
    const result = desk.pay(text, couponFen === undefined ? ZERO_FEN : fen(couponFen))
    if (result.isErr()) throw new PayerRefused(result.error)
    return { transactionId: result.value.transactionId }
  }
  const merchantKey = createPublicKey(keys.merchant.publicKey)
  return {
    trades: () => ledger.trades().map(withRecords),
    find: (text) => {
      const trade = ledger.tradeOfCode(text) ?? ledger.trade(text)
      return trade === undefined ? undefined : withRecords(trade)
    },
    pay: async (text, { couponFen } = {}) => pay(text, couponFen),
    payInvocation: async (call) => {
      const prepayId = invokedPrepayId(call, keys, merchantKey)
      if (prepayId === undefined || ledger.tradeOfCode(prepayId) === undefined)
        throw new PayerRefused('支付验证签名失败')
      return pay(prepayId, undefined)
    },
    close: (text) => {
      const result = desk.close(ledger.tradeOfCode(text)?.outTradeNo ?? text)
      if (result.isErr()) throw new PayerRefused(result.error.message)
    },
    settleRefund: (outRefundNo, end = 'SUCCESS') => void desk.endRefund(outRefundNo, end),
  }
}

const builders = (
  keys: WechatKeys,
  keyring: WechatKeyring,
  ledger: WechatLedger,
  callbackKey: KeyChooser,
  now: () => Date,
): Pick<WechatSandbox, 'notification' | 'refundNotification'> => {
  const base = (outTradeNo: string | undefined) => {
    const trade = ledger.trade(outTradeNo ?? '')
    return { trade, keys, now: now(), signWith: callbackKey(trade?.callbackKey ?? keyring.kindFor(undefined)) }
  }
  return {
    notification: (fields = {}, damage = {}) => {
      const { trade, ...rest } = base(fields.outTradeNo)
      return signedNotification(paymentContent(fields, trade, rest), keyring, keys.apiV3Key, now(), damage)
    },
    refundNotification: (fields = {}, damage = {}) => {
      const refund = ledger.refund(fields.outRefundNo ?? '')
      const { trade, ...rest } = base(refund?.outTradeNo ?? fields.outTradeNo)
      return signedNotification(refundContent(fields, refund, trade, rest), keyring, keys.apiV3Key, now(), damage)
    },
  }
}

type KeyChooser = (wanted: 'certificate' | 'public_key') => 'certificate' | 'public_key'

/** WeChat Pay moves a merchant's callbacks from one kind of key to the other by percentages, whatever it asked for. */
const keyChooser =
  (mode: WechatKeyMode, percent: () => number | undefined): KeyChooser =>
  (wanted) => {
    if (mode !== 'both') return mode === 'public_key' ? 'public_key' : 'certificate'
    const share = percent()
    if (share === undefined) return wanted
    return randomInt(100) < share ? 'public_key' : 'certificate'
  }

const credentialsOf = (keys: WechatKeys, origin: string): WechatCredentials => ({
  appId: keys.appId,
  mchId: keys.mchId,
  apiV3Key: keys.apiV3Key,
  merchantPrivateKey: keys.merchant.privateKey,
  merchantCertificate: keys.merchant.certificate,
  merchantSerialNo: keys.merchant.serialNo,
  publicKey: keys.publicKey.publicKey,
  publicKeyId: keys.publicKey.id,
  baseUrl: origin,
})
