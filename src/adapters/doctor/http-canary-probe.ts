import { Agent, request } from 'undici'
import type { Clock } from '../../application/clock.ts'
import {
  ANSWER_HEADER,
  type Canary,
  CANARY_HEADER,
  canaryContent,
  canaryHeaders,
  type CanaryArrival,
  type CanarySeal,
} from '../../application/doctor/canary.ts'
import type { CanaryOutcome, CanaryProbe } from '../../application/doctor/canary-probe.ts'
import type { Randomness } from '../../application/randomness.ts'
import { faultOf, reasonOf } from './network-fault.ts'
import { type StrangeAnswer, strangeAnswer } from './strange-answer.ts'

type Options = {
  readonly seal: CanarySeal
  readonly clock: Clock
  readonly randomness: Randomness
  readonly timeoutMs?: number
}

/** Longer than a gateway waits, so that slow is told from dead. */
const TIMEOUT_MS = 10_000
const MAX_ANSWER_BYTES = 65_536
const NONCE_BYTES = 16

/** Posts canaries by the public address and through whatever stands there; nothing is followed or sent twice. */
export const createHttpCanaryProbe = ({ seal, clock, randomness, timeoutMs = TIMEOUT_MS }: Options): CanaryProbe => ({
  async send(url, body) {
    const nonce = Buffer.from(randomness.bytes(NONCE_BYTES)).toString('base64url')
    const canary: Canary = { nonce, body, sentAt: clock.now() }
    const startedMs = clock.monotonicMs()
    const elapsed = (): number => Math.round(clock.monotonicMs() - startedMs)
    // Of its own, as a gateway's connection would be: what is kept open shows nothing of DNS and TLS.
    const agent = new Agent({ maxResponseSize: MAX_ANSWER_BYTES, allowH2: false, connect: { timeout: timeoutMs } })
    try {
      const answer = await post(agent, url, { canary, seal, timeoutMs })
      return readAnswer(url, answer, { nonce, seal, ms: elapsed() })
    } catch (error) {
      const reason = reasonOf(error)
      return { kind: 'failed', fault: faultOf(reason), reason, ms: elapsed() }
    } finally {
      await agent.destroy()
    }
  },
})

type Post = { readonly canary: Canary; readonly seal: CanarySeal; readonly timeoutMs: number }

const post = async (agent: Agent, url: string, { canary, seal, timeoutMs }: Post): Promise<StrangeAnswer> => {
  const answer = await request(url, {
    method: 'POST',
    headers: { ...canaryHeaders(canary), [CANARY_HEADER]: seal.seal(canary), 'accept-encoding': 'identity' },
    body: Buffer.from(canaryContent(canary).bytes),
    dispatcher: agent,
    signal: AbortSignal.timeout(timeoutMs),
  })
  return { status: answer.statusCode, headers: answer.headers, text: await answer.body.text() }
}

type Read = { readonly nonce: string; readonly seal: CanarySeal; readonly ms: number }

const readAnswer = (url: string, answer: StrangeAnswer, { nonce, seal, ms }: Read): CanaryOutcome => {
  const proof = answer.headers[ANSWER_HEADER]
  if (typeof proof !== 'string') return strangeAnswer(url, answer)
  if (!seal.isAnswer(nonce, answer.text, proof)) return { kind: 'answer_changed' }
  // Proven to be written by a service of ours, to this very question.
  return { kind: 'returned', arrival: JSON.parse(answer.text) as CanaryArrival, ms }
}
