import type { Result } from 'neverthrow'
import { parseJson } from '../canonical-json.ts'
import type { Faults, WechatFault } from '../faults.ts'
import { answer, badGatewayPage, header, type Outcome, type Received, type Reply } from '../http-exchange.ts'
import { authenticator } from './wechat-authentication.ts'
import { DOWNLOAD_PATH } from './wechat-bills.ts'
import { probe } from './wechat-notification.ts'
import {
  commonHeaders,
  jsonType,
  notFound,
  refusalReply,
  systemError,
  tooFrequent,
  type WechatRefusal,
} from './wechat-refusal.ts'
import { type Call, type Done, type Route, type RouteParts, wechatRoute } from './wechat-routes.ts'
import { signedHeaders } from './wechat-signature.ts'

type Parts = RouteParts & { readonly faults: Faults<WechatFault>; readonly now: () => Date }

type FaultKind = WechatFault['kind'] | undefined

/** The API: who signed it, what it means, what comes of it, and what goes wrong on the way back. */
export const wechatApi = (parts: Parts): ((received: Received) => Outcome) => {
  const refusedFor = authenticator(parts.keys)
  return (received) => {
    const now = parts.now()
    const refused = refusedFor(received, now)
    if (refused !== undefined) return answer(refusalReply(refused, now))
    if (received.method === 'GET' && received.path === DOWNLOAD_PATH) return parts.bills.download(received)
    const body = parseJson(received.body.toString('utf8'))
    const route = wechatRoute(parts, received.method, received.path, body)
    if (route === undefined) return answer(refusalReply(notFound, now))
    const answerKey = parts.keyring.kindFor(header(received.headers, 'wechatpay-serial'))
    return served(parts, route, { query: received.query, body, answerKey }, now)
  }
}

const served = (parts: Parts, route: Route, call: Call, now: Date): Outcome => {
  const fault = parts.faults.takeWire(route.operation, route.outTradeNo)?.kind
  const instead = insteadOfServing(fault, now)
  if (instead !== undefined) return instead
  const result = route.run(call)
  if (fault === 'hang') return { ending: 'hang' }
  if (fault === 'cut_after') return { ending: 'cut' }
  const delayMs = parts.faults.takeDelayMs(route.operation, route.outTradeNo)
  const before = result.isOk() ? result.value.before : undefined
  return {
    ending: 'answer',
    reply: fault === 'error_500_after' ? refusalReply(systemError, now) : replyTo(parts, result, call, fault),
    ...(delayMs === undefined ? {} : { delayMs }),
    ...(before === undefined ? {} : { after: before }),
  }
}

/** The faults that keep a request from having any effect. */
const insteadOfServing = (fault: FaultKind, now: Date): Outcome | undefined => {
  if (fault === 'cut_before') return { ending: 'cut' }
  if (fault === 'error_500_before') return answer(refusalReply(systemError, now))
  if (fault === 'rate_limited') return answer(refusalReply(tooFrequent, now))
  if (fault === 'html_502') return answer(badGatewayPage())
  return undefined
}

const replyTo = (parts: Parts, result: Result<Done, WechatRefusal>, call: Call, fault: FaultKind): Reply => {
  const now = parts.now()
  if (result.isErr()) return refusalReply(result.error, now)
  const { json } = result.value
  const body = json === undefined ? Buffer.alloc(0) : Buffer.from(JSON.stringify(json))
  const signedAt = fault === 'stale_timestamp' ? new Date(now.getTime() - STALE_MS) : now
  const signature = damaged(signedHeaders(body, signedAt, parts.keyring.signer(call.answerKey)), fault)
  return {
    status: json === undefined ? 204 : 200,
    headers: { ...commonHeaders(now, 0), ...(json === undefined ? {} : jsonType), ...signature },
    body: fault === 'truncated' ? body.subarray(0, Math.floor(body.length / 2)) : body,
  }
}

const STALE_MS = 3_600_000

const damaged = (headers: Record<string, string>, fault: FaultKind): Record<string, string> => {
  const signature = headers['Wechatpay-Signature'] ?? ''
  if (fault === 'unsigned') return {}
  if (fault === 'bad_signature') return { ...headers, 'Wechatpay-Signature': otherSignature(signature) }
  if (fault === 'probe') return { ...headers, 'Wechatpay-Signature': probe(signature) }
  if (fault === 'unknown_serial') return { ...headers, 'Wechatpay-Serial': '4D'.repeat(20) }
  return headers
}

/** A signature of the same form that holds for nothing. */
const otherSignature = (signature: string): string => {
  const bytes = Buffer.from(signature, 'base64')
  bytes[0] = (bytes[0] ?? 0) ^ 1
  return bytes.toString('base64')
}
