import { err, ok, type Result } from 'neverthrow'
import { z } from 'zod'
import type { Clock } from '../../../application/clock.ts'
import type { GatewayError } from '../../../application/payments/payment-gateway.ts'
import type { Randomness } from '../../../application/randomness.ts'
import type { HttpAnswer } from '../http-transport.ts'
import { read, readJson } from './fields.ts'
import type { Log, PlatformKeys } from './platform-keys.ts'
import type { SdkCall, Sender, Unavailable } from './sender.ts'
import type { WechatMerchant } from './settings.ts'
import { verifySignature } from './signature.ts'

/** A definite "no": a 4xx with a code, by a gateway that read the request. */
export type Refusal = { readonly code: 'REFUSED'; readonly gatewayCode: string; readonly message: string }

/** One call: the body of a verified answer, a refusal, or an unknown outcome. */
export type WechatClient = (operation: string, call: SdkCall) => Promise<Result<unknown, Refusal | Unavailable>>

/** What every operation of the adapter works with. */
export type Wire = {
  readonly merchant: WechatMerchant
  readonly client: WechatClient
  readonly clock: Clock
  readonly randomness: Randomness
}

type ClientDeps = { readonly send: Sender; readonly keys: PlatformKeys; readonly clock: Clock; readonly log: Log }

export const createClient =
  ({ send, keys, clock, log }: ClientDeps): WechatClient =>
  async (operation, call) => {
    // An answer nobody can verify is worth nothing, so without a key the request isn't made.
    if (!(await keys.ready())) return unavailable('no platform key')
    const sent = await send(call)
    const outcome: Result<unknown, Refusal | Unavailable> = sent.isErr()
      ? err(sent.error)
      : readAnswer(sent.value, keys, clock.now())
    log('wechat.call', { operation, ...factsOf(sent), ...(outcome.isErr() ? { error: outcome.error } : {}) })
    return outcome
  }

/** Whether the refusal has this code (in capitals, without underscores), however WeChat Pay spells it today. */
export const isRefusedWith = (refusal: Refusal, code: string): boolean => plainCode(refusal.gatewayCode) === code

export const rejected = ({ gatewayCode, message }: Refusal): Result<never, GatewayError> =>
  err({ code: 'GATEWAY_REJECTED', gatewayCode, message })

export const unavailable = (reason: string): Result<never, Unavailable> => err({ code: 'GATEWAY_UNAVAILABLE', reason })

// Refusals that leave open what happened, or that pass by themselves.
const UNDECIDED_STATUSES: readonly number[] = [408, 425, 429]
const UNDECIDED_CODES: readonly string[] = [
  'SYSTEMERROR',
  'BANKERROR',
  'SERVICEUNAVAILABLE',
  'TRADEERROR',
  'USERPAYING',
  'FREQUENCYLIMITED',
  'FREQUENCYLIMITEXCEED',
  'RATELIMITEXCEEDED',
]

const errorSchema = z.object({ code: z.string().regex(/^[0-9A-Za-z_]{1,64}$/), message: z.string().catch('') })

const readAnswer = (answer: HttpAnswer, keys: PlatformKeys, now: Date): Result<unknown, Refusal | Unavailable> => {
  if (answer.status >= 200 && answer.status < 300) return readSigned(answer, keys, now)
  if (answer.status < 400 || answer.status >= 500) return unavailable(`status ${answer.status}`)
  const body = readJson(answer.body).andThen((json) => read(errorSchema, json))
  if (body.isErr()) return unavailable(`status ${answer.status} without a code`)
  const { code, message } = body.value
  if (UNDECIDED_STATUSES.includes(answer.status) || UNDECIDED_CODES.includes(plainCode(code)))
    return unavailable(`status ${answer.status} ${code}`)
  return err({ code: 'REFUSED', gatewayCode: code, message: message.slice(0, 256) })
}

const readSigned = (answer: HttpAnswer, keys: PlatformKeys, now: Date): Result<unknown, Unavailable> => {
  const verified = verifySignature(answer, keys, now)
  if (verified.isErr()) {
    if (verified.error === 'unknown_serial') keys.noteUnknown(answer.headers['wechatpay-serial'] ?? '')
    return unavailable(`answer signature ${verified.error}`)
  }
  if (answer.body.length === 0) return ok(undefined)
  return readJson(answer.body).orElse((reason) => unavailable(`answer ${reason}`))
}

/** Older pages and some live answers leave the underscores out. */
const plainCode = (code: string): string => code.toUpperCase().replaceAll('_', '')

const factsOf = (sent: Result<HttpAnswer, Unavailable>) =>
  sent.isOk() ? { status: sent.value.status, requestId: sent.value.headers['request-id']?.slice(0, 128) } : {}
