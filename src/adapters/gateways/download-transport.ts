import { err, ok, type Result } from 'neverthrow'
import { Agent, type Dispatcher, request } from 'undici'
import { BillBrokenOff } from '../../application/reconciliation/bill-broken-off.ts'
import { type HttpRequest, lowerCased, reasonOf } from './http-transport.ts'

export type Download = {
  readonly status: number
  /** Only behind a 200. It holds a connection until it is read or left; throws `BillBrokenOff` where it is not whole. */
  readonly body: AsyncIterable<Uint8Array> | undefined
}

/** Sends one request once and hands the answer's body on as it comes. */
export type DownloadTransport = (
  request: Pick<HttpRequest, 'method' | 'url' | 'headers'>,
) => Promise<Result<Download, { readonly code: 'GATEWAY_UNAVAILABLE'; readonly reason: string }>>

type DownloadOptions = {
  readonly connectMs: number
  /** A bill may be made only when it is asked for. */
  readonly firstByteMs?: number
  /** How long nothing may come once something has; a reader that takes its time does not count. */
  readonly idleMs?: number
  readonly maxBytes?: number
}

const FIRST_BYTE_MS = 30_000
const IDLE_MS = 30_000
const MAX_BYTES = 512 * 1024 * 1024
const CONNECTIONS_PER_HOST = 4

/** HTTPS towards a gateway's files: no redirect followed, nothing sent twice, as long as something comes. */
export const createDownloadTransport = (
  options: DownloadOptions,
): DownloadTransport & { readonly close: () => Promise<void> } => {
  const agent = new Agent({
    connections: CONNECTIONS_PER_HOST,
    maxResponseSize: options.maxBytes ?? MAX_BYTES,
    allowH2: false,
    connect: { timeout: options.connectMs },
    headersTimeout: options.firstByteMs ?? FIRST_BYTE_MS,
    bodyTimeout: options.idleMs ?? IDLE_MS,
  })
  const send: DownloadTransport = async ({ method, url, headers }) => {
    try {
      const answer = await request(url, {
        method,
        // The file itself may be packed; packed once more for the way it could not be told from that.
        headers: { ...lowerCased(headers), 'accept-encoding': 'identity' },
        dispatcher: agent,
      })
      return read(answer)
    } catch (error) {
      return unavailable(reasonOf(error))
    }
  }
  // Not gracefully: nobody waits minutes for a file at a shutdown, and whoever reads it learns that it is not whole.
  return Object.assign(send, { close: () => agent.destroy() })
}

const read = ({
  statusCode: status,
  headers,
  body,
}: Dispatcher.ResponseData): Awaited<ReturnType<DownloadTransport>> => {
  const isPlain = (headers['content-encoding'] ?? 'identity') === 'identity'
  // It may break off before anybody reads it, who then learns it; meanwhile it must not end the process.
  body.on('error', () => undefined)
  if (status === 200 && isPlain) return ok({ status, body: wholeOf(body) })
  body.destroy()
  if (status >= 300 && status < 400) return unavailable(`redirect ${status}`)
  return status === 200 ? unavailable('packed answer') : ok({ status, body: undefined })
}

async function* wholeOf(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* body
  } catch (error) {
    throw new BillBrokenOff(reasonOf(error))
  }
}

const unavailable = (reason: string) => err({ code: 'GATEWAY_UNAVAILABLE', reason } as const)
