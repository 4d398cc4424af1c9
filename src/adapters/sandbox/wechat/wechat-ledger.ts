import { expired, isPaid, type PaidTrade, type Trade } from './wechat-trade.ts'
import type { Refund } from './wechat-refund.ts'

export type LedgerState = { readonly trades: readonly Trade[]; readonly refunds: readonly Refund[] }

/** WeChat Pay's own books, apart from the merchant's. */
export class WechatLedger {
  readonly #now: () => Date
  readonly #changed: () => void
  readonly #trades = new Map<string, Trade>()
  readonly #byTransaction = new Map<string, string>()
  readonly #byCode = new Map<string, string>()
  readonly #refunds = new Map<string, Refund>()
  readonly #refundsOf = new Map<string, string[]>()

  constructor(now: () => Date, changed: () => void, state: LedgerState | undefined) {
    this.#now = now
    this.#changed = changed
    for (const trade of state?.trades ?? []) this.put(trade)
    for (const refund of state?.refunds ?? []) this.putRefund(refund)
  }

  put(trade: Trade): void {
    this.#trades.set(trade.outTradeNo, trade)
    if (isPaid(trade)) this.#byTransaction.set(trade.transactionId, trade.outTradeNo)
    for (const { code } of trade.codes) this.#byCode.set(code, trade.outTradeNo)
    this.#changed()
  }

  trade(outTradeNo: string): Trade | undefined {
    const trade = this.#trades.get(outTradeNo)
    return trade === undefined ? undefined : expired(trade, this.#now())
  }

  paidTrade(transactionId: string): PaidTrade | undefined {
    const trade = this.trade(this.#byTransaction.get(transactionId) ?? '')
    return trade !== undefined && isPaid(trade) ? trade : undefined
  }

  tradeOfCode(code: string): Trade | undefined {
    return this.trade(this.#byCode.get(code) ?? '')
  }

  trades(): readonly Trade[] {
    return [...this.#trades.values()].map((trade) => expired(trade, this.#now()))
  }

  *paidTrades(): Generator<PaidTrade> {
    for (const trade of this.#trades.values()) if (isPaid(trade)) yield trade
  }

  putRefund(refund: Refund): void {
    const { outRefundNo, outTradeNo } = refund
    if (!this.#refunds.has(outRefundNo))
      this.#refundsOf.set(outTradeNo, [...(this.#refundsOf.get(outTradeNo) ?? []), outRefundNo])
    this.#refunds.set(outRefundNo, refund)
    this.#changed()
  }

  refund(outRefundNo: string): Refund | undefined {
    return this.#refunds.get(outRefundNo)
  }

  refundsOf(outTradeNo: string): readonly Refund[] {
    return (this.#refundsOf.get(outTradeNo) ?? []).flatMap((number) => this.#refunds.get(number) ?? [])
  }

  snapshot(): LedgerState {
    return { trades: [...this.#trades.values()], refunds: [...this.#refunds.values()] }
  }
}
