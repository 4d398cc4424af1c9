import type { Fen } from '../../../domain/money.ts'
import type { AlipaySandbox, AlipayTrade } from '../alipay/alipay-sandbox.ts'
import type { CallbackAttempt } from '../callbacks.ts'
import type { WechatSandbox, WechatTrade } from '../wechat/wechat-sandbox.ts'

export type Provider = 'wechat' | 'alipay'

/** A trade as a payer sees it, whichever gateway it lies at. */
export type PayerTrade = {
  readonly provider: Provider
  readonly outTradeNo: string
  readonly description: string
  readonly total: Fen
  readonly status: 'open' | 'paid' | 'closed'
  readonly createdAt: number
  readonly transactionId: string | undefined
  readonly callbacks: readonly CallbackAttempt[]
  /** Where a browser payment goes when it is done, or given up. */
  readonly returnUrl: string | undefined
  readonly quitUrl: string | undefined
}

export type Gateways = { readonly wechat: WechatSandbox; readonly alipay: AlipaySandbox; readonly now: () => Date }

/** Which trade is meant: by what a QR code says, or by its number. */
export type Wanted = { readonly text: string; readonly provider?: Provider | undefined }

export const findTrade = (gateways: Gateways, { text, provider }: Wanted): PayerTrade | undefined => {
  const wechat = provider === 'alipay' ? undefined : gateways.wechat.find(text)
  if (wechat !== undefined) return ofWechat(wechat)
  const alipay = provider === 'wechat' ? undefined : gateways.alipay.find(text)
  return alipay === undefined ? undefined : ofAlipay(alipay, gateways)
}

/** All of them, the newest first. */
export const allTrades = (gateways: Gateways): readonly PayerTrade[] =>
  [
    ...gateways.wechat.trades().map(ofWechat),
    ...gateways.alipay.trades().map((trade) => ofAlipay(trade, gateways)),
  ].sort((a, b) => b.createdAt - a.createdAt)

const ofWechat = (trade: WechatTrade): PayerTrade => ({
  provider: 'wechat',
  outTradeNo: trade.outTradeNo,
  description: trade.description,
  total: trade.total,
  status: trade.state === 'NOTPAY' ? 'open' : trade.state === 'CLOSED' ? 'closed' : 'paid',
  createdAt: trade.createdAt,
  transactionId: trade.transactionId,
  callbacks: trade.callbacks,
  returnUrl: undefined,
  quitUrl: undefined,
})

const ofAlipay = (trade: AlipayTrade, { alipay, now }: Gateways): PayerTrade => {
  const expired = trade.state === 'UNSCANNED' && now().getTime() >= trade.expiresAt
  const open = trade.state === 'UNSCANNED' || trade.state === 'WAIT_BUYER_PAY'
  return {
    provider: 'alipay',
    outTradeNo: trade.outTradeNo,
    description: trade.subject,
    total: trade.total,
    status: trade.paidAt !== undefined ? 'paid' : open && !expired ? 'open' : 'closed',
    createdAt: trade.createdAt,
    transactionId: trade.transactionId,
    callbacks: trade.callbacks,
    returnUrl: trade.returnUrl === undefined ? undefined : alipay.returnUrl(trade.outTradeNo),
    quitUrl: trade.quitUrl,
  }
}
