import { err, ok, type Result } from 'neverthrow'
import type { Fen } from '../../../domain/money.ts'
import type { Background } from '../background.ts'
import type { Callbacks } from '../callbacks.ts'
import type { Faults, WechatFault } from '../faults.ts'
import { rfc3339Time } from '../gateway-time.ts'
import type { WechatKeys } from './wechat-keys.ts'
import type { WechatLedger } from './wechat-ledger.ts'
import { newNotificationId, type WechatContent } from './wechat-notification.ts'
import { newCode, opened, reentered } from './wechat-order.ts'
import {
  acceptedRefund,
  balanceTooLow,
  endedRefund,
  type Refund,
  type RefundEnd,
  refundable,
  refundResource,
  sameRefund,
} from './wechat-refund.ts'
import { orderNotExist, orderPaid, type WechatRefusal } from './wechat-refusal.ts'
import type { PrepayRequest, PrepayType, RefundRequest } from './wechat-requests.ts'
import { closed, type PaidTrade, paid, paidJson, type PaymentCode, type Trade } from './wechat-trade.ts'

type Parts = {
  readonly keys: WechatKeys
  readonly ledger: WechatLedger
  readonly callbacks: Callbacks<WechatContent>
  readonly faults: Faults<WechatFault>
  readonly background: Background
  readonly now: () => Date
  readonly refundDelayMs: () => number
  /** Which key signs the next callback of a merchant that asked for `wanted`. */
  readonly callbackKey: (wanted: 'certificate' | 'public_key') => 'certificate' | 'public_key'
}

export type AcceptedRefund = {
  readonly refund: Refund
  /** Ends when a callback that overtakes the answer has been tried. */
  readonly before?: Promise<void>
}

const REFUND_EVENTS = { SUCCESS: '退款成功', CLOSED: '退款关闭', ABNORMAL: '退款异常' } as const

/** What WeChat Pay does about orders and money, whoever asks for it. */
export class WechatDesk {
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Takes an order, or gives a fresh code for the same one. */
  prepay(
    type: PrepayType,
    request: PrepayRequest,
    callbackKey: 'certificate' | 'public_key',
  ): Result<PaymentCode, WechatRefusal> {
    const now = this.#parts.now()
    const before = this.#parts.ledger.trade(request.out_trade_no)
    const trade = before === undefined ? opened(type, request, callbackKey, now) : reentered(before, type, request)
    return trade.map((open) => {
      const code = newCode(type, now)
      this.#parts.ledger.put({ ...open, codes: [...open.codes, code] })
      return code
    })
  }

  /** The payer pays; the callback starts on its way. */
  pay(codeOrNumber: string, coupon: Fen): Result<PaidTrade, string> {
    const { ledger, keys, now } = this.#parts
    const trade = ledger.tradeOfCode(codeOrNumber) ?? ledger.trade(codeOrNumber)
    if (trade === undefined) return err('订单不存在')
    const code = trade.codes.find((each) => each.code === codeOrNumber)
    if (code !== undefined && now().getTime() >= code.expiresAt) return err('二维码或链接已过期')
    if (coupon >= trade.total) return err('优惠金额须小于订单金额')
    return paid(trade, { openId: keys.payerOpenId, coupon }, now()).map((settled) => {
      ledger.put(settled)
      this.#announcePayment(settled)
      return settled
    })
  }

  close(outTradeNo: string): Result<Trade, WechatRefusal> {
    const trade = this.#parts.ledger.trade(outTradeNo)
    if (trade === undefined) return err(orderNotExist)
    const over = closed(trade)
    if (over.isErr()) return err(orderPaid)
    this.#parts.ledger.put(over.value)
    return ok(over.value)
  }

