import { header, type Received } from '../http-exchange.ts'

const LOOPBACK_HOST = /^(?:127\.0\.0\.1|localhost|\[::1\])(?::\d{1,5})?$/

/**
 * Why a request may not reach the payer's pages: a foreign name that was made to point here (DNS rebinding), or a
 * form of another site. Programs send neither header and are let through.
 */
export const strangerTo = ({ method, headers }: Received): string | undefined => {
  const host = header(headers, 'host') ?? ''
  if (!LOOPBACK_HOST.test(host)) return 'only a loopback host is served'
  if (method === 'GET' || method === 'HEAD') return undefined
  const origin = header(headers, 'origin')
  if (origin !== undefined && origin !== `http://${host}`) return 'another site may not do that'
  const site = header(headers, 'sec-fetch-site')
  return site === undefined || site === 'same-origin' || site === 'none' ? undefined : 'another site may not do that'
}
