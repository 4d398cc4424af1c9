import { fen } from '../../../domain/money.ts'
import type { ConsoleRefund } from '../console-refund.ts'
import { beijingDay } from '../gateway-time.ts'
import { PayerRefused } from '../payer-refused.ts'
import { randomDigits } from '../random.ts'
import type { AlipayDesk } from './alipay-desk.ts'
import { isPaid, refundableRest } from './alipay-trade.ts'

/** What a person does in the merchant console (商家平台). */
export type AlipayConsole = {
  /** A refund made by hand, with an `out_request_no` that the merchant's system never issued; announced as any other. */
  refundInConsole(outTradeNo: string, refund?: ConsoleRefund): { readonly refundNo: string }
}

export const alipayConsole = (desk: AlipayDesk, now: () => Date): AlipayConsole => ({
  refundInConsole(outTradeNo, { amountFen, refundNo = `${beijingDay(now())}${randomDigits(20)}` } = {}) {
    const trade = desk.look({ out_trade_no: outTradeNo })
    if (trade === undefined || !isPaid(trade)) throw new PayerRefused('交易不存在或未支付')
    const refunded = desk.refund({
      out_trade_no: outTradeNo,
      out_request_no: refundNo,
      refund_amount: fen(amountFen ?? refundableRest(trade)),
    })
    if (refunded.isErr()) throw new PayerRefused(refunded.error.subMsg)
    return { refundNo }
  },
})
