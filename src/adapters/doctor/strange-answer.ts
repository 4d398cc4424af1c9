import type { CanaryOutcome } from '../../application/doctor/canary-probe.ts'

/** An answer that may come from anybody. */
export type StrangeAnswer = {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
}

type Strange = Extract<CanaryOutcome, { kind: 'redirected' | 'answered' }>

/** Who seems to have answered, in words that are safe to show. */
export const strangeAnswer = (url: string, { status, headers, text }: StrangeAnswer): Strange => {
  const location = headers['location']
  if (status >= 300 && status < 400 && typeof location === 'string')
    return { kind: 'redirected', status, location: placeOf(url, location) }
  const type = String(headers['content-type'] ?? '')
  const isChallenge = headers['cf-mitigated'] !== undefined || (/html/i.test(type) && CHALLENGE.test(text))
  const server = [headers['server'], type.split(';')[0]].flat().filter(Boolean).join(', ')
  return { kind: 'answered', status, ours: oursOf(status, type, text), isChallenge, server: shown(server) || '-' }
}

/** Words on the pages of firewalls and content networks. */
const CHALLENGE =
  /captcha|challenge|just a moment|verify (?:that )?you are|access denied|forbidden by|waf|人机|安全验证|滑块|拦截|验证码/i

/** Where it leads to, without a query, which could hold anything. */
const placeOf = (url: string, location: string): string => {
  const place = URL.parse(location, url)
  return place === null ? shown(location) : shown(`${place.origin}${place.pathname}`)
}

/** The code of a problem of ours, `FAIL` being what a forged callback is answered. */
const oursOf = (status: number, type: string, text: string): string | undefined => {
  if (status === 401 && text === 'fail') return 'FAIL'
  if (!/^application\/(?:problem\+)?json/.test(type)) return undefined
  try {
    const value: unknown = JSON.parse(text)
    const code = typeof value === 'object' && value !== null && 'code' in value ? value.code : undefined
    return typeof code === 'string' && /^[A-Z_]{1,64}$/.test(code) ? code : undefined
  } catch {
    return undefined
  }
}

const shown = (text: string): string => text.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 200)
