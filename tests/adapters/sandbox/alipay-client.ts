import { createPublicKey, createSign, createVerify } from 'node:crypto'
import type { AlipayCredentials } from '../../../src/adapters/sandbox/alipay/alipay-sandbox.ts'
import { type Answer, send } from './wechat-client.ts'

export type AlipayAnswer = Answer & {
  readonly response: Readonly<Record<string, unknown>>
  /** The text of the inner object, as it stands in the body. */
  readonly raw: string
  readonly sign: string | undefined
}

/** Beijing time, worked out apart from the code under test. */
export const beijing = (ms: number): string =>
  new Intl.DateTimeFormat('sv-SE', { timeZone: 'Asia/Shanghai', dateStyle: 'short', timeStyle: 'medium' }).format(ms)

export const signed = (params: Readonly<Record<string, string>>, privateKey: string): Record<string, string> => {
  const text = joined(params, ['sign'])
  return { ...params, sign: createSign('RSA-SHA256').update(text).sign(privateKey, 'base64') }
}

const joined = (params: Readonly<Record<string, string>>, without: readonly string[]): string =>
  Object.keys(params)
    .filter((name) => !without.includes(name))
    .sort()
    .map((name) => `${name}=${params[name]}`)
    .join('&')

/** A merchant's client of nothing but node:http and node:crypto. */
export const alipayClient = (credentials: AlipayCredentials) => {
  const params = (method: string, biz: object, extra: Readonly<Record<string, string | undefined>> = {}) => {
    const all = {
      app_id: credentials.appId,
      method,
      charset: 'utf-8',
      sign_type: 'RSA2',
      timestamp: beijing(Date.now()),
      version: '1.0',
      biz_content: JSON.stringify(biz),
      ...extra,
    }
    return Object.fromEntries(
      Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
    )
  }
  const sendSigned = async (all: Readonly<Record<string, string>>): Promise<AlipayAnswer> => {
    const { biz_content: bizContent = '', ...query } = all
    const form = new URLSearchParams({ biz_content: bizContent }).toString()
    const headers = { 'Content-Type': 'application/x-www-form-urlencoded;charset=UTF-8' }
    const url = `${credentials.gatewayUrl}?${new URLSearchParams(query).toString()}`
    const answer = await send(url, 'POST', headers, form)
    const [, key = '', raw = '', sign] =
      /^\{"(\w+)":(\{.*\}),?(?:"alipay_cert_sn":"\w+",)?(?:"sign":"([^"]+)")?\}$/s.exec(answer.text) ?? []
    const inner = answer.json[key]
    return { ...answer, response: typeof inner === 'object' && inner !== null ? { ...inner } : {}, raw, sign }
  }
  return {
    params,
    sendSigned,
    call: (method: string, biz: object, extra: Readonly<Record<string, string | undefined>> = {}) =>
      sendSigned(signed(params(method, biz, extra), credentials.privateKey)),
    precreate: (outTradeNo: string, overrides: object = {}, extra: Readonly<Record<string, string>> = {}) =>
      sendSigned(
        signed(
          params(
            'alipay.trade.precreate',
            { out_trade_no: outTradeNo, total_amount: '88.88', subject: '测试商品A', ...overrides },
            extra,
          ),
          credentials.privateKey,
        ),
      ),
  }
}

/** Whether the raw inner text of an answer carries Alipay's signature. */
export const answerHolds = ({ raw, sign }: AlipayAnswer, publicKey: string): boolean =>
  createVerify('RSA-SHA256')
    .update(raw)
    .verify(createPublicKey(publicKey), sign ?? '', 'base64')

export const formOf = (body: string): Record<string, string> => Object.fromEntries(new URLSearchParams(body))

/** Whether a notification, or a browser's return, carries Alipay's signature. */
export const formHolds = (form: Readonly<Record<string, string>>, publicKey: string): boolean =>
  createVerify('RSA-SHA256')
    .update(joined(form, ['sign', 'sign_type']))
    .verify(createPublicKey(publicKey), form['sign'] ?? '', 'base64')
