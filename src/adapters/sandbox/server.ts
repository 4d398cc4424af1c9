import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Outcome, Received } from './http-exchange.ts'

const BODY_LIMIT_BYTES = 1024 * 1024

export type ListeningServer = { readonly port: number; stop(): Promise<void> }

/** A server on the loopback interface alone. */
export const listen = async (
  port: number,
  handle: (received: Received) => Outcome | Promise<Outcome>,
): Promise<ListeningServer> => {
  const server = createServer((request, response) => {
    serve(request, response, handle).catch((error: unknown) => fail(request, response, error))
  })
  server.keepAliveTimeout = 8000 // WeChat Pay's own; Node announces it in Keep-Alive.
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, '127.0.0.1', resolve)
  })
  return { port: portOf(server), stop: () => close(server) }
}

const serve = async (
  request: IncomingMessage,
  response: ServerResponse,
  handle: (received: Received) => Outcome | Promise<Outcome>,
): Promise<void> => {
  const body = await readBody(request)
  if (body === undefined) {
    response.writeHead(413, { Connection: 'close' }).end()
    return
  }
  const outcome = await handle(received(request, body))
  if (outcome.ending === 'cut') request.socket.destroy()
  if (outcome.ending !== 'answer') return
  await outcome.after
  if (outcome.delayMs !== undefined) await sleep(outcome.delayMs, undefined, { ref: false })
  const { status, headers, body: text } = outcome.reply
  const length = status === 204 || status === 304 ? {} : { 'Content-Length': String(text.length) }
  response.writeHead(status, { ...headers, ...length })
  if (outcome.cutAfterBytes !== undefined)
    response.write(text.subarray(0, outcome.cutAfterBytes), () => request.socket.destroy())
  else if (outcome.overMs !== undefined) await inPieces(response, text, outcome.overMs)
  else response.end(text)
}

const PIECES = 8

const inPieces = async (response: ServerResponse, body: Buffer, overMs: number): Promise<void> => {
  const size = Math.ceil(body.length / PIECES)
  for (let piece = 0; piece < PIECES && !response.destroyed; piece += 1) {
    await sleep(overMs / PIECES, undefined, { ref: false })
    response.write(body.subarray(piece * size, (piece + 1) * size))
  }
  response.end()
}

/** The caller has gone, or the sandbox has a bug: whoever is still there is told. */
const fail = (request: IncomingMessage, response: ServerResponse, error: unknown): void => {
  if (request.destroyed && !request.complete) return
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  response.writeHead(500, { 'Content-Type': 'text/plain; charset=utf-8' }).end(`the sandbox failed\n${text}\n`)
}

const readBody = async (request: IncomingMessage): Promise<Buffer | undefined> => {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request) {
    if (!Buffer.isBuffer(chunk)) throw new TypeError('a request without encoding yields buffers')
    length += chunk.length
    if (length > BODY_LIMIT_BYTES) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

const received = (request: IncomingMessage, body: Buffer): Received => {
  const target = request.url ?? '/'
  const cut = target.indexOf('?')
  return {
    method: request.method ?? 'GET',
    target,
    path: cut < 0 ? target : target.slice(0, cut),
    query: new URLSearchParams(cut < 0 ? '' : target.slice(cut + 1)),
    headers: request.headers,
    body,
  }
}

const portOf = (server: Server): number => {
  // A server that listens on TCP always has an address of this form.
  const address = server.address() as AddressInfo
  return address.port
}

const close = (server: Server): Promise<void> =>
  new Promise((resolve, reject) => {
    server.close((error) => (error === undefined ? resolve() : reject(error)))
    server.closeAllConnections()
  })