  refund(request: RefundRequest): Result<AcceptedRefund, WechatRefusal> {
    const { ledger, faults, now } = this.#parts
    const known = ledger.refund(request.out_refund_no)
    if (known !== undefined) return sameRefund(known, request).map((refund) => ({ refund }))
    const order = this.#orderOf(request)
    const earlier = order === undefined ? [] : ledger.refundsOf(order.outTradeNo)
    const trade = refundable(order, earlier, request, now())
    if (trade.isErr()) return err(trade.error)
    const fault = faults.takeRefund(trade.value.outTradeNo)
    if (fault?.kind === 'not_enough') return err(balanceTooLow)
    const refund = acceptedRefund(trade.value, earlier, request, planFor(fault?.kind), now())
    ledger.put({ ...trade.value, state: 'REFUND' })
    ledger.putRefund(refund)
    return ok(this.#underWay(refund))
  }

  /** Brings a refund to an end now; its callback starts on its way. */
  endRefund(outRefundNo: string, end: RefundEnd): Promise<void> {
    const { ledger, now } = this.#parts
    const refund = ledger.refund(outRefundNo)
    const ended = refund === undefined ? undefined : endedRefund(refund, end, now())
    if (ended === undefined) return Promise.resolve()
    ledger.putRefund(ended)
    return this.#announceRefund(ended, end)
  }

  /** Goes on with refunds that an earlier run left under way. */
  resumeRefunds(): void {
    for (const refund of this.#parts.ledger.snapshot().refunds)
      if (refund.status === 'PROCESSING') this.#endLater(refund)
  }

  #orderOf({ transaction_id: id, out_trade_no: number }: RefundRequest): Trade | undefined {
    const byId = id === undefined ? undefined : this.#parts.ledger.paidTrade(id)
    if (id !== undefined && (byId === undefined || (number ?? byId.outTradeNo) !== byId.outTradeNo)) return undefined
    return byId ?? this.#parts.ledger.trade(number ?? '')
  }

  #underWay(refund: Refund): AcceptedRefund {
    const { faults, ledger } = this.#parts
    if (refund.plan === 'SUCCESS' && faults.takeOvertaking(refund.outTradeNo))
      return { refund, before: this.endRefund(refund.outRefundNo, 'SUCCESS') }
    this.#endLater(refund)
    return { refund: ledger.refund(refund.outRefundNo) ?? refund }
  }

  #endLater({ outRefundNo, plan }: Refund): void {
    const { background, refundDelayMs } = this.#parts
    if (plan === undefined) return
    background.run(async () => {
      if (await background.wait(refundDelayMs())) void this.endRefund(outRefundNo, plan)
    })
  }

  #announcePayment(trade: PaidTrade): void {
    const resource = paidJson(trade, this.#parts.keys.mchId)
    void this.#announce(trade, trade.notifyUrl, 'TRANSACTION.SUCCESS', '支付成功', 'transaction', resource)
  }

  #announceRefund(refund: Refund, end: RefundEnd): Promise<void> {
    const trade = this.#parts.ledger.trade(refund.outTradeNo)
    if (trade === undefined || refund.notifyUrl === undefined) return Promise.resolve()
    const resource = refundResource(refund, this.#parts.keys.mchId)
    return this.#announce(trade, refund.notifyUrl, `REFUND.${end}`, REFUND_EVENTS[end], 'refund', resource)
  }

  #announce(
    trade: Trade,
    url: string,
    eventType: string,
    summary: string,
    originalType: 'transaction' | 'refund',
    resource: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    const { callbacks, faults, now, callbackKey } = this.#parts
    const signWith = callbackKey(trade.callbackKey)
    const createTime = rfc3339Time(now())
    const content = { id: newNotificationId(), createTime, eventType, summary, originalType, resource, signWith }
    return callbacks.announce(trade.outTradeNo, url, content, faults.takeCallback(trade.outTradeNo))
  }
}

const planFor = (fault: string | undefined): RefundEnd | undefined => {
  if (fault === 'stay_processing') return undefined
  if (fault === 'abnormal') return 'ABNORMAL'
  return fault === 'closed' ? 'CLOSED' : 'SUCCESS'
}
