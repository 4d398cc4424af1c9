import { isIP } from 'node:net'
import { err, type Result } from 'neverthrow'
import { z } from 'zod'
import type { CreateTrade, GatewayError, PaymentAction } from '../../../application/payments/payment-gateway.ts'
import { isRefusedWith, rejected, unavailable, type Wire } from './client.ts'
import { appParameters, jsapiParameters } from './client-parameters.ts'
import { read, textField } from './fields.ts'
import { notOurNumber, outTradeNoPattern, parameterError, plainText } from './request-values.ts'
import type { SdkCall } from './sender.ts'
import { epochSeconds, nonceFrom } from './signing-sdk.ts'

const DESCRIPTION_MAX = 127
const CODE_URL_MS = 2 * 3_600_000
const SHANGHAI_OFFSET_MS = 8 * 3_600_000

const prepaySchema = z.object({ prepay_id: z.string().regex(/^[\x21-\x7e]{1,64}$/) })
const nativeSchema = z.object({ code_url: textField(512) })
const h5Schema = z.object({ h5_url: z.url({ protocol: /^https?$/ }).max(512) })

/** Asks WeChat Pay to collect (下单). The request follows from the trade alone, since a changed one is refused. */
export const prepay = async (wire: Wire, trade: CreateTrade): Promise<Result<PaymentAction, GatewayError>> => {
  if (!outTradeNoPattern.test(trade.outTradeNo)) return notOurNumber
  switch (trade.method) {
    case 'WECHAT_NATIVE':
      return (await order(wire, nativeSchema, (sdk) => sdk.transactions_native(common(trade)))).map(
        ({ code_url: codeUrl }) => ({ type: 'qr', codeUrl, expiresAt: codeExpiry(wire, trade) }),
      )
    case 'WECHAT_JSAPI':
      return prepayJsapi(wire, trade)
    case 'WECHAT_APP':
      return (await order(wire, prepaySchema, (sdk) => sdk.transactions_app(common(trade)))).map((answer) => ({
        type: 'app',
        params: appParameters(clientCall(wire, answer.prepay_id), wire.merchant.mchId, wire.merchant.privateKey),
      }))
    case 'WECHAT_H5':
      return prepayH5(wire, trade)
    case 'ALIPAY_QR':
    case 'ALIPAY_WEB':
    case 'ALIPAY_WAP':
    case 'ALIPAY_APP':
    case 'POINTS':
      return err({ code: 'METHOD_NOT_SUPPORTED' })
  }
}

/** A description WeChat Pay takes: no 4-byte characters, no control characters, at most 127. */
export const descriptionOf = ({ request, outTradeNo }: Pick<CreateTrade, 'request' | 'outTradeNo'>): string =>
  plainText(request.subject, DESCRIPTION_MAX) || outTradeNo

/** The last moment to pay, in Beijing time and whole seconds. */
export const timeExpireOf = (expiresAt: Date): string =>
  `${new Date(expiresAt.getTime() + SHANGHAI_OFFSET_MS).toISOString().slice(0, 19)}+08:00`

const prepayJsapi = async (wire: Wire, trade: CreateTrade): Promise<Result<PaymentAction, GatewayError>> => {
  const { openid } = trade.request
  if (openid === undefined || !/^[\x21-\x7e]{1,128}$/.test(openid)) return parameterError('openid missing or malformed')
  const request = { ...common(trade), payer: { openid } }
  return (await order(wire, prepaySchema, (sdk) => sdk.transactions_jsapi(request))).map((answer) => ({
    type: 'invoke',
    params: jsapiParameters(clientCall(wire, answer.prepay_id), wire.merchant.privateKey),
  }))
}

const prepayH5 = async (wire: Wire, trade: CreateTrade): Promise<Result<PaymentAction, GatewayError>> => {
  const { clientIp, returnUrl } = trade.request
  if (clientIp === undefined || isIP(clientIp) === 0) return parameterError('client address missing or malformed')
  // The SDK's type demands app_name; WeChat Pay does not.
  const h5Info = { type: 'Wap' } as { type: string; app_name: string }
  const request = { ...common(trade), scene_info: { payer_client_ip: clientIp, h5_info: h5Info } }
  return (await order(wire, h5Schema, (sdk) => sdk.transactions_h5(request))).map(({ h5_url: url }) => ({
    type: 'redirect',
    url:
      returnUrl === undefined
        ? url
        : `${url}${url.includes('?') ? '&' : '?'}redirect_url=${encodeURIComponent(returnUrl.toWellFormed())}`,
  }))
}

const common = (trade: CreateTrade) => ({
  description: descriptionOf(trade),
  out_trade_no: trade.outTradeNo,
  time_expire: timeExpireOf(trade.expiresAt),
  notify_url: trade.request.notifyUrl,
  amount: { total: trade.amount, currency: trade.currency },
})

const order = async <T>({ client }: Wire, schema: z.ZodType<T>, call: SdkCall): Promise<Result<T, GatewayError>> => {
  const answer = await client('prepay', call)
  if (answer.isOk()) return read(schema, answer.value).orElse((reason) => unavailable(`answer ${reason}`))
  const { error } = answer
  if (error.code === 'GATEWAY_UNAVAILABLE') return err(error)
  if (isRefusedWith(error, 'ORDERPAID')) return err({ code: 'TRADE_ALREADY_PAID' })
  if (isRefusedWith(error, 'ORDERCLOSED')) return err({ code: 'TRADE_CLOSED' })
  return rejected(error)
}

const clientCall = ({ merchant, clock, randomness }: Wire, prepayId: string) => ({
  appId: merchant.appId,
  prepayId,
  nonce: nonceFrom(randomness),
  timestamp: epochSeconds(clock.now()),
})

/** A code lives for two hours even where the order lives longer; asking again gives a fresh one. */
const codeExpiry = ({ clock }: Wire, { expiresAt }: CreateTrade): Date =>
  new Date(Math.min(expiresAt.getTime(), clock.now().getTime() + CODE_URL_MS))
