import { isIP } from 'node:net'
import { err, ok, type Result } from 'neverthrow'
import type { UrlRefusal, WebhookTargets } from '../../application/webhooks/webhook-sender.ts'
import { isPublicAddress } from './public-address.ts'

/** `allowPrivate`: http and any address, for trials on one's own machine. */
export const createWebhookTargets = ({ allowPrivate }: { readonly allowPrivate: boolean }): WebhookTargets => ({
  check(text) {
    // The parser writes each odd form of an IPv4 address (decimal, octal, hexadecimal, short) as four numbers.
    const url = URL.parse(text)
    if (url === null || !['http:', 'https:'].includes(url.protocol) || url.hash !== '') return refused('malformed')
    if (url.username !== '' || url.password !== '') return refused('credentials')
    if (allowPrivate) return ok(url.href)
    if (url.protocol !== 'https:') return refused('not_https')
    return isPrivateHost(url.hostname) ? refused('private') : ok(url.href)
  },
})

/** As far as the name tells; what it stands for is checked when it is looked up. */
const isPrivateHost = (hostname: string): boolean => {
  const host = hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '')
  if (isIP(host) !== 0) return !isPublicAddress(host)
  return host === 'localhost' || host.endsWith('.localhost')
}

const refused = (reason: UrlRefusal['reason']): Result<never, UrlRefusal> => err({ code: 'URL_REFUSED', reason })
