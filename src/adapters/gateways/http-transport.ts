import { err, ok, type Result } from 'neverthrow'
import { Agent, request } from 'undici'

export type HttpRequest = {
  readonly method: 'GET' | 'POST'
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

export type HttpAnswer = {
  readonly status: number
  /** Names in lower case; a header that came twice is absent. */
  readonly headers: Readonly<Record<string, string | undefined>>
  /** The bytes on the wire: a signature is over them. */
  readonly body: Buffer
}

/** Sends one request once; whatever goes wrong leaves its outcome unknown. */
export type HttpTransport = (
  request: HttpRequest,
) => Promise<Result<HttpAnswer, { readonly code: 'GATEWAY_UNAVAILABLE'; readonly reason: string }>>

type TransportOptions = {
  /** For the whole call, from the first byte out to the last byte in. */
  readonly timeoutMs: number
  readonly maxBytes?: number
}

const DEFAULT_MAX_BYTES = 1_048_576
// The gateways close an idle connection after 8 s; a request sent into one that is closing has an unknown outcome.
const IDLE_MS = 4_000
const IDLE_MAX_MS = 7_000
const CONNECTIONS_PER_HOST = 64

/** HTTPS towards a gateway: no redirect followed, nothing sent twice, one deadline, a bounded answer. */
export const createHttpTransport = (options: TransportOptions): HttpTransport & { close(): Promise<void> } => {
  const agent = new Agent({
    connections: CONNECTIONS_PER_HOST,
    keepAliveTimeout: IDLE_MS,
    keepAliveMaxTimeout: IDLE_MAX_MS,
    maxResponseSize: options.maxBytes ?? DEFAULT_MAX_BYTES,
    allowH2: false,
    connect: { timeout: options.timeoutMs },
    headersTimeout: 0, // One deadline rules; these two would each count on their own.
    bodyTimeout: 0,
  })
  const send: HttpTransport = async (outgoing) => {
    const deadline = new AbortController()
    const timer = setTimeout(() => deadline.abort(), options.timeoutMs)
    try {
      const answer = await request(outgoing.url, {
        method: outgoing.method,
        // The gateways sign the plain bytes, and packed ones could unpack without bound.
        headers: { ...lowerCased(outgoing.headers), 'accept-encoding': 'identity' },
        body: outgoing.body ?? null,
        dispatcher: agent,
        signal: deadline.signal,
      })
      const body = Buffer.from(await answer.body.arrayBuffer())
      const { statusCode: status } = answer
      if (status >= 300 && status < 400) return unavailable(`redirect ${status}`)
      const headers = single(answer.headers)
      if ((headers['content-encoding'] ?? 'identity') !== 'identity') return unavailable('packed answer')
      return ok({ status, headers, body })
    } catch (error) {
      return unavailable(deadline.signal.aborted ? 'timeout' : reasonOf(error))
    } finally {
      clearTimeout(timer)
    }
  }
  return Object.assign(send, { close: () => (agent.closed ? Promise.resolve() : agent.close()) })
}

const unavailable = (reason: string) => err({ code: 'GATEWAY_UNAVAILABLE', reason } as const)

/** Names as they are compared. */
export const lowerCased = (headers: HttpRequest['headers']): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))

const single = (headers: Record<string, string | string[] | undefined>): HttpAnswer['headers'] =>
  Object.fromEntries(Object.entries(headers).filter(([, value]) => typeof value === 'string')) as HttpAnswer['headers'] // The filter leaves only texts.

/** The code alone: messages of network errors can carry addresses and bytes of the peer. */
export const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return 'network error'
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name
}
