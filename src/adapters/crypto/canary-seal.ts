import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto'
import { CANARY_BODIES, CANARY_MS, type CanarySeal } from '../../application/doctor/canary.ts'
import type { Clock } from '../../application/clock.ts'

const SEALED = /^c1\.([0-9a-z]{1,11})\.([0-9A-Za-z_-]{22})\.(json|form|large)\.([0-9A-Za-z_-]{43})$/

/**
 * HMAC-SHA-256 with a key derived for this alone, so that whoever holds the data key, and nobody else, makes canaries.
 * While that is being changed the first key seals and all of them open.
 */
export const createCanarySeal = ({
  keys,
  clock,
}: {
  readonly keys: readonly Uint8Array[]
  readonly clock: Clock
}): CanarySeal => {
  const derived = keys.map((key) => Buffer.from(hkdfSync('sha256', key, '', 'shouyin canary', 32)))
  const [sealing] = derived
  if (sealing === undefined) throw new RangeError('a canary needs a key')
  const isOf = (text: string, proof: string): boolean => derived.some((key) => isSame(proof, macOf(key, text)))
  return {
    seal({ nonce, body, sentAt }) {
      const facts = `${sentAt.getTime().toString(36)}.${nonce}.${body}`
      return `c1.${facts}.${macOf(sealing, `sent\n${facts}`)}`
    },
    open(header) {
      const [, time = '', nonce = '', word, proof = ''] = SEALED.exec(header) ?? []
      const body = CANARY_BODIES.find((one) => one === word)
      if (body === undefined || !isOf(`sent\n${time}.${nonce}.${body}`, proof)) return undefined
      const sentAt = new Date(Number.parseInt(time, 36))
      const isFresh = Math.abs(clock.now().getTime() - sentAt.getTime()) <= CANARY_MS
      return isFresh ? { nonce, body, sentAt } : undefined
    },
    sealAnswer: (nonce, answer) => macOf(sealing, answerText(nonce, answer)),
    isAnswer: (nonce, answer, proof) => isOf(answerText(nonce, answer), proof),
  }
}

const answerText = (nonce: string, answer: string): string => `answered\n${nonce}\n${answer}`

const macOf = (key: Uint8Array, text: string): string => createHmac('sha256', key).update(text).digest('base64url')

/** In the same time wherever they differ. */
const isSame = (given: string, wanted: string): boolean => {
  const [one, other] = [Buffer.from(given), Buffer.from(wanted)]
  return one.length === other.length && timingSafeEqual(one, other)
}
