import type { KeyObject } from 'node:crypto'
import { verifySha256 } from '../rsa.ts'

/** What a merchant's page or app hands to the WeChat client, in either of its two spellings. */
export type Invocation = Readonly<Record<string, string>>

/** Four lines, each ended by a line feed; only JSAPI writes `prepay_id=` before the number. */
export const invocationMessage = (appId: string, timestamp: string, nonce: string, prepay: string): string =>
  `${appId}\n${timestamp}\n${nonce}\n${prepay}\n`

/** The prepay id of a call whose parameters are complete and signed by the merchant. */
export const invokedPrepayId = (
  call: Invocation,
  identity: { readonly appId: string; readonly mchId: string },
  merchantKey: KeyObject,
): string | undefined =>
  'paySign' in call ? byJsapi(call, identity.appId, merchantKey) : byApp(call, identity, merchantKey)

const byJsapi = (call: Invocation, appId: string, key: KeyObject): string | undefined => {
  const { timeStamp = '', nonceStr = '', package: prepay = '', signType, paySign = '' } = call
  const [, prepayId] = /^prepay_id=(\w+)$/.exec(prepay) ?? []
  if ((call['appId'] ?? appId) !== appId || signType !== 'RSA' || !wellFormed(timeStamp, nonceStr)) return undefined
  return verifySha256(invocationMessage(appId, timeStamp, nonceStr, prepay), paySign, key) ? prepayId : undefined
}

const byApp = (
  call: Invocation,
  { appId, mchId }: { readonly appId: string; readonly mchId: string },
  key: KeyObject,
): string | undefined => {
  const { appid, partnerid, prepayid = '', noncestr = '', timestamp = '', sign = '' } = call
  const known = appid === appId && partnerid === mchId && call['package'] === 'Sign=WXPay'
  if (!known || !wellFormed(timestamp, noncestr)) return undefined
  return verifySha256(invocationMessage(appId, timestamp, noncestr, prepayid), sign, key) ? prepayid : undefined
}

const wellFormed = (timestamp: string, nonce: string): boolean =>
  /^\d{10}$/.test(timestamp) && nonce.length >= 1 && nonce.length <= 32
