import { createPublicKey, type KeyObject } from 'node:crypto'
import { header, type Received } from '../http-exchange.ts'
import { verifySha256 } from '../rsa.ts'
import type { WechatKeys } from './wechat-keys.ts'
import { refusal, type WechatRefusal } from './wechat-refusal.ts'
import { parseAuthorization, requestMessage } from './wechat-signature.ts'

const CLOCK_SKEW_SECONDS = 300
const TRUNCATED_AT = 512

/** Tells who signed a request, or why nobody known did. */
export const authenticator = (keys: WechatKeys): ((received: Received, now: Date) => WechatRefusal | undefined) => {
  const merchantKey = createPublicKey(keys.merchant.publicKey)
  return (received, now) => missingHeader(received) ?? unsigned(received, now, keys, merchantKey)
}

const missingHeader = ({ headers, body }: Received): WechatRefusal | undefined => {
  const accept = header(headers, 'accept')
  if (accept === undefined || header(headers, 'user-agent') === undefined)
    return refusal(400, 'INVALID_REQUEST', 'Http头缺少Accept或User-Agent')
  if (!/application\/json|\*\/\*/.test(accept)) return refusal(400, 'INVALID_REQUEST', 'Accept须接受application/json')
  const type = header(headers, 'content-type') ?? ''
  if (body.length > 0 && !/^application\/json\b/i.test(type))
    return refusal(400, 'INVALID_REQUEST', 'Content-Type须为application/json')
  return undefined
}

const unsigned = (
  received: Received,
  now: Date,
  keys: WechatKeys,
  merchantKey: KeyObject,
): WechatRefusal | undefined => {
  const authorization = parseAuthorization(header(received.headers, 'authorization') ?? '')
  if (authorization === undefined) return signError('Authorization不合法', 'authorization malformed')
  const { mchId, serialNo, timestamp, nonce, signature } = authorization
  if (mchId !== keys.mchId) return signError('商户号不存在', 'mchid unknown')
  if (serialNo.toUpperCase() !== keys.merchant.serialNo) return signError('商户证书序列号有误', 'serial_no unknown')
  if (Math.abs(now.getTime() / 1000 - Number(timestamp)) > CLOCK_SKEW_SECONDS)
    return signError('Http头Authorization中的timestamp与发起请求的时间不得超过5分钟', 'timestamp expired')
  const message = requestMessage(received.method, received.target, timestamp, nonce, received.body)
  return verifySha256(message, signature, merchantKey)
    ? undefined
    : signError('签名错误，请检查后再试', 'sign not match', {
        method: received.method,
        sign_message_length: message.length,
        truncated_sign_message: message.toString('utf8').slice(0, TRUNCATED_AT),
        url: received.target,
      })
}

const signError = (message: string, issue: string, built?: Readonly<Record<string, unknown>>): WechatRefusal =>
  refusal(401, 'SIGN_ERROR', message, 268443699, {
    detail: { issue },
    field: 'signature',
    location: 'authorization',
    ...(built === undefined ? {} : { sign_information: built }),
  })
