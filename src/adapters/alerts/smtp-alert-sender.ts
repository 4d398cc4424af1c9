import { createTransport } from 'nodemailer'
import type { AlertSender } from '../../application/alerts/alert-sender.ts'
import { ATTEMPT_MS, withinTime } from './within-time.ts'

type Options = {
  /** `smtp://user:password@host:port`, or `smtps` where TLS comes first. */
  readonly url: string
  readonly from: string
  readonly to: readonly string[]
  readonly timeoutMs?: number
}

/**
 * Sends mails. Whoever signs in does so over TLS, but for a server on this very machine. A mail that one of its recipients
 * gets counts as sent. `close` breaks off what is under way.
 */
export const createSmtpAlertSender = ({
  url,
  from,
  to,
  timeoutMs = ATTEMPT_MS,
}: Options): AlertSender & { close(): Promise<void> } => {
  const transport = createTransport({
    ...serverOf(url),
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    dnsTimeout: timeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  const closing = new AbortController()
  return {
    channel: 'email',
    send: ({ title: subject, text, severity }) =>
      withinTime({ timeoutMs, closing: closing.signal }, async (signal) => {
        const headers = { 'Auto-Submitted': 'auto-generated' }
        const priority = severity === 'critical' ? 'high' : 'normal'
        await transport.sendMail({ from, to: [...to], subject, text, priority, headers, signal })
        return { type: 'accepted' }
      }),
    async close() {
      closing.abort()
      transport.close()
    },
  }
}

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/

const serverOf = (url: string) => {
  const { protocol, hostname, port, username, password } = new URL(url)
  const secure = protocol === 'smtps:'
  const server = { host: hostname.replace(/^\[(.*)\]$/, '$1'), port: Number(port || (secure ? 465 : 587)), secure }
  if (username === '') return server
  const auth = { user: decodeURIComponent(username), pass: decodeURIComponent(password) }
  return { ...server, auth, requireTLS: !secure && !LOOPBACK.test(hostname) }
}
