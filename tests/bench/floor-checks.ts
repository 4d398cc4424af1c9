import { createDecipheriv, createPublicKey, createSecretKey, verify } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import type { FloorKeys } from './callback.ts'

export type Fact = {
  readonly provider: 'wechat' | 'alipay'
  readonly outTradeNo: string
  readonly transactionId: string
  readonly amountFen: number
  readonly merchantId: string
  readonly appId: string
  readonly payer: string
  readonly notificationId: string
  readonly paidAt: number
  readonly headers: string
  readonly body: Buffer
}

type Check = (provider: 'wechat' | 'alipay', headers: IncomingHttpHeaders, body: Buffer) => Fact | undefined

/** The cheapest complete check of a callback: keys made once, one verification, one decryption. */
export const createChecks = (keys: FloorKeys): Check => {
  const wechatKey = createPublicKey(keys.wechatPublicKey)
  const alipayKey = createPublicKey(keys.alipayPublicKey)
  const aesKey = createSecretKey(Buffer.from(keys.wechatApiV3Key))
  const wechat = (headers: IncomingHttpHeaders, body: Buffer): Fact | undefined => {
    if (headers['wechatpay-serial'] !== keys.wechatPublicKeyId) return undefined
    const signed = `${String(headers['wechatpay-timestamp'])}\n${String(headers['wechatpay-nonce'])}\n${body.toString()}\n`
    const signature = Buffer.from(String(headers['wechatpay-signature']), 'base64')
    if (!verify('RSA-SHA256', Buffer.from(signed), wechatKey, signature)) return undefined
    const envelope = JSON.parse(body.toString())
    const { nonce, associated_data: data, ciphertext } = envelope.resource
    const sealed = Buffer.from(ciphertext, 'base64')
    const decipher = createDecipheriv('aes-256-gcm', aesKey, nonce, { authTagLength: 16 })
    decipher.setAAD(Buffer.from(data)).setAuthTag(sealed.subarray(-16))
    const text = decipher.update(sealed.subarray(0, -16), undefined, 'utf8') + decipher.final('utf8')
    const trade = JSON.parse(text)
    return {
      provider: 'wechat',
      headers: JSON.stringify(headers),
      body,
      notificationId: envelope.id,
      outTradeNo: trade.out_trade_no,
      transactionId: trade.transaction_id,
      amountFen: trade.amount.total,
      merchantId: trade.mchid,
      appId: trade.appid,
      payer: trade.payer.openid,
      paidAt: Date.parse(trade.success_time),
    }
  }
  const alipay = (headers: IncomingHttpHeaders, body: Buffer): Fact | undefined => {
    const form = Object.fromEntries(new URLSearchParams(body.toString()))
    const { sign = '', sign_type: _, ...signed } = form
    const text = Object.keys(signed)
      .toSorted()
      .map((name) => `${name}=${signed[name]}`)
      .join('&')
    if (!verify('RSA-SHA256', Buffer.from(text), alipayKey, Buffer.from(sign, 'base64'))) return undefined
    const [yuan = '', cents = ''] = (form['total_amount'] ?? '').split('.')
    return {
      provider: 'alipay',
      headers: JSON.stringify(headers),
      body,
      notificationId: form['notify_id'] ?? '',
      outTradeNo: form['out_trade_no'] ?? '',
      transactionId: form['trade_no'] ?? '',
      amountFen: Number(yuan + cents),
      merchantId: form['seller_id'] ?? '',
      appId: form['app_id'] ?? '',
      payer: form['buyer_id'] ?? '',
      paidAt: Date.parse(`${form['gmt_payment']?.replace(' ', 'T')}+08:00`),
    }
  }
  return (provider, headers, body) => (provider === 'wechat' ? wechat(headers, body) : alipay(headers, body))
}
