import { fen } from '../../../domain/money.ts'
import type { ConsoleRefund } from '../console-refund.ts'
import { beijingDay } from '../gateway-time.ts'
import { PayerRefused } from '../payer-refused.ts'
import { randomDigits } from '../random.ts'
import type { WechatDesk } from './wechat-desk.ts'
import type { WechatLedger } from './wechat-ledger.ts'

/** What a person does in the merchant platform (商户平台). */
export type WechatConsole = {
  /**
   * A refund made by hand, with an `out_refund_no` that the merchant's system never issued. It is announced where the
   * merchant has asked for in the platform (`refundNotifyUrl`), else where the payment was.
   */
  refundInConsole(outTradeNo: string, refund?: ConsoleRefund): { readonly refundNo: string }
}

export const wechatConsole = (
  desk: WechatDesk,
  ledger: WechatLedger,
  now: () => Date,
  refundNotifyUrl: () => string | undefined,
): WechatConsole => ({
  refundInConsole(outTradeNo, { amountFen, refundNo = `1${beijingDay(now())}${randomDigits(19)}` } = {}) {
    const trade = ledger.trade(outTradeNo)
    if (trade === undefined) throw new PayerRefused('订单不存在')
    const kept = ledger.refundsOf(outTradeNo).filter(({ status }) => status !== 'CLOSED')
    const rest = trade.total - kept.reduce((sum, { amount }) => sum + amount, 0)
    const refunded = desk.refund({
      out_trade_no: outTradeNo,
      out_refund_no: refundNo,
      amount: { refund: fen(amountFen ?? rest), total: trade.total, currency: 'CNY' },
      notify_url: refundNotifyUrl() ?? trade.notifyUrl,
    })
    if (refunded.isErr()) throw new PayerRefused(refunded.error.message)
    return { refundNo }
  },
})
