import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { HttpApp } from './app.ts'
import { IMPORT_PATH } from './reconciliation-import.ts'

export type HttpServer = {
  readonly origin: string
  /** Takes no more requests and lets those in flight finish, for `graceMs` at most. */
  stop(graceMs: number): Promise<void>
}

const IDLE_POLL_MS = 50
/** In which a body has to be there, but for a bill's file, which may be large. */
const BODY_MS = 15_000
const UPLOAD_MS = 1_800_000

/** Listens, with limits that cut off clients who send slowly in order to hold connections. */
export const startHttpServer = async (
  app: Pick<HttpApp, 'callback' | 'closeStreams'>,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<HttpServer> => {
  const server = createServer(
    {
      maxHeaderSize: 16_384,
      headersTimeout: 10_000,
      requestTimeout: UPLOAD_MS,
      connectionsCheckingInterval: 2000,
      keepAliveTimeout: 65_000, // Longer than proxies keep theirs, so that they never send into a closing one.
    },
    app.callback(),
  )
  server.on('request', cutOffSlow)
  server.maxRequestsPerSocket = 0
  server.maxConnections = 10_000
  server.timeout = 60_000
  const unused = unusedSockets(server)
  server.listen({ host, port })
  await once(server, 'listening')
  let stopped: Promise<void> | undefined
  return {
    origin: originOf(server),
    stop(graceMs) {
      stopped ??= drain(server, unused, app, graceMs)
      return stopped
    },
  }
}

/** Node has one limit for all requests; whoever sends a small body by drops holds a connection, and nothing else. */
const cutOffSlow = (request: IncomingMessage, response: ServerResponse): void => {
  const { 'content-length': length = '0', 'transfer-encoding': encoding } = request.headers
  if ((length === '0' && encoding === undefined) || request.url?.startsWith(IMPORT_PATH) === true) return
  const timer = setTimeout(() => {
    if (!request.complete) request.socket.destroy()
  }, BODY_MS)
  response.once('close', () => clearTimeout(timer))
}

const originOf = (server: Server): string => {
  // A server that listens on a port always has an address object.
  const { address, family, port } = server.address() as AddressInfo
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`
}

/** Connections on which no request has come yet, as browsers open them in advance; Node counts them as busy. */
const unusedSockets = (server: Server): ReadonlySet<Socket> => {
  const unused = new Set<Socket>()
  server.on('connection', (socket) => {
    unused.add(socket)
    socket.once('close', () => unused.delete(socket))
  })
  server.on('request', ({ socket }) => unused.delete(socket))
  return unused
}

const drain = async (
  server: Server,
  unused: ReadonlySet<Socket>,
  app: Pick<HttpApp, 'closeStreams'>,
  graceMs: number,
): Promise<void> => {
  const closed = once(server, 'close')
  server.close()
  app.closeStreams()
  // A connection that turns idle after `close` would otherwise be waited for until its time is up.
  const idle = setInterval(() => {
    server.closeIdleConnections()
    for (const socket of unused) socket.destroy()
  }, IDLE_POLL_MS)
  const hard = setTimeout(() => server.closeAllConnections(), graceMs)
  try {
    await closed
  } finally {
    clearInterval(idle)
    clearTimeout(hard)
  }
}
