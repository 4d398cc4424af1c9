import {
  ANSWER_HEADER,
  type Canary,
  CANARY_HEADER,
  canaryContent,
  canaryHeaders,
  type CanaryArrival,
  type CanarySeal,
  differenceOf,
} from '../../application/doctor/canary.ts'
import type { RateLimiter } from '../../application/rate-limiter.ts'
import { isForwarded, peerOf, trustedHops } from './client-address.ts'
import type { Context } from './context.ts'
import { readBytes } from './json-body.ts'

export type Canaries = {
  readonly seal: CanarySeal
  /** Lets each nonce through once. */
  readonly once: RateLimiter
  readonly pace: RateLimiter
}

/** What is held of whoever sends it. */
export type CanarySender = {
  readonly isAllowed: boolean
  /** Whether an address is a proxy that is believed. */
  readonly isTrusted: (address: string) => boolean
}

/**
 * Answers what our own doctor has sent, with what arrived of it; `false` where it is not that, and nothing was read.
 * Only what is sealed with our key and was not seen before is one, so nobody else learns anything, or costs anything.
 */
export const answerCanary = async (
  { seal, once, pace }: Canaries,
  ctx: Context,
  sender: CanarySender,
): Promise<boolean> => {
  const header = ctx.get(CANARY_HEADER)
  const canary = header === '' ? undefined : seal.open(header)
  if (canary === undefined || !(await once.consume(canary.nonce)).allowed || !(await pace.consume('all')).allowed)
    return false
  const body = await readBytes(ctx.req) // One that can't be read has not arrived.
  const answer = JSON.stringify(arrivalOf(ctx, canary, body.unwrapOr(new Uint8Array()), sender))
  ctx.state.logged['verdict'] = 'canary'
  ctx.status = 200
  ctx.set(ANSWER_HEADER, seal.sealAnswer(canary.nonce, answer))
  ctx.type = 'application/json; charset=utf-8'
  ctx.body = answer
  return true
}

const arrivalOf = (
  ctx: Context,
  canary: Canary,
  body: Uint8Array,
  { isAllowed, isTrusted }: CanarySender,
): CanaryArrival => {
  const { ip } = ctx.state
  const sent = canaryContent(canary).bytes
  const headers = Object.entries(canaryHeaders(canary))
  return {
    method: ctx.method,
    path: ctx.path,
    host: ctx.get('Host'),
    address: ip,
    hops: trustedHops(ctx.req, ip),
    isForwardedByStranger: isForwarded(ctx.req) && !isTrusted(peerOf(ctx.req)),
    isAllowed,
    bodyBytes: body.length,
    sentBytes: sent.length,
    missing: headers.map(([name]) => name).filter((name) => ctx.get(name) === ''),
    changed: headers.filter(([name, value]) => !['', value].includes(ctx.get(name))).map(([name]) => name),
    difference: differenceOf(sent, body),
  }
}
