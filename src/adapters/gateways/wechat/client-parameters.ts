import { type KeyObject, sign } from 'node:crypto'

type ClientCall = {
  readonly appId: string
  readonly prepayId: string
  readonly nonce: string
  /** Epoch seconds, as text. */
  readonly timestamp: string
}

/** What `WeixinJSBridge` or a mini program needs to open the payment (调起支付). */
export const jsapiParameters = (call: ClientCall, privateKey: KeyObject) => {
  const prepay = `prepay_id=${call.prepayId}`
  return {
    appId: call.appId,
    timeStamp: call.timestamp,
    nonceStr: call.nonce,
    package: prepay,
    signType: 'RSA',
    paySign: signLines([call.appId, call.timestamp, call.nonce, prepay], privateKey),
  }
}

/** What the OpenSDK of a mobile app needs. The signed line is the bare prepay id, unlike JSAPI's. */
export const appParameters = (call: ClientCall, mchId: string, privateKey: KeyObject) => ({
  appid: call.appId,
  partnerid: mchId,
  prepayid: call.prepayId,
  package: 'Sign=WXPay',
  noncestr: call.nonce,
  timestamp: call.timestamp,
  sign: signLines([call.appId, call.timestamp, call.nonce, call.prepayId], privateKey),
})

const signLines = (lines: readonly string[], privateKey: KeyObject): string =>
  sign('RSA-SHA256', Buffer.from(lines.map((line) => `${line}\n`).join('')), privateKey).toString('base64')
