import type { Trade } from './alipay-trade.ts'

/** Alipay's own books, apart from the merchant's. */
export class AlipayLedger {
  readonly #changed: () => void
  readonly #trades = new Map<string, Trade>()
  readonly #byTradeNo = new Map<string, string>()
  readonly #byCode = new Map<string, string>()

  constructor(changed: () => void, trades: readonly Trade[] | undefined) {
    this.#changed = changed
    for (const trade of trades ?? []) this.put(trade)
  }

  put(trade: Trade): void {
    this.#trades.set(trade.outTradeNo, trade)
    if (trade.transactionId !== undefined) this.#byTradeNo.set(trade.transactionId, trade.outTradeNo)
    for (const { code } of trade.codes) this.#byCode.set(code, trade.outTradeNo)
    this.#changed()
  }

  byNumber(outTradeNo: string): Trade | undefined {
    return this.#trades.get(outTradeNo)
  }

  byTradeNo(tradeNo: string): Trade | undefined {
    return this.#trades.get(this.#byTradeNo.get(tradeNo) ?? '')
  }

  byCode(code: string): Trade | undefined {
    return this.#trades.get(this.#byCode.get(code) ?? '')
  }

  all(): readonly Trade[] {
    return [...this.#trades.values()]
  }
}
