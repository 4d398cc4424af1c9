import { err, ok, type Result } from 'neverthrow'
import { type Fen, formatYuan } from '../../../domain/money.ts'
import type { Background } from '../background.ts'
import type { BillSettings } from '../bills/bill-day.ts'
import type { Callbacks } from '../callbacks.ts'
import type { AlipayFault, Faults } from '../faults.ts'
import type { AlipayKeys } from './alipay-keys.ts'
import type { AlipayLedger } from './alipay-ledger.ts'
import { type AlipayContent, closeFields, paymentFields, refundFields } from './alipay-notification.ts'
import { type NewOrder, opened, reentered } from './alipay-order.ts'
import { type AlipayRefusal, failed, tradeHasClosed, tradeNotExist } from './alipay-refusal.ts'
import type { RefundRequest } from './alipay-schemas.ts'
import type { Params } from './alipay-signature.ts'
import {
  aged,
  isPaid,
  type OpenedTrade,
  type PaidTrade,
  paid,
  type PaymentCode,
  type Refund,
  refundableRest,
  scanned,
  type Trade,
  withRefund,
} from './alipay-trade.ts'

export type AlipaySettings = {
  /** Announce refunds on the payment's address; on unless switched off. */
  readonly refundNotifications?: boolean
  /** Announce trades that end unpaid; off unless switched on. */
  readonly closeNotifications?: boolean
  /** Give the same code for a repeated precreate call, instead of a new one. */
  readonly sameCodeOnRepeat?: boolean
  /** Leave `refund_status` out of refund queries, as older documentation has it. */
  readonly legacyRefundQuery?: boolean
  /** How long a refund answered with `fund_change=N` stays under way. */
  readonly refundDelayMs?: number
  readonly bills?: BillSettings
}

type Parts = {
  readonly keys: AlipayKeys
  readonly ledger: AlipayLedger
  readonly callbacks: Callbacks<AlipayContent>
  readonly faults: Faults<AlipayFault>
  readonly background: Background
  readonly now: () => Date
  readonly settings: () => AlipaySettings
  readonly refundDelayMs: () => number
}

type Which = { readonly out_trade_no?: string | undefined; readonly trade_no?: string | undefined }

export type RefundAnswer = {
  readonly trade: PaidTrade
  readonly refund: Refund
  readonly fundChange: boolean
  readonly before?: Promise<void>
}

/** What Alipay does about orders and money, whoever asks for it. */
export class AlipayDesk {
  readonly #parts: Parts

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** The trade as it is now; `trade_no` wins over `out_trade_no`. */
  look({ out_trade_no: outTradeNo, trade_no: tradeNo }: Which): Trade | undefined {
    const { ledger } = this.#parts
    const trade = tradeNo === undefined ? ledger.byNumber(outTradeNo ?? '') : ledger.byTradeNo(tradeNo)
    return trade === undefined ? undefined : this.#current(trade)
  }

  lookByCode(codeOrNumber: string): Trade | undefined {
    const trade = this.#parts.ledger.byCode(codeOrNumber)
    return trade === undefined ? this.look({ out_trade_no: codeOrNumber }) : this.#current(trade)
  }

  /** Takes an order, or gives a code for the same one again. */
  create(order: NewOrder): Result<PaymentCode, AlipayRefusal> {
    const { ledger, now, settings } = this.#parts
    const before = this.look({ out_trade_no: order.request.out_trade_no })
    const taken = before === undefined ? opened(order, now()) : reentered(before, order, now())
    return taken.map(({ trade, code }) => {
      const last = trade.codes.at(-1)
      if (settings().sameCodeOnRepeat === true && last !== undefined && last.expiresAt > now().getTime()) return last
      ledger.put({ ...trade, codes: [...trade.codes, code] })
      return code
    })
  }

  scan(codeOrNumber: string): Result<OpenedTrade, string> {
    const { ledger, now } = this.#parts
    const trade = this.lookByCode(codeOrNumber)
    if (trade === undefined) return err('订单不存在')
    const code = trade.codes.find((each) => each.code === codeOrNumber)
    if (code !== undefined && trade.state === 'UNSCANNED' && now().getTime() >= code.expiresAt)
      return err('二维码已过期')
    return scanned(trade, now()).map((open) => {
      ledger.put(open)
      return open
    })
  }

  /** The buyer pays, scanning first where that has not happened; the notification starts on its way. */
  pay(codeOrNumber: string, coupon: Fen): Result<PaidTrade, string> {
    const { ledger, keys, now } = this.#parts
    return this.scan(codeOrNumber)
      .andThen((open) => (coupon >= open.total ? err('优惠金额须小于订单金额') : paid(open, coupon, now())))
      .map((settled) => {
        ledger.put(settled)
        void this.#announce(settled, paymentFields(settled, keys, now()))
        return settled
      })
  }

