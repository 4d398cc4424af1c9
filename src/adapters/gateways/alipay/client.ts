import { err, ok, type Result } from 'neverthrow'
import type { Clock } from '../../../application/clock.ts'
import type { HttpTransport } from '../http-transport.ts'
import type { AlipayVerifier } from './alipay-key.ts'
import { type CallError, failureOf, unavailable } from './gateway-code.ts'
import type { Addresses, BizContent, RequestSigner } from './request-signing.ts'
import { textOf, type VerifiedAnswer, verifyAnswer } from './verified-answer.ts'

export type AlipayLog = (event: string, facts: Readonly<Record<string, unknown>>) => void

/** One call of the gateway about one trade: its signed success, a signed refusal, or nothing certain. */
export type AlipayCall = (
  method: string,
  content: BizContent & { readonly out_trade_no: string },
  addresses?: Addresses,
) => Promise<Result<VerifiedAnswer, CallError>>

/** The same about anything else. */
export type AlipayQuestion = (method: string, content: BizContent) => Promise<Result<VerifiedAnswer, CallError>>

type AnyContent = BizContent & { readonly out_trade_no?: string }

type ClientParts = {
  readonly gatewayUrl: string
  readonly signer: RequestSigner
  readonly verifies: AlipayVerifier
  readonly alipayCertSerials: readonly string[] | undefined
  readonly send: HttpTransport
  readonly clock: Clock
  readonly log: AlipayLog
}

export const createAlipayCall = (parts: ClientParts): AlipayCall & AlipayQuestion => {
  const { gatewayUrl, signer, send, clock, log } = parts
  return async (method: string, content: AnyContent, addresses?: Addresses) => {
    const startedMs = clock.monotonicMs()
    const sent = await send({
      method: 'POST',
      url: gatewayUrl,
      headers: { 'content-type': 'application/x-www-form-urlencoded;charset=utf-8', accept: 'application/json' },
      body: signer.form(method, content, addresses),
    })
    const result = sent.isErr()
      ? err(sent.error)
      : read(sent.value.status, sent.value.body, method, content.out_trade_no, parts)
    log('alipay.call', {
      method,
      outTradeNo: content.out_trade_no,
      outcome: result.isOk() ? 'ok' : outcomeOf(result.error),
      traceId: sent.isOk() ? sent.value.headers.trace_id : undefined,
      elapsedMs: Math.round(clock.monotonicMs() - startedMs),
    })
    return result
  }
}

/** Without the gateway's message, which can repeat what we sent. */
const outcomeOf = (error: CallError): string =>
  error.code === 'GATEWAY_REJECTED' ? error.gatewayCode : `${error.code}: ${error.reason}`

const read = (
  status: number,
  body: Buffer,
  method: string,
  outTradeNo: string | undefined,
  check: Pick<ClientParts, 'verifies' | 'alipayCertSerials'>,
): Result<VerifiedAnswer, CallError> => {
  // Alipay answers 200 to everything, its refusals too: another status comes from something in between.
  if (status !== 200) return err(unavailable(`HTTP ${status}`))
  const verified = verifyAnswer(body, method, check)
  if (verified.isErr()) return err(unavailable(verified.error))
  const answer = verified.value
  const isAbout = textOf(answer, 'out_trade_no') ?? outTradeNo
  if (outTradeNo !== undefined && isAbout !== outTradeNo) return err(unavailable('answer about another trade'))
  const code = textOf(answer, 'code')
  if (code === '10000') return ok(answer)
  return err(failureOf(code ?? 'without a code', textOf(answer, 'sub_code'), textOf(answer, 'sub_msg')))
}
