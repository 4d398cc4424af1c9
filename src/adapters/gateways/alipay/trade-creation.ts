import { err, ok, type Result } from 'neverthrow'
import type { Clock } from '../../../application/clock.ts'
import type { CreateTrade, GatewayError, PaymentAction } from '../../../application/payments/payment-gateway.ts'
import { formatYuan } from '../../../domain/money.ts'
import { formatBeijingTime } from './beijing-time.ts'
import type { AlipayCall } from './client.ts'
import { isRefusal, unavailable } from './gateway-code.ts'
import { toOrderText } from './order-text.ts'
import type { Addresses, RequestSigner } from './request-signing.ts'
import { textOf, type VerifiedAnswer } from './verified-answer.ts'

type CreationParts = {
  readonly call: AlipayCall
  readonly signer: RequestSigner
  readonly clock: Clock
  readonly qrProductCode: string
  readonly returnUrl: string | undefined
}

type Created = Result<PaymentAction, GatewayError>

/** Begins a trade; what is sent depends on nothing but the trade, so that repeating it is the same request. */
export const createTrade = async (trade: CreateTrade, parts: CreationParts): Promise<Created> => {
  const { signer } = parts
  switch (trade.method) {
    case 'ALIPAY_QR':
      return precreate(trade, parts)
    case 'ALIPAY_WEB': {
      const content = contentOf(trade, 'FAST_INSTANT_TRADE_PAY')
      return ok({
        type: 'redirect',
        url: signer.pageUrl('alipay.trade.page.pay', content, pageAddresses(trade, parts)),
      })
    }
    case 'ALIPAY_WAP': {
      const content = contentOf(trade, 'QUICK_WAP_WAY')
      return ok({ type: 'redirect', url: signer.pageUrl('alipay.trade.wap.pay', content, pageAddresses(trade, parts)) })
    }
    case 'ALIPAY_APP': {
      const content = contentOf(trade, 'QUICK_MSECURITY_PAY')
      return ok({ type: 'app', orderString: signer.form('alipay.trade.app.pay', content, addresses(trade)) })
    }
    case 'WECHAT_NATIVE':
    case 'WECHAT_JSAPI':
    case 'WECHAT_APP':
    case 'WECHAT_H5':
    case 'POINTS':
      return err({ code: 'METHOD_NOT_SUPPORTED' })
  }
}

const contentOf = (trade: CreateTrade, productCode: string) => ({
  out_trade_no: trade.outTradeNo,
  total_amount: formatYuan(trade.amount),
  subject: toOrderText(trade.request.subject) || trade.outTradeNo,
  product_code: productCode,
  // Absolute: every product counts a relative one from another event.
  time_expire: formatBeijingTime(trade.expiresAt),
})

const addresses = (trade: CreateTrade): Addresses => ({ notify_url: trade.request.notifyUrl })

const pageAddresses = (trade: CreateTrade, { returnUrl }: CreationParts): Addresses => {
  const back = trade.request.returnUrl ?? returnUrl
  return { ...addresses(trade), ...(back !== undefined && { return_url: back }) }
}

// Alipay lets a code die after two hours, whatever the trade's own expiry.
const QR_LIFETIME_MS = 2 * 3_600_000
const MAX_QR_LENGTH = 1024

const precreate = async (trade: CreateTrade, { call, clock, qrProductCode }: CreationParts): Promise<Created> => {
  const codeExpiresAt = new Date(Math.min(trade.expiresAt.getTime(), clock.now().getTime() + QR_LIFETIME_MS))
  const answer = await call('alipay.trade.precreate', contentOf(trade, qrProductCode), addresses(trade))
  if (answer.isErr()) return err(refusalOf(answer.error))
  return toQrAction(answer.value, trade.outTradeNo, codeExpiresAt)
}

const refusalOf = (error: GatewayError): GatewayError => {
  if (isRefusal(error, 'TRADE_HAS_SUCCESS')) return { code: 'TRADE_ALREADY_PAID' }
  if (isRefusal(error, 'TRADE_HAS_CLOSE')) return { code: 'TRADE_CLOSED' }
  return error
}

const toQrAction = (answer: VerifiedAnswer, outTradeNo: string, expiresAt: Date): Created => {
  const codeUrl = textOf(answer, 'qr_code')
  if (textOf(answer, 'out_trade_no') !== outTradeNo || codeUrl === undefined || codeUrl.length > MAX_QR_LENGTH)
    return err(unavailable('precreate answer without this trade or its code'))
  return ok({ type: 'qr', codeUrl, expiresAt })
}
