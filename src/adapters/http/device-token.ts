import { randomBytes } from 'node:crypto'
import type { Clock } from '../../application/clock.ts'
import type { Browser } from './browser.ts'
import { keyedProof } from './keyed-proof.ts'

/** A browser in which somebody has signed in before: its tries are counted apart from those of strangers. */
export type Device = { readonly id: string; readonly name: string }

export interface DeviceTokens {
  /** For a browser in which this operator has just signed in. */
  issue(name: string): string
  /** The device, if the token is ours, unaltered and not too old. */
  verify(token: string): Device | undefined
}

export const DEVICE_COOKIE = '__Host-shouyin-device'

const DEVICE_SECONDS = 365 * 86_400
const TOKEN = /^d1~([0-9a-z]{1,10})~([0-9a-z._-]{3,64})~([\w-]{22})~([\w-]{43})$/

export const createDeviceTokens = ({
  keys,
  clock,
}: {
  /** The first one signs, all of them verify. */
  readonly keys: readonly Uint8Array[]
  readonly clock: Clock
}): DeviceTokens => {
  const proof = keyedProof('device tokens', keys)
  const textOf = (facts: string): string => `device token\n${facts}`
  return {
    issue(name) {
      const expiry = (Math.floor(clock.now().getTime() / 1000) + DEVICE_SECONDS).toString(36)
      const facts = `d1~${expiry}~${name}~${randomBytes(16).toString('base64url')}`
      return `${facts}~${proof.of(textOf(facts))}`
    },
    verify(token) {
      const [, expiry = '', name = '', id = '', mac = ''] = TOKEN.exec(token) ?? []
      if (mac === '') return undefined
      const facts = token.slice(0, -mac.length - 1)
      const isOurs = proof.isOf(textOf(facts), mac) && Number.parseInt(expiry, 36) * 1000 > clock.now().getTime()
      return isOurs ? { id, name } : undefined
    },
  }
}

export const keepDevice = (browser: Browser, token: string): void =>
  browser.keep({ name: DEVICE_COOKIE, value: token, maxAgeSeconds: DEVICE_SECONDS })
