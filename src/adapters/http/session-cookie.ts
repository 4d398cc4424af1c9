import { createHmac } from 'node:crypto'
import { SESSION_MS } from '../../domain/operator-session.ts'
import type { Browser } from './browser.ts'

export const SESSION_COOKIE = '__Host-shouyin-session'

const TOKEN = /^[\w-]{43}$/

/** The token of the session this browser has, if it is one at all. */
export const sessionTokenOf = (browser: Browser): Uint8Array | undefined => {
  const text = browser.cookie(SESSION_COOKIE) ?? ''
  return TOKEN.test(text) ? Buffer.from(text, 'base64url') : undefined
}

export const keepSession = (browser: Browser, token: Uint8Array): void =>
  browser.keep({
    name: SESSION_COOKIE,
    value: Buffer.from(token).toString('base64url'),
    maxAgeSeconds: SESSION_MS / 1000,
  })

/** What a page of ours has to send with each call that changes something: of this session, and not to be guessed. */
export const csrfTokenOf = (token: Uint8Array): string =>
  createHmac('sha256', token).update('shouyin csrf').digest('base64url')