  close(which: Which): Result<OpenedTrade, AlipayRefusal> {
    const trade = this.look(which)
    if (trade === undefined || trade.state === 'UNSCANNED') return err(tradeNotExist)
    if (trade.state !== 'WAIT_BUYER_PAY') return err(failed('TRADE_STATUS_ERROR', '交易状态不合法'))
    return ok(this.#closeUnpaid({ ...trade, state: 'TRADE_CLOSED', closedAt: this.#parts.now().getTime() }))
  }

  /** Closes what is unpaid and gives back what is paid; a code nobody scanned stays payable. */
  cancel(which: Which): Result<{ readonly trade: Trade | undefined; readonly action?: string }, AlipayRefusal> {
    const trade = this.look(which)
    if (trade === undefined || trade.state === 'UNSCANNED' || trade.state === 'TRADE_CLOSED') return ok({ trade })
    if (trade.state === 'WAIT_BUYER_PAY') return this.close(which).map((over) => ({ trade: over, action: 'close' }))
    if (trade.state === 'TRADE_FINISHED') return err(failed('TRADE_HAS_FINISHED', '交易已完结'))
    const rest = refundableRest(trade)
    const outRequestNo = `${trade.outTradeNo}_cancel`
    const at = this.#parts.now().getTime()
    const { trade: after } = this.#moveMoney(trade, { outRequestNo, amount: rest, at, status: 'done' })
    return ok({ trade: after, action: 'refund' })
  }

  refund(request: RefundRequest): Result<RefundAnswer, AlipayRefusal> {
    const trade = this.look(request)
    if (trade === undefined || trade.state === 'UNSCANNED') return err(tradeNotExist)
    if (!isPaid(trade))
      return err(trade.state === 'TRADE_CLOSED' ? tradeHasClosed : failed('TRADE_STATUS_ERROR', '交易状态不合法'))
    const outRequestNo = request.out_request_no ?? trade.outTradeNo
    const known = trade.refunds.find((each) => each.outRequestNo === outRequestNo)
    if (known !== undefined)
      return known.amount === request.refund_amount
        ? ok({ trade, refund: known, fundChange: false })
        : err(failed('DISCORDANT_REPEAT_REQUEST', '请求信息不一致'))
    const refusal = refundRefusal(trade, request)
    if (refusal !== undefined) return err(refusal)
    const fault = this.#parts.faults.takeRefund(trade.outTradeNo)
    if (fault?.kind === 'not_enough') return err(failed('SELLER_BALANCE_NOT_ENOUGH', '卖家余额不足'))
    const at = this.#parts.now().getTime()
    const refund = { outRequestNo, amount: request.refund_amount, at, status: 'done' } as const
    return ok(fault?.kind === 'fund_change_n' ? this.#postpone(trade, refund) : this.#moveMoney(trade, refund))
  }

  /** Goes on with refunds that an earlier run left under way. */
  resumeRefunds(): void {
    for (const trade of this.#parts.ledger.all())
      for (const refund of trade.refunds) if (refund.status === 'pending') this.#finishLater(trade.outTradeNo, refund)
  }

  #current(trade: Trade): Trade {
    const now = aged(trade, this.#parts.now())
    if (now === trade) return trade
    if (now.state === 'TRADE_CLOSED') return this.#closeUnpaid(now)
    this.#parts.ledger.put(now)
    return now
  }

  #closeUnpaid(trade: OpenedTrade): OpenedTrade {
    const { ledger, keys, now, settings } = this.#parts
    ledger.put(trade)
    if (settings().closeNotifications === true) void this.#announce(trade, closeFields(trade, keys, now()))
    return trade
  }

  #moveMoney(trade: PaidTrade, refund: Refund): RefundAnswer {
    const { ledger, keys, faults, now, settings } = this.#parts
    const after = withRefund(trade, refund, now())
    ledger.put(after)
    if (settings().refundNotifications === false) return { trade: after, refund, fundChange: true }
    const overtakes = faults.takeOvertaking(trade.outTradeNo)
    const tried = this.#announce(after, refundFields(after, refund.outRequestNo, keys, now()))
    return { trade: after, refund, fundChange: true, ...(overtakes ? { before: tried } : {}) }
  }

  #postpone(trade: PaidTrade, refund: Refund): RefundAnswer {
    const pending: Refund = { ...refund, status: 'pending' }
    const after = withRefund(trade, pending, this.#parts.now())
    this.#parts.ledger.put(after)
    this.#finishLater(trade.outTradeNo, pending)
    return { trade: after, refund: pending, fundChange: false }
  }

  #finishLater(outTradeNo: string, refund: Refund): void {
    const { background, refundDelayMs, now } = this.#parts
    background.run(async () => {
      if (!(await background.wait(refundDelayMs()))) return
      const trade = this.look({ out_trade_no: outTradeNo })
      if (trade !== undefined && isPaid(trade))
        this.#moveMoney(trade, { ...refund, status: 'done', at: now().getTime() })
    })
  }

  #announce(trade: Trade, fields: Params): Promise<void> {
    const { callbacks, faults } = this.#parts
    if (trade.notifyUrl === undefined) return Promise.resolve()
    return callbacks.announce(trade.outTradeNo, trade.notifyUrl, { fields }, faults.takeCallback(trade.outTradeNo))
  }
}

const refundRefusal = (trade: PaidTrade, request: RefundRequest): AlipayRefusal | undefined => {
  if (trade.state === 'TRADE_CLOSED') return tradeHasClosed
  if (trade.state === 'TRADE_FINISHED') return failed('TRADE_HAS_FINISHED', '交易已完结')
  const { refund_amount: amount, out_request_no: number } = request
  if (amount > trade.total || (number === undefined && amount !== trade.total))
    return failed('REFUND_AMT_NOT_EQUAL_TOTAL', '撤销或退款金额与订单金额不一致')
  const rest = refundableRest(trade)
  return amount > rest ? failed('REASON_TRADE_REFUND_FEE_ERR', `退款金额超过可退金额${formatYuan(rest)}`) : undefined
}
